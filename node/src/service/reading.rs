//! Reading a published table as a file: the decision and its record at the gate, then the rows as they are read.
//!
//! A table is what was counted and decided when it was published, so nobody is charged for it, and what is said or who
//! withdraws while it is read changes none of its rows. They come from the version of the store that was decided about.

use std::{borrow::Cow, sync::Arc};

use futures::{StreamExt, TryStreamExt, stream};
use fyr_audit::{Action, AuditEntry};
use fyr_doors::{Failure, TableFormat, TableStream};
use fyr_engine::{CountStream, DatasetKind, EngineError, View};
use fyr_policy::{Bearers, DatasetPermit, Decision, Disclosure, Permit, Profile, authorize};
use fyr_schemas::{Granularity, Pagination, Purpose, Query};
use fyr_store::{TableEncoder, TableRow};

use super::{
    Node,
    locate::{self, LocatedQuery},
    questions,
};
use crate::{
    ServiceError,
    config::Limits,
    gate::{Accounts, Chain, Errand, Stage},
};

/// Alleles that are disclosed and written at once.
const ALLELES: usize = 512;

/// Somebody reads a table.
pub(super) struct Reading<'a> {
    node: &'a Node,
    /// As it was asked.
    asked: Query,
    /// As it is read: all that belongs to it, with frequencies.
    read: Arc<Query>,
    format: TableFormat,
}

impl<'a> Reading<'a> {
    pub(super) fn new(node: &'a Node, asked: Query, format: TableFormat) -> Self {
        let read = Query {
            granularity: Granularity::Record,
            pagination: Pagination { skip: 0, limit: 0 },
            ..asked.clone()
        };
        Self { node, asked, read: Arc::new(read), format }
    }

    /// Returns whether it is a table that is read whole: a published one, or frequencies by their owner.
    fn is_table(decision: &Decision, view: &View) -> bool {
        let is_of_frequencies =
            || view.dataset(decision.dataset()).is_some_and(|dataset| dataset.kind == DatasetKind::Frequency);
        let is_read = decision.plan().is_some_and(|plan| plan.published || plan.profile == Profile::Owner);
        is_read && is_of_frequencies()
    }

    /// Refuses what is no question about what the data are.
    fn must_be_plain(&self) -> Result<(), ServiceError> {
        let refused = [("testMode", self.asked.test_mode), ("dryRun", self.asked.dry_run)];
        match refused.into_iter().find(|(_, is_asked)| *is_asked) {
            Some((name, _)) => Err(ServiceError::NotHere(name, "tables are read as they are")),
            None => Ok(()),
        }
    }
}

impl Errand for Reading<'_> {
    type Permit = Permit;
    type Located = LocatedQuery;
    type Told = TableStream;

    fn action(&self) -> Action {
        (&self.asked).into()
    }

    fn signed(&self) -> Cow<'_, Query> {
        Cow::Borrowed(&self.asked)
    }

    fn purpose(&self) -> Option<&Purpose> {
        self.asked.purpose.as_ref()
    }

    fn note(&self, stage: &Stage, entry: &mut AuditEntry<'_>) {
        entry.query(&self.asked, stage.view().datasets().iter().map(|dataset| dataset.id.as_str()));
    }

    fn decide(
        &self,
        stage: &Stage,
        chain: &Chain,
        entry: &mut AuditEntry<'_>,
    ) -> Result<Permit, ServiceError> {
        self.must_be_plain()?;
        questions::understand(self.node, &self.asked)?;
        questions::know_datasets(stage, chain, &self.asked)?;
        let datasets = stage.view().datasets();
        let decisions = self.node.decisions.about(stage, chain, &self.node.ontologies, &self.read, datasets);
        let decided = || decisions.iter().map(AsRef::as_ref);
        entry.decided(stage.policy_version(), stage.consent_version(), decided());
        authorize(&self.read, decided())?;
        let tables: Vec<&Decision> =
            decided().filter(|decision| Self::is_table(decision, stage.view())).collect();
        let permit = authorize(&self.read, tables);
        let permit = permit.ok().filter(|permit| !permit.datasets().is_empty());
        let permit = permit.ok_or(ServiceError::NoTable)?;
        entry.permit(&permit);
        questions::must_be_of_this_epoch(stage, &self.asked, &permit)?;
        Ok(permit)
    }

    /// What is published is not hidden from who may read it.
    fn hides(&self, _: &Permit) -> bool {
        false
    }

    async fn locate(&self, stage: &Stage, permit: &Permit) -> Result<LocatedQuery, ServiceError> {
        let asked = stage.view().asked(permit).await?;
        let limits = Limits { record_bases: u64::MAX, ..self.node.limits };
        locate::locate(&self.node.genomes.load_full(), &asked, permit, &self.read, &limits)
    }

    async fn tell(
        &self,
        stage: &Stage,
        _: Accounts<'_>,
        permit: Permit,
        located: LocatedQuery,
    ) -> Result<TableStream, ServiceError> {
        let view = stage.view();
        let mut tables = Vec::new();
        for of in permit.datasets() {
            let Some(location) = located.of(of.id()) else { continue };
            view.must_tell_frequencies(of, &self.read).await?;
            let counts = view.counts(of, (&self.read, location.map(|location| &location.query))).await?;
            tables.push(rows(of.clone(), Arc::clone(&self.read), counts));
        }
        let encoder = match self.format {
            TableFormat::Tsv => TableEncoder::tsv(),
            TableFormat::Parquet => TableEncoder::parquet()?,
        };
        Ok(encoded(stream::iter(tables).flatten(), encoder))
    }
}

/// Discloses the rows of one table, some alleles at a time.
fn rows(
    permit: DatasetPermit,
    query: Arc<Query>,
    counts: CountStream,
) -> impl stream::Stream<Item = Result<Vec<TableRow>, ServiceError>> + Send {
    let dataset: Arc<str> = permit.id().into();
    counts.chunks(ALLELES).map(move |chunk| {
        let mut disclosure = Disclosure::new(&permit, &query, u32::MAX, None);
        for found in chunk {
            disclosure.tell(found?, &Bearers::Everybody);
        }
        if disclosure.is_undecided() {
            return Err(EngineError::unknown_frequencies(permit.id()).into());
        }
        let told = disclosure.take_listed().into_inner();
        Ok(told.into_iter().flat_map(|variant| TableRow::all(&dataset, variant)).collect())
    })
}

/// Writes rows as they come. What fails breaks off, and the log says why.
fn encoded(
    rows: impl stream::Stream<Item = Result<Vec<TableRow>, ServiceError>> + Send + 'static,
    encoder: TableEncoder,
) -> TableStream {
    let written = stream::try_unfold((Box::pin(rows), Some(encoder)), async |(mut rows, encoder)| {
        let Some(mut encoder) = encoder else { return Ok(None) };
        Ok::<_, ServiceError>(match rows.try_next().await? {
            Some(some) => Some((encoder.write(&some)?, (rows, Some(encoder)))),
            None => Some((encoder.finish()?, (rows, None))),
        })
    });
    let broken = |error: ServiceError| {
        tracing::error!(%error, "a table broke off while it was read");
        Failure::new(error.code())
    };
    written.try_filter(|piece| std::future::ready(!piece.is_empty())).map_err(broken).boxed()
}
