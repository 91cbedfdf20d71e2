//! What can go wrong, and what to do next.

use std::{error::Error, io, path::PathBuf};

use fyr_proto::{Malformed, Unreached, code_of};
use fyr_schemas::{ErrorCode, InvalidQuery, beacon::RequestError};
use tonic::Status;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The question cannot be asked.
    #[error("{0}; write a variant as 7-117559590-ATCT-A (chromosome, position, reference, alternate)")]
    Question(#[from] InvalidQuery),
    /// What else is asked for cannot be read.
    #[error("{0}; `--help` shows what can be asked")]
    Request(RequestError),
    /// A list of alleles without one.
    #[error("`{}` has no allele: write one a line, such as 7-117559590-ATCT-A", .0.display())]
    NoAlleles(PathBuf),
    /// The address is none.
    #[error("`{0}` is no address: use http://host:port or https://host:port")]
    Address(String),
    /// Nobody says whose certificates to trust.
    #[error("https needs `--ca FILE`, the authority of the broker's certificate in PEM")]
    Authority,
    /// A file cannot be read.
    #[error("cannot read `{path}`: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write `{path}`: {source}; choose a file that is not there yet", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is no key that questions can be signed with.
    #[error("`{path}` is no EC P-256 key in PKCS#8 PEM: {reason}; make one with `fyr key new FILE`", path = path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A question cannot be signed.
    #[error("cannot sign the question: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
    /// A signature without a token proves nothing.
    #[error("`--key` signs a question beside a token: give one with `--token-file` or FYR_TOKEN")]
    Unsigned,
    /// A signature for nobody.
    #[error("a signed question names its nodes, and `{0}` lists none: name them with `--node ID`")]
    NoNodes(String),
    /// The files make no TLS.
    #[error("the certificates cannot be used: {0}; they must be PEM files")]
    Tls(String),
    /// The token cannot stand in a header.
    #[error("the token has characters that no token has: check `--token-file` or FYR_TOKEN")]
    Token,
    /// There was no connection.
    #[error("cannot reach `{address}`: {reason}; check the address and whether the broker runs there")]
    Unreachable {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
    /// The other side did not answer the question.
    #[error("{message}{remedy}", remedy = remedy(*.code))]
    Refused {
        /// The kind of failure.
        code: ErrorCode,
        /// Its words.
        message: String,
    },
    /// The other side sent something that is no answer.
    #[error("{0}; is this the gRPC address of a Fyr broker or node?")]
    Malformed(#[from] Malformed),
    /// What was found out cannot be printed.
    #[error("cannot write to standard output: {0}; is the disk full?")]
    Print(#[source] io::Error),
    /// The answer cannot be written as JSON.
    #[error("cannot write the answer as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl ClientError {
    /// Reads a failed call. A status with a source was made on this side, by the transport.
    pub(crate) fn of_call(status: &Status, address: &str) -> Self {
        if let Some(source) = status.source() {
            return Self::Unreachable { address: address.to_owned(), reason: reason(status, source) };
        }
        let code = code_of(status);
        let message = if status.message().is_empty() { code.text() } else { status.message() };
        Self::Refused { code, message: printable(message) }
    }
}

/// Says why nobody was reached; in the words of the transport where it has no known name.
fn reason(status: &Status, source: &(dyn Error + 'static)) -> String {
    match Unreached::of(status) {
        Unreached::Broken => {
            let causes = std::iter::successors(Some(source), |&error| error.source());
            printable(&causes.last().map_or_else(String::new, ToString::to_string))
        }
        known => known.text().to_owned(),
    }
}

fn remedy(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Unauthenticated => {
            "; give a valid token with `--token-file` or FYR_TOKEN, and with `--key` the key that it is bound to"
        }
        ErrorCode::PermissionDenied => {
            "; say what for with `--purpose`, ask with other credentials, or ask the node's operator for access"
        }
        ErrorCode::NotFound => "; `fyr status` lists the datasets",
        ErrorCode::Timeout => "; raise `--timeout`, or try again",
        ErrorCode::TooManyRequests | ErrorCode::Unavailable => "; try again in a while",
        ErrorCode::MethodNotAllowed => "; is this the gRPC address of a Fyr broker or node?",
        _ => "",
    }
}

/// Takes out what would steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_to_do_next() {
        let refused = ClientError::of_call(&Status::unauthenticated("no"), "http://a");
        assert!(refused.to_string().contains("--token-file"));
        let steering = ClientError::of_call(&Status::internal("a\u{1b}[2Jb"), "http://a");
        assert_eq!(steering.to_string(), "a[2Jb");
    }
}
