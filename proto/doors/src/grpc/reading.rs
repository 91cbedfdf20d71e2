//! What is read of every request before it is asked for. The service hears of what cannot be read.

use std::{sync::Arc, time::Duration};

use fyr_proto::v1;
use fyr_schemas::{ErrorCode, InvalidQuery, Purpose, Query};

use crate::{Credentials, Failure, Service, gate::Gate};

/// Reads requests to a service.
pub(super) struct Reading<S> {
    pub(super) service: Arc<S>,
    pub(super) gate: Gate,
    /// That of requests that state none and are not signed.
    pub(super) purpose: Option<Purpose>,
}

impl<S: Service> Reading<S> {
    /// Takes credentials that could be read; the service hears of those that could not.
    pub(super) async fn heard(
        &self,
        credentials: Result<Credentials, Failure>,
    ) -> Result<Credentials, Failure> {
        if let Err(failure) = &credentials {
            self.service.refused(&Credentials::default(), failure.code).await?;
        }
        credentials
    }

    /// Returns what a request for a list is made for; the service hears of one that cannot be read.
    pub(super) async fn list_purpose(
        &self,
        credentials: &Credentials,
        stated: Option<v1::Purpose>,
    ) -> Result<Option<Purpose>, Failure> {
        match fyr_proto::purpose(stated) {
            Ok(purpose) => Ok(purpose.or_else(|| self.purpose.clone())),
            Err(error) => Err(self.unreadable(credentials, error).await),
        }
    }

    /// Tells the service of a request that cannot be read, and returns what the client is told.
    pub(super) async fn unreadable(&self, credentials: &Credentials, error: InvalidQuery) -> Failure {
        match self.service.refused(credentials, ErrorCode::InvalidRequest).await {
            Ok(()) => Failure::about_request(ErrorCode::InvalidRequest, error),
            Err(failure) => failure,
        }
    }

    /// Reads a question; the service hears of one that cannot be read. A signed one states its own purpose: a
    /// default would make it another question.
    pub(super) async fn question(
        &self,
        credentials: &Credentials,
        query: Result<Query, InvalidQuery>,
    ) -> Result<Query, Failure> {
        match query {
            Ok(mut query) => {
                if query.purpose.is_none() && credentials.proof().is_none() {
                    query.purpose.clone_from(&self.purpose);
                }
                Ok(query)
            }
            Err(error) => Err(self.unreadable(credentials, error).await),
        }
    }
}

/// How long the client of a question waits, by its own words.
pub(super) fn wait(question: &v1::Question) -> Option<Duration> {
    question.wait_milliseconds.map(Duration::from_millis)
}
