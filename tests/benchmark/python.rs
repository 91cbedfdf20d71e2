//! Peers that are Python packages: a script each, asked line by line, in an environment of the benchmark's own.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::process;

/// What is installed, so that every run measures the same.
const REQUIREMENTS: &str = include_str!("peers/requirements.txt");

/// A Python with the peers' packages.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    directory: PathBuf,
}

/// A script that runs and answers.
#[derive(Debug)]
pub(crate) struct Peer {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What a script answers to a line.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Reply {
    /// Seconds that the peer took, by its own clock, without the pipe.
    seconds: f64,
    /// What it found.
    pub(crate) answer: Value,
}

impl Reply {
    pub(crate) fn elapsed(&self) -> Duration {
        Duration::from_secs_f64(self.seconds.max(0.0))
    }
}

impl Python {
    /// Makes the environment, unless it is there.
    ///
    /// # Errors
    ///
    /// There is no Python, or its packages cannot be had.
    pub(crate) fn install(directory: &Path) -> anyhow::Result<Self> {
        let python = Self { directory: directory.to_owned() };
        let complete = directory.join("requirements.txt");
        if std::fs::read_to_string(&complete).is_ok_and(|installed| installed == REQUIREMENTS) {
            return Ok(python);
        }
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(directory);
        process::run(venv)?;
        let wanted = directory.join("wanted.txt");
        std::fs::write(&wanted, REQUIREMENTS)?;
        let mut pip = Command::new(python.program("pip"));
        pip.args(["install", "--quiet", "--requirement"]).arg(&wanted);
        process::run(pip)?;
        std::fs::rename(wanted, complete)?;
        Ok(python)
    }

    /// Returns the path of a program of the environment.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.join("bin").join(name)
    }

    /// Returns what is installed, with versions.
    pub(crate) fn versions(&self) -> String {
        REQUIREMENTS.split_whitespace().collect::<Vec<_>>().join(", ")
    }

    /// Starts a script, of which the text is given.
    ///
    /// # Errors
    ///
    /// Python does not start.
    pub(crate) fn start(&self, script: &str, arguments: &[&Path]) -> anyhow::Result<Peer> {
        let mut command = Command::new(self.program("python"));
        command.arg("-c").arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("starting a peer")?;
        let questions = child.stdin.take().context("a peer takes no questions")?;
        let answers = BufReader::new(child.stdout.take().context("a peer gives no answers")?);
        Ok(Peer { child, questions, answers })
    }
}

impl Peer {
    /// Asks, and waits for the answer.
    ///
    /// # Errors
    ///
    /// The script ended.
    pub(crate) fn ask(&mut self, question: &Value) -> anyhow::Result<Reply> {
        writeln!(self.questions, "{question}")?;
        let mut line = String::new();
        ensure!(self.answers.read_line(&mut line)? > 0, "a peer ended at {question}");
        serde_json::from_str(&line).with_context(|| format!("a peer answered `{line}`"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
