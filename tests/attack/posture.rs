//! As whom the attacker asks, and what the answers in that capacity may give away.

use fyr_policy::{Bounds, Profile};

/// One way to be let in, with the defence that stands against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Posture {
    /// Anyone, of data that are declared open: without any defence.
    Undefended,
    /// A profile as the example configuration gives it.
    Shipped(Profile),
}

impl Posture {
    /// Everything that is attacked.
    pub(crate) const ALL: [Self; 5] = [
        Self::Undefended,
        Self::Shipped(Profile::Public),
        Self::Shipped(Profile::Known),
        Self::Shipped(Profile::Research),
        Self::Shipped(Profile::Consortium),
    ];

    /// Returns its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Undefended => "undefended",
            Self::Shipped(profile) => profile.name(),
        }
    }

    /// Returns the rules of disclosure, which the attacker knows.
    pub(crate) fn bounds(self) -> Bounds {
        match self {
            Self::Undefended => Profile::AggregateOpen.bounds(),
            Self::Shipped(profile) => profile.bounds(),
        }
    }

    /// Returns the most by which one requester may become surer of anybody, as a factor; none where nothing is
    /// promised.
    pub(crate) fn factor(self) -> Option<f64> {
        match self {
            Self::Undefended | Self::Shipped(Profile::AggregateOpen | Profile::Care) => None,
            Self::Shipped(Profile::Consortium) => Some(4.0),
            Self::Shipped(Profile::Public | Profile::Known | Profile::Research) => Some(2.0),
        }
    }
}
