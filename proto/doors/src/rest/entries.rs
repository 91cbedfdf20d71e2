//! Every path of every entry type: the entries, one entry, what belongs to one, and what can be filtered by.
//!
//! Which paths there are is read off the table [`DEFINITIONS`].

use std::sync::{Arc, OnceLock};

use axum::{
    extract::{Path, Request, State},
    response::Response,
    routing::{MethodFilter, get, on},
};
use fyr_schemas::{
    Answer, EntryRef, EntryType, ErrorCode,
    beacon::{DEFINITIONS, EntryRequest, ReceivedRequest, RequestParts, Target, entries_response},
};

use super::{Door, metadata, reply};
use crate::{Failure, Service, TableFormat, TermSelection, routes::Routes, settings::UnknownFilters};

/// Adds the paths of all entry types below a base path.
pub(super) fn routes<S: Service>(base_path: &str) -> Routes<Arc<Door<S>>> {
    let both = MethodFilter::GET.or(MethodFilter::POST);
    let mut router = Routes::new();
    for row in &DEFINITIONS {
        let (kind, root) = (row.entry_type, format!("{base_path}/{}", row.entry_type.path()));
        let terms = TermSelection { entry_type: Some(kind), within: None };
        router = router.route(
            &format!("{root}/filtering_terms"),
            get(move |door: super::Shared<S>, request: Request| metadata::terms_of(door, request, terms)),
        );
        // Datasets are listed otherwise: they are no secret among those who may know of them.
        if kind != EntryType::Dataset {
            router = router.route(&root, on(both, move |door, request| all(door, request, kind))).route(
                &format!("{root}/{{id}}"),
                on(both, move |door, id, request| one(door, id, request, kind)),
            );
        }
        if row.filtering_terms {
            router = router.route(
                &format!("{root}/{{id}}/filtering_terms"),
                get(move |door: super::Shared<S>, Path(id): Path<String>, request: Request| {
                    let within = Some(EntryRef { entry_type: kind, id });
                    metadata::terms_of(door, request, TermSelection { entry_type: None, within })
                }),
            );
        }
        for related in row.related {
            router = router.route(
                &format!("{root}/{{id}}/{}", related.path()),
                on(both, move |door, id, request| of_one(door, id, request, (kind, *related))),
            );
        }
    }
    router
}

/// `/individuals`
async fn all<S: Service>(door: super::Shared<S>, request: Request, kind: EntryType) -> Response {
    let target = Target { entry_type: kind, within: None };
    match TableFormat::accepted(request.headers()).filter(|_| kind == EntryType::GenomicVariant) {
        Some(format) => table(door, request, target, format).await,
        None => ask(door, request, kind.path(), target).await,
    }
}

/// `/g_variants` in a format for files.
async fn table<S: Service>(
    State(door): super::Shared<S>,
    request: Request,
    target: Target,
    format: TableFormat,
) -> Response {
    let work = async {
        let (credentials, request) =
            door.read(request, |parts: RequestParts| EntryRequest::read(&parts, target)).await?;
        Ok(S::open(door.service.table(&credentials, request.query, format).await?))
    };
    match door.gate.pass("table", None, work).await {
        Ok(table) => reply::table(format, table),
        Err(failure) => reply::failure(door.beacon_id(), &failure),
    }
}

/// `/individuals/{id}`
async fn one<S: Service>(
    door: super::Shared<S>,
    Path(id): Path<String>,
    request: Request,
    kind: EntryType,
) -> Response {
    let within = Some(EntryRef { entry_type: kind, id });
    ask(door, request, "entry", Target { entry_type: kind, within }).await
}

/// `/individuals/{id}/biosamples`
async fn of_one<S: Service>(
    door: super::Shared<S>,
    Path(id): Path<String>,
    request: Request,
    (kind, related): (EntryType, EntryType),
) -> Response {
    let within = Some(EntryRef { entry_type: kind, id });
    ask(door, request, "related", Target { entry_type: related, within }).await
}

async fn ask<S: Service>(
    State(door): super::Shared<S>,
    request: Request,
    route: &'static str,
    target: Target,
) -> Response {
    let received = OnceLock::new();
    let read = |parts: RequestParts| {
        if let Some(readable) = ReceivedRequest::of(&parts) {
            received.get_or_init(|| readable);
        }
        EntryRequest::read(&parts, target)
    };
    let work = async {
        let (credentials, request) = door.read(request, read).await?;
        match door.service.answer(&credentials, request.query.clone()).await {
            Err(failure) if failure.code == ErrorCode::UnknownFilter && door.is_lenient() => {
                let answer = nothing(door.beacon_id(), failure);
                Ok(entries_response(&answer, &request, &door.voice()))
            }
            outcome => outcome.map(|answer| entries_response(&S::open(answer), &request, &door.voice())),
        }
    };
    let outcome = door.gate.pass(route, None, work).await;
    reply::answer_to(door.beacon_id(), received.into_inner(), outcome)
}

impl<S: Service> Door<S> {
    /// Returns whether unknown filters are answered with nothing, and not refused.
    fn is_lenient(&self) -> bool {
        self.unknown_filters == UnknownFilters::Empty
    }
}

/// The answer to a question with a filter that nobody knows: nothing, and why.
fn nothing(beacon_id: &str, failure: Failure) -> Answer {
    Answer { result_count: Some(0), warnings: vec![failure.message], ..Answer::of(beacon_id) }
}
