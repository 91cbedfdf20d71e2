//! The Beacon door.

use serde_json::Value;

/// A Beacon's base URL, ready to be asked.
#[derive(Clone, Debug)]
pub struct RestClient {
    base: String,
    token: Option<String>,
    header: Option<(&'static str, String)>,
    client: reqwest::Client,
}

impl RestClient {
    /// Takes a base URL such as `http://127.0.0.1:8081/api`.
    pub fn new(base: &str) -> Self {
        Self { base: base.to_owned(), token: None, header: None, client: reqwest::Client::new() }
    }

    /// Shows a token with every request.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Sends a header with every request.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.header = Some((name, value.to_owned()));
        self
    }

    /// Gets a path below the base, with query string; returns the HTTP status and the body.
    ///
    /// # Errors
    ///
    /// No connection, or a body that is not JSON.
    pub async fn get(&self, path: &str) -> anyhow::Result<(u16, Value)> {
        self.send(self.client.get(format!("{}{path}", self.base))).await
    }

    /// Posts a JSON body; returns the HTTP status and the body.
    ///
    /// # Errors
    ///
    /// No connection, or a body that is not JSON.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
        self.send(self.client.post(format!("{}{path}", self.base)).json(body)).await
    }

    async fn send(&self, mut request: reqwest::RequestBuilder) -> anyhow::Result<(u16, Value)> {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some((name, value)) = &self.header {
            request = request.header(*name, value);
        }
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.json().await?))
    }
}
