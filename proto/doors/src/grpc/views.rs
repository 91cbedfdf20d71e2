//! Which view of the policy a client of the gRPC door gets: the first one that is for it.
//!
//! A client is known by the certificate of its connection, such as that of a broker. Who asks through it is another
//! matter, which the policy decides; a view only ever narrows that.

use std::sync::Arc;

use http::{Extensions, Request};
use rustls_pki_types::ServerName;

use crate::{ClientView, PolicyView, tls::ClientCertificate};

/// The views of a door, in the order of the configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Views(Arc<[(Vec<Option<ServerName<'static>>>, PolicyView)]>);

/// The view by which a request came.
#[derive(Clone, Debug)]
struct Chosen(PolicyView);

impl Views {
    /// Takes the views of a configuration. A name that cannot be read is nobody's; [`check`] refuses it.
    pub(super) fn new(settings: &[ClientView]) -> Self {
        let names = |view: &ClientView| view.clients.iter().map(|name| name_of(name)).collect();
        Self(settings.iter().map(|view| (names(view), view.policy_view.clone())).collect())
    }

    /// Remembers beside a request by which view it came.
    pub(super) fn remember<B>(&self, mut request: Request<B>) -> Request<B> {
        if !self.0.is_empty() {
            let chosen = self.of(request.extensions().get()).cloned().map(Chosen);
            chosen.and_then(|chosen| request.extensions_mut().insert(chosen));
        }
        request
    }

    fn of(&self, client: Option<&ClientCertificate>) -> Option<&PolicyView> {
        let is_for = |names: &[Option<ServerName<'_>>]| {
            let carries =
                |client: &ClientCertificate| names.iter().flatten().any(|name| client.carries(name));
            names.is_empty() || client.is_some_and(carries)
        };
        self.0.iter().find(|(names, _)| is_for(names)).map(|(_, view)| view)
    }
}

/// Returns the view by which a request came.
pub(super) fn remembered(extensions: &Extensions) -> Option<PolicyView> {
    extensions.get::<Chosen>().map(|Chosen(view)| view.clone())
}

/// Checks that the names of clients can be read.
///
/// # Errors
///
/// The first one that is no DNS name.
pub(crate) fn check(views: &[ClientView]) -> Result<(), String> {
    let mut names = views.iter().flat_map(|view| &view.clients);
    names.find(|name| name_of(name).is_none()).map_or(Ok(()), |name| Err(name.clone()))
}

fn name_of(name: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(name.to_owned()).ok().filter(|read| matches!(read, ServerName::DnsName(_)))
}
