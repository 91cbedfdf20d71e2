//! The ways to attack, one file each.

mod account;
mod bisection;
mod broker;
mod bulk;
mod chosen;
mod excluded;
mod frequency;
mod homozygotes;
mod membership;
mod nested;
mod populations;
mod ranges;
mod rephrased;
mod solver;
mod timing;
mod withdrawal;

use clap::ValueEnum;

use self::{
    account::Account,
    bisection::Bisection,
    broker::Broker,
    bulk::Bulk,
    excluded::Excluded,
    frequency::FrequencyBounds,
    homozygotes::Homozygotes,
    membership::{Membership, Order},
    nested::Nested,
    populations::Populations,
    ranges::Ranges,
    rephrased::Rephrased,
    solver::Solver,
    timing::Timing,
    withdrawal::Withdrawal,
};
use crate::strategy::Strategy;

/// The name of a way to attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StrategyName {
    /// Is somebody in the data? By alleles that they carry, at random
    MembershipRandom,
    /// The same by their rarest alleles that may be told
    MembershipRarest,
    /// The same by alleles that are carried by about as many as the floor is
    MembershipThreshold,
    /// The same by everything that is told, of alleles that they carry and that they do not
    MembershipEverything,
    /// The same by alleles that they carry, each target by a requester of its own: against accounts
    MembershipAccount,
    /// The same after the accounts of everybody else were emptied
    MembershipExhausted,
    /// The same by everything that is told in pages of one range
    Bulk,
    /// One person's genotype from yes and no: a cut point of a measure beside which the person stands
    Bisection,
    /// One person's genotype from two counts that differ by the person
    Nested,
    /// Whether somebody with a rare attribute is in the data, from whom the attribute excludes
    Excluded,
    /// A count below the floor: everybody without all the others
    Populations,
    /// Homozygotes below the floor: copies without carriers
    Homozygotes,
    /// A rare allele from who is added by a range that reaches it
    Ranges,
    /// A rare allele asked in other words: wildcard, bracket, place, other notations
    Rephrased,
    /// Counts below the floor from everything that is told of a table and adds up
    Solver,
    /// A rare allele from how long the same answer takes
    Timing,
    /// An exact number where it is told rounded, from bounds of the frequency
    FrequencyBounds,
    /// The number of a node that may not be shown by itself: all without all others, at the broker
    Broker,
    /// What somebody has who withdrew: before without after. Reported: nothing promises it
    Withdrawal,
}

impl StrategyName {
    /// Returns the name on the command line and in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MembershipRandom => "membership-random",
            Self::MembershipRarest => "membership-rarest",
            Self::MembershipThreshold => "membership-threshold",
            Self::MembershipEverything => "membership-everything",
            Self::MembershipAccount => "membership-account",
            Self::MembershipExhausted => "membership-exhausted",
            Self::Bulk => "bulk",
            Self::Bisection => "bisection",
            Self::Nested => "nested",
            Self::Excluded => "excluded",
            Self::Populations => "populations",
            Self::Homozygotes => "homozygotes",
            Self::Ranges => "ranges",
            Self::Rephrased => "rephrased",
            Self::Solver => "solver",
            Self::Timing => "timing",
            Self::FrequencyBounds => "frequency-bounds",
            Self::Broker => "broker",
            Self::Withdrawal => "withdrawal",
        }
    }

    /// Returns whether it is promised that this way leads nowhere; other ways are reported.
    pub(crate) fn is_promised(self) -> bool {
        self != Self::Withdrawal
    }

    /// Returns the way itself.
    pub(crate) fn strategy(self) -> Box<dyn Strategy> {
        match self {
            Self::MembershipRandom => Box::new(Membership(Order::Random)),
            Self::MembershipRarest => Box::new(Membership(Order::Rarest)),
            Self::MembershipThreshold => Box::new(Membership(Order::Threshold)),
            Self::MembershipEverything => Box::new(Membership(Order::Everything)),
            Self::MembershipAccount => Box::new(Account { after_others: false }),
            Self::MembershipExhausted => Box::new(Account { after_others: true }),
            Self::Bulk => Box::new(Bulk),
            Self::Bisection => Box::new(Bisection),
            Self::Nested => Box::new(Nested),
            Self::Excluded => Box::new(Excluded),
            Self::Populations => Box::new(Populations),
            Self::Homozygotes => Box::new(Homozygotes),
            Self::Ranges => Box::new(Ranges),
            Self::Rephrased => Box::new(Rephrased),
            Self::Solver => Box::new(Solver),
            Self::Timing => Box::new(Timing),
            Self::FrequencyBounds => Box::new(FrequencyBounds),
            Self::Broker => Box::new(Broker),
            Self::Withdrawal => Box::new(Withdrawal),
        }
    }
}
