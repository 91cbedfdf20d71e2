//! From which network a client asks: a prefix of its address, and nothing finer.

use std::{fmt, net::IpAddr};

use ipnet::IpNet;

/// Header and gRPC metadata in which proxies tell for whom they ask, each adding its own client.
pub(crate) const FORWARDED_FOR: &str = "x-forwarded-for";
/// The same in the words of RFC 7239.
pub(crate) const FORWARDED: &str = "forwarded";

/// The network of a client. Never printed: where it is remembered, that is under a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpNet);

impl ClientNetwork {
    /// Takes the first bits of an address: so many of IPv4, so many of IPv6. An IPv4 address that is written as IPv6 is one of
    /// IPv4.
    pub fn of(address: IpAddr, (ipv4, ipv6): (u8, u8)) -> Self {
        let address = address.to_canonical();
        let bits = if address.is_ipv4() { ipv4 } else { ipv6 };
        Self(IpNet::new(address, bits).unwrap_or(IpNet::from(address)).trunc())
    }

    /// Returns its name, which tells it from all others: `192.0.2.0/24`.
    pub fn name(&self) -> String {
        self.0.to_string()
    }

    /// Returns the headers by which a broker tells its nodes for whose network it asks. They hold no address of a client.
    pub fn forwarded(&self) -> [(&'static str, String); 2] {
        let address = self.0.addr();
        let element =
            if address.is_ipv4() { format!("for={address}") } else { format!("for=\"[{address}]\"") };
        [(FORWARDED_FOR, address.to_string()), (FORWARDED, element)]
    }
}

impl fmt::Debug for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientNetwork")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> ClientNetwork {
        ClientNetwork::of(address.parse().unwrap(), (24, 48))
    }

    #[test]
    fn addresses_of_one_prefix_are_one_network() {
        assert_eq!(of("192.0.2.1"), of("192.0.2.254"));
        assert_ne!(of("192.0.2.1"), of("192.0.3.1"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:ffff::2"));
        assert_ne!(of("2001:db8:1::1"), of("2001:db8:2::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"), "which is written in two ways");
        assert_eq!(
            (of("192.0.2.7").name(), of("2001:db8:1::7").name()),
            ("192.0.2.0/24".into(), "2001:db8:1::/48".into())
        );
    }

    #[test]
    fn a_network_is_told_without_the_address_and_not_printed() {
        assert_eq!(of("192.0.2.7").forwarded().map(|(_, text)| text), ["192.0.2.0", "for=192.0.2.0"]);
        let six = of("2001:db8:1:2::7").forwarded().map(|(_, text)| text);
        assert_eq!(six, ["2001:db8:1::", "for=\"[2001:db8:1::]\""]);
        assert_eq!(format!("{:?}", of("192.0.2.7")), "ClientNetwork");
    }
}
