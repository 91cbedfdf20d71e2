//! A certificate authority of a network's own, and what it issues.

use std::path::{Path, PathBuf};

use fyr_doors::ClientTlsFiles;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// The name in the broker's certificate, which nodes ask for.
const BROKER: &str = "broker.fyr.test";

/// PEM files for mutual TLS between a broker and its nodes.
#[derive(Clone, Debug)]
pub struct Certificates {
    directory: PathBuf,
}

impl Certificates {
    /// Makes an authority, a certificate for nodes on loopback and one for the broker.
    ///
    /// # Errors
    ///
    /// The files cannot be written.
    pub fn create(directory: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(directory)?;
        let certificates = Self { directory: directory.to_owned() };
        let authority = authority()?;
        std::fs::write(certificates.ca(), authority.0)?;
        certificates.issue("node", &["127.0.0.1", "localhost"], &authority.1)?;
        certificates.issue("broker", &[BROKER], &authority.1)?;
        // Valid in the eyes of the authority, but not a name that nodes let in.
        certificates.issue("stranger", &["stranger.fyr.test"], &authority.1)?;
        Ok(certificates)
    }

    fn issue(&self, name: &str, subjects: &[&str], issuer: &Issuer<'_, KeyPair>) -> anyhow::Result<()> {
        let subjects: Vec<String> = subjects.iter().map(|&subject| subject.to_owned()).collect();
        let mut params = CertificateParams::new(subjects)?;
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, issuer)?;
        std::fs::write(self.path(name, "pem"), certificate.pem())?;
        std::fs::write(self.path(name, "key"), key.serialize_pem())?;
        Ok(())
    }

    fn path(&self, name: &str, extension: &str) -> PathBuf {
        self.directory.join(format!("{name}.{extension}"))
    }

    fn ca(&self) -> PathBuf {
        self.path("ca", "pem")
    }

    /// Returns what the broker shows to nodes.
    pub fn broker(&self) -> ClientTlsFiles {
        self.client("broker")
    }

    /// Returns a certificate of the same authority that belongs to no broker.
    pub fn stranger(&self) -> ClientTlsFiles {
        self.client("stranger")
    }

    fn client(&self, name: &str) -> ClientTlsFiles {
        ClientTlsFiles {
            ca: self.ca(),
            certificate: Some(self.path(name, "pem")),
            key: Some(self.path(name, "key")),
            server_crl: None,
            domain: Some("localhost".to_owned()),
        }
    }

    /// Returns the `tls` table of a node's gRPC door.
    pub(super) fn node_toml(&self) -> String {
        let path = |name, extension| literal(&self.path(name, extension));
        format!(
            "{{ certificate = {}, key = {}, client_ca = {}, clients = [\"{BROKER}\"] }}",
            path("node", "pem"),
            path("node", "key"),
            path("ca", "pem"),
        )
    }

    /// Returns the `tls` table of a node in the broker's configuration.
    pub(super) fn broker_toml(&self) -> String {
        let path = |name, extension| literal(&self.path(name, extension));
        format!(
            "{{ ca = {}, certificate = {}, key = {}, domain = \"localhost\" }}",
            path("ca", "pem"),
            path("broker", "pem"),
            path("broker", "key"),
        )
    }
}

/// A path as a TOML literal string.
fn literal(path: &Path) -> String {
    format!("'{}'", path.display())
}

fn authority() -> anyhow::Result<(String, Issuer<'static, KeyPair>)> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(DnType::CommonName, "Fyr test authority");
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    Ok((pem, Issuer::new(params, key)))
}
