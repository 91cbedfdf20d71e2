//! No two files import each other in a circle, and no two modules with all that is below them.
//!
//! A name counts where it is defined, whatever façade it comes through. A file and the files below it are one
//! module: those below may use what it defines.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    modules::{Modules, Way},
    packages,
};

/// Circles that are there still: what is above them, and who is in them. It only gets shorter.
const KNOWN: [(&str, &str); 0] = [];

/// What is above two files, and their two ways down from there.
type Crossing = (Way, [String; 2]);

/// Returns the modules of which the one imports the other, and that stand beside each other.
fn crossing(from: &Way, to: &Way) -> Option<Crossing> {
    let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    Some((from[..shared].to_vec(), [from.get(shared)?.clone(), to.get(shared)?.clone()]))
}

/// The imports between modules that stand beside each other, by what is above them.
type Imports = BTreeMap<Way, BTreeMap<String, BTreeSet<String>>>;

fn between_neighbours(modules: &Modules) -> Imports {
    let mut neighbours = Imports::new();
    for (file, imported) in modules.imports() {
        for (above, [from, to]) in imported.iter().filter_map(|other| crossing(&file, other)) {
            neighbours.entry(above).or_default().entry(from).or_default().insert(to);
        }
    }
    neighbours
}

/// Returns all that one is led to, step by step.
fn reached<'m>(imports: &'m BTreeMap<String, BTreeSet<String>>, from: &'m str) -> BTreeSet<&'m str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(name) = next.pop() {
        let imported = imports.get(name).into_iter().flatten().map(String::as_str);
        next.extend(imported.filter(|name| reached.insert(*name)));
    }
    reached
}

/// Returns the circles: what is above them, and the modules that are in them.
fn circles(modules: &Modules) -> BTreeSet<(String, Vec<String>)> {
    let mut circles = BTreeSet::new();
    for (above, imports) in between_neighbours(modules) {
        for from in imports.keys() {
            let leads_back = |to: &&str| reached(&imports, to).contains(from.as_str());
            let circle: Vec<String> =
                reached(&imports, from).into_iter().filter(leads_back).map(ToOwned::to_owned).collect();
            if circle.len() > 1 {
                circles.insert((above.join("/"), circle));
            }
        }
    }
    circles
}

#[test]
fn modules_do_not_import_each_other_in_circles() {
    for (name, directory) in packages() {
        for (above, circle) in circles(&Modules::read(&directory.join("src"))) {
            let place = format!("{name}/{above}");
            let is_known = KNOWN.iter().any(|(known, members)| {
                *known == place && circle.iter().all(|one| members.split(", ").any(|member| member == one))
            });
            assert!(is_known, "a circle in {place}: {}", circle.join(", "));
        }
    }
}
