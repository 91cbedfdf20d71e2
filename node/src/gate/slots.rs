//! Slots: how many questions are evaluated at one time, and that no client has all of them.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use fyr_identity::Acting;
use fyr_policy::Subject;
use tokio::sync::Notify;

/// Who shares the slots with others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Client {
    /// All of whom nothing is known, together.
    Anybody,
    /// A service that asks for nobody.
    Service(Acting),
    /// A person, by whichever service.
    Person(Subject),
}

/// The slots of a node. A client never has more of them than are free: one alone has half, two have a third each, and
/// whoever comes then finds one.
#[derive(Debug)]
pub(super) struct Slots {
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Debug)]
struct Taken {
    free: usize,
    by: HashMap<Client, usize>,
}

/// A slot, until it is dropped.
#[derive(Debug)]
pub(super) struct Slot<'s> {
    slots: &'s Slots,
    client: Client,
}

impl Slots {
    pub(super) fn new(slots: usize) -> Self {
        Self { taken: Mutex::new(Taken { free: slots, by: HashMap::new() }), freed: Notify::new() }
    }

    /// Waits for a slot.
    pub(super) async fn take(&self, client: Client) -> Slot<'_> {
        loop {
            // Before it is looked, so that none that is freed meanwhile is missed.
            let freed = self.freed.notified();
            if self.taken().take(&client) {
                return Slot { slots: self, client };
            }
            freed.await;
        }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn take(&mut self, client: &Client) -> bool {
        let own = self.by.get(client).copied().unwrap_or_default();
        let may = own < self.free;
        if may {
            self.free -= 1;
            self.by.insert(client.clone(), own + 1);
        }
        may
    }

    fn give_back(&mut self, client: &Client) {
        self.free += 1;
        match self.by.get_mut(client) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(self.by.remove(client)),
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.slots.taken().give_back(&self.client);
        self.slots.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn service(name: &str) -> Client {
        Client::Service(Acting::Credential(name.to_owned()))
    }

    fn all<'s>(slots: &'s Slots, client: &Client) -> Vec<Slot<'s>> {
        std::iter::from_fn(|| slots.take(client.clone()).now_or_never()).collect()
    }

    #[test]
    fn no_client_has_more_slots_than_are_free() {
        let slots = Slots::new(64);
        let first = all(&slots, &Client::Anybody);
        let second = all(&slots, &service("a"));
        assert_eq!((first.len(), second.len()), (32, 16));
        assert_eq!(all(&slots, &service("b")).len(), 8, "whoever comes then finds some");
        drop(first);
        for _ in 0..2 {
            assert_eq!(all(&slots, &service("a")).len(), 16, "alone again, it has half, with what it holds");
        }
        drop(second);
        let nobody = slots.taken();
        assert_eq!((nobody.free, nobody.by.len()), (64, 0));
    }

    #[test]
    fn a_single_slot_can_be_taken() {
        let slots = Slots::new(1);
        let taken = all(&slots, &Client::Anybody);
        assert_eq!(taken.len(), 1);
        assert!(all(&slots, &service("a")).is_empty());
    }

    #[tokio::test]
    async fn who_waits_has_the_next_slot() {
        let slots = Slots::new(1);
        let taken = slots.take(Client::Anybody).await;
        let waiting = slots.take(service("a"));
        tokio::pin!(waiting);
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(taken);
        assert!(futures::poll!(&mut waiting).is_ready());
    }
}
