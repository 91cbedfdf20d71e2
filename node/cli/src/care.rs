//! `fyr-node care`: what was answered for the care of patients, looked at afterwards.

use clap::{Args, Subcommand};
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_doors::say;
use fyr_state::{CareDecision, CareFilter, CareQuestion, CareReview, StateError};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::state::{OpenState, StateArgs, StateCommandError};

/// Look at what was answered for the care of patients.
#[derive(Args, Clone, Debug)]
pub(super) struct CareArgs {
    #[command(subcommand)]
    command: CareCommand,
}

const EXAMPLE: &str = "\
Examples:
  fyr-node care review --config node.toml
  fyr-node care review --config node.toml --show 17
  fyr-node care review --config node.toml --case 2026-4711 --all
  fyr-node care review --config node.toml --ok 17 --ok 18
  fyr-node care review --config node.toml --object 19 --reason \"no referral in the journal\"

Every answer in the profile care waits here, before it is told, until somebody says that it was as it should be, or objects.
A review is all that one clinician asked for one case; what comes after a decision waits anew. The case is kept as a keyed
hash, so it is found by the name that the clinic gave it. Of each question there is the digest that the audit log has too, and
whether somebody was seen. A decision stands in the history and in the audit log. It changes no answer: to accept a clinician
no more, use `fyr-node revoke`. How many wait is the metric fyr_care_reviews_waiting.

Exit status: 0 done, 1 failed, 2 wrong usage.";

#[derive(Clone, Debug, Subcommand)]
enum CareCommand {
    /// List what waits, and decide about it
    #[command(after_help = EXAMPLE)]
    Review {
        #[command(flatten)]
        state: StateArgs,
        /// Reviews that were as they should be, by their numbers
        #[arg(long, value_name = "ID", conflicts_with_all = ["object", "show"])]
        ok: Vec<u64>,
        /// A review that was not, by its number
        #[arg(long, value_name = "ID", requires = "reason", conflicts_with = "show")]
        object: Option<u64>,
        /// Why, for the history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Show each question of a review
        #[arg(long, value_name = "ID")]
        show: Option<u64>,
        /// Only those of a case, as the clinic calls it
        #[arg(long, value_name = "NAME", conflicts_with_all = ["ok", "object", "show"])]
        case: Option<String>,
        /// Those too that were decided
        #[arg(long, conflicts_with_all = ["ok", "object", "show"])]
        all: bool,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CareError {
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateCommandError),
    /// Nothing says why.
    #[error("say why in --reason: the history and the audit log keep it")]
    NoReason,
    /// There is nothing to decide or show.
    #[error(
        "review {0} does not wait: `fyr-node care review` lists those that do, with --all the others too"
    )]
    NotThere(u64),
}

impl From<StateError> for CareError {
    fn from(error: StateError) -> Self {
        Self::State(error.into())
    }
}

/// Runs the command.
///
/// # Errors
///
/// The state cannot be read or changed, a review does not wait, or nothing says why.
pub(super) async fn run(args: CareArgs) -> Result<(), CareError> {
    let CareCommand::Review { state, ok, object, reason, show, case, all, json } = args.command;
    let open = state.open().await?;
    let reason = reason.map(|reason| reason.split_whitespace().collect::<Vec<_>>().join(" "));
    if let Some(review) = object {
        let reason = reason.filter(|reason| !reason.is_empty()).ok_or(CareError::NoReason)?;
        return decide(&open, &[review], (CareDecision::Objected, &reason), json).await;
    }
    if !ok.is_empty() {
        return decide(&open, &ok, (CareDecision::Ok, &reason.unwrap_or_default()), json).await;
    }
    if let Some(review) = show {
        return questions(&open, review, json).await;
    }
    list(&open.state.care_reviews(&CareFilter { decided: all, case }).await?, json);
    Ok(())
}

async fn decide(
    open: &OpenState,
    reviews: &[u64],
    (decision, reason): (CareDecision, &str),
    json: bool,
) -> Result<(), CareError> {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    for review in reviews {
        if !open.state.decide_care(&open.actor, *review, (decision, reason), now).await? {
            return Err(CareError::NotThere(*review));
        }
        if !json {
            say!("review {review}: {decision}");
        }
    }
    let waiting = open.state.care_waiting().await?;
    match json {
        true => say!("{}", json!({ "decided": reviews, "decision": decision.name(), "waiting": waiting })),
        false => say!("{waiting} wait"),
    }
    Ok(())
}

async fn questions(open: &OpenState, review: u64, json: bool) -> Result<(), CareError> {
    let questions = open.state.care_questions(review).await?;
    if questions.is_empty() {
        return Err(CareError::NotThere(review));
    }
    if json {
        let list: Vec<Value> = questions.iter().map(of_question).collect();
        say!("{}", serde_json::to_string_pretty(&list).unwrap_or_default());
        return Ok(());
    }
    let mut table = table(["time", "told", "datasets", "question"]);
    for CareQuestion { question, told, datasets, time } in &questions {
        table.add_row([&written(*time), told.name(), datasets, question]);
    }
    say!("{table}");
    Ok(())
}

fn list(reviews: &[CareReview], json: bool) {
    if json {
        let list: Vec<Value> = reviews.iter().map(document).collect();
        say!("{}", serde_json::to_string_pretty(&list).unwrap_or_default());
    } else if reviews.is_empty() {
        say!("nothing waits");
    } else {
        let mut table = table(["id", "who", "for", "from", "to", "questions", "seen", "state"]);
        for of in reviews {
            let state = of.decision.as_ref().map_or_else(
                || "waits".to_owned(),
                |decided| format!("{} by {} {}", decided.decision, decided.actor, decided.reason),
            );
            let numbers = [of.questions, of.seen].map(|number| number.to_string());
            let [questions, seen] = &numbers;
            table.add_row([
                &of.id.to_string(),
                &of.requester,
                &of.organisation,
                &written(of.begun),
                &written(of.latest),
                questions,
                seen,
                state.trim(),
            ]);
        }
        say!("{table}");
    }
}

fn document(review: &CareReview) -> Value {
    let decision = review.decision.as_ref().map(|decided| {
        json!({
            "decision": decided.decision.name(),
            "time": written(decided.time),
            "actor": decided.actor,
            "reason": decided.reason,
        })
    });
    json!({
        "id": review.id,
        "requester": review.requester,
        "organisation": review.organisation,
        "case": review.case_hash,
        "from": written(review.begun),
        "to": written(review.latest),
        "questions": review.questions,
        "seen": review.seen,
        "decision": decision,
    })
}

fn of_question(question: &CareQuestion) -> Value {
    json!({
        "question": question.question,
        "told": question.told.name(),
        "datasets": question.datasets,
        "time": written(question.time),
    })
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(header);
    table
}

fn written(time: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(time).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use fyr_node::NodeConfig;
    use fyr_state::{CareAnswer, CareTold};

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        care: CareArgs,
    }

    /// Runs a command, and returns what it refuses.
    async fn refused(config: &str, arguments: &[&str]) -> Option<String> {
        let line = [&["care", "review", "--config", config], arguments].concat();
        match Line::try_parse_from(line) {
            Ok(line) => run(line.care).await.err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        }
    }

    #[tokio::test]
    async fn what_waits_is_decided_once_and_with_a_reason_where_somebody_objects() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("node.toml");
        std::fs::create_dir(directory.path().join("store")).unwrap();
        std::fs::write(&file, "[node]\nid = \"se.test\"\n[store]\nurl = \"store\"\n").unwrap();
        let config = file.display().to_string();
        let state = NodeConfig::load(Some(&file)).unwrap().open_state().await.unwrap();
        for (case, question) in [("17", "q1"), ("17", "q2"), ("18", "q1"), ("19", "q1")] {
            let answer = CareAnswer {
                requester: "https://issuer.example|anna".into(),
                organisation: String::new(),
                case: case.into(),
                question: question.into(),
                told: CareTold::Seen,
                datasets: vec!["D".into()],
                time: 1_800_000_000,
            };
            state.note_care(&answer).await.unwrap();
        }
        for shown in
            [&[][..], &["--json"], &["--show", "1"], &["--show", "1", "--json"], &["--case", "17", "--all"]]
        {
            assert_eq!(refused(&config, shown).await, None, "{shown:?}");
        }
        for (arguments, why) in [
            (&["--object", "1"][..], "--reason"),
            (&["--object", "1", "--reason", " "], "say why"),
            (&["--ok", "7"], "review 7 does not wait"),
            (&["--show", "7"], "review 7 does not wait"),
            (&["--ok", "1", "--object", "2", "--reason", "r"], "cannot be used"),
        ] {
            let error = refused(&config, arguments).await.unwrap();
            assert!(error.contains(why), "{arguments:?}: {error}");
        }
        assert_eq!(state.care_waiting().await.unwrap(), 3);
        assert_eq!(refused(&config, &["--ok", "1", "--ok", "3", "--json"]).await, None);
        assert_eq!(
            refused(&config, &["--object", "2", "--reason", "no  referral", "--actor", "dpo"]).await,
            None
        );
        assert!(refused(&config, &["--ok", "2"]).await.unwrap().contains("does not wait"));
        assert_eq!(state.care_waiting().await.unwrap(), 0);
        let all = state.care_reviews(&CareFilter { decided: true, case: None }).await.unwrap();
        let decided: Vec<_> = all
            .iter()
            .map(|of| {
                let decided = of.decision.as_ref().unwrap();
                (of.questions, decided.decision, decided.reason.as_str())
            })
            .collect();
        let (ok, objected) = (CareDecision::Ok, CareDecision::Objected);
        assert_eq!(decided, [(2, ok, ""), (1, objected, "no referral"), (1, ok, "")]);
        assert_eq!(all[1].decision.as_ref().unwrap().actor, "dpo");
        let document = document(&all[1]);
        assert_eq!(document["decision"]["decision"], "objected");
        assert_eq!(document["from"], "2027-01-15T08:00:00Z");
        for arguments in [&["--all"][..], &[]] {
            assert_eq!(refused(&config, arguments).await, None);
        }
    }
}
