//! A node inside the benchmark's own process: the same question, policy and audit without a network.

use std::time::{Duration, Instant};

use anyhow::anyhow;
use fyr_doors::{Credentials, Service};
use fyr_node::{Node, NodeConfig};
use fyr_schemas::Query;

use crate::{door::Expected, questions::Question, services::NodeOptions, session::Session};

/// A node without doors.
#[derive(Debug)]
pub(crate) struct InProcess(Box<Node>);

impl InProcess {
    /// Opens a node.
    ///
    /// # Errors
    ///
    /// It does not open.
    pub(crate) async fn open(session: &Session, options: &NodeOptions<'_>) -> anyhow::Result<Self> {
        let (config, _) = session.configure(options)?;
        Ok(Self(Box::new(Node::open(&NodeConfig::load(Some(&config))?).await?)))
    }

    /// Puts one question and checks the answer; returns the time without the check.
    ///
    /// # Errors
    ///
    /// The node refuses, or answers wrongly.
    pub(crate) async fn ask(&self, question: &Question) -> anyhow::Result<Duration> {
        let query = Query::try_from(question.request.clone())?;
        let started = Instant::now();
        let answer = self.0.answer(&Credentials::default(), query).await;
        let elapsed = started.elapsed();
        let answer = answer.map_err(|failure| anyhow!("{question}: {}", failure.message))?;
        Expected::Truth.check(question, &answer.into_inner().into())?;
        Ok(elapsed)
    }
}
