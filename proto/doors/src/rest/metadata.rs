//! What a Beacon says of itself. Everything about entry types comes from one table, [`ENTRY_TYPES`].

mod base_url;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use fyr_schemas::{
    Granularity, Release,
    beacon::{API_VERSION, ENTRY_TYPES, EntryType, InformationalMeta, SpecificationSchema},
};
use serde_json::{Map, Value, json};

use super::{Door, reply};
use crate::{Identity, Service};

const SOFTWARE_VERSION: &str = env!("CARGO_PKG_VERSION");

type Shared<S> = State<Arc<Door<S>>>;

fn informational<S: Service>(door: &Door<S>, response: Value) -> Response {
    reply::document(&json!({ "meta": InformationalMeta::new(door.beacon_id()), "response": response }))
}

/// `/` and `/info`
pub(super) async fn info<S: Service>(State(door): Shared<S>, request: Request) -> Response {
    let url = base_url::of(&request, door.service.identity(), &door.base_path);
    if request.uri().query().is_some_and(|query| query.contains("ga4gh-service-info")) {
        return reply::document(&service_info_document(door.service.identity(), &url));
    }
    informational(&door, info_document(door.service.identity(), &url))
}

/// `/service-info`
pub(super) async fn service_info<S: Service>(State(door): Shared<S>, request: Request) -> Response {
    let url = base_url::of(&request, door.service.identity(), &door.base_path);
    reply::document(&service_info_document(door.service.identity(), &url))
}

/// `/configuration`
pub(super) async fn configuration<S: Service>(State(door): Shared<S>) -> Response {
    informational(&door, configuration_document(door.service.identity()))
}

/// `/entry_types`
pub(super) async fn entry_types<S: Service>(State(door): Shared<S>) -> Response {
    informational(&door, json!({ "entryTypes": definitions() }))
}

/// `/map`
pub(super) async fn map<S: Service>(State(door): Shared<S>, request: Request) -> Response {
    let url = base_url::of(&request, door.service.identity(), &door.base_path);
    let sets: Map<_, _> =
        ENTRY_TYPES.iter().map(|entry| (entry.id.to_owned(), endpoint_set(entry, &url))).collect();
    informational(&door, json!({ "$schema": SpecificationSchema::Map.url(), "endpointSets": sets }))
}

/// `/filtering_terms`
pub(super) async fn filtering_terms<S: Service>(State(door): Shared<S>) -> Response {
    informational(&door, json!({ "filteringTerms": [], "resources": [] }))
}

fn info_document(identity: &Identity, url: &str) -> Value {
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

fn configuration_document(identity: &Identity) -> Value {
    let status = match identity.environment.as_str() {
        "prod" => "PROD",
        "test" | "staging" => "TEST",
        _ => "DEV",
    };
    let granularity = identity.public_release.granularity().unwrap_or(Granularity::Boolean);
    let levels: &[&str] =
        if identity.public_release == Release::None { &["REGISTERED"] } else { &["PUBLIC", "REGISTERED"] };
    json!({
        "$schema": SpecificationSchema::Configuration.url(),
        "maturityAttributes": { "productionStatus": status },
        "securityAttributes": { "defaultGranularity": granularity, "securityLevels": levels },
        "entryTypes": definitions(),
    })
}

fn definitions() -> Map<String, Value> {
    ENTRY_TYPES.iter().map(|entry| (entry.id.to_owned(), definition(entry))).collect()
}

fn definition(entry: &EntryType) -> Value {
    let (term, label) = entry.ontology_term;
    without_nulls(json!({
        "id": entry.id,
        "name": entry.name,
        "partOfSpecification": format!("Beacon {API_VERSION}"),
        "defaultSchema": {
            "id": entry.schema_id,
            "name": format!("Default schema of {}", entry.name),
            "referenceToSchemaDefinition": entry.schema_url(),
            "schemaVersion": API_VERSION,
        },
        "ontologyTermForThisType": { "id": term, "label": label },
        "aCollectionOf": entry.collection_of.map(|(id, name)| [json!({ "id": id, "name": name })]),
        "additionallySupportedSchemas": [],
        "nonFilteredQueriesAllowed": entry.non_filtered_queries,
    }))
}

fn endpoint_set(entry: &EntryType, url: &str) -> Value {
    let root = format!("{url}/{}", entry.path);
    without_nulls(json!({
        "entryType": entry.id,
        "openAPIEndpointsDefinition": entry.openapi_url(),
        "rootUrl": root,
        "singleEntryUrl": entry.single_entry.then(|| format!("{root}/{{id}}")),
    }))
}

/// Leaves out what is not known: the schemas have no nulls.
fn without_nulls(document: Value) -> Value {
    match document {
        Value::Object(members) => members.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}
