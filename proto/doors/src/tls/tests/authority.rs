//! An authority, and what it issues and revokes, in files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};
use tempfile::TempDir;

/// An authority with a directory of its own.
pub(super) struct Authority {
    directory: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

/// What a certificate is to be like.
pub(super) struct Issue {
    name: String,
    usage: ExtendedKeyUsagePurpose,
    years: (i32, i32),
    number: Option<u64>,
}

impl Issue {
    pub(super) fn server(name: &str) -> Self {
        let usage = ExtendedKeyUsagePurpose::ServerAuth;
        Self { name: name.to_owned(), usage, years: (2020, 4000), number: None }
    }

    pub(super) fn client(name: &str) -> Self {
        Self { usage: ExtendedKeyUsagePurpose::ClientAuth, ..Self::server(name) }
    }

    pub(super) fn expired(self) -> Self {
        Self { years: (2020, 2021), ..self }
    }

    pub(super) fn not_yet_valid(self) -> Self {
        Self { years: (3000, 4000), ..self }
    }

    pub(super) fn numbered(self, number: u64) -> Self {
        Self { number: Some(number), ..self }
    }
}

impl Authority {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let name = directory.path().to_string_lossy().into_owned();
        parameters.distinguished_name.push(DnType::CommonName, name);
        fs::write(directory.path().join("ca.pem"), parameters.self_signed(&key).unwrap().pem()).unwrap();
        Self { directory, issuer: Issuer::new(parameters, key) }
    }

    /// Returns the file of its certificate.
    pub(super) fn certificate(&self) -> PathBuf {
        self.file("ca.pem")
    }

    fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Issues a certificate and writes it, then its key, over whatever was in their files.
    pub(super) fn issue(&self, file: &str, issue: &Issue) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(vec![issue.name.clone()]).unwrap();
        parameters.extended_key_usages = vec![issue.usage.clone()];
        parameters.not_before = date_time_ymd(issue.years.0, 1, 1);
        parameters.not_after = date_time_ymd(issue.years.1, 1, 1);
        parameters.serial_number = issue.number.map(SerialNumber::from);
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let files = (self.file(format!("{file}.pem")), self.file(format!("{file}.key")));
        fs::write(&files.0, certificate.pem()).unwrap();
        fs::write(&files.1, key.serialize_pem()).unwrap();
        files
    }

    /// Writes a list of revoked certificates, by their numbers.
    pub(super) fn list(&self, file: &str, revoked: &[u64]) -> PathBuf {
        self.write_list(&self.file(format!("{file}.crl")), revoked, 4000)
    }

    pub(super) fn expired_list(&self, file: &str, revoked: &[u64]) -> PathBuf {
        self.write_list(&self.file(format!("{file}.crl")), revoked, 2021)
    }

    /// Writes its list into the directory of another authority.
    pub(super) fn list_in(&self, other: &Self, file: &str, revoked: &[u64]) -> PathBuf {
        self.write_list(&other.file(format!("{file}.crl")), revoked, 4000)
    }

    fn write_list(&self, path: &Path, revoked: &[u64], until: i32) -> PathBuf {
        let revoked = revoked.iter().map(|number| RevokedCertParams {
            serial_number: SerialNumber::from(*number),
            revocation_time: date_time_ymd(2020, 6, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 6, 1),
            next_update: date_time_ymd(until, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        fs::write(path, list.signed_by(&self.issuer).unwrap().pem().unwrap()).unwrap();
        path.to_owned()
    }
}
