//! The tenant's own Cedar files, as they lie in the directory that the configuration names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fyr_policy::{InvalidPolicy, Policy, PolicyConfig, PolicyFile};

/// How the names of policy files end.
const EXTENSION: &str = "cedar";

/// Makes the policy of a configuration, with the tenant's own files.
///
/// # Errors
///
/// The directory or a file cannot be read, or the policy does not validate.
pub fn read_policy(config: &PolicyConfig) -> Result<Policy, InvalidPolicy> {
    Policy::with_files(config.clone(), &files(config)?)
}

/// Reads the tenant's Cedar files, in the order of their names.
///
/// # Errors
///
/// The directory or a file cannot be read.
pub(crate) fn files(config: &PolicyConfig) -> Result<Vec<PolicyFile>, InvalidPolicy> {
    let Some(directory) = &config.directory else { return Ok(Vec::new()) };
    let invalid = |path: &Path, error: std::io::Error| InvalidPolicy::Policies {
        place: path.display().to_string(),
        reason: error.to_string(),
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(|error| invalid(directory, error))? {
        let path = entry.map_err(|error| invalid(directory, error))?.path();
        paths.extend(path.extension().is_some_and(|ending| ending == EXTENSION).then_some(path));
    }
    paths.sort_unstable();
    let read = |path: PathBuf| match fs::read_to_string(&path) {
        Ok(text) => Ok(PolicyFile { name: path.display().to_string(), text }),
        Err(error) => Err(invalid(&path, error)),
    };
    paths.into_iter().map(read).collect()
}
