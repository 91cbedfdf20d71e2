//! The account of a person: how much one requester was told of each of many people, and who can bear to be told of.
//!
//! What is told of a person adds up. Whoever cannot bear the price of an answer is left out of *that answer* and of no
//! other: a cheaper question finds them again. The price is computed with those who can still bear it, so it depends
//! on who can, and who can depends on it. [`settle`] takes the least price at which both agree: it begins with the
//! price that holds if everybody can, leaves out who cannot, computes anew, and so on. Each step raises the price and
//! leaves fewer able, so it ends, always at the same price, whatever the order of people.

use std::collections::HashMap;

use roaring::RoaringBitmap;

use crate::Cost;

/// What was told of people to one requester. A person who was never charged takes no space, one who was takes 8 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Holders and what is spent of each, in billionths of a nat, by holder.
    spent: Vec<(u32, u32)>,
}

impl Account {
    /// Returns what is spent of a holder, in billionths of a nat; all that there can be, where more is than can be counted.
    pub fn spent(&self, holder: u32) -> u64 {
        let place = self.spent.binary_search_by_key(&holder, |(holder, _)| *holder).ok();
        place.and_then(|place| self.spent.get(place)).map_or(0, |(_, spent)| counted(*spent))
    }

    /// Returns who was charged, and how much.
    pub fn charged(&self) -> impl ExactSizeIterator<Item = (u32, u64)> {
        self.spent.iter().map(|(holder, spent)| (*holder, counted(*spent)))
    }

    /// Charges holders. What is more than can be counted is never given back, and leaves nothing of any budget: of one
    /// that was extended beyond it, the rest could otherwise be spent again and again.
    pub fn charge(&mut self, holders: impl IntoIterator<Item = u32>, amount: u64) {
        let amount = u32::try_from(amount).unwrap_or(u32::MAX);
        let mut new = Vec::new();
        for holder in holders {
            match self.spent.binary_search_by_key(&holder, |(holder, _)| *holder) {
                Ok(place) => self.spent.get_mut(place).into_iter().for_each(|(_, spent)| {
                    *spent = spent.saturating_add(amount);
                }),
                Err(_) => new.push((holder, amount)),
            }
        }
        if !new.is_empty() {
            self.spent.extend(new);
            self.spent.sort_unstable_by_key(|(holder, _)| *holder);
        }
    }

    /// Returns how much memory it takes, bytes.
    pub fn size(&self) -> usize {
        self.spent.capacity() * size_of::<(u32, u32)>()
    }
}

fn counted(spent: u32) -> u64 {
    if spent == u32::MAX { u64::MAX } else { spent.into() }
}

/// How much can still be told of each of some people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rooms {
    full: u64,
    less: HashMap<u32, u64>,
}

impl Rooms {
    /// Of everybody a whole budget can be told, in billionths of a nat.
    pub fn new(full: u64) -> Self {
        Self { full, less: HashMap::new() }
    }

    /// Says that of a person no more than this can be told.
    pub fn narrow(&mut self, person: u32, room: u64) {
        let known = self.less.entry(person).or_insert(self.full);
        *known = room.min(*known);
    }

    /// Returns how much can be told of a person.
    pub fn of(&self, person: u32) -> u64 {
        self.less.get(&person).copied().unwrap_or(self.full)
    }

    /// Returns the rooms of those among some people who have less than others, from the narrowest.
    fn sorted(&self, among: &RoaringBitmap) -> Vec<u64> {
        let theirs = self.less.iter().filter(|(person, _)| among.contains(**person));
        let mut rooms: Vec<_> = theirs.map(|(_, room)| *room).collect();
        rooms.sort_unstable();
        rooms
    }
}

/// Who bears a cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Borne {
    /// What each of them is charged, in billionths of a nat.
    pub amount: u64,
    /// Who is asked and can bear it.
    pub by: RoaringBitmap,
    /// Who is asked and cannot: they are left out of this answer.
    pub left_out: RoaringBitmap,
}

/// Finds out who can bear a cost, at the least price that holds with those who can.
pub fn settle(cost: &Cost, rooms: &Rooms) -> Borne {
    let less = rooms.sorted(cost.among());
    let others = cost.among().len() - less.len() as u64;
    let able = |price: u64| {
        let of_others = if price <= rooms.full { others } else { 0 };
        of_others + (less.len() - less.partition_point(|room| *room < price)) as u64
    };
    let mut amount = cost.amount(cost.among().len());
    loop {
        // Rounding must not make it fall: then it might not end.
        let next = cost.amount(able(amount)).max(amount);
        if next == amount {
            break;
        }
        amount = next;
    }
    let left_out: RoaringBitmap = cost.people().iter().filter(|person| rooms.of(*person) < amount).collect();
    Borne { amount, by: cost.people() - &left_out, left_out }
}

#[cfg(test)]
mod tests;
