//! From one filter to the entries of a type for which it holds.

use datafusion::logical_expr::{Expr, col, lit};
use fyr_schemas::{
    Condition, EntryType, Filter, Group, Operator, Sex, duration,
    model::{self, canonical_curie},
};
use roaring::RoaringBitmap;

use super::{
    super::{dataset::Dataset, session::EngineSession},
    table,
};
use crate::{EngineError, store::entries::fact_schema};

/// The path under which population labels are filtered by.
const POPULATIONS: &str = "info.populations";

/// Entry types whose entries state something of a person.
const PERSONAL: [EntryType; 4] =
    [EntryType::Individual, EntryType::Biosample, EntryType::Run, EntryType::Analysis];

/// Filters of one question in one dataset.
pub(super) struct Filters<'a> {
    pub(super) session: &'a EngineSession,
    pub(super) dataset: &'a Dataset,
}

impl Filters<'_> {
    /// Returns all entries of a type; people, where variants are asked for.
    pub(super) fn universe(&self, target: EntryType) -> RoaringBitmap {
        match target {
            EntryType::Individual | EntryType::GenomicVariant => self.dataset.people.clone(),
            other => self.dataset.entries.all(other),
        }
    }

    /// Returns the entries of a type for which a filter holds.
    pub(super) async fn matching(
        &self,
        target: EntryType,
        filter: &Filter,
    ) -> Result<RoaringBitmap, EngineError> {
        let scopes = match filter.scope {
            Some(scope) => vec![scope],
            None if target == EntryType::Cohort => PERSONAL.into_iter().chain([target]).collect(),
            None => PERSONAL.to_vec(),
        };
        let mut matched = RoaringBitmap::new();
        for scope in scopes {
            matched |= self.matching_in(scope, target, filter).await?;
        }
        Ok(if filter.excluded { self.universe(target) - matched } else { matched })
    }

    async fn matching_in(
        &self,
        scope: EntryType,
        target: EntryType,
        filter: &Filter,
    ) -> Result<RoaringBitmap, EngineError> {
        let mut stating = RoaringBitmap::new();
        for condition in &filter.any_of {
            stating |= self.stating(scope, condition).await?;
        }
        Ok(match (scope, target) {
            (EntryType::Dataset, _) if stating.is_empty() => RoaringBitmap::new(),
            (EntryType::Dataset, _) => self.universe(target),
            (_, EntryType::GenomicVariant) => {
                self.dataset.entries.people_of(scope, &stating, &self.dataset.people)
            }
            _ => self.dataset.entries.translate((scope, &stating), target, &self.dataset.people),
        })
    }

    /// Returns the entries of a type that state what a condition looks for.
    async fn stating(&self, kind: EntryType, condition: &Condition) -> Result<RoaringBitmap, EngineError> {
        match condition {
            _ if kind == EntryType::GenomicVariant => Err(EngineError::Unsupported(
                "filters on variants are not evaluated: name variants in `requestParameters`".into(),
            )),
            Condition::Term { id, descendants } => self.stating_term(kind, id, *descendants).await,
            Condition::Value { field, operator: Operator::NotEqual, value } => {
                let equal = self.stating_value(kind, field, Operator::Equal, value).await?;
                Ok(self.stating_field(kind, field).await? - equal)
            }
            Condition::Value { field, operator, value } => {
                self.stating_value(kind, field, *operator, value).await
            }
        }
    }

    async fn stating_term(
        &self,
        kind: EntryType,
        id: &str,
        descendants: bool,
    ) -> Result<RoaringBitmap, EngineError> {
        let matches = self.session.ontologies.matches(id, descendants);
        let matches = matches.map_err(|error| EngineError::Unsupported(error.to_string()))?;
        let ids = matches.ids.iter().map(|id| lit(id.as_str())).collect();
        let between = |(from, to): &(String, String)| {
            col("term").gt_eq(lit(from.as_str())).and(col("term").lt(lit(to.as_str())))
        };
        let narrower = matches.code_ranges.iter().map(between);
        let term = narrower.fold(col("term").in_list(ids, false), Expr::or);
        let mut found = self.facts(kind, term).await?;
        if kind == EntryType::Individual {
            found |= matches
                .ids
                .iter()
                .map(|id| self.of_sex(Sex::of_term(id)))
                .fold(RoaringBitmap::new(), |a, b| a | b);
        }
        Ok(found)
    }

    /// Returns the entries that state anything in a field.
    async fn stating_field(&self, kind: EntryType, field: &str) -> Result<RoaringBitmap, EngineError> {
        let Some(path) = path(kind, field) else { return Ok(RoaringBitmap::new()) };
        let mut found = match &path {
            Path::Assay(term) => self.facts(kind, col("term").eq(lit(term.as_str()))).await?,
            Path::Field(path) => self.facts(kind, col("field").eq(lit(path.as_str()))).await?,
        };
        if kind == EntryType::Individual {
            found |= self.grouped(&path, |_| true);
        }
        Ok(found)
    }

    async fn stating_value(
        &self,
        kind: EntryType,
        field: &str,
        operator: Operator,
        value: &str,
    ) -> Result<RoaringBitmap, EngineError> {
        let Some(path) = path(kind, field) else { return Ok(RoaringBitmap::new()) };
        let place = match &path {
            Path::Assay(term) => col("term").eq(lit(term.as_str())),
            Path::Field(path) => col("field").eq(lit(path.as_str())),
        };
        let mut found = self.facts(kind, place.and(comparison(operator, value))).await?;
        if kind == EntryType::Individual && operator == Operator::Equal {
            found |= self.grouped(&path, |label| like(label, value));
        }
        Ok(found)
    }

    /// Returns people by what ingest knows of them: sex, and labels of populations.
    fn grouped(&self, path: &Path, is_meant: impl Fn(&str) -> bool) -> RoaringBitmap {
        let is_meant = |group: &Group| match (path, group) {
            (Path::Field(path), Group::Population(label)) if path == POPULATIONS => is_meant(label),
            (Path::Field(path), Group::Sex(sex)) if path == "sex" => {
                let (id, label) = sex.term();
                [id, label, sex.letter().unwrap_or_default()].into_iter().any(&is_meant)
            }
            _ => false,
        };
        let groups = self.dataset.groups.iter().filter(|(group, _)| is_meant(group));
        groups.fold(RoaringBitmap::new(), |people, (_, group)| people | group)
    }

    fn of_sex(&self, sex: Sex) -> RoaringBitmap {
        let groups = self.dataset.groups.iter();
        let of_sex = groups.filter(|(group, _)| sex != Sex::Unknown && *group == Group::Sex(sex));
        of_sex.fold(RoaringBitmap::new(), |people, (_, group)| people | group)
    }

    /// Returns the entries of a type with a fact that is stated, and not as absent.
    async fn facts(&self, kind: EntryType, holds: Expr) -> Result<RoaringBitmap, EngineError> {
        let filter = col("entry_type").eq(lit(kind.id())).and(col("absent").eq(lit(false))).and(holds);
        let files = self.dataset.fact_files();
        let batches =
            table::select(self.session, &fact_schema(), files, filter, &[table::SOURCE, "number"]).await?;
        let mut found = RoaringBitmap::new();
        let mut by_segment: Vec<(u32, u32)> = Vec::new();
        for batch in &batches {
            by_segment.extend(table::rows(batch)?);
        }
        by_segment.sort_unstable();
        for rows in by_segment.chunk_by(|a, b| a.0 == b.0) {
            let Some((segment, _)) = rows.first() else { continue };
            let numbers = rows.iter().map(|(_, number)| *number).collect();
            found |= self.dataset.entries.current(kind, *segment as usize, numbers);
        }
        Ok(found)
    }
}

/// Where a value is looked for.
enum Path {
    /// The value of a measure, by the term of its assay.
    Assay(String),
    /// A field of the model.
    Field(String),
}

fn path(kind: EntryType, field: &str) -> Option<Path> {
    match model::resolve_field(field, Some(kind)) {
        Some(field) => Some(Path::Field(field.path)),
        None => canonical_curie(field).map(Path::Assay),
    }
}

/// Compares numbers as numbers, durations as years, and everything else as text.
fn comparison(operator: Operator, value: &str) -> Expr {
    let number = value.trim().parse::<f64>().ok().or_else(|| duration::years(value.trim()));
    let text = lit(value);
    match (operator, number) {
        (Operator::Equal | Operator::NotEqual, number) => {
            let pattern = lit(escape_but_wildcard(value));
            let same = col("text").ilike(pattern.clone()).or(col("label").ilike(pattern));
            let term = canonical_curie(value).unwrap_or_else(|| value.to_owned());
            let same = same.or(col("term").eq(lit(term)));
            number.map_or(same.clone(), |number| same.or(col("value").eq(lit(number))))
        }
        (Operator::Less, Some(number)) => col("value").lt(lit(number)),
        (Operator::LessOrEqual, Some(number)) => col("value").lt_eq(lit(number)),
        (Operator::Greater, Some(number)) => col("value").gt(lit(number)),
        (Operator::GreaterOrEqual, Some(number)) => col("value").gt_eq(lit(number)),
        (Operator::Less, None) => col("text").lt(text),
        (Operator::LessOrEqual, None) => col("text").lt_eq(text),
        (Operator::Greater, None) => col("text").gt(text),
        (Operator::GreaterOrEqual, None) => col("text").gt_eq(text),
    }
}

/// Takes the meaning from everything but `%` that means something in a pattern.
fn escape_but_wildcard(text: &str) -> String {
    text.replace('\\', "\\\\").replace('_', "\\_")
}

/// Compares a label with a value in which `%` stands for anything, in any letter case.
fn like(label: &str, value: &str) -> bool {
    let (label, value) = (label.to_lowercase(), value.to_lowercase());
    let mut parts = value.split('%');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = label.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_compared_with_wildcards() {
        for (label, value, expected) in [
            ("FIN", "FIN", true),
            ("FIN", "fin", true),
            ("FIN", "F%", true),
            ("FIN", "%I%", true),
            ("FIN", "%N", true),
            ("FIN", "F%N", true),
            ("FIN", "FI", false),
            ("FIN", "%X%", false),
            ("FIN", "I%", false),
            ("FIN", "", false),
            ("FIN", "%", true),
        ] {
            assert_eq!(like(label, value), expected, "{label} {value}");
        }
    }
}
