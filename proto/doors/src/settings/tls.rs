//! The `tls` key: files, or a plain "off". Files are followed: what changes is used within seconds.

use std::{
    fmt,
    marker::PhantomData,
    path::{Path, PathBuf},
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// Whether a connection is encrypted. Plain text is spoken only where somebody wrote so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tls<Files> {
    /// Nothing is said. Enough on a loopback address, and nowhere else.
    #[default]
    Unset,
    /// Plain text.
    Off,
    /// TLS with these files.
    On(Files),
}

impl<Files> Tls<Files> {
    /// Returns whether the key was left out.
    pub fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    /// Returns the files to use; none for plain text.
    pub fn files(&self) -> Option<&Files> {
        match self {
            Self::On(files) => Some(files),
            Self::Unset | Self::Off => None,
        }
    }
}

/// The files of a server. All are PEM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerTlsFiles {
    /// Certificate chain of the service.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Authorities of client certificates. Where set, clients need one (mTLS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ca: Option<PathBuf>,
    /// Lists of revoked client certificates (CRL), of every authority on the way to one. A client of whom no
    /// current list tells is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_crl: Option<PathBuf>,
    /// DNS names; a client certificate must carry one of them. Any name will do where this is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<String>,
}

/// The files of a client. All are PEM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientTlsFiles {
    /// Authorities that the server's certificate must come from.
    pub ca: PathBuf,
    /// Certificate chain of the client, where the server asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// Its private key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// Lists of revoked server certificates (CRL), of every authority on the way to one. A server of which no
    /// current list tells is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_crl: Option<PathBuf>,
    /// Name that the server's certificate must carry, where it is not the host of the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

impl ServerTlsFiles {
    /// Makes relative paths start at a directory.
    pub fn relative_to(&self, directory: &Path) -> Self {
        Self {
            certificate: directory.join(&self.certificate),
            key: directory.join(&self.key),
            client_ca: self.client_ca.as_ref().map(|path| directory.join(path)),
            client_crl: self.client_crl.as_ref().map(|path| directory.join(path)),
            clients: self.clients.clone(),
        }
    }
}

impl ClientTlsFiles {
    /// Makes relative paths start at a directory.
    pub fn relative_to(&self, directory: &Path) -> Self {
        let join = |path: &Option<PathBuf>| path.as_ref().map(|path| directory.join(path));
        Self {
            ca: directory.join(&self.ca),
            certificate: join(&self.certificate),
            key: join(&self.key),
            server_crl: join(&self.server_crl),
            domain: self.domain.clone(),
        }
    }
}

impl Tls<ServerTlsFiles> {
    /// Makes relative paths start at a directory.
    pub fn relative_to(&self, directory: &Path) -> Self {
        match self {
            Self::On(files) => Self::On(files.relative_to(directory)),
            plain => plain.clone(),
        }
    }
}

impl Tls<ClientTlsFiles> {
    /// Makes relative paths start at a directory.
    pub fn relative_to(&self, directory: &Path) -> Self {
        match self {
            Self::On(files) => Self::On(files.relative_to(directory)),
            plain => plain.clone(),
        }
    }
}

impl<Files: Serialize> Serialize for Tls<Files> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unset => serializer.serialize_none(),
            Self::Off => serializer.serialize_str("off"),
            Self::On(files) => files.serialize(serializer),
        }
    }
}

impl<'de, Files: Deserialize<'de>> Deserialize<'de> for Tls<Files> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OffOrFiles(PhantomData))
    }
}

struct OffOrFiles<Files>(PhantomData<Files>);

impl<'de, Files: Deserialize<'de>> Visitor<'de> for OffOrFiles<Files> {
    type Value = Tls<Files>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"off\" or a table of PEM files")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Self::Value, E> {
        if word == "off" { Ok(Tls::Off) } else { Err(E::invalid_value(de::Unexpected::Str(word), &self)) }
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Self::Value, A::Error> {
        Files::deserialize(MapAccessDeserializer::new(table)).map(Tls::On)
    }
}
