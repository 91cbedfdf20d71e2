//! `fyr-node consent withdraw`, and what takes it back.

use clap::Args;
use fyr_node::Withdrawal;

use super::{ConsentError, PersonArgs};
use crate::state::{StateArgs, in_effect};

/// Take a person out of every answer, and remember that they must not come back.
///
/// All their ids count: of the person, of their samples and biosamples, as far as the store knows them.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct WithdrawArgs {
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    person: PersonArgs,
    /// Another id of the person that the store does not know, such as of a sample to come; may be repeated
    #[arg(long = "alias", value_name = "ID")]
    aliases: Vec<String>,
    /// Withdraw a person of whom nothing is loaded yet
    #[arg(long)]
    allow_unknown: bool,
}

const EXAMPLE: &str = "\
Example:
  fyr-node consent withdraw --config node.toml --dataset finland-2026 --person P-17

No answer that leaves the node after this command counts the person. Their data stay on the disk until
`fyr-node purge` removes them; until then `fyr-node consent reinstate` can take a mistake back.";

/// Take a withdrawal back, when the person asks for it.
///
/// What they refused stays refused; what they had agreed to has to be set again.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example:\n  fyr-node consent reinstate --config node.toml --dataset finland-2026 --person P-17\n\n\
                        Data that were purged have to be loaded again."
)]
pub(crate) struct ReinstateArgs {
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    person: PersonArgs,
}

/// Runs `withdraw`.
#[expect(clippy::print_stdout, reason = "the outcome is the output of the command")]
pub(super) async fn run(args: WithdrawArgs) -> Result<(), ConsentError> {
    let open = args.state.open().await?;
    let store = open.store().await?;
    let withdrawal = Withdrawal {
        dataset: args.person.dataset,
        person: args.person.person,
        aliases: args.aliases,
        may_be_unknown: args.allow_unknown,
    };
    let withdrew = withdrawal.record(&open.state, store.as_ref(), &open.actor).await?;
    let ids = withdrew.ids.len();
    let what = if withdrew.is_new { "withdrawn" } else { "withdrawn before" };
    let by = if ids == 1 { "id" } else { "ids" };
    println!("{what}, by {ids} {by}, {}", in_effect(&withdrew.effective));
    Ok(())
}

/// Runs `reinstate`.
#[expect(clippy::print_stdout, reason = "the outcome is the output of the command")]
pub(super) async fn reinstate(args: ReinstateArgs) -> Result<(), ConsentError> {
    let open = args.state.open().await?;
    let effective = open.state.reinstate(&open.actor, &args.person.dataset, &args.person.person).await?;
    println!("reinstated, {}", in_effect(&effective));
    Ok(())
}
