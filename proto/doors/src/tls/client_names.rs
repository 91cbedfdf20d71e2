//! Which clients may connect: those whose certificate carries an allowed name.

use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::EndEntityCert;

/// The certificate that a client showed, and that its authority vouches for.
#[derive(Clone, Debug)]
pub(crate) struct ClientCertificate(CertificateDer<'static>);

impl ClientCertificate {
    /// Takes the first of the chain that a verified client showed.
    pub(crate) fn of(chain: &[CertificateDer<'static>]) -> Option<Self> {
        chain.first().cloned().map(Self)
    }

    /// Returns whether it is for a name.
    pub(crate) fn carries(&self, name: &ServerName<'_>) -> bool {
        carries(&self.0, name)
    }
}

fn carries(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    EndEntityCert::try_from(certificate)
        .is_ok_and(|client| client.verify_is_valid_for_subject_name(name).is_ok())
}

/// A verifier that asks for an allowed DNS name beside a valid chain.
#[derive(Debug)]
pub(super) struct NamedClients {
    chain: Arc<dyn ClientCertVerifier>,
    names: Vec<ServerName<'static>>,
}

impl NamedClients {
    /// Creates a verifier from one for the chain and the allowed names.
    ///
    /// # Errors
    ///
    /// A name that is no DNS name.
    pub(super) fn new(chain: Arc<dyn ClientCertVerifier>, names: &[String]) -> Result<Self, String> {
        let read = |name: &String| match ServerName::try_from(name.clone()) {
            Ok(read @ ServerName::DnsName(_)) => Ok(read),
            _ => Err(format!("`{name}` in `clients` is not a DNS name")),
        };
        Ok(Self { chain, names: names.iter().map(read).collect::<Result<_, _>>()? })
    }

    fn is_allowed(&self, certificate: &CertificateDer<'_>) -> bool {
        self.names.iter().any(|name| carries(certificate, name))
    }
}

impl ClientCertVerifier for NamedClients {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.chain.verify_client_cert(end_entity, intermediates, now)?;
        if self.is_allowed(end_entity) {
            Ok(verified)
        } else {
            Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}
