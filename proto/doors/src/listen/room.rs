//! How many connections a port holds, and how many of them for one address.
//!
//! One address may hold as many as there is room left for: alone it gets half, and whoever comes next still finds
//! room, however greedy the others are. A proxy that stands before everybody therefore gets half of the port.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

/// The connections of one port.
#[derive(Clone, Debug)]
pub(super) struct Room {
    most: usize,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    by_client: HashMap<IpAddr, usize>,
}

impl Room {
    /// Makes room for so many connections.
    pub(super) fn new(most: usize) -> Self {
        Self { most, held: Arc::default() }
    }

    /// Takes a place for a connection, until it is dropped; none where the client has its share already.
    pub(super) fn enter(&self, client: IpAddr) -> Option<Place> {
        let client = network(client);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.by_client.get(&client).copied().unwrap_or_default();
        let free = self.most.saturating_sub(held.all);
        if free == 0 || own >= free {
            return None;
        }
        held.all += 1;
        held.by_client.insert(client, own + 1);
        Some(Place { client, held: self.held.clone() })
    }
}

/// The place of one connection.
#[derive(Debug)]
pub(super) struct Place {
    client: IpAddr,
    held: Arc<Mutex<Held>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all = held.all.saturating_sub(1);
        let left = held.by_client.remove(&self.client).unwrap_or_default().saturating_sub(1);
        if left > 0 {
            held.by_client.insert(self.client, left);
        }
    }
}

/// Of IPv6 a client has a whole network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) >> 64 << 64)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(room: &Room, client: &str) -> Vec<Place> {
        std::iter::from_fn(|| room.enter(client.parse().unwrap())).collect()
    }

    #[test]
    fn whoever_comes_next_finds_room() {
        let room = Room::new(64);
        let first = fill(&room, "192.0.2.1");
        assert_eq!(first.len(), 32);
        let second = fill(&room, "192.0.2.2");
        assert_eq!(second.len(), 16);
        assert_eq!(fill(&room, "192.0.2.3").len(), 8);
        drop(first);
        assert_eq!(fill(&room, "192.0.2.1").len(), 24, "and gets it back");
    }

    #[test]
    fn neighbours_in_one_network_are_one_client() {
        let room = Room::new(8);
        let held = [fill(&room, "2001:db8::1"), fill(&room, "2001:db8::2"), fill(&room, "2001:db8:0:1::1")];
        assert_eq!(held.map(|places| places.len()), [4, 0, 2]);
        let room = Room::new(8);
        let held = [fill(&room, "192.0.2.1"), fill(&room, "::ffff:192.0.2.1")];
        assert_eq!(held.map(|places| places.len()), [4, 0]);
    }
}
