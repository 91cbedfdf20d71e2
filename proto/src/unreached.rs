//! Why nobody was reached.

use std::{error::Error, io};

use rustls::{AlertDescription, CertificateError, Error as TlsError};
use tonic::Status;

/// What a server says of the certificate that it was shown, or was not.
const ABOUT_A_CERTIFICATE: [AlertDescription; 10] = [
    AlertDescription::CertificateRequired,
    AlertDescription::BadCertificate,
    AlertDescription::UnsupportedCertificate,
    AlertDescription::CertificateRevoked,
    AlertDescription::CertificateExpired,
    AlertDescription::CertificateUnknown,
    AlertDescription::UnknownCA,
    AlertDescription::AccessDenied,
    AlertDescription::NoCertificate,
    AlertDescription::HandshakeFailure,
];

/// Why a server was not reached, or was lost: what an operator can look for, in fixed words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unreached {
    /// Nothing listens at the address.
    Refused,
    /// The name of the host cannot be resolved.
    NoSuchHost,
    /// The server's certificate is for another name.
    OtherName,
    /// The server's certificate is of an authority that is not trusted here.
    OtherAuthority,
    /// The server's certificate has expired, or is not valid yet.
    Expired,
    /// The server's certificate was revoked, or no list says that it was not.
    Revoked,
    /// Something else is wrong with the server's certificate.
    Certificate,
    /// The server demands a certificate, or does not accept the one that was shown.
    OwnCertificate,
    /// The server does not speak TLS there.
    NotSecure,
    /// The server says that it is not ready.
    NotReady,
    /// The connection broke, or could not be made for another reason.
    Broken,
}

impl Unreached {
    /// Reads the status of a failed call; [`Unreached::NotReady`] where it came from the other side.
    pub fn of(status: &Status) -> Self {
        let Some(source) = status.source() else { return Self::NotReady };
        chain(source).find_map(Self::of_error).unwrap_or(Self::Broken)
    }

    /// Returns what is wrong, and where to look.
    pub fn text(self) -> &'static str {
        match self {
            Self::Refused => "nothing listens at the address",
            Self::NoSuchHost => "the name of the host cannot be resolved",
            Self::OtherName => "its certificate is for another name: check the address, or `domain`",
            Self::OtherAuthority => "its certificate is of another authority: check `ca`",
            Self::Expired => "its certificate is not valid now: check its dates, and the clocks",
            Self::Revoked => "its certificate is revoked, or the list of the revoked is not current",
            Self::Certificate => "its certificate is not accepted",
            Self::OwnCertificate => {
                "it does not accept the certificate that is shown, or none is: check `certificate`"
            }
            Self::NotSecure => "it does not speak TLS there: check the port, and `tls`",
            Self::NotReady => "it is not ready",
            Self::Broken => "the connection broke or could not be made",
        }
    }

    fn of_error(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<TlsError>() {
            return Some(Self::of_tls(error));
        }
        let error = error.downcast_ref::<io::Error>()?;
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Some(Self::Refused),
            // The standard library has no kind of its own for it.
            _ if error.to_string().contains("failed to lookup address") => Some(Self::NoSuchHost),
            // HTTP/2 keeps the words of what broke a connection that stood, and nothing else.
            _ if ABOUT_A_CERTIFICATE.iter().any(|alert| is_of(error, *alert)) => Some(Self::OwnCertificate),
            _ => None,
        }
    }

    fn of_tls(error: &TlsError) -> Self {
        match error {
            TlsError::InvalidCertificate(error) => Self::of_certificate(error),
            TlsError::AlertReceived(alert) if ABOUT_A_CERTIFICATE.contains(alert) => Self::OwnCertificate,
            TlsError::InvalidMessage(_) => Self::NotSecure,
            _ => Self::Broken,
        }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        use CertificateError as E;
        match error {
            E::NotValidForName | E::NotValidForNameContext { .. } => Self::OtherName,
            E::UnknownIssuer | E::BadSignature => Self::OtherAuthority,
            E::Expired | E::ExpiredContext { .. } | E::NotValidYet | E::NotValidYetContext { .. } => {
                Self::Expired
            }
            E::Revoked
            | E::UnknownRevocationStatus
            | E::ExpiredRevocationList
            | E::ExpiredRevocationListContext { .. } => Self::Revoked,
            _ => Self::Certificate,
        }
    }
}

fn is_of(error: &io::Error, alert: AlertDescription) -> bool {
    error.to_string() == TlsError::AlertReceived(alert).to_string()
}

/// An error with all that caused it. What an error of input and output was made of is no cause of it by itself.
fn chain<'a>(first: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(first), |&error| {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(error: impl Error + Send + Sync + 'static) -> Unreached {
        Unreached::of(&Status::from_error(Box::new(io::Error::other(error))))
    }

    #[test]
    fn the_cause_is_found_within_what_it_caused() {
        let name = TlsError::InvalidCertificate(CertificateError::NotValidForName);
        assert_eq!(reached(io::Error::other(name)), Unreached::OtherName);
        let issuer = TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
        assert_eq!(reached(issuer), Unreached::OtherAuthority);
        let alert = TlsError::AlertReceived(AlertDescription::CertificateRequired);
        assert_eq!(reached(alert), Unreached::OwnCertificate);
        let words = io::Error::other("received fatal alert: CertificateRequired");
        assert_eq!(reached(words), Unreached::OwnCertificate);
        assert_eq!(reached(io::Error::from(io::ErrorKind::ConnectionRefused)), Unreached::Refused);
        assert_eq!(reached(io::Error::from(io::ErrorKind::BrokenPipe)), Unreached::Broken);
        assert_eq!(Unreached::of(&Status::unavailable("")), Unreached::NotReady);
    }
}
