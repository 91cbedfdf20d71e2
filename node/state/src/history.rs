//! What was changed, when, by whom. People stand in it as keyed hashes.

use std::fmt;

use sqlx::AnyPool;

use crate::StateError;

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// A person's answers were recorded.
    Set,
    /// A person withdrew.
    Withdraw,
    /// A person took the withdrawal back.
    Reinstate,
    /// The last plain mention of a person who withdrew was deleted.
    Forget,
    /// A requester or a token is not accepted any more.
    Revoke,
    /// A requester or a token is accepted again.
    Unrevoke,
    /// The audit log goes on although records are missing.
    BeginAudit,
    /// The state belongs to a store from now on, because an operator says so.
    AdoptState,
    /// More may be told of people to somebody.
    ExtendAccount,
    /// Nothing more is told of people to somebody.
    CloseAccount,
    /// The state is a copy of before, because the one that went on is lost.
    RestoreState,
    /// A table of frequencies is published.
    Publish,
    /// A published table is taken back.
    Unpublish,
    /// Somebody looked at what was answered for care.
    ReviewCare,
    /// People of a dataset are told of from now on.
    Release,
}

impl ChangeKind {
    /// All actions.
    pub const ALL: [Self; 15] = [
        Self::Set,
        Self::Withdraw,
        Self::Reinstate,
        Self::Forget,
        Self::Revoke,
        Self::Unrevoke,
        Self::BeginAudit,
        Self::AdoptState,
        Self::ExtendAccount,
        Self::CloseAccount,
        Self::RestoreState,
        Self::Publish,
        Self::Unpublish,
        Self::ReviewCare,
        Self::Release,
    ];

    /// Returns the word that records have.
    pub fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Withdraw => "withdraw",
            Self::Reinstate => "reinstate",
            Self::Forget => "forget",
            Self::Revoke => "revoke",
            Self::Unrevoke => "unrevoke",
            Self::BeginAudit => "begin-audit",
            Self::AdoptState => "adopt-state",
            Self::ExtendAccount => "extend-account",
            Self::CloseAccount => "close-account",
            Self::RestoreState => "restore-state",
            Self::Publish => "publish",
            Self::Unpublish => "unpublish",
            Self::ReviewCare => "review-care",
            Self::Release => "release",
        }
    }

    fn from_name(name: &str) -> Result<Self, StateError> {
        let action = Self::ALL.into_iter().find(|action| action.name() == name);
        action.ok_or(StateError::Damaged("an unknown action in the history"))
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The version that it made; changes of one command share it.
    pub version: u64,
    /// Its place among those, from 1.
    pub position: u64,
    /// When, RFC 3339, UTC.
    pub time: String,
    /// Who made it.
    pub actor: String,
    /// What was done.
    pub action: ChangeKind,
    /// The dataset; empty for revocations.
    pub dataset: String,
    /// Keyed hash of the person, hexadecimal; empty for revocations.
    pub subject: String,
    /// What was answered or revoked.
    pub items: String,
}

type Row = (i64, i64, String, String, String, String, String, String);

/// Reads the changes after a version, in order.
pub(crate) async fn since(pool: &AnyPool, version: u64) -> Result<Vec<Change>, StateError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT version, position, time, actor, action, dataset, subject, items FROM history \
         WHERE version > $1 ORDER BY version, position",
    )
    .bind(i64::try_from(version).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(change).collect()
}

fn change(
    (version, position, time, actor, action, dataset, subject, items): Row,
) -> Result<Change, StateError> {
    let (version, position) = (version.unsigned_abs(), position.unsigned_abs());
    let action = ChangeKind::from_name(&action)?;
    Ok(Change { version, position, time, actor, action, dataset, subject, items })
}
