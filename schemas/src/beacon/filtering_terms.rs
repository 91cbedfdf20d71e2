//! `/filtering_terms`: what can be filtered by.

use serde_json::{Map, Value, json};

use crate::{EntryType, FilteringTerm, Pagination, Vocabulary};

/// Writes a page of terms, and the vocabularies that they are from. `limit: 0` means all.
pub fn filtering_terms_document(
    terms: &[FilteringTerm],
    vocabularies: &[Vocabulary],
    page: Pagination,
) -> Value {
    let limit = if page.limit == 0 { usize::MAX } else { page.limit as usize };
    let rows = terms.iter().skip(limit.saturating_mul(page.skip as usize)).take(limit);
    json!({
        "filteringTerms": rows.map(term).collect::<Vec<_>>(),
        "resources": vocabularies.iter().map(resource).collect::<Vec<_>>(),
    })
}

fn term(term: &FilteringTerm) -> Value {
    let scopes: Vec<&str> = term.scopes.iter().copied().map(EntryType::id).collect();
    let mut value = json!({ "type": term.kind.name(), "id": term.id, "scopes": scopes });
    if let Some(members) = value.as_object_mut() {
        if let Some(label) = &term.label {
            members.insert("label".to_owned(), json!(label));
        }
        if !term.values.is_empty() {
            members.insert("values".to_owned(), json!(term.values));
        }
    }
    value
}

fn resource(vocabulary: &Vocabulary) -> Value {
    let members = [
        ("id", Some(&vocabulary.id)),
        ("name", Some(&vocabulary.name)),
        ("namespacePrefix", Some(&vocabulary.prefix)),
        ("url", vocabulary.url.as_ref()),
        ("version", vocabulary.version.as_ref()),
        ("iriPrefix", vocabulary.iri_prefix.as_ref()),
    ];
    let known = members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text?))));
    Value::Object(known.collect::<Map<_, _>>())
}
