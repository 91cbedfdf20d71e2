//! Where an ontology comes from: one table `[[ontologies]]` of a configuration.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;
use fyr_schemas::Vocabulary;
use serde::Deserialize;

use crate::{hierarchy::Hierarchy, obo, table};

/// One ontology of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OntologySource {
    /// Prefix of its CURIEs: `HP`.
    pub prefix: String,
    /// The file, plain or gzip; without one, terms with the prefix are taken as they are.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// How the file is written; by its name where it is left out (`.obo`, else a table).
    #[serde(default)]
    pub format: Option<Format>,
    /// A table with labels (`id`, `label`), where the file has none.
    #[serde(default)]
    pub labels: Option<PathBuf>,
    /// Name for people; the prefix where it is left out.
    #[serde(default)]
    pub name: Option<String>,
    /// Web page.
    #[serde(default)]
    pub url: Option<String>,
    /// Release; what the file says where it is left out.
    #[serde(default)]
    pub version: Option<String>,
    /// What an id is appended to, to make an IRI.
    #[serde(default)]
    pub iri_prefix: Option<String>,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// OBO 1.2 or 1.4.
    Obo,
    /// Tab-separated, with a header.
    Tsv,
}

/// Why an ontology cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OntologyError {
    /// The file cannot be opened.
    #[error("ontology `{}`: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not as its format demands.
    #[error("ontology `{}`: {fault}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and what.
        fault: String,
    },
    /// Two tables have one prefix.
    #[error("two ontologies have the prefix `{0}`: keep one of them")]
    Twice(String),
}

impl OntologySource {
    /// Resolves relative paths.
    #[must_use]
    pub fn relative_to(mut self, directory: &Path) -> Self {
        self.path = self.path.map(|path| directory.join(path));
        self.labels = self.labels.map(|path| directory.join(path));
        self
    }

    /// Reads the file, if there is one.
    pub(crate) fn read(&self) -> Result<Option<Hierarchy>, OntologyError> {
        let Some(path) = &self.path else { return Ok(None) };
        let malformed = |path: &Path| {
            let path = path.to_owned();
            move |fault| OntologyError::Malformed { path, fault }
        };
        let mut hierarchy = match self.format.unwrap_or_else(|| Format::of(path)) {
            Format::Obo => obo::read(open(path)?).map_err(malformed(path))?,
            Format::Tsv => {
                let mut hierarchy = Hierarchy::default();
                table::read(open(path)?, &mut hierarchy).map_err(malformed(path))?;
                hierarchy
            }
        };
        if let Some(labels) = &self.labels {
            table::read(open(labels)?, &mut hierarchy).map_err(malformed(labels))?;
        }
        Ok(Some(hierarchy))
    }

    /// Describes it.
    pub(crate) fn vocabulary(&self, hierarchy: Option<&Hierarchy>) -> Vocabulary {
        Vocabulary {
            id: self.prefix.to_ascii_lowercase(),
            name: self.name.clone().unwrap_or_else(|| self.prefix.clone()),
            prefix: self.prefix.clone(),
            url: self.url.clone(),
            version: self.version.clone().or_else(|| hierarchy?.version.clone()),
            iri_prefix: self.iri_prefix.clone(),
        }
    }
}

impl Format {
    fn of(path: &Path) -> Self {
        let name = path.to_string_lossy();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        if name.ends_with(".obo") { Self::Obo } else { Self::Tsv }
    }
}

fn open(path: &Path) -> Result<Box<dyn BufRead>, OntologyError> {
    let fault = |source| OntologyError::Io { path: path.to_owned(), source };
    let mut file = BufReader::new(File::open(path).map_err(fault)?);
    let is_gzip = file.fill_buf().map_err(fault)?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(file))) } else { Box::new(file) })
}
