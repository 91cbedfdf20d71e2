//! The `[clients]` table: how clients of whom nothing is known are told apart.

use std::net::IpAddr;

use ipnet::IpNet;
use rustls_pki_types::ServerName;
use serde::Deserialize;

use crate::ClientNetwork;

/// Which addresses are one client, and who is believed about the address of somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ClientSettings {
    /// Bits of an IPv4 address that clients of one network share.
    pub ipv4_prefix: PrefixLength<32>,
    /// Bits of an IPv6 address that clients of one network share.
    pub ipv6_prefix: PrefixLength<128>,
    /// Who is believed about whom it asks for; nobody else is.
    pub trusted_proxies: Vec<TrustedProxy>,
    /// The header in which they say it.
    pub header: ForwardingHeader,
}

/// How many bits of an address count, at most `MOST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub struct PrefixLength<const MOST: u8>(u8);

/// A proxy or a broker that is believed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum TrustedProxy {
    /// Whoever connects from these addresses.
    Addresses(IpNet),
    /// Whoever shows a TLS certificate of this name.
    Name(ServerName<'static>),
}

/// A header in which proxies tell for whom they ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardingHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            ipv4_prefix: PrefixLength(24),
            ipv6_prefix: PrefixLength(48),
            trusted_proxies: Vec::new(),
            header: ForwardingHeader::default(),
        }
    }
}

impl ClientSettings {
    /// Returns the network of a client with an address.
    pub fn network(&self, address: IpAddr) -> ClientNetwork {
        ClientNetwork::of(address, (self.ipv4_prefix.0, self.ipv6_prefix.0))
    }

    /// Returns whether whoever has an address is believed.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let is_of =
            |proxy: &TrustedProxy| matches!(proxy, TrustedProxy::Addresses(net) if net.contains(&address));
        self.trusted_proxies.iter().any(is_of)
    }

    /// Returns the names of those who are believed by their certificates.
    pub(crate) fn names(&self) -> impl Iterator<Item = &ServerName<'static>> {
        self.trusted_proxies.iter().filter_map(|proxy| match proxy {
            TrustedProxy::Name(name) => Some(name),
            TrustedProxy::Addresses(_) => None,
        })
    }

    /// Says in words which addresses are one client, and who is believed about them.
    pub fn statement(&self) -> String {
        let (four, six) = (self.ipv4_prefix.0, self.ipv6_prefix.0);
        let believed = match self.trusted_proxies.len() {
            0 => "no proxy or broker is trusted, so all who ask through one are one of them".to_owned(),
            1 => "one entry of `clients.trusted_proxies` is believed about whom it asks for".to_owned(),
            more => {
                format!("{more} entries of `clients.trusted_proxies` are believed about whom they ask for")
            }
        };
        format!("clients of one network (/{four} of IPv4, /{six} of IPv6) are one requester; {believed}")
    }
}

impl<const MOST: u8> TryFrom<u8> for PrefixLength<MOST> {
    type Error = String;

    fn try_from(bits: u8) -> Result<Self, String> {
        if bits <= MOST {
            Ok(Self(bits))
        } else {
            Err(format!("a prefix of {bits} bits: use at most {MOST}"))
        }
    }
}

impl TryFrom<String> for TrustedProxy {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let addresses = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        if let Ok(addresses) = addresses {
            return Ok(Self::Addresses(addresses));
        }
        match ServerName::try_from(text.clone()) {
            Ok(name @ ServerName::DnsName(_)) => Ok(Self::Name(name)),
            _ => Err(format!(
                "`{text}` in `clients.trusted_proxies` is no network (10.0.0.0/8), address, or DNS name of a certificate"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(settings: &str) -> String {
        toml::from_str::<ClientSettings>(settings).unwrap_err().to_string()
    }

    #[test]
    fn networks_addresses_and_names_are_trusted() {
        let settings =
            "trusted_proxies = [\"10.0.0.0/8\", \"192.0.2.1\", \"2001:db8::/32\", \"broker.example\"]";
        let settings: ClientSettings = toml::from_str(settings).unwrap();
        for (address, trusted) in [
            ("10.9.8.7", true),
            ("::ffff:10.9.8.7", true),
            ("192.0.2.1", true),
            ("192.0.2.2", false),
            ("2001:db8:7::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(settings.trusts(address.parse().unwrap()), trusted, "{address}");
        }
        assert_eq!(settings.names().collect::<Vec<_>>(), [&ServerName::try_from("broker.example").unwrap()]);
        assert!(settings.statement().contains("4 entries"), "{}", settings.statement());
        assert!(ClientSettings::default().statement().contains("/24 of IPv4, /48 of IPv6"));
    }

    #[test]
    fn what_is_no_network_or_prefix_is_refused_with_its_place() {
        for (settings, why) in [
            ("trusted_proxies = [\"10.0.0.0/33\"]", "`10.0.0.0/33` in `clients.trusted_proxies`"),
            ("trusted_proxies = [\"*\"]", "`*` in `clients.trusted_proxies`"),
            ("ipv4_prefix = 33", "at most 32"),
            ("ipv6_prefix = 129", "at most 128"),
            ("header = \"x-real-ip\"", "x-forwarded-for"),
        ] {
            let error = refused(settings);
            assert!(error.contains(why), "{error}");
        }
    }
}
