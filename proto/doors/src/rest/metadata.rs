//! What a Beacon says of itself. Everything about entry types comes from one table, [`DEFINITIONS`].

mod base_url;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use fyr_schemas::{
    EntryType, Granularity, Release,
    beacon::{
        API_VERSION, CollectionRequest, DEFINITIONS, Definition, InformationalMeta, SpecificationSchema,
        filtering_terms_document,
    },
};
use serde_json::{Map, Value, json};

use super::{Door, reply};
use crate::{Identity, Service, TermSelection};

const SOFTWARE_VERSION: &str = env!("CARGO_PKG_VERSION");

type Shared<S> = State<Arc<Door<S>>>;

fn informational<S: Service>(door: &Door<S>, response: Value) -> Response {
    reply::document(&json!({ "meta": InformationalMeta::new(door.beacon_id()), "response": response }))
}

/// Returns the address under which the asking client reaches the Beacon.
pub(super) fn address<S: Service>(door: &Door<S>, request: &Request) -> String {
    base_url::of(request, door.identity(), door.mount.path(), door.is_secure)
}

/// `/` and `/info`
pub(super) async fn info<S: Service>(State(door): Shared<S>, request: Request) -> Response {
    let url = address(&door, &request);
    if request.uri().query().is_some_and(|query| query.contains("ga4gh-service-info")) {
        return reply::document(&service_info_document(door.identity(), &url));
    }
    informational(&door, info_document(door.identity(), door.service.statement(), &url))
}

/// `/service-info`
pub(super) async fn service_info<S: Service>(State(door): Shared<S>, request: Request) -> Response {
    let url = address(&door, &request);
    reply::document(&service_info_document(door.identity(), &url))
}

/// `/configuration`
pub(super) async fn configuration<S: Service>(State(door): Shared<S>, request: Request) -> Response {
    about_entry_types(&door, request, |types| {
        configuration_document(door.identity(), door.default_granularity(), types)
    })
    .await
}

/// `/entry_types`
pub(super) async fn entry_types<S: Service>(State(door): Shared<S>, request: Request) -> Response {
    about_entry_types(&door, request, |types| json!({ "entryTypes": definitions(types) })).await
}

/// `/map`
pub(super) async fn map<S: Service>(State(door): Shared<S>, request: Request) -> Response {
    let url = address(&door, &request);
    let document = |types: &[EntryType]| {
        let sets: Map<_, _> = known(types)
            .map(|row| (row.entry_type.id().to_owned(), endpoint_set(row, types, &url)))
            .collect();
        json!({ "$schema": SpecificationSchema::Map.url(), "endpointSets": sets })
    };
    about_entry_types(&door, request, document).await
}

/// Writes a document that names the entry types of which the requester may know that there is something.
async fn about_entry_types<S: Service>(
    door: &Door<S>,
    request: Request,
    document: impl FnOnce(&[EntryType]) -> Value,
) -> Response {
    let work = async {
        let (credentials, purpose) = door.read(request, |parts| parts.purpose()).await?;
        let types = S::open(door.service.entry_types(&credentials, purpose.as_ref()).await?);
        Ok(json!({ "meta": InformationalMeta::new(door.beacon_id()), "response": document(&types) }))
    };
    let outcome = door.gate.pass("entry_types", None, work).await;
    reply::answer(door.beacon_id(), outcome)
}

/// `/filtering_terms`
pub(super) async fn filtering_terms<S: Service>(door: Shared<S>, request: Request) -> Response {
    terms_of(door, request, TermSelection::default()).await
}

/// The filtering terms of an entry type, or of one entry.
pub(super) async fn terms_of<S: Service>(
    State(door): Shared<S>,
    request: Request,
    selection: TermSelection,
) -> Response {
    let work = async {
        let (credentials, request) = door.read(request, CollectionRequest::try_from).await?;
        let purpose = request.received.purpose();
        let known = S::open(door.service.filtering_terms(&credentials, purpose, selection).await?);
        let page = request.received.pagination();
        let mut document = json!({
            "meta": InformationalMeta::new(door.beacon_id()),
            "response": filtering_terms_document(&known.terms, &known.vocabularies, page),
        });
        if let (false, Some(members)) = (known.nodes.is_empty(), document.as_object_mut()) {
            members.insert("info".to_owned(), json!({ "nodes": known.nodes }));
        }
        Ok(document)
    };
    let outcome = door.gate.pass("filtering_terms", None, work).await;
    reply::answer(door.beacon_id(), outcome)
}

/// Returns the rows of entry types that there is something of.
fn known(types: &[EntryType]) -> impl Iterator<Item = &'static Definition> {
    DEFINITIONS.iter().filter(|row| types.contains(&row.entry_type))
}

fn info_document(identity: &Identity, statement: Option<Value>, url: &str) -> Value {
    let organisation = &identity.organisation;
    without_nulls(json!({
        "id": identity.id,
        "name": identity.name,
        "apiVersion": API_VERSION,
        "environment": identity.environment,
        "organization": without_nulls(json!({
            "id": organisation.id,
            "name": organisation.name,
            "welcomeUrl": organisation.welcome_url,
            "contactUrl": organisation.contact_url,
            "logoUrl": organisation.logo_url,
        })),
        "description": identity.description,
        "version": SOFTWARE_VERSION,
        "welcomeUrl": organisation.welcome_url,
        "alternativeUrl": url,
        "info": statement.map(|statement| json!({ "disclosure": statement })),
    }))
}

fn service_info_document(identity: &Identity, url: &str) -> Value {
    let organisation = &identity.organisation;
    let page = organisation.welcome_url.as_deref().unwrap_or(url);
    without_nulls(json!({
        "id": identity.id,
        "name": identity.name,
        "type": { "group": "org.ga4gh", "artifact": "beacon", "version": API_VERSION },
        "description": identity.description,
        "organization": { "name": organisation.name, "url": page },
        "contactUrl": organisation.contact_url,
        "environment": identity.environment,
        "version": SOFTWARE_VERSION,
    }))
}

fn configuration_document(identity: &Identity, default: Granularity, types: &[EntryType]) -> Value {
    let status = match identity.environment.as_str() {
        "prod" => "PROD",
        "test" | "staging" => "TEST",
        _ => "DEV",
    };
    let levels: &[&str] =
        if identity.public_release == Release::None { &["REGISTERED"] } else { &["PUBLIC", "REGISTERED"] };
    json!({
        "$schema": SpecificationSchema::Configuration.url(),
        "maturityAttributes": { "productionStatus": status },
        "securityAttributes": { "defaultGranularity": default, "securityLevels": levels },
        "entryTypes": definitions(types),
    })
}

fn definitions(types: &[EntryType]) -> Map<String, Value> {
    known(types).map(|row| (row.entry_type.id().to_owned(), definition(row))).collect()
}

fn definition(row: &Definition) -> Value {
    let (term, label) = row.ontology_term;
    let collected = |of: EntryType| [json!({ "id": of.id(), "name": Definition::of(of).name })];
    without_nulls(json!({
        "id": row.entry_type.id(),
        "name": row.name,
        "partOfSpecification": format!("Beacon {API_VERSION}"),
        "defaultSchema": {
            "id": row.schema_id,
            "name": format!("Default schema of {}", row.name),
            "referenceToSchemaDefinition": row.schema_url(),
            "schemaVersion": API_VERSION,
        },
        "ontologyTermForThisType": { "id": term, "label": label },
        "aCollectionOf": row.collection_of.map(collected),
        "additionallySupportedSchemas": [],
        "nonFilteredQueriesAllowed": row.non_filtered_queries,
    }))
}

fn endpoint_set(row: &Definition, types: &[EntryType], url: &str) -> Value {
    let root = format!("{url}/{}", row.entry_type.path());
    let related = row.related.iter().filter(|related| types.contains(related));
    let endpoint = |related: &EntryType| {
        let address = format!("{root}/{{id}}/{}", related.path());
        (related.path().to_owned(), json!({ "returnedEntryType": related.id(), "url": address }))
    };
    without_nulls(json!({
        "entryType": row.entry_type.id(),
        "openAPIEndpointsDefinition": row.openapi_url(),
        "rootUrl": root,
        "singleEntryUrl": format!("{root}/{{id}}"),
        "filteringTermsUrl": row.filtering_terms.then(|| format!("{root}/{{id}}/filtering_terms")),
        "endpoints": related.map(endpoint).collect::<Map<_, _>>(),
    }))
}

/// Leaves out what is not known: the schemas have no nulls.
fn without_nulls(document: Value) -> Value {
    match document {
        Value::Object(members) => members.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}
