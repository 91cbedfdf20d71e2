//! As whom the attacker asks, and what the answers in that capacity may give away.

use fyr_policy::{Bounds, Profile, Rounding};

/// One way to be let in, with the defence that stands against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Posture {
    /// Anyone, of data that are declared open: without any defence.
    Undefended,
    /// A profile, with what it comes with.
    Shipped(Profile),
    /// A registered researcher, where each person has an account.
    Priced,
    /// A holder of a token who is told exact numbers: against groups that differ by one person nothing stands but that
    /// sets of people are fixed.
    Exact,
    /// The same where sets of people are free: shows that it is they that stand against it.
    Free,
}

impl Posture {
    /// Everything that is attacked.
    pub(crate) const ALL: [Self; 8] = [
        Self::Undefended,
        Self::Shipped(Profile::Public),
        Self::Shipped(Profile::Known),
        Self::Shipped(Profile::Research),
        Self::Shipped(Profile::Consortium),
        Self::Priced,
        Self::Exact,
        Self::Free,
    ];

    /// Returns its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Undefended => "undefended",
            Self::Shipped(profile) => profile.name(),
            Self::Priced => "research, accounts",
            Self::Exact => "known, exact",
            Self::Free => "known, exact and free",
        }
    }

    /// Returns the rules of disclosure, which the attacker knows.
    pub(crate) fn bounds(self) -> Bounds {
        match self {
            Self::Undefended => Profile::AggregateOpen.bounds(),
            Self::Shipped(profile) => profile.bounds(),
            Self::Priced => Profile::Research.bounds(),
            Self::Exact | Self::Free => Bounds { rounding: Rounding::Exact, ..Profile::Known.bounds() },
        }
    }

    /// Returns the most by which one requester may become surer of anybody, as a factor; none where nothing is
    /// promised.
    pub(crate) fn factor(self) -> Option<f64> {
        match self {
            Self::Undefended
            | Self::Free
            | Self::Shipped(Profile::AggregateOpen | Profile::Care | Profile::Owner) => None,
            Self::Shipped(Profile::Consortium) => Some(4.0),
            Self::Exact
            | Self::Priced
            | Self::Shipped(Profile::Public | Profile::Known | Profile::Research) => Some(2.0),
        }
    }
}
