//! What came of an attack.

use fyr_tests::inference::Scores;

/// What came of one way to attack in one posture.
#[derive(Clone, Debug)]
pub(crate) enum Finding {
    /// Whether people are in the data, after so many alleles.
    Membership(Vec<(usize, Scores)>),
    /// What chosen people have, or what a suppressed number is.
    Reconstruction(Vec<Guess>),
    /// The way does not lead anywhere in this posture: what it needs is not let in, or not there.
    NotApplicable,
}

/// One try to find something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guess {
    /// Whether it was found out.
    pub(crate) is_right: bool,
    /// Whether the best guess without asking, from frequency and sex, is right.
    pub(crate) is_guessed: bool,
}
