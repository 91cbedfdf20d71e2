//! From which network a request comes: that of its connection, or of whom a trusted proxy asks for.

use std::{net::IpAddr, sync::Arc};

use http::{HeaderMap, Request};

use super::forwarded::hops;
use crate::{ClientNetwork, settings::ClientSettings, tls::ClientCertificate};

/// The other end of a connection.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    address: IpAddr,
    clients: Arc<ClientSettings>,
}

impl Peer {
    pub(super) fn new(address: IpAddr, clients: Arc<ClientSettings>) -> Self {
        Self { address, clients }
    }

    /// Remembers beside a request who made the connection, and for whose network it asks, where that is known.
    pub(super) fn remember<B>(
        &self,
        certificate: Option<&ClientCertificate>,
        mut request: Request<B>,
    ) -> Request<B> {
        let network = self.network(certificate, request.headers());
        let extensions = request.extensions_mut();
        certificate.and_then(|certificate| extensions.insert(certificate.clone()));
        network.and_then(|network| extensions.insert(network));
        request
    }

    /// Goes back from the connection for as long as whoever speaks is trusted. Of an address that cannot be read nothing is
    /// known, and whoever is behind it could have written what stands before it.
    fn network(&self, certificate: Option<&ClientCertificate>, headers: &HeaderMap) -> Option<ClientNetwork> {
        let mut address = self.address;
        if self.is_trusted(certificate) {
            for hop in hops(headers, self.clients.header).into_iter().rev() {
                address = hop?;
                if !self.clients.trusts(address) {
                    break;
                }
            }
        }
        Some(self.clients.network(address))
    }

    fn is_trusted(&self, certificate: Option<&ClientCertificate>) -> bool {
        let carries = |client: &ClientCertificate| self.clients.names().any(|name| client.carries(name));
        self.clients.trusts(self.address) || certificate.is_some_and(carries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The network that a request is taken to come from.
    fn of(peer: &str, header: &'static str, settings: &str) -> Option<String> {
        let clients = toml::from_str(settings).unwrap();
        let mut headers = HeaderMap::new();
        if !header.is_empty() {
            headers.insert("x-forwarded-for", header.parse().unwrap());
        }
        let peer = Peer::new(peer.parse().unwrap(), Arc::new(clients));
        peer.network(None, &headers).map(|network| network.name())
    }

    #[test]
    fn the_last_address_that_is_not_trusted_counts() {
        let trusting = "trusted_proxies = [\"10.0.0.0/8\", \"2001:db8:99::1\"]";
        for (peer, header, network) in [
            ("192.0.2.7", "", Some("192.0.2.0/24")),
            ("192.0.2.7", "203.0.113.9", Some("192.0.2.0/24")),
            ("10.1.2.3", "203.0.113.9", Some("203.0.113.0/24")),
            ("::ffff:10.1.2.3", "::ffff:203.0.113.9", Some("203.0.113.0/24")),
            ("2001:db8:99::1", "2001:db8:1:2::3", Some("2001:db8:1::/48")),
            ("2001:db8:99::2", "2001:db8:1:2::3", Some("2001:db8:99::/48")),
            ("10.1.2.3", "198.51.100.1, 203.0.113.9, 10.9.9.9", Some("203.0.113.0/24")),
            ("10.1.2.3", "203.0.113.9, unknown", None),
            ("10.1.2.3", "unknown, 203.0.113.9", Some("203.0.113.0/24")),
            ("10.1.2.3", "10.7.7.7", Some("10.7.7.0/24")),
            ("10.1.2.3", "", Some("10.1.2.0/24")),
        ] {
            assert_eq!(of(peer, header, trusting).as_deref(), network, "{peer} {header}");
        }
    }

    #[test]
    fn nobody_is_trusted_unless_the_settings_say_so() {
        assert_eq!(of("127.0.0.1", "203.0.113.9", "").as_deref(), Some("127.0.0.0/24"));
        let wide = "ipv4_prefix = 16\nipv6_prefix = 32\ntrusted_proxies = [\"127.0.0.1\"]";
        assert_eq!(of("127.0.0.1", "203.0.113.9", wide).as_deref(), Some("203.0.0.0/16"));
        let forwarded = "header = \"forwarded\"\ntrusted_proxies = [\"127.0.0.1\"]";
        assert_eq!(of("127.0.0.1", "203.0.113.9", forwarded).as_deref(), Some("127.0.0.0/24"));
    }
}
