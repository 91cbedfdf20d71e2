//! `fyr-node consent withdraw`, and what takes it back.

use clap::Args;
use fyr_store::Store;

use super::{ConsentError, PersonArgs};
use crate::state::{OpenState, StateArgs, in_effect};

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
    if !args.allow_unknown {
        refuse_unknown(&open, store.as_ref(), &args.person).await?;
    }
    let PersonArgs { dataset, person } = &args.person;
    let mut aliases = all_ids(store.as_ref(), &args.person, &args.aliases).await?;
    let mut effective = open.state.withdraw(&open.actor, dataset, person, &aliases).await?;
    let mut changed = effective.changed > 0;
    loop {
        // Metadata that were loaded meanwhile may have told more ids.
        let now = all_ids(store.as_ref(), &args.person, &args.aliases).await?;
        if now == aliases {
            break;
        }
        aliases = now;
        effective = open.state.withdraw(&open.actor, dataset, person, &aliases).await?;
        changed |= effective.changed > 0;
    }
    let ids = aliases.len();
    let what = if changed { "withdrawn" } else { "withdrawn before" };
    println!("{what}, by {ids} {}, {}", if ids == 1 { "id" } else { "ids" }, in_effect(&effective));
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

/// A mistyped id would leave the person in.
async fn refuse_unknown(
    open: &OpenState,
    store: Option<&Store>,
    person: &PersonArgs,
) -> Result<(), ConsentError> {
    let PersonArgs { dataset, person } = person.clone();
    let loaded = match store {
        Some(store) => store.ids(&dataset).await?.contains(&person),
        None => false,
    };
    let stated = async || Ok::<_, ConsentError>(open.state.statements(Some(&dataset)).await?);
    if loaded || open.state.is_withdrawn(&dataset, &person).await? || is_among(&stated().await?, &person) {
        return Ok(());
    }
    Err(ConsentError::Unknown { dataset, person })
}

fn is_among(people: &[fyr_state::Stated], person: &str) -> bool {
    people.iter().any(|stated| stated.person == person)
}

/// Returns all ids of a person: what the store knows, and what was named.
async fn all_ids(
    store: Option<&Store>,
    person: &PersonArgs,
    named: &[String],
) -> Result<Vec<String>, ConsentError> {
    let mut ids = Vec::new();
    for id in std::iter::once(&person.person).chain(named) {
        match store {
            Some(store) => ids.extend(store.aliases(&person.dataset, id).await?),
            None => ids.push(id.clone()),
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}
