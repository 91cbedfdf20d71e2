//! `fyr-node consent set`: what one person said.

use clap::Args;
use fyr_doors::say;
use fyr_state::Said;

use super::{ConsentError, PersonArgs, answer::AnswerArgs};
use crate::state::{StateArgs, in_effect};

/// Record what one person said. Items that are not named stay as they were.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct SetArgs {
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    person: PersonArgs,
    #[command(flatten)]
    answers: AnswerArgs,
}

const EXAMPLE: &str = "\
Example:
  fyr-node consent set --config node.toml --dataset finland-2026 --person P-17 \\
      --allele-frequency yes --secondary-use yes --care no

ANSWER is yes, no, or unstated (nobody knows; an earlier answer does not count any more).";

/// Runs the command.
#[expect(clippy::print_stderr, reason = "the outcome is the output of the command")]
pub(super) async fn run(args: SetArgs) -> Result<(), ConsentError> {
    let answers = args.answers.answers();
    if answers.is_empty() {
        return Err(ConsentError::NoAnswer);
    }
    let open = args.state.open().await?;
    let PersonArgs { dataset, person } = args.person;
    if let Some(store) = open.store().await?
        && !store.ids(&dataset).await?.contains(&person)
    {
        eprintln!(
            "note: nobody in dataset {dataset} has this id yet; it counts for data that are loaded later"
        );
    }
    let effective = open.state.set(&open.actor, &[Said { dataset, person, answers }], || ()).await?;
    say!("{}, {}", if effective.changed > 0 { "recorded" } else { "recorded before" }, in_effect(&effective));
    Ok(())
}
