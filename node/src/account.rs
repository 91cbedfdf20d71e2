//! The accounts of people, as operators name, see, extend and close them.

use fyr_doors::ClientNetwork;
use fyr_policy::{Profile, Subject};
use fyr_state::{AccountChange, AccountOwner, AccountStatement, State, StateError};
use time::{Date, Month, OffsetDateTime, UtcOffset};

/// Whose account it is: who is told of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountOf {
    /// Everybody of whom nothing is known, together.
    Public,
    /// Those of them who ask from a network; from one that is not known, where there is none.
    Network(Option<ClientNetwork>),
    /// Whoever has a credential that the operator gave out, by its name.
    Credential(String),
    /// A person. Under linked identities they have one account.
    Person(Subject),
    /// All members of a project.
    Project(String),
    /// All who act for an organisation.
    Organisation(String),
}

impl AccountOf {
    /// Returns its name: what is charged is remembered under it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Public => Profile::Public.name().to_owned(),
            Self::Network(network) => {
                let name = network.as_ref().map(ClientNetwork::name);
                format!("{} network {}", Profile::Public.name(), name.as_deref().unwrap_or("unknown"))
            }
            Self::Credential(name) => format!("credential {name}"),
            Self::Person(Subject { issuer, id }) => format!("person {issuer}|{id}"),
            Self::Project(name) => format!("project {name}"),
            Self::Organisation(name) => format!("organisation {name}"),
        }
    }

    /// Returns how many budgets of one requester it has.
    pub(crate) fn times(&self) -> u64 {
        if matches!(self, Self::Organisation(_) | Self::Public) { 2 } else { 1 }
    }

    pub(crate) fn owner(&self) -> AccountOwner {
        match self {
            Self::Public | Self::Credential(_) | Self::Person(_) => AccountOwner::Requester(self.name()),
            Self::Network(_) => AccountOwner::Network(self.name()),
            Self::Project(_) | Self::Organisation(_) => AccountOwner::Group(self.name()),
        }
    }
}

/// A calendar year, UTC: accounts begin anew with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Epoch {
    pub(crate) year: i64,
    /// When it ends, seconds since 1970.
    pub(crate) until: i64,
}

impl Epoch {
    pub(crate) fn of(now: OffsetDateTime) -> Self {
        let year = now.to_offset(UtcOffset::UTC).year();
        let next = Date::from_calendar_date(year + 1, Month::January, 1);
        let until = next.map_or(i64::MAX, |day| day.midnight().assume_utc().unix_timestamp());
        Self { year: year.into(), until }
    }
}

/// What stands in an account in this year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountReport {
    /// The year.
    pub year: i64,
    /// How many answers were charged; what is free is not counted.
    pub answers: u64,
    /// Of how many somebody was told: ids of people and families.
    pub told_of: u64,
    /// Of how many of them at least half of what a registered researcher may be told is told.
    pub half: u64,
    /// Of how many of them all of it.
    pub all: u64,
    /// What was told of whom most was told, in billionths of a nat.
    pub most: u64,
    /// What registered researchers may be told of each of them, with what was added, in billionths of a nat. Members of a
    /// consortium may be told twice as much before anything was added.
    pub budget: u64,
    /// What was added.
    pub raised: u64,
    /// Whether nothing more is told that costs anything.
    pub closed: bool,
    /// Who extended or closed it, and why.
    pub reasons: Vec<String>,
}

/// What is said of an account of which it is not known what was told.
const FORFEITED: &str = "restored from a backup: all that may be told in this year counts as told";

/// An account cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Nothing says why.
    #[error("say why in --reason: the history and the audit log keep it")]
    NoReason,
    /// The state cannot be read or changed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Says what stands in an account at a time.
///
/// # Errors
///
/// The state cannot be read.
pub async fn show_account(
    state: &State,
    of: &AccountOf,
    now: OffsetDateTime,
) -> Result<AccountReport, AccountError> {
    let Epoch { year, .. } = Epoch::of(now);
    let AccountStatement { answers, spent, raised, closed, forfeited, mut reasons } =
        state.account(&of.owner(), year).await?;
    let own = if forfeited { 0 } else { of.times() * Profile::Research.budget() };
    if forfeited {
        reasons.insert(0, FORFEITED.to_owned());
    }
    let budget = own.saturating_add(raised);
    let told = |least: u64| spent.iter().filter(|spent| **spent >= least).count() as u64;
    Ok(AccountReport {
        year,
        answers,
        told_of: spent.len() as u64,
        half: told(budget.div_ceil(2)),
        all: told(budget),
        most: spent.first().copied().unwrap_or_default(),
        budget,
        raised,
        closed,
        reasons,
    })
}

/// Lets a requester, or a group, be told more of each person until the end of the year: by so many budgets of a
/// registered researcher.
///
/// # Errors
///
/// Nothing says why, or the state cannot be changed.
pub async fn extend_account(
    state: &State,
    (actor, reason): (&str, &str),
    of: &AccountOf,
    budgets: u32,
    now: OffsetDateTime,
) -> Result<(), AccountError> {
    let by = u64::from(budgets).saturating_mul(Profile::Research.budget());
    change(state, (actor, reason), of, AccountChange::Extend(by), now).await
}

/// Tells a requester, or a group, nothing more of people that costs anything until the end of the year.
///
/// # Errors
///
/// Nothing says why, or the state cannot be changed.
pub async fn close_account(
    state: &State,
    (actor, reason): (&str, &str),
    of: &AccountOf,
    now: OffsetDateTime,
) -> Result<(), AccountError> {
    change(state, (actor, reason), of, AccountChange::Close, now).await
}

async fn change(
    state: &State,
    (actor, reason): (&str, &str),
    of: &AccountOf,
    change: AccountChange,
    now: OffsetDateTime,
) -> Result<(), AccountError> {
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.is_empty() {
        return Err(AccountError::NoReason);
    }
    let Epoch { year, until } = Epoch::of(now);
    Ok(state.change_account(actor, &of.owner(), (year, until), change, &reason).await?)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-06-15 12:00 UTC);

    #[test]
    fn an_epoch_is_a_year() {
        let next = datetime!(2027-01-01 00:00 UTC).unix_timestamp();
        let of = |now| (Epoch::of(now).year, Epoch::of(now).until);
        assert_eq!(of(datetime!(2026-01-01 00:00 UTC)), (2026, next));
        assert_eq!(of(datetime!(2027-01-01 00:30 +01:00)), (2026, next));
        assert_eq!(of(datetime!(2027-01-01 00:00 UTC)).0, 2027);
    }

    #[tokio::test]
    async fn whoever_extends_or_closes_an_account_says_why() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("state.db").display());
        let state = State::open(&url, &directory.path().join("state.key")).await.unwrap();
        let of = AccountOf::Organisation("https://ki.se".into());
        let refused = extend_account(&state, ("officer", " \n"), &of, 1, NOW).await.unwrap_err();
        assert!(matches!(refused, AccountError::NoReason), "{refused}");
        assert!(close_account(&state, ("officer", ""), &of, NOW).await.is_err());
        extend_account(&state, ("officer", "board\n 7"), &of, 2, NOW).await.unwrap();
        let report = show_account(&state, &of, NOW).await.unwrap();
        assert_eq!((report.raised, report.budget), (2 * 693_147_180, 4 * 693_147_180));
        assert_eq!(report.reasons, ["extended by 1386294360 billionths of a nat: officer: board 7"]);
        close_account(&state, ("officer", "left"), &of, NOW).await.unwrap();
        assert!(show_account(&state, &of, NOW).await.unwrap().closed);
        assert!(!show_account(&state, &AccountOf::Public, NOW).await.unwrap().closed);
    }
}
