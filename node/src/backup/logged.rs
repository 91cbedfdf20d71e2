//! What the audit log knows of the time since a backup, where the state is lost and the log is not.
//!
//! The running node copies each change of the state to the log, with the keyed hash of whom it is about. Whose hash it is shows
//! by the ids in the data. What was changed while no node ran, or just before the end, the log does not know: so it is no
//! reason not to ask who withdrew.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use fyr_audit::{StateChange, state_changes};
use fyr_state::{ChangeKind, Revocation, Said, State};
use fyr_store::people::Everybody;

use super::error::BackupError;

/// What was applied of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FromLog {
    /// Changes of what people said.
    pub said: u64,
    /// People who withdrew.
    pub withdrew: u64,
    /// Requesters and tokens that are not accepted any more.
    pub revoked: u64,
}

/// What is to be applied of a log.
#[derive(Debug, Default)]
pub(super) struct Logged {
    said: Vec<Said>,
    /// Ids of whoever withdrew.
    pub(super) withdrawn: BTreeSet<String>,
    revoked: Vec<Revocation>,
}

impl Logged {
    /// Finds what a log knows of changes after a version, with the ids of the data and those that an operator names.
    /// Withdrawals and revocations that were taken back stay: it is not sure by whom, and each can be taken back again.
    ///
    /// # Errors
    ///
    /// The log is damaged, or somebody withdrew who is not among these ids.
    pub(super) fn find(
        log: &Path,
        after: u64,
        state: &State,
        (everybody, named): (&Everybody, &[String]),
    ) -> Result<Self, BackupError> {
        if !log.exists() {
            return Ok(Self::default());
        }
        let changes = state_changes(log, after)?;
        let of = |kind: ChangeKind| changes.iter().filter(move |change| change.action == kind.name());
        let ids = everybody.datasets().flat_map(|dataset| everybody.ids(dataset));
        let ids = ids.chain(named.iter().map(String::as_str));
        let known = by_hash(state, "", ids);
        let mut found = Self::default();
        let mut unknown = BTreeSet::new();
        for hash in of(ChangeKind::Withdraw).filter_map(|change| change.person.as_ref()) {
            match known.get(hash) {
                Some(id) => drop(found.withdrawn.insert((*id).to_owned())),
                None => drop(unknown.insert(hash)),
            }
        }
        if !unknown.is_empty() {
            return Err(BackupError::LogKnowsMore { log: log.to_owned(), people: unknown.len() });
        }
        found.said = said(state, everybody, of(ChangeKind::Set))?;
        let revoked = of(ChangeKind::Revoke).map(|change| Revocation::from_words(&change.items));
        found.revoked = revoked.collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// Applies what people said, and who is not accepted any more; who withdrew is for the caller.
    pub(super) async fn apply(&self, state: &State, actor: &str) -> Result<FromLog, BackupError> {
        // Whoever withdrew before says nothing any more.
        let gone = state.withdrawn_ids().await?;
        let said: Vec<Said> = self.said.iter().filter(|said| !gone.contains(&said.person)).cloned().collect();
        if !said.is_empty() {
            state.set(actor, &said, || ()).await?;
        }
        for revocation in &self.revoked {
            state.revoke(actor, revocation).await?;
        }
        let count = |many: usize| many as u64;
        Ok(FromLog {
            said: count(said.len()),
            withdrew: count(self.withdrawn.len()),
            revoked: count(self.revoked.len()),
        })
    }
}

fn by_hash<'a>(state: &State, dataset: &str, ids: impl Iterator<Item = &'a str>) -> HashMap<String, &'a str> {
    ids.map(|id| (state.subject_of(dataset, id), id)).collect()
}

/// Returns what people of the data said, in the order of the log.
fn said<'a>(
    state: &State,
    everybody: &Everybody,
    changes: impl Iterator<Item = &'a StateChange>,
) -> Result<Vec<Said>, BackupError> {
    let mut known: HashMap<&str, HashMap<String, &str>> = HashMap::new();
    let mut all = Vec::new();
    for change in changes {
        let (Some(dataset), Some(hash)) = (&change.dataset, &change.person) else { continue };
        let ids = known.entry(dataset).or_insert_with(|| by_hash(state, dataset, everybody.ids(dataset)));
        if let Some(person) = ids.get(hash) {
            let (dataset, person) = (dataset.clone(), (*person).to_owned());
            all.push(Said { dataset, person, answers: change.items.parse()? });
        }
    }
    Ok(all)
}
