//! As whom the attacker asks, and what the answers in that capacity may give away.

use fyr_policy::{Bounds, Profile, Quota, Rounding};

/// One way to be let in, with the defence that stands against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Posture {
    /// Anyone, of data that are declared open: without any defence.
    Undefended,
    /// A profile, with what it comes with: each person has an account with whoever asks.
    Shipped(Profile),
    /// The same where only the accounts are switched off.
    Uncharged(Profile),
    /// A holder of a token who is told exact numbers: against groups that differ by one person nothing stands but that
    /// sets of people are fixed.
    Exact,
    /// The same where sets of people are free: shows that it is they that stand against it.
    Free,
}

impl Posture {
    /// Everything that is attacked.
    pub(crate) const ALL: [Self; 11] = [
        Self::Undefended,
        Self::Shipped(Profile::Public),
        Self::Shipped(Profile::Known),
        Self::Shipped(Profile::Research),
        Self::Shipped(Profile::Consortium),
        Self::Uncharged(Profile::Public),
        Self::Uncharged(Profile::Known),
        Self::Uncharged(Profile::Research),
        Self::Uncharged(Profile::Consortium),
        Self::Exact,
        Self::Free,
    ];

    /// Returns its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Undefended => "undefended",
            Self::Shipped(profile) => profile.name(),
            Self::Uncharged(Profile::Public) => "public, no accounts",
            Self::Uncharged(Profile::Known) => "known, no accounts",
            Self::Uncharged(Profile::Research) => "research, no accounts",
            Self::Uncharged(Profile::Consortium) => "consortium, no accounts",
            Self::Uncharged(_) => "no accounts",
            Self::Exact => "known, exact",
            Self::Free => "known, exact and free",
        }
    }

    /// Returns the rules of disclosure, which the attacker knows.
    pub(crate) fn bounds(self) -> Bounds {
        match self {
            Self::Undefended => Profile::AggregateOpen.bounds(),
            Self::Shipped(profile) | Self::Uncharged(profile) => profile.bounds(),
            Self::Exact | Self::Free => Bounds { rounding: Rounding::Exact, ..Profile::Known.bounds() },
        }
    }

    /// Returns the most by which one requester may become surer of who is in the data, as a factor; none where nothing is
    /// promised.
    pub(crate) fn factor(self) -> Option<f64> {
        match self {
            Self::Shipped(Profile::Consortium) => Some(4.0),
            Self::Shipped(Profile::Public | Profile::Known | Profile::Research) => Some(2.0),
            Self::Shipped(Profile::AggregateOpen | Profile::Care | Profile::Owner)
            | Self::Undefended
            | Self::Uncharged(_)
            | Self::Exact
            | Self::Free => None,
        }
    }

    /// Returns whether nobody may find out what a chosen person has: sets of people are fixed, and small numbers are not
    /// told.
    pub(crate) fn keeps_secrets(self) -> bool {
        !matches!(self, Self::Undefended | Self::Free)
    }

    /// Returns how many different alleles one requester may ask about in a day.
    pub(crate) fn a_day(self) -> usize {
        match self {
            Self::Shipped(profile) | Self::Uncharged(profile) => match profile.quota() {
                Quota::Questions(most) => usize::try_from(most).unwrap_or(usize::MAX),
                Quota::Any | Quota::Cases(_) => usize::MAX,
            },
            Self::Undefended | Self::Exact | Self::Free => usize::MAX,
        }
    }
}
