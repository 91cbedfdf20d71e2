//! Reference genome assemblies: small handles to what is known of them.
//!
//! Assemblies are data (`schemas/assemblies/*.toml`, `[[assemblies]]` of a configuration). Code never asks which one
//! it has; it asks the row.

mod registry;
mod row;

use std::{fmt, path::Path, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use row::Known;
pub use row::{AccessionRow, AssemblyRow, InvalidAssembly, Ploidy, Role, SequenceRow};

/// A reference assembly. Coordinates mean nothing without one.
///
/// Ordered as they were made known, GRCh37 before GRCh38.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Assembly(u16);

impl Assembly {
    /// GRCh37, also known as hg19 or b37.
    pub const GRCH37: Self = Self(0);
    /// GRCh38, also known as hg38.
    pub const GRCH38: Self = Self(1);
    /// T2T-CHM13v2.0, also known as hs1.
    pub const T2T_CHM13: Self = Self(2);
    /// SARS-CoV-2, isolate Wuhan-Hu-1: NC_045512.2.
    pub const SARS_COV_2: Self = Self(3);

    /// Returns every assembly that this process knows.
    pub fn all() -> impl Iterator<Item = Self> {
        registry::all().into_iter().map(|(place, _)| Self(place))
    }

    /// Makes an assembly known. The same row may come again.
    ///
    /// A process does this when it starts, before it reads anything that could name the assembly.
    ///
    /// # Errors
    ///
    /// A row that makes no sense, or whose names are known with other facts.
    pub fn register(row: AssemblyRow) -> Result<Self, InvalidAssembly> {
        registry::register(row).map(Self)
    }

    /// Makes known what a file describes, or every file `*.toml` of a directory.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, and what [`Assembly::register`] refuses; the message names the file.
    pub fn register_files(path: &Path) -> Result<(), InvalidAssembly> {
        let unreadable = |path: &Path, error: &dyn fmt::Display| {
            InvalidAssembly::Unreadable(format!("`{}`: {error}", path.display()))
        };
        let mut files = vec![path.to_owned()];
        if path.is_dir() {
            let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let entries = entries.map_err(|error| unreadable(path, &error))?;
            files = entries.into_iter().map(|entry| entry.path()).collect();
            files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
            files.sort();
        }
        for file in files {
            let text = std::fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
            let known = Known::read(&text).and_then(Self::register);
            known.map_err(|error| unreadable(&file, &error))?;
        }
        Ok(())
    }

    /// Makes known what the files describe that the variable `FYR_ASSEMBLIES` names, if it is set. A program does this
    /// before it reads its command line.
    ///
    /// # Errors
    ///
    /// See [`Assembly::register_files`].
    pub fn register_from_environment() -> Result<(), InvalidAssembly> {
        std::env::var_os("FYR_ASSEMBLIES").map_or(Ok(()), |path| Self::register_files(Path::new(&path)))
    }

    /// Returns its one name, such as `GRCh38`.
    pub fn name(self) -> &'static str {
        &self.row().name
    }

    /// Returns what is known of it.
    pub fn row(self) -> &'static AssemblyRow {
        &self.known().row
    }

    /// Returns the sequence that a name means: its own, a synonym, with or without prefix, or an accession, also
    /// without its version or with `refseq:` before it.
    pub fn sequence(self, name: &str) -> Option<&'static SequenceRow> {
        self.known().sequence(name)
    }

    /// Returns whether a name may be that of a sequence which its row does not list, such as a scaffold.
    pub fn takes(self, name: &str) -> bool {
        self.known().takes(name)
    }

    /// Returns the first assembly that has a sequence with this accession and version.
    pub fn with_accession(accession: &str) -> Option<Self> {
        let has = |(place, known): (u16, &Known)| known.has_accession(accession).then_some(Self(place));
        registry::all().into_iter().find_map(has)
    }

    fn known(self) -> &'static Known {
        registry::at(self.0)
    }
}

/// A name that is no known assembly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown assembly `{0}`: use {known}", known = names())]
pub struct UnknownAssembly(pub String);

fn names() -> String {
    let names: Vec<_> = Assembly::all().map(Assembly::name).collect();
    match names.split_last() {
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

impl FromStr for Assembly {
    type Err = UnknownAssembly;

    /// Parses a name or a synonym, in any letter case, with or without a patch level
    /// (`GRCh38.p14`, `hg19`, `b37`, `GCF_000001405.40`).
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let mut all = registry::all().into_iter();
        let found = all.find(|(_, known)| known.is_called(s.trim()));
        found.map(|(place, _)| Self(place)).ok_or_else(|| UnknownAssembly(s.to_owned()))
    }
}

impl fmt::Display for Assembly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Assembly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Assembly({})", self.name())
    }
}

impl Serialize for Assembly {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Assembly {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
