//! From an HTTP request to what it asks and who asks it.

use axum::{
    body::Body,
    extract::{Query, Request},
};
use fyr_schemas::{
    ErrorCode,
    beacon::{RequestError, RequestParts},
};
use http::{HeaderMap, Method, Uri, header, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::{Door, PURPOSE};
use crate::{
    Credentials, Failure, Service,
    credentials::{self, Address},
    tls::ClientCertificate,
};

type Pairs = Vec<(String, String)>;

impl<S: Service> Door<S> {
    /// Reads who asks and what. The service hears of what cannot be read.
    pub(super) async fn read<R>(
        &self,
        request: Request,
        read: impl FnOnce(RequestParts) -> Result<R, RequestError>,
    ) -> Result<(Credentials, R), Failure> {
        let (parts, body) = request.into_parts();
        let (credentials, question) = match credentials(&parts) {
            Ok(credentials) => {
                let credentials = credentials.through(self.mount.policy_view.clone());
                let question = self.question(&credentials, &parts, body, read).await;
                (credentials, question)
            }
            Err(failure) => (Credentials::default(), Err(failure)),
        };
        match question {
            Ok(question) => Ok((credentials, question)),
            Err(failure) => {
                self.service.refused(&credentials, failure.code).await?;
                Err(failure)
            }
        }
    }

    /// Reads the question. A signed one states its own purpose, and how much it asks for: a default would make it another
    /// question.
    async fn question<R>(
        &self,
        credentials: &Credentials,
        parts: &Parts,
        body: Body,
        read: impl FnOnce(RequestParts) -> Result<R, RequestError>,
    ) -> Result<R, Failure> {
        let purpose = purpose(&parts.headers)?;
        let unsigned = credentials.proof().is_none();
        let default = self.mount.default_purpose.as_ref().filter(|_| unsigned);
        let failure = |error: RequestError| Failure::about_request(error.code(), error);
        let collected = collect(parts, body, self.max_body_bytes).await?;
        let collected = collected.with_purpose(purpose, default).map_err(failure)?;
        let granularity = self.default_granularity();
        read(if unsigned { collected.with_granularity(granularity) } else { collected }).map_err(failure)
    }
}

fn credentials(parts: &Parts) -> Result<Credentials, Failure> {
    let shown = credentials::of(&parts.headers, Address::remembered(&parts.extensions)?)?;
    let shown = shown.sent_from(parts.extensions.get().copied());
    credentials::complete(shown.by_certificate(ClientCertificate::name_in(&parts.extensions)))
}

/// Reads the header `Fyr-Purpose`, which may stand once.
fn purpose(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let mut values = headers.get_all(PURPOSE).iter();
    let text = values.next().map(|value| value.to_str()).transpose();
    match (text, values.next()) {
        (Ok(text), None) => Ok(text),
        _ => Err(Failure::about_request(ErrorCode::InvalidRequest, "`Fyr-Purpose` takes one purpose")),
    }
}

async fn collect(parts: &Parts, body: Body, max_body_bytes: usize) -> Result<RequestParts, Failure> {
    let mut pairs = query_pairs(&parts.uri)?;
    let mut json = Vec::new();
    if parts.method == Method::POST {
        let body = bytes(body, max_body_bytes).await?;
        match body_kind(&parts.headers, &body)? {
            BodyKind::Json => json = body,
            BodyKind::Form => pairs.extend(form_pairs(&body)?),
        }
    }
    if pairs.iter().any(|(name, _)| credentials::is_token(name)) {
        let reason = "a token is shown in the header `Authorization` only, and never in a query or a form";
        return Err(Failure::about_request(ErrorCode::InvalidRequest, reason));
    }
    RequestParts::collect(pairs, &json).map_err(|error| Failure::about_request(error.code(), error))
}

fn query_pairs(uri: &Uri) -> Result<Pairs, Failure> {
    let Query(pairs) = Query::try_from_uri(uri)
        .map_err(|_| Failure::about_request(ErrorCode::InvalidRequest, "the query string cannot be read"))?;
    Ok(pairs)
}

/// Reads a form as a query string, which has the same syntax.
fn form_pairs(body: &[u8]) -> Result<Pairs, Failure> {
    let unreadable = || Failure::about_request(ErrorCode::InvalidRequest, "the form cannot be read");
    let text = std::str::from_utf8(body).map_err(|_| unreadable())?;
    let uri = Uri::builder().path_and_query(format!("/?{text}")).build().map_err(|_| unreadable())?;
    query_pairs(&uri)
}

async fn bytes(body: Body, max_body_bytes: usize) -> Result<Vec<u8>, Failure> {
    match Limited::new(body, max_body_bytes).collect().await {
        Ok(collected) => Ok(collected.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(Failure::about_request(
            ErrorCode::TooLarge,
            format!("the body may have {max_body_bytes} bytes"),
        )),
        Err(_) => Err(Failure::about_request(ErrorCode::InvalidRequest, "the body broke off")),
    }
}

enum BodyKind {
    Json,
    Form,
}

/// Browsers of older Beacon networks send JSON as a form; a body without a type is JSON too.
fn body_kind(headers: &HeaderMap, body: &[u8]) -> Result<BodyKind, Failure> {
    let unsupported = || Failure::new(ErrorCode::UnsupportedMediaType);
    let Some(content_type) = headers.get(header::CONTENT_TYPE) else { return Ok(BodyKind::Json) };
    let content_type = content_type.to_str().map_err(|_| unsupported())?;
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_object = body.trim_ascii_start().first() == Some(&b'{');
    match essence.as_str() {
        "application/json" | "" => Ok(BodyKind::Json),
        "application/x-www-form-urlencoded" if is_object => Ok(BodyKind::Json),
        "application/x-www-form-urlencoded" => Ok(BodyKind::Form),
        other if other.starts_with("application/") && other.ends_with("+json") => Ok(BodyKind::Json),
        _ => Err(unsupported()),
    }
}
