//! How the rules of a dataset have additions told: by epoch, wherever anybody is told of its people below open.

use fyr_schemas::Release;

use super::Effective;
use crate::{Additions, Profile};

/// Where one newcomer is enough nobody waits.
const SEVERAL: u64 = 2;

impl Effective<'_> {
    /// Returns when those who come are told of: once as many have come as the largest floor of what is told asks for. None
    /// where nobody waits: in open data and published tables, and where a floor does not ask for several.
    pub(crate) fn additions(&self) -> Option<Additions> {
        let told = Profile::ALL.into_iter().filter(|profile| profile.has_accounts());
        let told = told.map(|profile| self.bounds(profile)).filter(|bounds| bounds.release > Release::None);
        let at_least = told.map(|bounds| bounds.minimum_carriers).max()?;
        let every = self.rules.additions_every.or(self.default.additions_every);
        let waits = at_least >= SEVERAL && !self.open() && !self.is_published();
        waits.then_some(Additions { at_least, every })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DatasetRules;

    #[test]
    fn as_many_must_have_come_as_the_largest_floor_of_what_is_told_asks_for() {
        let none = DatasetRules::default();
        let known = || DatasetRules { known: Some(Release::Count), ..DatasetRules::default() };
        let floor = |floor| DatasetRules { minimum_carriers: Some(floor), ..known() };
        for (case, rules, expected) in [
            ("nothing is told", none.clone(), None),
            ("as it comes", known(), Some(10)),
            ("the larger one", DatasetRules { public: Some(Release::Boolean), ..known() }, Some(20)),
            ("care has none", DatasetRules { care: Some(Release::Boolean), ..none.clone() }, None),
            ("stated", floor(3), Some(3)),
            ("one is enough", floor(1), None),
            ("no floor", floor(0), None),
            ("open", DatasetRules { open: Some(true), ..known() }, None),
            ("published", DatasetRules { published_to: Some(vec![Profile::Known]), ..none.clone() }, None),
        ] {
            let found = Effective::new(&rules, &none).additions().map(|additions| additions.at_least);
            assert_eq!(found, expected, "{case}");
        }
        let every = || "30 days".parse().ok();
        let own = DatasetRules { additions_every: every(), ..known() };
        let default = DatasetRules { additions_every: every(), ..none.clone() };
        let of = |own: &DatasetRules, default| Effective::new(own, default).additions().unwrap().every;
        assert_eq!((of(&own, &none), of(&known(), &default), of(&known(), &none)), (every(), every(), None));
    }
}
