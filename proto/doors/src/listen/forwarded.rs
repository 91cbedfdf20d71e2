//! What proxies say of whom they ask for: `X-Forwarded-For`, or `Forwarded` (RFC 7239).

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

use crate::{
    network::{FORWARDED, FORWARDED_FOR},
    settings::ForwardingHeader,
};

/// Returns what each proxy said, the one that was first to say something first; none for what is no address.
pub(super) fn hops(headers: &HeaderMap, header: ForwardingHeader) -> Vec<Option<IpAddr>> {
    let (name, read): (_, fn(&str) -> Option<IpAddr>) = match header {
        ForwardingHeader::XForwardedFor => (FORWARDED_FOR, node),
        ForwardingHeader::Forwarded => (FORWARDED, element),
    };
    let lines = headers.get_all(name).iter();
    let of_line = |line: &http::HeaderValue| match line.to_str() {
        Ok(text) => parts(text, ',').into_iter().map(read).collect(),
        Err(_) => vec![None],
    };
    lines.flat_map(of_line).collect()
}

/// Reads one element of `Forwarded`: pairs, one of which says for whom.
fn element(text: &str) -> Option<IpAddr> {
    let names = |name: &str| name.trim().eq_ignore_ascii_case("for");
    let pairs = parts(text, ';').into_iter().filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(name, _)| names(name));
    let (_, value) = named.next()?;
    if named.next().is_some() {
        return None;
    }
    let value = value.trim();
    node(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

/// Reads an address, with or without a port.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}

/// Divides a text, outside quotes.
fn parts(text: &str, at: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let divides = |c: char| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match c {
            '\\' if is_quoted && !was_escaped => is_escaped = true,
            '"' if !was_escaped => is_quoted = !is_quoted,
            _ => return c == at && !is_quoted,
        }
        false
    };
    text.split(divides).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: ForwardingHeader, lines: &[&'static str]) -> Vec<Option<String>> {
        let mut headers = HeaderMap::new();
        let name = match header {
            ForwardingHeader::XForwardedFor => FORWARDED_FOR,
            ForwardingHeader::Forwarded => FORWARDED,
        };
        lines.iter().for_each(|line| {
            headers.append(name, line.parse().unwrap());
        });
        hops(&headers, header).into_iter().map(|hop| hop.map(|address| address.to_string())).collect()
    }

    fn some(addresses: &[&str]) -> Vec<Option<String>> {
        addresses.iter().map(|address| Some((*address).to_owned())).collect()
    }

    #[test]
    fn addresses_are_read_in_their_order() {
        let of = |lines: &[&'static str]| read(ForwardingHeader::XForwardedFor, lines);
        assert_eq!(
            of(&["192.0.2.1, 2001:db8::1", "198.51.100.7"]),
            some(&["192.0.2.1", "2001:db8::1", "198.51.100.7"])
        );
        assert_eq!(
            of(&["192.0.2.1:4711,[2001:db8::1]:80,[2001:db8::2]"]),
            some(&["192.0.2.1", "2001:db8::1", "2001:db8::2"])
        );
        assert_eq!(of(&["unknown, 192.0.2.1,"]), [None, Some("192.0.2.1".to_owned()), None]);
        assert_eq!(of(&[]), []);
    }

    #[test]
    fn pairs_are_read_and_what_is_quoted_divides_nothing() {
        let of = |lines: &[&'static str]| read(ForwardingHeader::Forwarded, lines);
        assert_eq!(
            of(&["for=192.0.2.1;proto=https, For=\"[2001:db8::1]:443\""]),
            some(&["192.0.2.1", "2001:db8::1"])
        );
        let forged = "for=192.0.2.1;host=\"a,for=203.0.113.9\"";
        assert_eq!(of(&[forged]), some(&["192.0.2.1"]));
        assert_eq!(of(&["for=192.0.2.1;host=\"a\\\",for=203.0.113.9\""]), some(&["192.0.2.1"]));
        assert_eq!(of(&["proto=https", "for=_hidden", "for=192.0.2.1;for=192.0.2.2"]), [None, None, None]);
    }
}
