//! Fyr's side of the questions about a cohort, over gRPC, with the truth of each.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use fyr_proto::v1;
use fyr_schemas::{
    Assembly, Clause, Condition, EntryType, Filter, Filters, GeneQuery, Granularity, Interbase, Narrowing,
    Pagination, Query, RangeQuery, VariantQuery,
};

use crate::{
    data::cohort::{Allele, Cohort},
    door::{Door, Expected},
    process::Service,
    questions::Question,
    works::alternate::ask,
};

/// A connection to the node that has the cohort.
#[derive(Debug)]
pub(super) struct Fyr {
    door: Door,
}

impl Fyr {
    pub(super) async fn open(node: &Service) -> anyhow::Result<Self> {
        Ok(Self { door: Door::open(node, Expected::Truth).await? })
    }

    /// Asks for one allele.
    pub(super) async fn allele(&mut self, allele: &Allele) -> anyhow::Result<Duration> {
        let question = Question::new(allele.variant.clone(), Some(allele.counts.clone()))?;
        ask(&mut self.door, &question).await
    }

    /// Asks how many alleles of an interval there are.
    pub(super) async fn count(&mut self, cohort: &Cohort, interval: Interbase) -> anyhow::Result<Duration> {
        let request = range(cohort, interval, Granularity::Count)?;
        let started = Instant::now();
        let answer = self.door.ask(request).await?;
        let elapsed = started.elapsed();
        let meant = |allele: &&Allele| allele.is_carried() && allele.overlaps(interval);
        let expected = cohort.alleles.iter().filter(meant).count() as u64;
        let count = answer.datasets.first().and_then(|dataset| dataset.result_count);
        ensure!(count == Some(expected), "count: {count:?} instead of {expected}");
        Ok(elapsed)
    }

    /// Asks for all alleles of an interval with their frequencies.
    pub(super) async fn list(&mut self, cohort: &Cohort, interval: Interbase) -> anyhow::Result<Duration> {
        let request = range(cohort, interval, Granularity::Record)?;
        let started = Instant::now();
        let answer = self.door.ask(request).await?;
        let elapsed = started.elapsed();
        let dataset = answer.datasets.first().context("no dataset answers")?;
        let told: BTreeMap<_, _> = dataset.variants.iter().filter_map(total).collect();
        let meant = |allele: &&Allele| allele.is_carried() && allele.overlaps(interval);
        let truth: BTreeMap<_, _> = cohort.alleles.iter().filter(meant).map(truth).collect();
        ensure!(told == truth, "list: {} alleles, or their counts, instead of {}", told.len(), truth.len());
        Ok(elapsed)
    }

    /// Asks how many people with a phenotype carry an allele of a gene, of any consequence or of one.
    pub(super) async fn people(
        &mut self,
        gene: &str,
        phenotype: &str,
        effect: Option<&str>,
        expected: u64,
    ) -> anyhow::Result<Duration> {
        let request = v1::Question::from(&people(gene, phenotype, effect)?);
        let started = Instant::now();
        let answer = self.door.ask(request).await?;
        let elapsed = started.elapsed();
        let count = answer.datasets.first().and_then(|dataset| dataset.result_count).unwrap_or_default();
        ensure!(count == expected, "carriers in {gene} with {phenotype}: {count} instead of {expected}");
        Ok(elapsed)
    }
}

fn range(cohort: &Cohort, interval: Interbase, granularity: Granularity) -> anyhow::Result<v1::Question> {
    let contig = cohort.contig().context("the cohort is empty")?.clone();
    let range = RangeQuery::of(Assembly::GRCH38, contig, interval);
    // Who asks how many there are wants none of them listed, or all.
    let limit = if granularity == Granularity::Count { 1 } else { 0 };
    let pagination = Pagination { skip: 0, limit };
    let question = Query { granularity, pagination, ..Query::variants(VariantQuery::Range(range)) };
    Ok((&question).into())
}

fn people(gene: &str, phenotype: &str, effect: Option<&str>) -> anyhow::Result<Query> {
    let narrowing = Narrowing { effect: effect.map(str::to_owned), ..Narrowing::default() };
    let term = Condition::Term { id: phenotype.to_owned(), descendants: true };
    let filter = Filter { scope: Some(EntryType::Individual), excluded: false, any_of: vec![term] };
    Ok(Query {
        variant: Some(VariantQuery::Gene(GeneQuery::new(Some(gene), narrowing)?)),
        filters: Filters::new(vec![Clause(vec![filter])])?,
        granularity: Granularity::Count,
        ..Query::entries(EntryType::Individual)
    })
}

type Key = (u32, String, String);

fn total(answer: &v1::VariantAnswer) -> Option<(Key, (u64, u64))> {
    let variant = answer.variant.as_ref()?;
    let total = answer.frequencies.iter().find(|frequency| frequency.group == "Total")?;
    let key = (variant.start, variant.reference_bases.clone(), variant.alternate_bases.clone());
    Some((key, (total.allele_count, total.allele_number)))
}

fn truth(allele: &Allele) -> (Key, (u64, u64)) {
    let (variant, total) = (&allele.variant, allele.total());
    let key = (variant.interval.start(), variant.reference_bases.clone(), variant.alternate_bases.clone());
    (key, (total.allele_count, total.allele_number))
}
