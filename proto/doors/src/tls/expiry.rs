//! Until when certificates are valid.

use std::path::Path;

use rustls_pki_types::CertificateDer;
use yasna::{ASN1Result, BERReader, Tag, tags::TAG_UTCTIME};

use super::{TlsError, files::certificates};

/// When a certificate that is shown ends, in seconds since 1970.
const EXPIRY: &str = "fyr_certificate_expiry_seconds";

/// Returns until when the certificates of a file are valid, in seconds since 1970: the first that ends.
///
/// # Errors
///
/// A file that cannot be read, and certificates that are none.
pub(crate) fn until(path: &Path) -> Result<i64, TlsError> {
    let wrong = |error| TlsError::pem(path, format!("has a certificate that is none: {error}"));
    let ends = certificates(path)?;
    let ends: Vec<i64> = ends.iter().map(end).collect::<Result<_, _>>().map_err(wrong)?;
    Ok(ends.into_iter().min().unwrap_or(i64::MAX))
}

/// Shows in the metrics until when the certificates of a file are valid. `of` names whose they are.
pub(super) fn show(of: &str, path: &Path) -> Result<(), TlsError> {
    // Seconds since 1970 are exact in a double for some hundred million years.
    metrics::gauge!(EXPIRY, "of" => of.to_owned()).set(until(path)? as f64);
    Ok(())
}

/// Reads the end of the validity (RFC 5280, section 4.1): all before it is gone over, and so is all behind it.
fn end(certificate: &CertificateDer<'_>) -> ASN1Result<i64> {
    yasna::parse_der(certificate, |reader| {
        reader.read_sequence(|reader| {
            let end = reader.next().read_sequence(|signed| {
                signed.read_optional(|version| {
                    version.read_tagged(Tag::context(0), |version| version.read_i64())
                })?;
                for _ in ["serial number", "algorithm", "issuer"] {
                    signed.next().read_der()?;
                }
                let end = signed.next().read_sequence(|validity| {
                    validity.next().read_der()?;
                    time(validity.next())
                });
                while signed.read_optional(|rest| rest.read_der())?.is_some() {}
                end
            });
            for _ in ["algorithm", "signature"] {
                reader.next().read_der()?;
            }
            end
        })
    })
}

fn time(reader: BERReader<'_, '_>) -> ASN1Result<i64> {
    let time = if reader.lookahead_tag()? == TAG_UTCTIME {
        *reader.read_utctime()?.datetime()
    } else {
        *reader.read_generalized_time()?.datetime()
    };
    Ok(time.unix_timestamp())
}
