//! `cargo benchmark`: Fyr beside its peers, on data made here, in one run, with every answer checked.
//!
//! See `docs/benchmarks.md` for what each row means.

mod arguments;
mod bcftools;
mod data;
mod door;
mod echo;
mod in_process;
mod machine;
mod measure;
mod placement;
mod process;
mod progress;
mod python;
mod questions;
mod services;
mod session;
mod table;
mod works;

use std::{io::Write, process::ExitCode};

use anyhow::Context;
use clap::{Parser, ValueEnum};
use serde_json::json;

use arguments::{Arguments, Command, Work};
use session::Session;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    // One provider for the process; a second installation cannot happen here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if let Some(Command::Echo(echo)) = &arguments.command {
        // As many workers as a node has.
        return tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(echo::serve(echo));
    }
    if arguments.list {
        let lines = Work::value_variants().iter().map(|work| format!("{:<12}{}\n", work.name(), work.help()));
        print(&lines.collect::<String>());
        return Ok(());
    }
    // One client needs one thread; the others are the services'.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure(arguments))
}

async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let mut session = Session::start(arguments)?;
    let works = if arguments.works.is_empty() { Work::value_variants() } else { &arguments.works };
    for work in works {
        say(&format!("{}: {}", work.name(), work.help()));
        works::run(*work, &mut session).await.with_context(|| work.name())?;
    }
    report(&session, arguments)
}

fn report(session: &Session, arguments: &Arguments) -> anyhow::Result<()> {
    let python = session.python.as_ref().map_or("not available".to_owned(), python::Python::versions);
    let bcftools = bcftools::version().unwrap_or_else(|| "not available".to_owned());
    let facts = machine::describe(&[
        ("python peers", python),
        ("bcftools", bcftools),
        ("size", format!("{:?}", session.size)),
    ]);
    let described: String = facts.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    print(&format!("{described}\n{}\n", table::draw(&session.rows, false)));
    if let Some(path) = &arguments.markdown {
        let listed: String = facts.iter().map(|(name, value)| format!("- {name}: {value}\n")).collect();
        std::fs::write(path, format!("{listed}\n{}\n", table::draw(&session.rows, true)))?;
    }
    if let Some(path) = &arguments.json {
        let value = json!({ "machine": facts, "rows": session.rows });
        std::fs::write(path, serde_json::to_vec_pretty(&value)?)?;
    }
    Ok(())
}

/// Says what goes on.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn print(text: &str) {
    let _ = write!(std::io::stdout(), "{text}");
}
