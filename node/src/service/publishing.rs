//! Counting what is published of a dataset: each allele as others shall read it, once, at the gate.

use std::borrow::Cow;

use futures::StreamExt;
use fyr_audit::{Action, AuditEntry};
use fyr_engine::DatasetKind;
use fyr_policy::{Attack, Bearers, DatasetPermit, Disclosure, Permit, Power, authorize};
use fyr_schemas::{
    DatasetSelection, EntryType, Frequency, Granularity, Group, Pagination, Purpose, Query, Tally,
    VariantAnswer,
};
use fyr_store::{Annotation, FrequencyRow, PublicationWriter, Store};
use tokio::task::consume_budget;

use super::Node;
use crate::{
    ServiceError,
    gate::{Accounts, Chain, Errand, Stage},
};

/// Rows that are handed to the store at once.
const ROWS: usize = 512;

/// Which groups stand in a published table beside everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublishedGroups {
    /// Populations.
    pub populations: bool,
    /// Sexes; with populations, those of each.
    pub sexes: bool,
}

impl PublishedGroups {
    /// Returns how they are written: `population,sex`, `population`, `sex`, or nothing.
    pub fn name(self) -> &'static str {
        match (self.populations, self.sexes) {
            (true, true) => "population,sex",
            (true, false) => "population",
            (false, true) => "sex",
            (false, false) => "",
        }
    }

    fn has(self, group: &Group) -> bool {
        match group {
            Group::Total => true,
            Group::Population(_) => self.populations,
            Group::Sex(_) => self.sexes,
            Group::PopulationSex(..) => self.populations && self.sexes,
        }
    }
}

/// A table that is to be published.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The dataset whose people are counted.
    pub(crate) dataset: String,
    /// The id of the table.
    pub(crate) id: String,
    pub(crate) groups: PublishedGroups,
}

/// A table that was counted, which nobody sees yet. Dropped, it leaves the store as it was.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) writer: PublicationWriter,
    /// What is learned from it of who was counted.
    pub(crate) power: Power,
    /// How many people may be counted.
    pub(crate) people: u64,
    /// Alleles that were looked at.
    pub(crate) looked_at: u64,
    /// Alleles of which something is told, and no frequency: not everybody was looked at, or all but a few carry them.
    pub(crate) without: u64,
    /// The version of the store that was counted.
    pub(crate) store: Option<u64>,
    /// The version of what people said.
    pub(crate) consents: u64,
}

/// The owner has a table counted.
pub(crate) struct Counting<'a> {
    node: &'a Node,
    store: &'a Store,
    wanted: &'a Wanted,
    query: Query,
}

impl<'a> Counting<'a> {
    pub(crate) fn new(node: &'a Node, store: &'a Store, wanted: &'a Wanted) -> Self {
        let datasets = DatasetSelection { only: vec![wanted.dataset.clone()], ..DatasetSelection::default() };
        let everything = Query::entries(EntryType::GenomicVariant);
        // As many as there are.
        let pagination = Pagination { skip: 0, limit: 0 };
        let query = Query { granularity: Granularity::Record, datasets, pagination, ..everything };
        Self { node, store, wanted, query }
    }

    /// Counts each allele, and hands what is told of it to the store and to the attack.
    async fn table(&self, stage: &Stage, permit: &DatasetPermit) -> Result<Table, ServiceError> {
        let assembly = super::questions::assembly_of(stage.view(), permit.id())?;
        let annotated = stage.view().dataset(permit.id()).is_some_and(|dataset| dataset.annotated);
        let writer = self.store.begin_publication(&self.wanted.id, assembly, annotated).await?;
        let mut table = Table::new(writer, self.wanted.groups);
        let mut disclosure = Disclosure::new(permit, &self.query, u32::MAX, None);
        let mut counts = stage.view().counts(permit, (&self.query, None)).await?;
        while let Some(found) = counts.next().await {
            table.looked_at += 1;
            disclosure.tell(found?, &Bearers::Everybody);
            for told in disclosure.take_listed().into_inner() {
                table.add(told).await?;
            }
            // A stream that is always ready would otherwise never let the deadline pass.
            consume_budget().await;
        }
        table.flush().await?;
        Ok(table)
    }
}

/// A table on its way into the store.
struct Table {
    writer: PublicationWriter,
    groups: PublishedGroups,
    attack: Attack,
    rows: Vec<FrequencyRow>,
    looked_at: u64,
    without: u64,
}

impl Table {
    fn new(writer: PublicationWriter, groups: PublishedGroups) -> Self {
        Self { writer, groups, attack: Attack::default(), rows: Vec::new(), looked_at: 0, without: 0 }
    }

    async fn add(&mut self, told: VariantAnswer) -> Result<(), ServiceError> {
        let published: Vec<_> =
            told.frequencies.into_iter().filter(|row| self.groups.has(&row.group)).collect();
        if published.is_empty() {
            self.without += 1;
            return Ok(());
        }
        for Frequency { group, allele_count, allele_number, .. } in &published {
            match group {
                Group::Total => self.attack.add(*allele_count, *allele_number),
                group => self.attack.add_of(group, *allele_count, *allele_number),
            }
        }
        self.rows.push(FrequencyRow {
            variant: told.variant,
            ids: Vec::new(),
            filters: Vec::new(),
            shard: 0,
            tallies: published.into_iter().map(tally).collect(),
            annotation: Annotation { effects: told.effects, vrs: [None, None] },
        });
        if self.rows.len() >= ROWS { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), ServiceError> {
        Ok(self.writer.push(std::mem::take(&mut self.rows)).await?)
    }
}

fn tally(row: Frequency) -> (Group, Tally) {
    let Frequency { group, allele_count, allele_number, heterozygous, homozygous, hemizygous } = row;
    let counted = Tally { allele_count, allele_number, ..Tally::default() };
    (group, Tally { heterozygous, homozygous, hemizygous, ..counted })
}

impl Errand for Counting<'_> {
    type Permit = Permit;
    type Located = ();
    type Told = Counted;

    fn action(&self) -> Action {
        Action::Publication
    }

    fn signed(&self) -> Cow<'_, Query> {
        Cow::Borrowed(&self.query)
    }

    fn purpose(&self) -> Option<&Purpose> {
        None
    }

    fn note(&self, stage: &Stage, entry: &mut AuditEntry<'_>) {
        entry.query(&self.query, stage.view().datasets().iter().map(|dataset| dataset.id.as_str()));
    }

    fn decide(
        &self,
        stage: &Stage,
        chain: &Chain,
        entry: &mut AuditEntry<'_>,
    ) -> Result<Permit, ServiceError> {
        super::questions::know_datasets(stage, chain, &self.query)?;
        let of_people = stage.view().dataset(&self.wanted.dataset);
        if of_people.is_some_and(|dataset| dataset.kind != DatasetKind::Individual) {
            return Err(ServiceError::NotOfPeople(self.wanted.dataset.clone()));
        }
        let datasets = stage.view().datasets();
        let decisions = self.node.decisions.about(stage, chain, &self.node.ontologies, &self.query, datasets);
        let decided = || decisions.iter().map(AsRef::as_ref);
        entry.decided(stage.policy_version(), stage.consent_version(), decided());
        let permit = authorize(&self.query, decided())?;
        entry.permit(&permit);
        Ok(permit)
    }

    /// Nobody waits for it but the owner.
    fn hides(&self, _: &Permit) -> bool {
        false
    }

    async fn locate(&self, _: &Stage, _: &Permit) -> Result<(), ServiceError> {
        Ok(())
    }

    async fn tell(
        &self,
        stage: &Stage,
        _: Accounts<'_>,
        permit: Permit,
        (): (),
    ) -> Result<Counted, ServiceError> {
        let unknown = || ServiceError::NoCoordinates(self.wanted.dataset.clone());
        let [of] = permit.datasets() else { return Err(unknown()) };
        let asked = stage.view().asked(&permit).await?;
        let people = asked.first().and_then(|dataset| dataset.individuals).unwrap_or_default();
        let Table { writer, attack, looked_at, without, .. } = self.table(stage, of).await?;
        let (store, consents) = (stage.view().version(), stage.consent_version());
        Ok(Counted { writer, power: attack.power(), people, looked_at, without, store, consents })
    }
}
