//! A service that answers by the chromosome it is asked about, for the tests of the doors.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use futures::{Stream, StreamExt};
use fyr_schemas::{
    Answer, Assembly, Coverage, DatasetAnswer, DatasetState, EntryType, ErrorCode, Frequency, Group,
    Precision, Purpose, Query, Release, VariantAnswer, VariantQuery,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    Credentials, DatasetInfo, DatasetList, Failure, FilteringTerms, Identity, Organisation, Service,
    TableFormat, TableStream, TermSelection, service::each_for_itself,
};

/// Chromosome 1 has the variant; 2 fails, 3 refuses, 4 never answers, 5 panics.
pub(crate) struct Fake {
    identity: Identity,
    pub(crate) ready: AtomicBool,
    pub(crate) refusals: Mutex<Vec<ErrorCode>>,
    /// What each request showed and was made for.
    pub(crate) heard: Mutex<Vec<(Credentials, Option<Purpose>)>>,
    /// Which methods that tell something, or hear of something, were called.
    pub(crate) called: Mutex<Vec<&'static str>>,
    /// How many questions came together.
    pub(crate) batches: Mutex<Vec<usize>>,
}

impl Default for Fake {
    fn default() -> Self {
        let url = "https://region.example".to_owned();
        Self {
            identity: Identity {
                id: "se.fake.af-beacon.test".into(),
                name: "Region".into(),
                environment: "test".into(),
                organisation: Organisation {
                    id: "FAKE".into(),
                    name: "Fake Hospital".into(),
                    welcome_url: Some(url.clone()),
                    contact_url: Some("mailto:a@region.example".into()),
                    logo_url: Some(format!("{url}/logo.png")),
                },
                description: Some("Only a test".into()),
                public_url: None,
                public_release: Release::Frequency,
                aggregator: false,
            },
            ready: AtomicBool::new(true),
            refusals: Mutex::default(),
            heard: Mutex::default(),
            called: Mutex::default(),
            batches: Mutex::default(),
        }
    }
}

/// The token that the fake takes for broken.
pub(crate) const BROKEN_TOKEN: &str = "broken";

impl Fake {
    fn call(&self, method: &'static str) {
        self.called.lock().unwrap().push(method);
    }

    fn hear(&self, credentials: &Credentials, purpose: Option<&Purpose>) -> Result<(), Failure> {
        self.heard.lock().unwrap().push((credentials.clone(), purpose.cloned()));
        match credentials.token() {
            Some(BROKEN_TOKEN) => Err(Failure::new(ErrorCode::Unauthenticated)),
            _ => Ok(()),
        }
    }

    /// Returns the purposes that were heard, as text.
    pub(crate) fn purposes(&self) -> Vec<Option<String>> {
        let heard = self.heard.lock().unwrap();
        heard.iter().map(|(_, purpose)| purpose.as_ref().map(ToString::to_string)).collect()
    }
}

fn found(query: &VariantQuery, beacon_id: &str) -> Answer {
    let variant = match query {
        VariantQuery::Allele(allele) => allele.as_variant(),
        _ => None,
    };
    let total = Frequency {
        group: Group::Total,
        allele_count: 3,
        allele_number: 200,
        heterozygous: Some(3),
        homozygous: Some(0),
        hemizygous: Some(0),
    };
    let variants = variant.into_iter().map(|variant| VariantAnswer {
        variant,
        carriers: Some(3),
        assayed: None,
        people: None,
        observed: None,
        assumed: false,
        frequencies: vec![total.clone()],
        coverage: Coverage::Complete,
        cases: Vec::new(),
        effects: Vec::new(),
        alternative_ids: Vec::new(),
    });
    let dataset = DatasetAnswer {
        id: "DS-1".into(),
        beacon_id: beacon_id.into(),
        assembly: query.assembly().unwrap_or(Assembly::GRCH38),
        lift: None,
        state: DatasetState::Answered,
        release: Release::Frequency,
        exists: true,
        result_count: Some(1),
        precision: Precision::Exact,
        adjusted_to: Vec::new(),
        coverage: Coverage::Complete,
        variants: variants.collect(),
        attributable: true,
        versions: None,
        withheld: Vec::new(),
        read_as: Vec::new(),
        entries: Vec::new(),
        handovers: Vec::new(),
    };
    Answer {
        beacon_id: beacon_id.into(),
        exists: true,
        datasets: vec![dataset],
        totals: Vec::new(),
        totals_assembly: None,
        lower_bound: false,
        nodes: Vec::new(),
        result_count: None,
        warnings: Vec::new(),
        allowances: Vec::new(),
    }
}

impl Service for Fake {
    type Told<T: Send + 'static> = T;

    fn open<T: Send + 'static>(told: T) -> T {
        told
    }

    fn answer_all(
        &self,
        batch: Vec<(Credentials, Query)>,
        until: Option<Instant>,
    ) -> impl Stream<Item = (usize, Result<Answer, Failure>)> + Send {
        self.call("answer_all");
        self.batches.lock().unwrap().push(batch.len());
        each_for_itself(self, batch, until)
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    async fn answer(&self, credentials: &Credentials, query: Query) -> Result<Answer, Failure> {
        self.call("answer");
        self.hear(credentials, query.purpose.as_ref())?;
        let variant = query.variant.as_ref().ok_or_else(|| Failure::new(ErrorCode::Unsupported))?;
        let name = match variant {
            VariantQuery::Allele(allele) => allele.contig().name(),
            VariantQuery::Range(range) => range.contig.name(),
            _ => "1",
        };
        match name {
            "1" => Ok(found(variant, &self.identity.id)),
            "2" => Err(Failure::of(ErrorCode::Internal, "secret detail".into())),
            "3" => Err(Failure::new(ErrorCode::PermissionDenied)),
            "4" => std::future::pending().await,
            _ => panic!("the fake does what it should"),
        }
    }

    async fn table(
        &self,
        credentials: &Credentials,
        query: Query,
        format: TableFormat,
    ) -> Result<TableStream, Failure> {
        self.call("table");
        self.hear(credentials, query.purpose.as_ref())?;
        let pieces = [Ok(format.media_type().into()), Ok("\n".into())];
        Ok(futures::stream::iter(pieces).boxed())
    }

    async fn datasets(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<DatasetList, Failure> {
        self.call("datasets");
        self.hear(credentials, purpose)?;
        let dataset = DatasetInfo {
            id: "DS-1".into(),
            name: "First".into(),
            description: Some("One of one".into()),
            beacon_id: self.identity.id.clone(),
            assembly: Assembly::GRCH38,
            release: Release::Frequency,
            document: None,
        };
        Ok(DatasetList { datasets: vec![dataset], nodes: Vec::new() })
    }

    async fn refused(&self, _: &Credentials, code: ErrorCode) -> Result<(), Failure> {
        self.call("refused");
        self.refusals.lock().unwrap().push(code);
        Ok(())
    }

    async fn filtering_terms(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
        _: TermSelection,
    ) -> Result<FilteringTerms, Failure> {
        self.call("filtering_terms");
        self.hear(credentials, purpose)?;
        Ok(FilteringTerms::default())
    }

    async fn entry_types(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<Vec<EntryType>, Failure> {
        self.call("entry_types");
        self.hear(credentials, purpose)?;
        Ok(vec![EntryType::Dataset, EntryType::GenomicVariant])
    }

    fn statement(&self) -> Option<Value> {
        Some(json!({ "public": "Whether a variant is seen" }))
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }
}
