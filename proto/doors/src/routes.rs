//! Routes that are known by their paths. There is no other way to add one, so that none escapes the test that says of each
//! what it may ask the service for.

use axum::{Router, routing::MethodRouter};

/// Routes over a state.
pub(crate) struct Routes<T> {
    router: Router<T>,
    paths: Vec<String>,
}

impl<T: Clone + Send + Sync + 'static> Routes<T> {
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), paths: Vec::new() }
    }

    /// Adds a path.
    #[expect(clippy::disallowed_methods, reason = "the one place where routes are added")]
    pub(crate) fn route(mut self, path: &str, methods: MethodRouter<T>) -> Self {
        self.paths.push(path.to_owned());
        Self { router: self.router.route(path, methods), ..self }
    }

    /// Adds other paths.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        Self { router: self.router.merge(other.router), paths: self.paths }
    }

    /// Returns the paths, in the order in which they were added.
    #[cfg(test)]
    pub(crate) fn paths(&self) -> &[String] {
        &self.paths
    }

    pub(crate) fn into_router(self) -> Router<T> {
        tracing::debug!(paths = ?self.paths, "ways in");
        self.router
    }
}
