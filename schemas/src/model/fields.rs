//! The fields of the model that filters can name.

use super::table::{self, Kind, Object, PEDIGREE};
use crate::EntryType;

/// A field that can be filtered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Path in the model, without list positions; `info.populations` for the labels given at ingest.
    pub path: String,
    /// The entry types that have it, sorted.
    pub types: Vec<EntryType>,
}

/// The path under which population labels are filtered by.
const POPULATIONS: &str = "info.populations";

/// Other names of fields: short ones, and those that EJP-RD clients use.
const ALIASES: [(&str, &str); 13] = [
    ("population", POPULATIONS),
    ("populations", POPULATIONS),
    ("age", "diseases.ageOfOnset.iso8601duration"),
    ("ageOfOnset", "diseases.ageOfOnset.iso8601duration"),
    ("disease", "diseases.diseaseCode"),
    ("diseases", "diseases.diseaseCode"),
    ("phenotype", "phenotypicFeatures.featureType"),
    ("phenotypicFeatures", "phenotypicFeatures.featureType"),
    // Sex, age at onset, age at diagnosis.
    ("NCIT:C28421", "sex"),
    ("NCIT:C124353", "diseases.ageOfOnset.iso8601duration"),
    ("NCIT:C156420", "diseases.ageOfOnset.iso8601duration"),
    ("NCIT:C46112", "sex"),
    ("gender", "sex"),
];

/// Returns the field that a filter names, in the entry types of its scope.
///
/// Takes full paths (`diseases.diseaseCode`), paths that begin with the entry type (`individual.sex`), the
/// `id` and `label` of terms (`sex.label`), and a few short names. Letter case does not matter. Fields that
/// are ids of entries are not there.
pub fn resolve_field(name: &str, scope: Option<EntryType>) -> Option<Field> {
    let (scope, name) = match name.split_once('.').map(|(kind, rest)| (kind.parse(), rest)) {
        Some((Ok(kind), rest)) if scope.is_none_or(|scope| scope == kind) => (Some(kind), rest),
        // What is named of another type is not there.
        Some((Ok(_), _)) => return None,
        Some((Err(_), _)) | None => (scope, name),
    };
    let same = |(alias, _): &&(&str, &str)| alias.eq_ignore_ascii_case(name);
    let name = ALIASES.iter().find(same).map_or(name, |(_, path)| path);
    if name.eq_ignore_ascii_case(POPULATIONS) {
        let fits = scope.is_none_or(|scope| scope == EntryType::Individual);
        return fits.then(|| Field { path: POPULATIONS.to_owned(), types: vec![EntryType::Individual] });
    }
    let types = EntryType::ALL.into_iter().filter(|kind| scope.is_none_or(|scope| scope == *kind));
    let found: Vec<(EntryType, String)> =
        types.filter_map(|kind| Some((kind, path_in(Kind::Object(table::of(kind)?), name)?.0))).collect();
    let path = found.first()?.1.clone();
    Some(Field { path, types: found.into_iter().map(|(kind, _)| kind).collect() })
}

impl Field {
    /// Returns what stands there, in each of its types.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        let stands = |of: &EntryType| path_in(Kind::Object(table::of(*of)?), &self.path);
        self.types.iter().filter_map(stands).map(|(_, kind)| kind)
    }
}

/// Returns the path as the model spells it, and what stands there, if a filter can take it.
fn path_in(kind: Kind, name: &str) -> Option<(String, Kind)> {
    let here = |is_named: bool| is_named.then(|| (String::new(), kind));
    match kind {
        Kind::Id | Kind::Unit | Kind::Any => None,
        Kind::Object(object) if std::ptr::eq(object, &raw const PEDIGREE) => None,
        Kind::Object(object) => path_in_object(object, name),
        Kind::OneOf(kinds) => kinds.iter().find_map(|kind| path_in(*kind, name)),
        Kind::Term => here(name.is_empty() || ["id", "label"].contains(&name)),
        _ => here(name.is_empty()),
    }
}

fn path_in_object(object: &Object, name: &str) -> Option<(String, Kind)> {
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let member = object.members.iter().find(|member| member.name.eq_ignore_ascii_case(first))?;
    let (rest, kind) = path_in(member.kind, rest)?;
    let path = if rest.is_empty() { member.name.to_owned() } else { format!("{}.{rest}", member.name) };
    Some((path, kind))
}

/// Returns whether what stands at a path of an entry type is a term.
pub fn is_term(entry_type: EntryType, path: &str) -> bool {
    let mut kind = table::of(entry_type).map(Kind::Object);
    for name in path.split('.') {
        let Some(Kind::Object(object)) = kind else { return false };
        kind = object.members.iter().find(|member| member.name == name).map(|member| member.kind);
    }
    matches!(kind, Some(Kind::Term))
}
