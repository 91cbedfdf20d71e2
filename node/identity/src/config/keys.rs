//! Where the keys of an issuer come from.

use std::path::PathBuf;

/// Where the keys of an issuer come from: exactly one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeysConfig {
    /// Address of a JSON Web Key Set. Keys are fetched from here, whatever tokens say.
    pub jwks_uri: Option<String>,
    /// File with a JSON Web Key Set, read once.
    pub jwks_file: Option<PathBuf>,
}
