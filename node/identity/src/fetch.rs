//! Calls to identity providers: only to configured addresses, without redirects, with an end to everything.

use std::{path::Path, sync::Arc, time::Duration};

use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, header, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use thiserror::Error;
use time::{OffsetDateTime, PrimitiveDateTime, format_description::FormatItem, macros::format_description};

use crate::IdentityError;

/// How long a request waits for an identity provider.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);
/// How long a call lasts that no request waits for.
const LONGEST: Duration = Duration::from_secs(5);
/// Longest answer that is read, bytes.
const LARGEST: usize = 1024 * 1024;
/// `Date` of HTTP (RFC 9110, 5.6.7).
const HTTP_DATE: &[FormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// Why a call gave nothing. Neither addresses nor bodies stand here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum FetchError {
    #[error("no connection, or no answer in time")]
    Unreachable,
    #[error("the answer has status {0}")]
    Status(StatusCode),
    #[error("the answer is longer than a mebibyte")]
    TooLarge,
}

/// What a provider answered.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) body: Vec<u8>,
    /// The provider's clock, seconds since 1970.
    pub(crate) date: Option<i64>,
}

/// A client for identity providers.
#[derive(Clone, Debug)]
pub(crate) struct Fetch {
    client: Client,
    insecure_loopback: bool,
}

impl Fetch {
    /// Trusts the authorities of the system and those of a file.
    pub(crate) fn new(ca_file: Option<&Path>, insecure_loopback: bool) -> Result<Self, IdentityError> {
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| IdentityError::Tls(error.to_string()))?
            .with_root_certificates(roots(ca_file)?)
            .with_no_client_auth();
        let mut builder = Client::builder()
            .use_preconfigured_tls(tls)
            .redirect(redirect::Policy::none())
            .https_only(!insecure_loopback)
            .timeout(LONGEST);
        if insecure_loopback {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| IdentityError::Tls(error.to_string()))?;
        Ok(Self { client, insecure_loopback })
    }

    /// Reads a configured address: https, or http on this machine where that is permitted.
    pub(crate) fn address(&self, name: &str, text: &str) -> Result<Url, IdentityError> {
        let wrong = |reason: &str| IdentityError::value(name, format!("`{text}` {reason}"));
        let url = Url::parse(text).map_err(|_| wrong("is no address"))?;
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if !is_plain {
            return Err(wrong("must have neither user nor fragment"));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.insecure_loopback && is_loopback(&url) => Ok(url),
            _ => Err(wrong("must begin with https://")),
        }
    }

    pub(crate) async fn get(&self, url: Url) -> Result<Fetched, FetchError> {
        finish(self.client.get(url).header(header::ACCEPT, "application/json")).await
    }

    pub(crate) async fn get_as(&self, url: Url, token: &str) -> Result<Fetched, FetchError> {
        finish(self.client.get(url).header(header::ACCEPT, "application/json").bearer_auth(token)).await
    }

    pub(crate) async fn post(
        &self,
        url: Url,
        client: (&str, &str),
        form: &[(&str, &str)],
    ) -> Result<Fetched, FetchError> {
        finish(self.client.post(url).basic_auth(client.0, Some(client.1)).form(form)).await
    }
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

async fn finish(request: RequestBuilder) -> Result<Fetched, FetchError> {
    let mut response = request.send().await.map_err(|_| FetchError::Unreachable)?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let date = date(&response);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| FetchError::Unreachable)? {
        if body.len() + chunk.len() > LARGEST {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Fetched { body, date })
}

fn date(response: &Response) -> Option<i64> {
    let text = response.headers().get(header::DATE)?.to_str().ok()?;
    let date = PrimitiveDateTime::parse(text, HTTP_DATE).ok()?;
    Some(OffsetDateTime::unix_timestamp(date.assume_utc()))
}

fn roots(ca_file: Option<&Path>) -> Result<RootCertStore, IdentityError> {
    let mut roots = RootCertStore::empty();
    // A system without authorities has none to trust; every call fails then, which denies.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let Some(path) = ca_file else { return Ok(roots) };
    let wrong = |reason: String| IdentityError::File { path: path.to_owned(), reason };
    let pem = std::fs::read(path).map_err(|source| IdentityError::Read { path: path.to_owned(), source })?;
    let mut found = 0;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| wrong(format!("is no PEM: {error}")))?;
        roots.add(certificate).map_err(|error| wrong(format!("is no authority: {error}")))?;
        found += 1;
    }
    if found == 0 { Err(wrong("has no certificate".to_owned())) } else { Ok(roots) }
}
