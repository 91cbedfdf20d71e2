//! Questions: what may be asked of which dataset, how it reads there, and what of it may be told.

use std::{borrow::Cow, sync::Arc};

use futures::{StreamExt, future::try_join_all};
use fyr_audit::{Action, AuditEntry};
use fyr_engine::{EngineError, View};
use fyr_genome::{Genomes, Location};
use fyr_ontology::{Checked, UnknownTerm};
use fyr_policy::{
    DatasetPermit, Disclosed, Disclosure, Draws, Permit, Requester, Speaker, assemble, authorize,
    cost_of_entries, disclose_entries, left_out, not_counted,
};
use fyr_schemas::{
    Allowance, Answer, Assembly, Condition, DatasetAnswer, EntryType, Purpose, Query, Versions, model,
};
use tokio::task::consume_budget;

use super::{
    Node, care,
    locate::{self, LocatedQuery},
    names, noise,
    once::once,
    quota,
};
use crate::{
    ServiceError,
    gate::{Accounts, Chain, Errand, Price, Stage},
};

/// One question to a node.
pub(super) struct Question<'a> {
    node: &'a Node,
    query: Cow<'a, Query>,
}

/// What may be asked of a question.
pub(super) struct Permitted {
    /// The question as it is put to this node, where that is not as it was asked.
    narrowed: Option<Query>,
    permit: Permit,
    /// What the client should know of how its filters are understood, and which of their terms data must state.
    filters: Checked,
    /// Who asks for which case, where it is asked for care.
    carer: Option<care::Asker>,
}

impl<'a> Question<'a> {
    pub(super) fn new(node: &'a Node, query: Cow<'a, Query>) -> Self {
        Self { node, query }
    }

    /// Returns the question without datasets that are the requester's own, if it is another one then.
    fn of_others(&self, chain: &Chain) -> Option<Query> {
        let own = &chain.own().datasets;
        if own.is_empty() {
            return None;
        }
        let mut query = self.query.as_ref().clone();
        query.datasets.exclude.extend(own.iter().cloned());
        Some(query)
    }

    /// Returns the question as it is put to this node.
    fn put<'q>(&'q self, permitted: &'q Permitted) -> &'q Query {
        permitted.narrowed.as_ref().unwrap_or(&self.query)
    }

    fn genomes(&self) -> Arc<Genomes> {
        if self.query.test_mode { Arc::default() } else { self.node.genomes.load_full() }
    }
}

impl Errand for Question<'_> {
    type Permit = Permitted;
    type Located = LocatedQuery;
    type Told = Answer;

    fn action(&self) -> Action {
        self.query.as_ref().into()
    }

    fn signed(&self) -> Cow<'_, Query> {
        Cow::Borrowed(&self.query)
    }

    fn purpose(&self) -> Option<&Purpose> {
        self.query.purpose.as_ref()
    }

    fn is_test(&self) -> bool {
        self.query.test_mode
    }

    fn is_dry_run(&self) -> bool {
        self.query.dry_run
    }

    fn note(&self, stage: &Stage, entry: &mut AuditEntry<'_>) {
        entry.query(&self.query, stage.view().datasets().iter().map(|dataset| dataset.id.as_str()));
    }

    fn left_out(&self, chain: &Chain) -> Option<Answer> {
        let node = &self.node.profile.identity.id;
        let asks = self.query.datasets.includes_node(node) && !chain.own().node;
        (!asks).then(|| left_out(node).into_inner())
    }

    fn decide(
        &self,
        stage: &Stage,
        chain: &Chain,
        entry: &mut AuditEntry<'_>,
    ) -> Result<Permitted, ServiceError> {
        let filters = understand(self.node, &self.query)?;
        know_datasets(stage, chain, &self.query)?;
        let narrowed = self.of_others(chain);
        let query = narrowed.as_ref().unwrap_or(&self.query);
        let decisions =
            self.node.decisions.about(stage, chain, &self.node.ontologies, query, stage.view().datasets());
        let decided = || decisions.iter().map(AsRef::as_ref);
        entry.decided(stage.policy_version(), stage.consent_version(), decided());
        let decisions = once(query, stage.view(), decisions);
        let permit = authorize(query, decisions.iter().map(AsRef::as_ref))?;
        entry.permit(&permit);
        must_be_of_this_epoch(stage, &self.query, &permit)?;
        let is_told = !query.test_mode && !query.dry_run;
        let carer = care::Asker::of(&permit, chain).filter(|_| is_told);
        Ok(Permitted { narrowed, permit, filters, carer })
    }

    fn hides(&self, permitted: &Permitted) -> bool {
        permitted.permit.datasets().iter().any(|dataset| dataset.plan().needs().hides)
    }

    async fn locate(&self, stage: &Stage, permitted: &Permitted) -> Result<LocatedQuery, ServiceError> {
        self.know_terms(stage, permitted).await?;
        let asked = stage.view().asked(&permitted.permit).await?;
        let query = self.put(permitted);
        locate::locate(&self.genomes(), &asked, &permitted.permit, query, &self.node.limits)
    }

    fn price(
        &self,
        stage: &Stage,
        chain: &Chain,
        (permitted, located): (&Permitted, &LocatedQuery),
    ) -> Price {
        let query = self.put(permitted);
        let item = || quota::item(query, located.in_one_assembly(&self.genomes(), query).as_ref());
        quota::price(&permitted.permit, chain, stage.now(), item)
    }

    async fn tell(
        &self,
        stage: &Stage,
        accounts: Accounts<'_>,
        permitted: Permitted,
        located: LocatedQuery,
    ) -> Result<Answer, ServiceError> {
        let (query, Permitted { permit, filters, .. }) = (self.put(&permitted), &permitted);
        let warnings = filters.warnings.iter().cloned().chain(located.warnings()).collect();
        let answers =
            permit.datasets().iter().filter_map(|dataset| Some((dataset, located.of(dataset.id())?)));
        let answers =
            answers.map(|(dataset, location)| self.disclose((stage, accounts), dataset, query, location));
        let answers = try_join_all(answers).await?;
        let place = |id: &str| assembly_of(stage.view(), id);
        let answer = assemble(&self.node.profile.identity.id, permit, place, answers, warnings)?;
        let answer = answer.into_inner();
        if let Some(carer) = &permitted.carer {
            let question = self.node.audit.digest(&self.query);
            care::note(self.node, carer, (permit, &answer), question, stage.now()).await?;
        }
        // Who asks for one entry by its id is told the same of one that is not here and of one that is
        // not shown.
        let names_an_entry =
            query.within.as_ref().is_some_and(|within| within.entry_type.is_about_a_person());
        if names_an_entry && !answer.exists && !query.dry_run {
            return Err(ServiceError::UnknownEntry);
        }
        Ok(answer)
    }

    fn account_for(&self, answer: &mut Answer, allowances: Vec<Allowance>) {
        answer.allowances = allowances;
    }
}

impl Question<'_> {
    /// Refuses a term that its vocabulary lacks, unless the data are of a later release: then somebody states it, in a
    /// dataset that hides nothing from who asks.
    async fn know_terms(&self, stage: &Stage, permitted: &Permitted) -> Result<(), ServiceError> {
        for term in &permitted.filters.lacking {
            let datasets = permitted.permit.datasets().iter();
            let stated = datasets.map(|dataset| stage.view().states(dataset, term));
            if !try_join_all(stated).await?.contains(&true) {
                return Err(UnknownTerm(term.clone()).into());
            }
        }
        Ok(())
    }

    /// Counts in one dataset and keeps what may be said.
    async fn disclose(
        &self,
        (stage, accounts): (&Stage, Accounts<'_>),
        permit: &DatasetPermit,
        query: &Query,
        location: Option<&Location>,
    ) -> Result<Disclosed<DatasetAnswer>, ServiceError> {
        let (view, page_rows) = (stage.view(), self.node.limits.page_rows);
        view.must_tell_frequencies(permit, query).await?;
        let speaker = Speaker {
            beacon_id: &self.node.profile.identity.id,
            assembly: assembly_of(view, permit.id())?,
            lift: location.and_then(|location| location.lift),
            handovers: self.node.profile.handovers(permit.id(), permit.plan().profile),
            versions: Some(self.versions(stage, permit)),
            read_as: if query.dry_run { Vec::new() } else { view.bands_of(permit, query).await? },
        };
        if query.dry_run {
            return Ok(not_counted(permit, query, speaker));
        }
        let located = location.map(|location| &location.query);
        let question = (query, located);
        let noise = noise::noise(|| self.node.state.noise(), stage, permit, question, || self.terms());
        let noise = noise.await?;
        let draws = noise.clone().map(|noise| noise as Arc<dyn Draws>);
        if query.entry_type != EntryType::GenomicVariant {
            let found = view.entries(permit, question, page_rows).await?;
            let cost = cost_of_entries(permit, query, &found);
            let item = || noise.as_ref().map(|noise| noise.item(&cost)).unwrap_or_default();
            let charged = accounts.bear(permit, item, &cost).await?;
            noise.iter().for_each(|noise| noise.charged(charged.draw.clone()));
            return Ok(disclose_entries(permit, query, found, &charged.bearers, draws.as_ref(), speaker));
        }
        let seen = view.seen(permit, question).await?;
        let mut disclosure = Disclosure::new(permit, query, page_rows, draws.as_ref()).whole(seen);
        let mut counts = view.counts(permit, question).await?;
        while !disclosure.is_complete()
            && let Some(found) = counts.next().await
        {
            let found = found?;
            let cost = disclosure.cost(&found);
            let item = || match &noise {
                Some(noise) => noise.item(&cost),
                None => disclosure.item(speaker.assembly, &found, &cost),
            };
            let charged = accounts.bear(permit, item, &cost).await?;
            noise.iter().for_each(|noise| noise.charged(charged.draw.clone()));
            disclosure.tell(found, &charged.bearers);
            // A stream that is always ready would otherwise never let the deadline pass.
            consume_budget().await;
        }
        if disclosure.is_undecided() {
            return Err(EngineError::unknown_frequencies(permit.id()).into());
        }
        let (genomes, assembly) = (self.node.genomes.load_full(), speaker.assembly);
        Ok(disclosure.finish(speaker, |variant| names::of(&genomes, variant, assembly)))
    }
}

impl Question<'_> {
    /// Names what terms of filters mean here: the vocabularies by which a term counts narrower ones.
    fn terms(&self) -> String {
        let known = self.node.ontologies.vocabularies();
        let known = known.iter().map(|known| format!("{} {:?} ", known.prefix, known.version));
        known.collect()
    }

    /// Says what the figures of a dataset rest on: its policy and the release epoch. Versions of data and consents would
    /// change with people who came or went, of whom nothing may be seen.
    fn versions(&self, stage: &Stage, permit: &DatasetPermit) -> Versions {
        let node = &self.node.profile.identity.id;
        let policy = stage.in_force().by_dataset.of(permit.id()).to_owned();
        Versions::new((node, permit.id()), policy, (None, None), stage.epoch(permit))
    }
}

/// Refuses names of datasets that are not here, to the owner. To others they are what may not be asked.
pub(super) fn know_datasets(stage: &Stage, chain: &Chain, query: &Query) -> Result<(), ServiceError> {
    let Requester::Owner(_) = chain.requester() else { return Ok(()) };
    if stage.view().datasets().is_empty() {
        return Err(ServiceError::NoDataset);
    }
    let known = || stage.view().datasets().iter().map(|dataset| dataset.id.clone());
    match query.datasets.only.iter().find(|name| stage.view().dataset(name).is_none()) {
        Some(name) => Err(ServiceError::UnknownDataset { name: name.clone(), known: known().collect() }),
        None => Ok(()),
    }
}

/// Refuses a question that states another release epoch than one of the datasets is told of that it may be put to.
pub(super) fn must_be_of_this_epoch(
    stage: &Stage,
    query: &Query,
    permit: &Permit,
) -> Result<(), ServiceError> {
    let Some(stated) = query.epoch else { return Ok(()) };
    let is_another = |dataset: &DatasetPermit| stage.epoch(dataset) != Some(stated);
    match permit.datasets().iter().any(is_another) {
        true => Err(ServiceError::NotHere("epoch", "the data are not told as of this release epoch here")),
        false => Ok(()),
    }
}

/// Refuses what nobody could evaluate here; returns what the client should know of the rest, and the terms that are to be
/// looked up. Neither depends on data.
pub(super) fn understand(node: &Node, query: &Query) -> Result<Checked, ServiceError> {
    if query.batch.is_some() {
        return Err(ServiceError::NotHere("batch", "questions are not kept together here"));
    }
    for filter in query.filters.clauses().iter().flat_map(|clause| &clause.0) {
        for condition in &filter.any_of {
            let Condition::Value { field, .. } = condition else { continue };
            let is_field = model::resolve_field(field, filter.scope).is_some();
            if !is_field && model::canonical_curie(field).is_none() {
                return Err(ServiceError::UnknownField(field.clone()));
            }
        }
    }
    Ok(node.ontologies.check(&query.filters)?)
}

pub(super) fn assembly_of(view: &View, id: &str) -> Result<Assembly, ServiceError> {
    let dataset = view.dataset(id).ok_or_else(|| ServiceError::NoCoordinates(id.to_owned()))?;
    Ok(dataset.assembly)
}
