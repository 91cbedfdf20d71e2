//! The modules of one crate: where a name is defined, through whatever `use` line it comes.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
    path::Path,
};

use super::source;

/// The way to a module from the root of its crate.
pub(super) type Way = Vec<String>;

/// One name that a `use` line brings in.
#[derive(Debug)]
struct Import {
    path: Way,
    /// The name that it has here; `*` for all.
    name: String,
    /// Whether others may take it from here, as from a façade.
    is_shown: bool,
}

impl Import {
    fn new(mut path: Way, name: Option<String>, is_shown: bool) -> Self {
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = name.or_else(|| path.last().cloned()).unwrap_or_default();
        if name == "*" {
            path.pop();
        }
        Self { path, name, is_shown }
    }
}

/// One module, which is a file or a block in one.
#[derive(Debug, Default)]
struct Module {
    /// The module that the whole file is.
    file: Way,
    items: BTreeSet<String>,
    imports: Vec<Import>,
    /// Paths in the code beside the `use` lines.
    paths: Vec<Way>,
}

/// The modules of one crate.
#[derive(Debug, Default)]
pub(super) struct Modules(BTreeMap<Way, Module>);

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Module(Way),
    /// Something that is defined in a module.
    Item(Way),
}

/// Words in front of the name of something that can be imported.
const KINDS: [&str; 9] = ["struct", "enum", "trait", "type", "fn", "const", "static", "union", "macro_rules"];

impl Modules {
    /// Reads the modules below the directory of a crate's root.
    pub(super) fn read(directory: &Path) -> Self {
        let mut modules = Self::default();
        for file in source::files(directory) {
            let below = file.strip_prefix(directory).unwrap();
            if source::is_of_tests(below) {
                continue;
            }
            let mut way: Way =
                below.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            if ["lib", "mod"].contains(&way.last().unwrap().as_str()) {
                way.pop();
            }
            let words = source::without_tests(&source::words(&std::fs::read_to_string(&file).unwrap()));
            modules.fill(&way, &way, &words);
        }
        modules
    }

    /// Returns, for each file, the other files that define what it imports; files by their modules.
    pub(super) fn imports(&self) -> BTreeMap<Way, BTreeSet<Way>> {
        let mut files: BTreeMap<Way, BTreeSet<Way>> = BTreeMap::new();
        for (way, module) in &self.0 {
            let used = module.imports.iter().filter(|import| !import.is_shown).map(|import| &import.path);
            let places = used.chain(&module.paths).filter_map(|path| self.place(way, path, 0));
            let defining = places.filter_map(|place| match place {
                Place::Item(way) => Some(self.0[&way].file.clone()),
                Place::Module(_) => None,
            });
            files
                .entry(module.file.clone())
                .or_default()
                .extend(defining.filter(|file| *file != module.file));
        }
        files
    }

    fn fill(&mut self, way: &Way, file: &Way, words: &[String]) {
        let module = self.0.entry(way.clone()).or_default();
        module.file.clone_from(file);
        let (mut at, mut depth) = (0, 0usize);
        while let Some(word) = words.get(at) {
            let module = self.0.get_mut(way).unwrap();
            match word.as_str() {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                "use" => {
                    let end =
                        at + words[at..].iter().position(|word| word == ";").unwrap_or(words.len() - at);
                    let is_shown = at > 0 && ["pub", ")"].contains(&words[at - 1].as_str());
                    tree(
                        &mut words[at + 1..end].iter().map(String::as_str).peekable(),
                        &[],
                        is_shown,
                        &mut module.imports,
                    );
                    at = end;
                }
                "mod" if depth == 0 && words.get(at + 2).is_some_and(|next| next == "{") => {
                    let end = block(words, at + 2);
                    let inner: Way = way.iter().chain([&words[at + 1]]).cloned().collect();
                    self.fill(&inner, file, &words[at + 3..end]);
                    at = end;
                }
                kind if depth == 0 && KINDS.contains(&kind) => {
                    let name = words[at + 1..].iter().find(|word| *word != "!" && *word != "fn");
                    module.items.extend(name.cloned());
                }
                _ if words.get(at + 1).is_some_and(|next| next == "::")
                    && (at == 0 || words[at - 1] != "::") =>
                {
                    let path = words[at..].iter().step_by(2).zip(words[at + 1..].iter().step_by(2));
                    let mut path: Way =
                        path.take_while(|(_, sign)| *sign == "::").map(|(name, _)| name.clone()).collect();
                    path.extend(words.get(at + 2 * path.len()).cloned());
                    module.paths.push(path);
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Returns what a path means in a module; none for what stands in other crates, or cannot be told.
    fn place(&self, from: &Way, path: &[String], steps: usize) -> Option<Place> {
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => Way::new(),
            "self" => from.clone(),
            "super" => from.split_last()?.1.to_vec(),
            _ => return self.inside(from, path, steps, true),
        };
        if rest.first().is_some_and(|next| next == "super") {
            return self.place(&start, rest, steps);
        }
        self.inside(&start, rest, steps, start == *from)
    }

    /// Returns what a path means that begins in a module.
    fn inside(&self, way: &Way, path: &[String], steps: usize, is_own: bool) -> Option<Place> {
        // Names that import each other lead nowhere.
        if steps > 16 {
            return None;
        }
        let module = self.0.get(way)?;
        let Some((name, rest)) = path.split_first() else { return Some(Place::Module(way.clone())) };
        let child: Way = way.iter().chain([name]).cloned().collect();
        if self.0.contains_key(&child) {
            return self.inside(&child, rest, steps, false);
        }
        if module.items.contains(name) {
            return Some(Place::Item(way.clone()));
        }
        let named = module.imports.iter().filter(|import| import.name == *name);
        let all = module.imports.iter().filter(|import| import.name == "*" && (import.is_shown || is_own));
        let named =
            named.filter_map(|import| match import.path.first() == Some(name) && import.path.len() == 1 {
                true => None,
                false => self.place(way, &import.path, steps + 1),
            });
        let all = all.filter_map(|import| match self.place(way, &import.path, steps + 1)? {
            Place::Module(of) if of != *way => self.inside(&of, path, steps + 1, false),
            Place::Item(of) => Some(Place::Item(of)),
            Place::Module(_) => None,
        });
        match named.chain(all).next()? {
            Place::Module(of) => self.inside(&of, rest, steps + 1, false),
            item @ Place::Item(_) => Some(item),
        }
    }
}

/// Reads the tree of a `use` line.
fn tree<'w>(
    words: &mut Peekable<impl Iterator<Item = &'w str>>,
    before: &[String],
    is_shown: bool,
    imports: &mut Vec<Import>,
) {
    let mut path = before.to_vec();
    while let Some(word) = words.next() {
        match word {
            "::" => {}
            "{" => {
                while words.peek().is_some_and(|next| *next != "}") {
                    tree(words, &path, is_shown, imports);
                    words.next_if(|next| *next == ",");
                }
                words.next();
                return;
            }
            "as" => {
                let name = words.next().unwrap_or_default().to_owned();
                imports.push(Import::new(path, Some(name), is_shown));
                return;
            }
            name => path.push(name.to_owned()),
        }
        if matches!(words.peek(), Some(&"," | &"}") | None) {
            imports.push(Import::new(path, None, is_shown));
            return;
        }
    }
}

/// Returns where the block ends that begins at a word.
fn block(words: &[String], from: usize) -> usize {
    let mut depth = 0usize;
    for (at, word) in words.iter().enumerate().skip(from) {
        match word.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => return at,
            "}" => depth -= 1,
            _ => {}
        }
    }
    words.len()
}
