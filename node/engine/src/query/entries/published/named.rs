//! Lists of values that the rules name: each is one set, of all that its members are read as.
//!
//! The members must exclude each other: of two sets and of both together, the two answers and the third tell who is in both.
//! So a list some of whose members are read as sets that overlap is read as nobody.

use std::collections::BTreeSet;

use fyr_policy::{AskedFor, Reading, SetMember, Side};
use fyr_schemas::EntryType;
use roaring::RoaringBitmap;

use super::{
    super::filter::{Filters, Stating, paths, scopes, unite},
    Key, Published,
};

impl Published {
    /// Admits the named sets, after all others. They stand in the order of their names.
    pub(super) fn admit_named(&mut self, filters: &Filters<'_>) {
        for (name, members) in self.value_sets.all() {
            for (key, keys) in self.keys_of_members(filters, name, members) {
                self.admit_union(key, &keys);
            }
        }
    }

    /// Returns each way in which a set can be asked for, with the keys of its members.
    fn keys_of_members(
        &self,
        filters: &Filters<'_>,
        name: &'static str,
        members: &BTreeSet<SetMember>,
    ) -> Vec<(Key, Vec<Key>)> {
        let scopes = std::iter::once(None).chain(EntryType::ALL.map(Some));
        let of_scope = |scope: Option<EntryType>| -> Option<(Key, Vec<Key>)> {
            let mut place = None;
            let mut keys = Vec::new();
            for member in members {
                match member {
                    SetMember::Term(id) => keys.extend(self.term_key(filters, scope, id).ok().flatten()),
                    SetMember::Value(field, value) => {
                        let (kind, path) = paths(&[scope?], field).next()?;
                        keys.push(Key::Value(kind, path.clone(), value.clone()));
                        place = Some(path);
                    }
                }
            }
            Some((Key::Named(name, scope, place), keys))
        };
        scopes.filter_map(of_scope).collect()
    }

    /// Admits all that some keys are read as, if nobody is in two of them.
    fn admit_union(&mut self, key: Key, keys: &[Key]) {
        let readings: Vec<Reading> = keys.iter().map(|key| self.reading(key)).collect();
        if readings.contains(&Reading::Everybody) {
            self.readings.insert(key, Reading::Everybody);
            return;
        }
        let mut sides: Vec<Side> = readings.into_iter().filter_map(side_of).collect();
        sides.sort_unstable();
        sides.dedup();
        let people: Vec<RoaringBitmap> = sides.iter().map(|side| self.fixed_sets.people(*side)).collect();
        let all = people.iter().fold(RoaringBitmap::new(), |all, people| all | people);
        if people.iter().map(RoaringBitmap::len).sum::<u64>() != all.len() {
            return;
        }
        let known = self.fixed_sets.read(&all);
        // Who states nothing is in no entry: a set of everybody else has no entries that could be shown.
        let can_be_new = sides.iter().all(|side| !side.excluded);
        let reading =
            if known == Reading::Nobody && can_be_new { self.fixed_sets.admit(&all) } else { known };
        if let Reading::Side(Side { set, .. }) = reading
            && set == self.sets.len()
        {
            let mut stating = Stating::new();
            let of_members = sides.iter().filter_map(|side| self.sets.get(side.set));
            of_members.for_each(|of_member| unite(&mut stating, of_member.clone()));
            self.sets.push(stating);
            self.members.insert(set, sides);
        }
        if reading != Reading::Nobody {
            self.readings.insert(key, reading);
        }
    }

    /// Finds the key of a named set that is asked for.
    pub(super) fn named_key(&self, target: EntryType, asked: AskedFor) -> Option<Key> {
        let (_, members) = self.value_sets.all().find(|(name, _)| *name == asked.name)?;
        let places = match members.first()? {
            SetMember::Term(_) => vec![(asked.scope, None)],
            SetMember::Value(field, _) => paths(&scopes(asked.scope, target), field)
                .map(|(kind, path)| (Some(kind), Some(path)))
                .collect(),
        };
        let mut keys = places.into_iter().map(|(kind, path)| Key::Named(asked.name, kind, path));
        keys.find(|key| self.readings.contains_key(key))
    }

    /// Returns whether those may be asked about who are in all of several sides, and, where one of these is a named set,
    /// those too who are in each of its members: else what is missing from them would be the difference.
    pub(super) fn tells(&self, sides: &[Side]) -> bool {
        let with = |at: usize, member: Side| -> Vec<Side> {
            let sides = sides.iter().enumerate();
            sides.map(|(other, side)| if other == at { member } else { *side }).collect()
        };
        let mut of_members = sides.iter().enumerate().flat_map(|(at, side)| {
            self.members.get(&side.set).into_iter().flatten().map(move |member| (at, *member))
        });
        self.fixed_sets.tells(sides)
            && of_members.all(|(at, member)| self.fixed_sets.tells(&with(at, member)))
    }

    /// Returns what a member of a named set would be with another member, and everybody but a named set with one of its
    /// members: whoever asks for both subtracts.
    pub(super) fn with_one_member_more(
        &self,
        filters: &Filters<'_>,
        target: EntryType,
        side: Side,
    ) -> Vec<RoaringBitmap> {
        let entries = |side: Side| self.entries(filters, target, side);
        if side.excluded {
            let members = self.members.get(&side.set).into_iter().flatten();
            return members.map(|member| entries(side) | entries(*member)).collect();
        }
        let with_it = self.members.values().filter(|members| members.contains(&side));
        let others = with_it.flatten().filter(|member| **member != side);
        others.map(|member| entries(side) | entries(*member)).collect()
    }
}

fn side_of(reading: Reading) -> Option<Side> {
    match reading {
        Reading::Side(side) => Some(side),
        Reading::Nobody | Reading::Everybody => None,
    }
}
