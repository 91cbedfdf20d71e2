//! Settings: defaults, under a TOML file, under the environment.
//!
//! Decides the order of the sources, and that a key which nobody reads is an error: a misspelt limit
//! must not be a missing one. What a service's keys mean belongs to the service.

mod clients;
mod grpc;
mod http;
mod monitoring;
mod mount;
mod organisation;
mod tls;
mod view;

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

use config::{Config, Environment, File, FileFormat, Source};
use fyr_schemas::{Assembly, AssemblyRow};
use serde::{Serialize, de::DeserializeOwned};

pub use clients::{ClientSettings, ForwardingHeader, PrefixLength, TrustedProxy};
pub use grpc::GrpcSettings;
pub use http::{HttpSettings, UnknownFilters};
pub use monitoring::MonitoringSettings;
pub use mount::Mount;
pub use organisation::OrganisationSettings;
pub use tls::{ClientTlsFiles, ServerTlsFiles, Tls};
pub use view::ClientView;

/// Settings and where their relative paths start.
#[derive(Clone, Debug)]
pub struct Loaded<T> {
    /// The settings.
    pub settings: T,
    /// Directory of the configuration file; the current one where there is no file.
    pub directory: PathBuf,
}

impl<T> Loaded<T> {
    /// Returns a path of the settings as the process can open it.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.directory.join(path)
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the configuration `{path}`: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The text is no TOML, or a value has the wrong type.
    #[error("{place}: {reason}")]
    Invalid {
        /// The file, or the environment.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// Keys that no setting has.
    #[error("{place}: unknown {}; remove or correct it", named(.keys))]
    UnknownKeys {
        /// The file, or the environment.
        place: String,
        /// Their full names.
        keys: Vec<String>,
    },
    /// The defaults cannot be written as TOML.
    #[error("cannot write the default configuration: {0}")]
    Write(#[from] toml::ser::Error),
}

fn named(keys: &[String]) -> String {
    let names: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    format!("{} {}", if names.len() == 1 { "key" } else { "keys" }, names.join(", "))
}

/// Loads settings from a TOML file and from variables such as `FYR_NODE__HTTP__LISTEN`, where
/// `FYR_NODE` is the prefix. What neither names keeps its default. The file's `[[assemblies]]` are made known first,
/// since other keys may name them.
///
/// # Errors
///
/// A file that cannot be read, values of the wrong type, unknown keys, and an assembly that makes no sense.
pub fn load<T: DeserializeOwned>(prefix: &str, file: Option<&Path>) -> Result<Loaded<T>, SettingsError> {
    load_from(prefix, file, None)
}

/// Like [`load`], with the environment given by the caller.
fn load_from<T: DeserializeOwned>(
    prefix: &str,
    file: Option<&Path>,
    variables: Option<config::Map<String, String>>,
) -> Result<Loaded<T>, SettingsError> {
    let text = file.map(read).transpose()?.unwrap_or_default();
    let place = file.map_or_else(|| "the environment".to_owned(), |path| format!("`{}`", path.display()));
    let environment = Environment::with_prefix(prefix)
        .prefix_separator("__")
        .separator("__")
        .try_parsing(true)
        .source(variables);
    let invalid = |error: config::ConfigError| SettingsError::Invalid {
        place: place.clone(),
        reason: error.to_string(),
    };
    register_assemblies(&text).map_err(|reason| SettingsError::Invalid { place: place.clone(), reason })?;
    let merged = Config::builder()
        .add_source(File::from_str(&text, FileFormat::Toml))
        .add_source(environment.clone())
        .build()
        .map_err(invalid)?;
    let mut unknown = BTreeSet::new();
    let settings = serde_ignored::deserialize(merged, |path| {
        unknown.insert(path.to_string());
    })
    .map_err(invalid)?;
    if !unknown.is_empty() {
        return Err(unknown_keys(unknown, &place, prefix, &environment));
    }
    let directory = file.and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    Ok(Loaded { settings, directory })
}

/// Makes the assemblies of a file known. What is no TOML is reported by whoever reads the rest.
fn register_assemblies(text: &str) -> Result<(), String> {
    let rows = text.parse::<toml::Table>().ok().and_then(|mut table| table.remove("assemblies"));
    let Some(rows) = rows else { return Ok(()) };
    let rows: Vec<AssemblyRow> = rows.try_into().map_err(|error| format!("`assemblies`: {error}"))?;
    rows.into_iter().try_for_each(|row| Assembly::register(row).map(drop)).map_err(|error| error.to_string())
}

fn read(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path).map_err(|source| SettingsError::Read { path: path.to_owned(), source })
}

/// Says whether the unknown keys come from the file or from variables, and spells them as found there.
fn unknown_keys(keys: BTreeSet<String>, file: &str, prefix: &str, variables: &Environment) -> SettingsError {
    let set = variables.collect().unwrap_or_default();
    let (from_environment, from_file): (Vec<_>, Vec<_>) =
        keys.into_iter().partition(|key| set.contains_key(key));
    if from_file.is_empty() {
        let variable = |key: &String| format!("{prefix}__{}", key.replace('.', "__").to_ascii_uppercase());
        let keys = from_environment.iter().map(variable).collect();
        return SettingsError::UnknownKeys { place: "the environment".to_owned(), keys };
    }
    SettingsError::UnknownKeys { place: file.to_owned(), keys: from_file }
}

/// Writes the defaults as TOML, with a comment above each key or table that `comments` names.
///
/// # Errors
///
/// Defaults that TOML cannot express.
pub fn default_text<T: Serialize + Default>(comments: &[(&str, &str)]) -> Result<String, SettingsError> {
    let plain = toml::to_string_pretty(&T::default())?;
    let mut table = String::new();
    let mut text = String::new();
    for line in plain.lines() {
        let key = match line.strip_prefix('[') {
            Some(header) => {
                table = header.trim_matches(['[', ']']).to_owned();
                table.clone()
            }
            None => {
                let key = line.split('=').next().unwrap_or_default().trim();
                if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
            }
        };
        for (_, comment) in comments.iter().filter(|(name, _)| *name == key) {
            text.extend(comment.lines().flat_map(|line| ["# ", line, "\n"]));
        }
        text.extend([line, "\n"]);
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
