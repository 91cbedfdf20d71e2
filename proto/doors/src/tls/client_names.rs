//! Which clients may connect: those whose certificate carries an allowed name.

use std::sync::Arc;

use http::Extensions;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::EndEntityCert;

/// The certificate that a client showed, and that its authority vouches for.
#[derive(Clone, Debug)]
pub(crate) struct ClientCertificate {
    own: CertificateDer<'static>,
    name: Option<Arc<str>>,
}

impl ClientCertificate {
    /// Takes the first of the chain that a verified client showed. Its name is the one of the allowed ones that it
    /// carries, else the first in it.
    pub(crate) fn of(chain: &[CertificateDer<'static>], allowed: &[String]) -> Option<Self> {
        let own = chain.first()?.clone();
        let is_carried =
            |name: &&String| ServerName::try_from(name.as_str()).is_ok_and(|name| carries(&own, &name));
        let name = match allowed.iter().find(is_carried) {
            Some(name) => Some(name.as_str().into()),
            None => EndEntityCert::try_from(&own).ok()?.valid_dns_names().next().map(Into::into),
        };
        Some(Self { own, name })
    }

    /// Returns the DNS name of the client that sent a request; none where it showed no certificate, or one without.
    pub(crate) fn name_in(extensions: &Extensions) -> Option<Arc<str>> {
        extensions.get::<Self>()?.name.clone()
    }

    /// Returns whether it is for a name.
    pub(crate) fn carries(&self, name: &ServerName<'_>) -> bool {
        carries(&self.own, name)
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
