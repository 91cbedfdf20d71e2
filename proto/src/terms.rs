//! What can be filtered by.

use fyr_schemas as s;

use crate::{Malformed, v1};

impl From<s::FilteringTerm> for v1::FilteringTerm {
    fn from(term: s::FilteringTerm) -> Self {
        let s::FilteringTerm { kind, id, label, scopes, values } = term;
        Self {
            kind: kind.name().to_owned(),
            id,
            label,
            scopes: scopes.into_iter().map(|scope| scope.id().to_owned()).collect(),
            values,
        }
    }
}

impl TryFrom<v1::FilteringTerm> for s::FilteringTerm {
    type Error = Malformed;

    fn try_from(term: v1::FilteringTerm) -> Result<Self, Self::Error> {
        use s::FilteringTermKind::{Alphanumeric, Custom, Ontology};
        let v1::FilteringTerm { kind: word, id, label, scopes, values } = term;
        let kind = [Alphanumeric, Custom, Ontology].into_iter().find(|kind| kind.name() == word);
        let scope = |scope: &String| scope.parse().map_err(|error: s::UnknownEntryType| Malformed::of(error));
        Ok(Self {
            kind: kind.ok_or_else(|| Malformed(format!("`{word}` is no kind of filtering term")))?,
            id,
            label,
            scopes: scopes.iter().map(scope).collect::<Result<_, _>>()?,
            values,
        })
    }
}

impl From<s::Vocabulary> for v1::Vocabulary {
    fn from(vocabulary: s::Vocabulary) -> Self {
        let s::Vocabulary { id, name, prefix, url, version, iri_prefix } = vocabulary;
        Self { id, name, prefix, url, version, iri_prefix }
    }
}

impl From<v1::Vocabulary> for s::Vocabulary {
    fn from(vocabulary: v1::Vocabulary) -> Self {
        let v1::Vocabulary { id, name, prefix, url, version, iri_prefix } = vocabulary;
        Self { id, name, prefix, url, version, iri_prefix }
    }
}
