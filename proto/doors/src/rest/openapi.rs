//! `/openapi.json`: what is served, as OpenAPI 3.1, read off the same tables as the routes.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::{Html, Response},
};
use fyr_schemas::{
    EntryType,
    beacon::{DEFINITIONS, Definition},
    model,
};
use serde_json::{Map, Value, json};

use super::{Door, metadata, reply};
use crate::Service;

/// Statuses of failures, with what they mean.
const FAILURES: [(&str, &str); 10] = [
    ("400", "The request is not valid, or cannot be evaluated here"),
    ("401", "The credentials are not valid"),
    ("403", "This may not be asked with these credentials"),
    ("404", "No such entry, or one that the requester may not know of"),
    ("405", "The method is not supported here"),
    ("408", "The deadline passed"),
    ("413", "The body is too large"),
    ("415", "The content type is not supported"),
    ("429", "Too many requests"),
    ("503", "The service is not available at the moment"),
];

/// Parameters that say which variants are asked for, or are carried.
const VARIANT: [(&str, &str, &str); 16] = [
    ("assemblyId", "string", "GRCh37, GRCh38, or another assembly that is known"),
    ("referenceName", "string", "Chromosome or RefSeq accession"),
    ("start", "string", "Interbase start (0-based)"),
    ("end", "string", "Interbase end; with it, all that overlaps is asked for"),
    ("referenceBases", "string", "Bases of the reference"),
    ("alternateBases", "string", "Bases of the allele"),
    ("variantType", "string", "SNP, INS, DEL, DUP, INV, CNV, BND…"),
    ("variantMinLength", "string", "Least length of the variant"),
    ("variantMaxLength", "string", "Largest length of the variant"),
    ("mateName", "string", "Sequence of the other end of a breakend"),
    ("geneId", "string", "Symbol or id of a gene"),
    ("aminoacidChange", "string", "Change of a protein: V600E"),
    ("molecularEffect", "string", "Consequence: a term of the Sequence Ontology"),
    ("allele", "string", "One allele in HGVS, SPDI, VRS or gnomAD's notation"),
    ("reciprocalOverlap", "string", "Share that interval and variant must have of each other: 0.8"),
    ("matchParts", "string", "Whether parts of a substitution match too: true or false"),
];

/// Parameters of every question.
const COMMON: [(&str, &str, &str); 8] = [
    PURPOSE,
    ("filters", "string", "Terms and comparisons, separated by commas: HP:0001250,age:>P30Y"),
    ("requestedGranularity", "string", "boolean, count or record"),
    ("includeResultsetResponses", "string", "ALL, HIT, MISS or NONE"),
    ("skip", "string", "Pages to skip"),
    ("limit", "string", "Entries a page; 0 means the most that is given"),
    ("datasetIds", "string", "Only these datasets, separated by commas"),
    ("testMode", "string", "true asks synthetic data only"),
];

/// What a request is made for, which every request may state that somebody has to decide on.
const PURPOSE: (&str, &str, &str) = (
    "purpose",
    "string",
    "What the request is made for: GRU, HMB, POA, DS; disease=MONDO:0005105 or care; case=ID, with methods, \
     commercial and project=ID. In `meta.purpose` of a POST, or in the header Fyr-Purpose, it means the same",
);

/// Headers of every request that somebody has to decide on.
const HEADERS: [(&str, &str); 3] = [
    ("Fyr-Purpose", "What the request is made for, like `purpose`; where both are stated, they must be one"),
    ("Fyr-Query-Proof", "The question and the token, signed by the client (compact JWS)"),
    ("DPoP", "Proof of possession of the key that a token of the scheme DPoP is bound to (RFC 9449)"),
];

/// Writes the document.
pub(super) async fn document<S: Service>(State(door): State<Arc<Door<S>>>, request: Request) -> Response {
    let url = metadata::address(&door, &request);
    let mut paths = Map::new();
    for (path, schema, summary, parameters) in METADATA {
        paths.insert(path.to_owned(), json!({ "get": operation(summary, schema, &[], parameters) }));
    }
    DEFINITIONS.iter().for_each(|row| entry_paths(row, &mut paths));
    reply::document(&json!({
        "openapi": "3.1.0",
        "info": {
            "title": door.identity().name,
            "version": env!("CARGO_PKG_VERSION"),
            "description": "GA4GH Beacon v2.2.0",
        },
        "servers": [{ "url": url }],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "parameters": headers(),
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "dpop": { "type": "http", "scheme": "DPoP" },
            },
        },
        "security": [{}, { "bearer": [] }, { "dpop": [] }],
    }))
}

/// `/docs`: a page that shows the document, and loads nothing from elsewhere.
pub(super) async fn browse() -> Html<&'static str> {
    Html(include_str!("browse.html"))
}

type Parameters = &'static [(&'static str, &'static str, &'static str)];

/// Documents about the service: path, schema, summary, parameters.
const METADATA: [(&str, &str, &str, Parameters); 6] = [
    ("/info", "informational", "What this Beacon is, and what who may learn of it", &[]),
    ("/service-info", "serviceInfo", "What this service is (GA4GH service-info)", &[]),
    ("/configuration", "informational", "How this Beacon is configured", &[PURPOSE]),
    ("/entry_types", "informational", "Which entry types there are", &[PURPOSE]),
    ("/map", "informational", "Which endpoints there are", &[PURPOSE]),
    ("/filtering_terms", "informational", "What can be filtered by", &[PURPOSE]),
];

fn entry_paths(row: &Definition, paths: &mut Map<String, Value>) {
    let root = format!("/{}", row.entry_type.path());
    let id = [("id", "Id of the entry")];
    let mut add = |path: String, entry_type: EntryType, in_path: &[(&str, &str)]| {
        let summary = format!("Entries of type {entry_type}");
        paths.insert(path, question(&summary, entry_type, in_path));
    };
    add(root.clone(), row.entry_type, &[]);
    add(format!("{root}/{{id}}"), row.entry_type, &id);
    for related in row.related {
        add(format!("{root}/{{id}}/{}", related.path()), *related, &id);
    }
    let terms = |in_path| json!({ "get": operation("What can be filtered by", "informational", in_path, &[PURPOSE]) });
    paths.insert(format!("{root}/filtering_terms"), terms(&[]));
    if row.filtering_terms {
        paths.insert(format!("{root}/{{id}}/filtering_terms"), terms(&id));
    }
}

fn question(summary: &str, entry_type: EntryType, in_path: &[(&str, &str)]) -> Value {
    let parameters: Vec<_> = VARIANT.iter().chain(&COMMON).copied().collect();
    let schema = format!("{entry_type}Response");
    let get = operation(summary, &schema, in_path, &parameters);
    let mut post = operation(summary, &schema, in_path, &[]);
    if let Some(members) = post.as_object_mut() {
        let body = json!({ "$ref": "#/components/schemas/request" });
        members.insert(
            "requestBody".to_owned(),
            json!({ "content": { "application/json": { "schema": body } } }),
        );
    }
    json!({ "get": get, "post": post })
}

fn operation(
    summary: &str,
    schema: &str,
    in_path: &[(&str, &str)],
    in_query: &[(&str, &str, &str)],
) -> Value {
    let path = in_path.iter().map(|(name, description)| {
        let schema = json!({ "type": "string", "minLength": 1 });
        json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema })
    });
    let query = in_query.iter().map(|(name, kind, description)| {
        json!({ "name": name, "in": "query", "description": description, "schema": { "type": kind } })
    });
    let header = HEADERS.iter().map(|(name, _)| json!({ "$ref": format!("#/components/parameters/{name}") }));
    json!({
        "summary": summary,
        "parameters": path.chain(query).chain(header).collect::<Vec<_>>(),
        "responses": responses(schema),
    })
}

fn responses(schema: &str) -> Value {
    let content = |schema: &str| {
        let reference = json!({ "$ref": format!("#/components/schemas/{schema}") });
        json!({ "application/json": { "schema": reference } })
    };
    let success = ("200".to_owned(), json!({ "description": "The answer", "content": content(schema) }));
    let failure = |(status, meaning): &(&str, &str)| {
        ((*status).to_owned(), json!({ "description": meaning, "content": content("error") }))
    };
    Value::Object(std::iter::once(success).chain(FAILURES.iter().map(failure)).collect())
}

fn headers() -> Map<String, Value> {
    let parameter = |(name, description): &(&str, &str)| {
        let schema = json!({ "type": "string" });
        let header = json!({ "name": name, "in": "header", "description": description, "schema": schema });
        ((*name).to_owned(), header)
    };
    HEADERS.iter().map(parameter).collect()
}

fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    let mut add = |name: String, schema: Value| schemas.insert(name, schema);
    add("meta".to_owned(), object(&["beaconId", "apiVersion", "returnedSchemas"]));
    add("informational".to_owned(), with_meta(&["meta", "response"]));
    add("serviceInfo".to_owned(), object(&["id", "name", "type", "organization", "version"]));
    add("error".to_owned(), with_meta(&["meta", "error"]));
    add("request".to_owned(), request());
    for row in &DEFINITIONS {
        let id = row.entry_type.id();
        add(id.to_owned(), model::json_schema(row.entry_type));
        add(format!("{id}Response"), response(row.entry_type));
    }
    schemas
}

fn object(required: &[&str]) -> Value {
    json!({ "type": "object", "required": required })
}

fn with_meta(required: &[&str]) -> Value {
    let meta = json!({ "$ref": "#/components/schemas/meta" });
    json!({ "type": "object", "required": required, "properties": { "meta": meta } })
}

fn request() -> Value {
    json!({
        "type": "object",
        "properties": {
            "meta": { "type": "object", "properties": { "purpose": { "type": "string" } } },
            "query": {
                "type": "object",
                "properties": {
                    "requestParameters": { "type": ["object", "null"] },
                    "filters": { "type": "array" },
                    "includeResultsetResponses": { "enum": ["ALL", "HIT", "MISS", "NONE"] },
                    "requestedGranularity": { "enum": ["boolean", "count", "record"] },
                    "pagination": { "type": "object" },
                    "testMode": { "type": "boolean" },
                },
            },
        },
    })
}

fn response(entry_type: EntryType) -> Value {
    let entry = json!({ "$ref": format!("#/components/schemas/{}", entry_type.id()) });
    let summary = json!({
        "type": "object",
        "required": ["exists"],
        "properties": {
            "exists": { "type": "boolean" },
            "numTotalResults": { "type": "integer", "minimum": 0 },
            "countPrecision": { "enum": ["exact", "rounded", "imprecise"] },
        },
    });
    let result_set = json!({
        "type": "object",
        "required": ["id", "setType", "exists", "resultsCount", "results"],
        "properties": { "results": { "type": "array", "items": entry } },
    });
    json!({
        "type": "object",
        "required": ["meta", "responseSummary"],
        "properties": {
            "meta": { "$ref": "#/components/schemas/meta" },
            "responseSummary": summary,
            "response": {
                "type": "object",
                "properties": {
                    "resultSets": { "type": "array", "items": result_set },
                    "collections": { "type": "array", "items": entry },
                },
            },
        },
    })
}
