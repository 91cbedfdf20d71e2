//! A node that is backed up, lost in parts or wholly, and restored, killed on the way at any of its awaits.

use std::{
    collections::BTreeMap,
    fs,
    future::{Future, poll_fn},
    path::{Path, PathBuf},
    pin::pin,
    task::Poll,
    time::Duration,
};

use fyr_policy::{Bearers, ConsentItem, Cost};
use fyr_schemas::{EntryType, Query};
use fyr_state::{Answers, Bill, ItemAnswer, Revocation, Said, State};
use fyr_store::{Store, StoreError, backup::RESTORING, log::StorePlace};
use tempfile::TempDir;
use time::OffsetDateTime;

use super::*;
use crate::{
    AccountOf, NodeConfig, OwnersView, StartError, account::Epoch, config::Secret,
    purge::tests::write_genotypes, show_account, start,
};

const ACTOR: &str = "officer@clinic";
const BUDGET: u64 = 10;

/// A node with two people, whose state lies in its store or beside it.
struct Site {
    directory: TempDir,
    apart: bool,
}

impl Site {
    /// Has the people `a` and `b`, of whom `a` withdrew before any backup.
    async fn new(apart: bool) -> Self {
        let site = Self { directory: tempfile::tempdir().unwrap(), apart };
        site.load(&["a", "b", "c"]).await;
        site.withdraw("a").await;
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn config(&self) -> NodeConfig {
        let mut config = NodeConfig::new("se.fin", self.path("store").to_str().unwrap());
        if self.apart {
            let file = self.path("state/state.db");
            config.state.url = Some(Secret::new(format!("sqlite:{}", file.display())));
            config.state.key = Some(self.path("state/state.key"));
        }
        config
    }

    async fn load(&self, people: &[&str]) {
        let store = Store::open_beside(&self.path("store"), crate::OF_THE_NODE).await.unwrap();
        write_genotypes(&store, &format!("of-{}", people[0]), people).await;
    }

    async fn in_state<T>(&self, work: impl AsyncFn(&State) -> T) -> T {
        let state = self.config().open_state().await.unwrap();
        let outcome = work(&state).await;
        state.close().await;
        outcome
    }

    async fn withdraw(&self, person: &str) {
        self.in_state(async |state| state.withdraw(ACTOR, person, &[]).await.unwrap()).await;
    }

    /// Charges somebody for what they are told of `b`; returns whether it was borne.
    async fn charge(&self, requester: &str, item: &str, amount: u64) -> bool {
        let Epoch { year, until } = Epoch::of(OffsetDateTime::now_utc());
        let requester = vec![AccountOf::Credential(requester.into()).name()];
        let bill = Bill { requester, groups: Vec::new(), budget: BUDGET, epoch: year, until };
        let bear = async |state: &State| {
            let holders = state.holders("D", [(0, vec!["b"], None)]);
            let cost = Cost::new([0].into_iter().collect(), amount);
            matches!(state.bear(&bill, item, &cost, &holders).await.unwrap().bearers, Bearers::Everybody)
        };
        self.in_state(bear).await
    }

    async fn withdrawn(&self) -> Vec<&'static str> {
        let ids = self.in_state(async |state| state.withdrawn_ids().await.unwrap()).await;
        ["a", "b", "c", "d"].into_iter().filter(|id| ids.contains(id)).collect()
    }

    async fn take(&self) -> Taken {
        self.try_take(BackupOptions::default()).await.unwrap()
    }

    async fn try_take(&self, options: BackupOptions) -> Result<Taken, BackupError> {
        take_backup(&self.config(), &self.path("vault"), options, |_, _| {}).await
    }

    fn options(&self) -> RestoreOptions {
        RestoreOptions { from: self.path("vault"), actor: ACTOR.into(), ..RestoreOptions::default() }
    }

    async fn restore(&self, options: &RestoreOptions) -> Result<Restored, BackupError> {
        restore(&self.config(), options, |_, _| {}).await
    }

    async fn datasets(&self) -> Vec<String> {
        let store = Store::open(&self.path("store")).await.unwrap();
        store.datasets().await.unwrap().into_iter().map(|dataset| dataset.id).collect()
    }

    /// Everything is gone but the backups; what was there is kept aside.
    fn lose(&self) {
        fs::rename(self.path("store"), self.path("old")).unwrap();
    }
}

fn lost(withdrawn: &[&str]) -> Option<Lost> {
    let withdrawn = withdrawn.iter().map(|id| (*id).to_owned()).collect();
    Some(Lost { withdrawn, reason: "disk lost".into() })
}

/// Polls a future some times at most, and drops it then, as if its process had been killed.
async fn killed<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let (mut future, mut left) = (pin!(future), polls);
    let ended = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    });
    let ended = ended.await;
    // What was handed to another thread ends, as what was handed to the system would.
    tokio::time::sleep(Duration::from_millis(if ended.is_some() { 0 } else { 25 })).await;
    ended
}

/// The files of a directory.
fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().map(Result::unwrap) {
            match entry.path() {
                path if path.is_dir() => open.push(path),
                path => drop(found.insert(path.clone(), fs::read(path).unwrap())),
            }
        }
    }
    found
}

#[tokio::test]
async fn a_state_that_survived_has_who_withdrew_and_what_was_spent_since() {
    let site = Site::new(true).await;
    assert!(site.charge("clinic", "first", 4).await);
    let taken = site.take().await;
    site.load(&["d"]).await;
    site.withdraw("b").await;
    assert!(site.charge("clinic", "second", 6).await);
    site.lose();
    let restored = site.restore(&site.options()).await.unwrap();
    assert_eq!((restored.backup, restored.withdrew), (taken.backup, 0));
    assert_eq!(restored.state, RestoredState::Survived { backup: 1, version: 2 });
    assert_eq!(site.datasets().await, ["of-a"], "what was loaded since is not there");
    assert_eq!(site.withdrawn().await, ["a", "b"]);
    assert!(!site.charge("clinic", "third", 1).await && site.charge("other", "third", 1).await);
    start(site.config()).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_state_that_survived_in_the_old_directory_is_taken_from_there() {
    let site = Site::new(false).await;
    site.take().await;
    site.withdraw("b").await;
    assert!(site.charge("clinic", "first", BUDGET).await);
    site.lose();
    let options = RestoreOptions { state: Some(site.path("old/state/state.db")), ..site.options() };
    let restored = site.restore(&options).await.unwrap();
    assert_eq!(restored.state, RestoredState::Survived { backup: 1, version: 2 });
    assert_eq!(site.withdrawn().await, ["a", "b"]);
    assert!(!site.charge("clinic", "second", 1).await && site.charge("other", "second", 1).await);
}

#[tokio::test]
async fn what_survived_in_the_directory_itself_stays() {
    let site = Site::new(false).await;
    start(site.config()).await.unwrap().stop().await;
    site.take().await;
    site.withdraw("b").await;
    start(site.config()).await.unwrap().stop().await;
    site.lose();
    fs::create_dir(site.path("store")).unwrap();
    for name in crate::OF_THE_NODE.iter().filter(|name| site.path("old").join(name).exists()) {
        fs::rename(site.path("old").join(name), site.path("store").join(name)).unwrap();
    }
    let restored = site.restore(&site.options()).await.unwrap();
    assert_eq!(restored.state, RestoredState::Survived { backup: 1, version: 2 });
    assert_eq!(restored.log, RestoredLog::Survived);
    assert_eq!((site.withdrawn().await, site.datasets().await), (vec!["a", "b"], vec!["of-a".to_owned()]));
    start(site.config()).await.unwrap().stop().await;
}

#[tokio::test]
async fn the_record_of_the_owners_questions_comes_back_too() {
    let site = Site::new(false).await;
    let ask = async || {
        let view = OwnersView::open(&site.config(), ACTOR).await.unwrap();
        view.ask(&Query::entries(EntryType::Dataset)).await.unwrap();
    };
    ask().await;
    let log = site.config().of_owner().unwrap().audit_path().unwrap();
    let recorded = fs::read(&log).unwrap();
    assert!(!recorded.is_empty());
    site.take().await;
    site.lose();
    site.restore(&RestoreOptions { lost: lost(&[]), ..site.options() }).await.unwrap();
    assert_eq!(fs::read(&log).unwrap(), recorded);
    ask().await;
    assert!(fs::read(&log).unwrap().starts_with(&recorded), "it goes on");
}

#[tokio::test]
async fn where_all_is_lost_somebody_says_who_withdrew_and_nothing_is_given_back() {
    let site = Site::new(false).await;
    start(site.config()).await.unwrap().stop().await;
    assert!(site.charge("clinic", "first", 1).await);
    let taken = site.take().await;
    site.withdraw("b").await;
    assert!(site.charge("clinic", "second", BUDGET - 1).await);
    site.lose();
    for refused in [None, Some(Lost { reason: " ".into(), ..Lost::default() })] {
        let options = RestoreOptions { lost: refused.clone(), ..site.options() };
        let error = site.restore(&options).await.unwrap_err();
        match refused {
            None => assert!(matches!(error, BackupError::WithdrawalsUnknown { .. }), "{error}"),
            Some(_) => assert!(matches!(error, BackupError::NoReason), "{error}"),
        }
        assert!(tree(&site.path("store")).is_empty(), "nothing was begun");
    }
    let options = RestoreOptions { lost: lost(&["b"]), ..site.options() };
    let restored = site.restore(&options).await.unwrap();
    assert_eq!(restored.log, RestoredLog::FromBackup);
    let RestoredState::FromBackup { backup: 1, version } = restored.state else { panic!("{restored:?}") };
    assert_eq!(site.withdrawn().await, ["a", "b"]);
    for requester in ["clinic", "other"] {
        assert!(!site.charge(requester, "third", 1).await, "{requester}");
    }
    assert!(site.charge("clinic", "first", 1).await, "it was told before");
    let now = OffsetDateTime::now_utc();
    let of = AccountOf::Credential("other".into());
    let report = site.in_state(async |state| show_account(state, &of, now).await.unwrap()).await;
    assert_eq!(report.budget, 0);
    let history = site.in_state(async |state| state.changes_since(1).await.unwrap()).await;
    let kinds: Vec<_> = history.iter().map(|change| change.action.name()).collect();
    assert_eq!(kinds, ["restore-state", "withdraw", "adopt-state"]);
    assert!(history[0].items.contains(&taken.backup.id) && history[0].items.contains("disk lost"));
    assert_eq!(version, 4);
    start(site.config()).await.unwrap().stop().await;
    // The old state is not that of the restored store any more: it does not know what was said.
    fs::remove_dir_all(site.path("store/state")).unwrap();
    fs::rename(site.path("old/state"), site.path("store/state")).unwrap();
    assert!(matches!(site.config().open_state().await, Err(StartError::Belonging(_))));
}

/// A running node copies changes to the log, by keyed hashes; whose they are, the restored data tell.
#[tokio::test]
async fn an_audit_log_that_survived_tells_what_was_changed_since() {
    let site = Site::new(false).await;
    site.take().await;
    let node = start(site.config()).await.unwrap();
    let refusal = Answers::default().with(ConsentItem::Care, ItemAnswer::No).with_opt_out(true);
    let said = |dataset: &str, person: &str| Said {
        dataset: dataset.into(),
        person: person.into(),
        answers: refusal.clone(),
    };
    let revocation = Revocation::Token([7; 32]);
    site.in_state(async |state| {
        for person in ["b", "z"] {
            state.withdraw(ACTOR, person, &[]).await.unwrap();
        }
        let said = [said("of-a", "c"), said("of-a", "nobody"), said("later", "c")];
        state.set(ACTOR, &said, || ()).await.unwrap();
        state.revoke(ACTOR, &revocation).await.unwrap();
        state.reinstate(ACTOR, "b", &[]).await.unwrap();
    })
    .await;
    let copied = || fs::read_to_string(site.path("store/audit/decisions.state")).unwrap_or_default();
    while copied().trim() != "6" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    node.stop().await;
    site.lose();
    fs::create_dir(site.path("store")).unwrap();
    fs::rename(site.path("old/audit"), site.path("store/audit")).unwrap();
    let restore =
        async |named: &[&str]| site.restore(&RestoreOptions { lost: lost(named), ..site.options() }).await;
    let refused = restore(&[]).await.unwrap_err();
    assert!(
        matches!(refused, BackupError::LogKnowsMore { people: 1, .. }),
        "of z there are no data: {refused}"
    );
    assert!(matches!(site.config().open_state().await, Err(StartError::HalfRestored(_))));
    let restored = restore(&["z"]).await.unwrap();
    assert_eq!(restored.log, RestoredLog::Survived);
    assert_eq!(restored.from_log, FromLog { said: 1, withdrew: 2, revoked: 1 });
    assert_eq!((site.withdrawn().await, restored.withdrew), (vec!["a", "b"], 2));
    site.in_state(async |state| {
        let stated = state.statements(Some("of-a")).await.unwrap();
        let c = stated.iter().find(|stated| stated.person == "c").unwrap();
        assert!(c.statement.opted_out && c.statement.refused.contains(ConsentItem::Care));
        assert!(stated.iter().all(|stated| stated.person != "nobody"));
        assert_eq!(state.revocations().await.unwrap(), std::slice::from_ref(&revocation));
    })
    .await;
    // What the restore changed is recorded too, under numbers that the lost state had given to others.
    let node = start(site.config()).await.unwrap();
    let recorded =
        || fs::read_to_string(site.path("store/audit/decisions.jsonl")).unwrap().contains("adopt-state");
    while !recorded() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    node.stop().await;
}

#[tokio::test]
async fn a_state_that_is_older_or_another_is_refused() {
    let (site, other) = (Site::new(true).await, Site::new(true).await);
    fs::create_dir(site.path("older")).unwrap();
    site.in_state(async |state| state.copy_to(&site.path("older/state.db")).await.unwrap()).await;
    site.withdraw("b").await;
    site.take().await;
    site.lose();
    fs::rename(site.path("state"), site.path("newest")).unwrap();
    let given = |path: PathBuf| RestoreOptions { state: Some(path), ..site.options() };
    let older = site.restore(&given(site.path("older/state.db"))).await.unwrap_err();
    assert!(matches!(older, BackupError::OlderState { found: 1, expected: 2, .. }), "{older}");
    for foreign in [other.path("state/state.db"), site.path("nowhere/state.db")] {
        let refused = site.restore(&given(foreign)).await.unwrap_err();
        assert!(matches!(refused, BackupError::ForeignState { .. }), "{refused}");
    }
    fs::create_dir(site.path("state")).unwrap();
    for (from, to) in [("older/state.db", "state/state.db"), ("newest/state.key", "state/state.key")] {
        fs::copy(site.path(from), site.path(to)).unwrap();
    }
    let older = site.restore(&site.options()).await.unwrap_err();
    assert!(matches!(older, BackupError::OlderState { .. }), "{older}");
    assert!(tree(&site.path("store")).is_empty());
    fs::remove_dir_all(site.path("state")).unwrap();
    fs::rename(site.path("newest"), site.path("state")).unwrap();
    site.restore(&site.options()).await.unwrap();
    assert_eq!(site.withdrawn().await, ["a", "b"]);
}

#[tokio::test]
async fn what_is_in_the_way_or_half_restored_is_refused() {
    let site = Site::new(false).await;
    let first = site.take().await.backup.id;
    let second = site.take().await.backup.id;
    let options = RestoreOptions { lost: lost(&[]), ..site.options() };
    let refused = site.restore(&options).await.unwrap_err();
    assert!(matches!(refused, BackupError::NotEmpty { .. }), "{refused}");
    site.lose();
    assert!(killed(site.restore(&options), 12).await.is_none());
    assert!(site.path("store").join(RESTORING).exists());
    let config = site.config();
    assert!(matches!(config.open_state().await, Err(StartError::HalfRestored(StoreError::Restoring(_)))));
    assert!(matches!(config.remembers_nothing(), Err(StartError::HalfRestored(_))));
    assert!(matches!(config.adopt_state(ACTOR, "why").await, Err(StartError::HalfRestored(_))));
    assert!(matches!(start(config).await.map(drop), Err(StartError::HalfRestored(_))));
    let opened = Store::open_beside(&site.path("store"), crate::OF_THE_NODE).await;
    assert!(matches!(opened, Err(StoreError::Restoring(_))));
    let taken = site.try_take(BackupOptions::default()).await;
    assert!(matches!(taken, Err(BackupError::Start(StartError::HalfRestored(_)))), "{taken:?}");
    let other = RestoreOptions { backup: Some(first), ..options.clone() };
    let refused = site.restore(&other).await.unwrap_err();
    assert!(matches!(refused, BackupError::OtherRestore { begun, .. } if begun == second));
    site.restore(&options).await.unwrap();
    assert_eq!(site.datasets().await, ["of-a"]);
    let other = RestoreOptions { backup: Some("1999".into()), ..options.clone() };
    assert!(matches!(site.restore(&other).await, Err(BackupError::Store(StoreError::NoBackup(_)))));
    let nowhere = RestoreOptions { from: site.path("nowhere"), ..options };
    assert!(matches!(site.restore(&nowhere).await, Err(BackupError::NoBackups(_))));
    let node = start(site.config()).await.unwrap();
    let refused = site.restore(&site.options()).await.unwrap_err();
    assert!(matches!(refused, BackupError::Running(_)), "{refused}");
    node.stop().await;
}

#[tokio::test]
async fn backups_do_not_lie_where_something_else_is() {
    let site = Site::new(false).await;
    let to = async |to: PathBuf| take_backup(&site.config(), &to, BackupOptions::default(), |_, _| {}).await;
    assert!(matches!(to(site.path("store/backups")).await, Err(BackupError::Inside(_))));
    fs::create_dir(site.path("full")).unwrap();
    fs::write(site.path("full/letter.txt"), "").unwrap();
    assert!(matches!(to(site.path("full")).await, Err(BackupError::NotForBackups(_))));
    let none = NodeConfig::new("se.fin", site.path("none").to_str().unwrap());
    let refused = take_backup(&none, &site.path("vault"), BackupOptions::default(), |_, _| {}).await;
    assert!(matches!(refused, Err(BackupError::NoStore(_))));
    site.take().await;
    let claim = StorePlace::directory(site.path("vault")).blobs().claim().await.unwrap();
    assert!(matches!(site.try_take(BackupOptions::default()).await, Err(BackupError::Busy(_))));
    drop(claim);
    let other = Site::new(false).await;
    let refused =
        take_backup(&other.config(), &site.path("vault"), BackupOptions::default(), |_, _| {}).await;
    assert!(matches!(refused, Err(BackupError::OtherStore(_))), "{refused:?}");
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&site.path("vault")), 0o700);
    for path in tree(&site.path("vault/objects")).into_keys() {
        assert_eq!(mode(&path), 0o600, "{path:?}");
    }
}

#[tokio::test]
async fn a_backup_that_is_killed_at_any_await_is_none_or_whole() {
    let site = Site::new(false).await;
    start(site.config()).await.unwrap().stop().await;
    let mut polls = 1;
    let taken = loop {
        let ended = killed(site.try_take(BackupOptions::default()), polls).await;
        let there = StoreBackups::of(&site).await;
        match ended {
            Some(taken) => break taken.unwrap(),
            None => assert!(there.iter().all(|backup| backup.faults.is_empty()), "{polls}: {there:?}"),
        }
        polls += 3;
    };
    assert!(polls > 30, "{polls}");
    assert!(StoreBackups::of(&site).await.iter().any(|backup| backup.id == taken.backup.id));
    site.lose();
    site.restore(&RestoreOptions { lost: lost(&[]), ..site.options() }).await.unwrap();
    start(site.config()).await.unwrap().stop().await;
}

/// Killed anywhere, nobody is answered; and in the end everything is as if it had not been.
#[tokio::test]
async fn a_restore_that_is_killed_at_any_await_goes_on() {
    let site = Site::new(false).await;
    start(site.config()).await.unwrap().stop().await;
    assert!(site.charge("clinic", "first", 1).await);
    site.take().await;
    site.lose();
    let options = RestoreOptions { lost: lost(&["b"]), ..site.options() };
    let mut polls = 1;
    let restored = loop {
        match killed(site.restore(&options), polls).await {
            Some(restored) => break restored.unwrap(),
            None => {
                let opened = site.config().open_state().await;
                let is_begun = site.path("store").join(RESTORING).exists();
                assert_eq!(matches!(opened, Err(StartError::HalfRestored(_))), is_begun, "{polls}");
                if !is_begun {
                    // Before the first byte, or after the last: then it is whole, and this was the last await.
                    assert!(polls < 10 || site.withdrawn().await == ["a", "b"], "{polls}");
                    fs::remove_dir_all(site.path("store")).unwrap();
                }
            }
        }
        polls += 2;
    };
    assert!(polls > 30, "{polls}");
    assert!(matches!(restored.state, RestoredState::FromBackup { backup: 1, .. }), "{restored:?}");
    assert_eq!((site.withdrawn().await, site.datasets().await), (vec!["a", "b"], vec!["of-a".to_owned()]));
    assert!(!site.charge("clinic", "second", 1).await && !site.charge("other", "second", 1).await);
    let node = verify_node(&site.config(), Some(&site.path("vault")), |_, _| {}).await.unwrap();
    assert_eq!((node.faults, node.compared), (Vec::new(), node.files));
    start(site.config()).await.unwrap().stop().await;
}

struct StoreBackups;

impl StoreBackups {
    async fn of(site: &Site) -> Vec<VerifiedBackup> {
        match verify_backups(&site.path("vault"), None, |_, _| {}).await {
            Err(BackupError::NoBackups(_)) => Vec::new(),
            verified => verified.unwrap(),
        }
    }
}

#[tokio::test]
async fn a_flipped_byte_is_found_in_backups_and_in_the_node() {
    let site = Site::new(false).await;
    start(site.config()).await.unwrap().stop().await;
    let taken = site.take().await;
    let sound = StoreBackups::of(&site).await;
    assert_eq!(
        (sound.len(), sound[0].files, &sound[0].faults),
        (1, taken.backup.files().count() as u64, &Vec::new())
    );
    for file in taken.backup.files() {
        let object = site.path("vault/objects").join(&file.sha256[..2]).join(&file.sha256);
        let whole = fs::read(&object).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        fs::write(&object, flipped).unwrap();
        let faults = StoreBackups::of(&site).await.remove(0).faults;
        assert!(faults.iter().any(|fault| fault.what == file.path), "{faults:?}");
        fs::write(&object, whole).unwrap();
    }
    let list = site.path("vault/backups").join(format!("{}.json", taken.backup.id));
    let whole = fs::read(&list).unwrap();
    fs::write(&list, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(StoreBackups::of(&site).await[0].faults.len(), 1);
    fs::write(&list, whole).unwrap();

    let node = async || verify_node(&site.config(), Some(&site.path("vault")), |_, _| {}).await.unwrap();
    let sound = node().await;
    assert_eq!((sound.compared, sound.faults), (sound.files, Vec::new()));
    assert!(sound.has_state && sound.audit.is_some());
    let data = taken.backup.store.files.iter().find(|file| file.path.starts_with("variants/contig")).unwrap();
    for path in [site.path("store").join(&data.path), site.path("store/audit/decisions.jsonl")] {
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        fs::write(&path, flipped).unwrap();
        let faults = node().await.faults;
        assert_eq!(faults.len(), 1, "{path:?}: {faults:?}");
        fs::write(&path, whole).unwrap();
    }
    fs::remove_file(site.path("store").join(&data.path)).unwrap();
    let faults = node().await.faults;
    assert!(
        faults.len() == 1 && faults[0].what == data.path && faults[0].why.contains("missing"),
        "{faults:?}"
    );
}

#[tokio::test]
async fn the_newest_backups_are_kept_and_each_can_be_restored() {
    let site = Site::new(true).await;
    let mut ids = Vec::new();
    for people in [&["d"][..], &["e"], &["f"], &["g"]] {
        site.load(people).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
        ids.push(site.take().await.backup.id);
    }
    site.load(&["h"]).await;
    let taken = site.try_take(BackupOptions { keep: Some(2), ..BackupOptions::default() }).await.unwrap();
    assert_eq!(taken.pruned, ids[..3]);
    let left = StoreBackups::of(&site).await;
    assert_eq!(left.iter().map(|backup| &backup.id).collect::<Vec<_>>(), [&ids[3], &taken.backup.id]);
    assert!(left.iter().all(|backup| backup.faults.is_empty()));
    site.lose();
    site.restore(&RestoreOptions { backup: Some(ids[3].clone()), ..site.options() }).await.unwrap();
    assert_eq!(site.datasets().await, ["of-a", "of-d", "of-e", "of-f", "of-g"]);
}

#[tokio::test]
async fn a_state_can_be_left_out_and_has_to_be_there_then() {
    let site = Site::new(true).await;
    let options = BackupOptions { without_state: true, ..BackupOptions::default() };
    let taken = site.try_take(options).await.unwrap();
    assert!(taken.backup.state.is_some_and(|state| state.database.is_none() && state.key.is_none()));
    site.lose();
    fs::rename(site.path("state"), site.path("dump")).unwrap();
    let lost = RestoreOptions { lost: lost(&[]), ..site.options() };
    assert!(matches!(site.restore(&lost).await, Err(BackupError::StateNotInBackup)));
    fs::rename(site.path("dump"), site.path("state")).unwrap();
    site.restore(&site.options()).await.unwrap();
    assert_eq!(site.withdrawn().await, ["a"]);
    // A database on a server is not copied, and that is said before anything is.
    let mut config = site.config();
    config.state.url = Some(Secret::new("postgres://node@127.0.0.1:1/state"));
    let refused =
        take_backup(&config, &site.path("other"), BackupOptions::default(), |_, _| {}).await.unwrap_err();
    assert!(refused.to_string().contains("pg_dump"), "{refused}");
    assert!(tree(&site.path("other/objects")).is_empty());
}

#[tokio::test]
async fn a_node_that_remembers_and_holds_nothing_is_backed_up_too() {
    let site = Site { directory: tempfile::tempdir().unwrap(), apart: false };
    fs::create_dir(site.path("store")).unwrap();
    let taken = site.take().await;
    assert_eq!((taken.backup.store.version, taken.backup.state, taken.new_files), (None, None, 0));
    site.lose();
    assert_eq!(site.restore(&site.options()).await.unwrap().state, RestoredState::None);
    start(site.config()).await.unwrap().stop().await;
}
