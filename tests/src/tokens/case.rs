//! One case: how what a request shows is made, and what must come of it.

use super::{Occasion, TestCredentials, World};

/// What must come of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// 401, whatever the question.
    Unauthenticated,
    /// Let in, without grant of [`super::DATASET`] and not as a registered researcher.
    VisaIgnored,
    /// Let in.
    Accepted,
    /// Let in, with grant of [`super::DATASET`].
    Granted,
    /// Let in, as a registered researcher.
    Registered,
}

/// Makes what a case shows.
pub type Forge = Box<dyn Fn(&World, &Occasion<'_>) -> TestCredentials + Send + Sync>;

/// One case of one group of privacy requirements for tokens.
pub struct TokenCase {
    /// Number of the group.
    pub group: u8,
    /// What is wrong with it, or right.
    pub name: String,
    /// What must come of it.
    pub expect: Expect,
    /// Whether it lies so close to a limit of time that the clock must be set for it.
    pub exact: bool,
    /// Makes what is shown.
    pub forge: Forge,
}
