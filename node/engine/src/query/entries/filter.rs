//! From one filter to the entries of a type for which it holds.

use std::collections::BTreeMap;

use datafusion::logical_expr::{Expr, col, lit};
use fyr_schemas::{
    Condition, EntryType, Filter, Group, Operator, Sex, duration,
    model::{self, canonical_curie},
};
use fyr_store::people::fact_schema;
use roaring::RoaringBitmap;

use super::{
    super::{dataset::Dataset, session::EngineSession},
    pattern::Pattern,
    table,
};
use crate::EngineError;

/// The path under which population labels are filtered by.
pub(super) const POPULATIONS: &str = "info.populations";

/// The column that says what an entry is.
const ENTRY_TYPE: &str = "entry_type";

/// Numbers of entries, by their type.
pub(super) type Stating = BTreeMap<EntryType, RoaringBitmap>;

/// Entry types whose entries state something of a person.
fn personal() -> impl Iterator<Item = EntryType> {
    EntryType::ALL.into_iter().filter(|kind| kind.is_about_a_person())
}

/// Filters of one question in one dataset.
pub(super) struct Filters<'a> {
    pub(super) session: &'a EngineSession,
    pub(super) dataset: &'a Dataset,
}

impl Filters<'_> {
    /// Returns all entries of a type; people, where variants are asked for.
    pub(super) fn universe(&self, target: EntryType) -> RoaringBitmap {
        match target {
            EntryType::Individual | EntryType::GenomicVariant => self.dataset.people.as_ref().clone(),
            other => self.dataset.entries.all(other),
        }
    }

    /// Returns the entries of a type for which a filter holds.
    pub(super) async fn matching(
        &self,
        target: EntryType,
        filter: &Filter,
    ) -> Result<RoaringBitmap, EngineError> {
        let scopes = scopes(filter.scope, target);
        let mut stating = Stating::new();
        for condition in &filter.any_of {
            unite(&mut stating, self.stating(&scopes, condition).await?);
        }
        let matched = self.belonging_to(target, &stating);
        Ok(if filter.excluded { self.universe(target) - matched } else { matched })
    }

    /// Returns the entries of a type that belong to any of some entries; people, where variants are asked for.
    pub(super) fn belonging_to(&self, target: EntryType, stating: &Stating) -> RoaringBitmap {
        let belonging = stating.iter().map(|(scope, stating)| self.belonging(target, *scope, stating));
        belonging.fold(RoaringBitmap::new(), |a, b| a | b)
    }

    /// Returns the people whom entries are about.
    pub(super) fn people(&self, stating: &Stating) -> RoaringBitmap {
        self.belonging_to(EntryType::GenomicVariant, stating)
    }

    /// Returns the entries of a type that belong to entries of another.
    fn belonging(&self, target: EntryType, scope: EntryType, stating: &RoaringBitmap) -> RoaringBitmap {
        match (scope, target) {
            (EntryType::Dataset, _) if stating.is_empty() => RoaringBitmap::new(),
            (EntryType::Dataset, _) => self.universe(target),
            (_, EntryType::GenomicVariant) => {
                self.dataset.entries.people_of(scope, stating, &self.dataset.people)
            }
            _ => self.dataset.entries.translate((scope, stating), target, &self.dataset.people),
        }
    }

    /// Returns the entries of some types that state what a condition looks for.
    async fn stating(&self, kinds: &[EntryType], condition: &Condition) -> Result<Stating, EngineError> {
        match condition {
            _ if kinds.contains(&EntryType::GenomicVariant) => Err(EngineError::Unsupported(
                "filters on variants are not evaluated: name variants in `requestParameters`".into(),
            )),
            Condition::Term { id, descendants } => self.stating_term(kinds, id, *descendants).await,
            Condition::Value { field, operator: Operator::NotEqual, value } => {
                let equal = self.stating_value(kinds, field, Operator::Equal, value).await?;
                let mut stating = self.stating_field(kinds, field).await?;
                for (kind, equal) in &equal {
                    *stating.entry(*kind).or_default() -= equal;
                }
                Ok(stating)
            }
            Condition::Value { field, operator, value } => {
                self.stating_value(kinds, field, *operator, value).await
            }
        }
    }

    async fn stating_term(
        &self,
        kinds: &[EntryType],
        id: &str,
        descendants: bool,
    ) -> Result<Stating, EngineError> {
        let matches = self.session.ontologies.matches(id, descendants);
        let matches = matches.map_err(|error| EngineError::Unsupported(error.to_string()))?;
        let ids = matches.ids.iter().map(|id| lit(id.as_str())).collect();
        let between = |(from, to): &(String, String)| {
            col("term").gt_eq(lit(from.as_str())).and(col("term").lt(lit(to.as_str())))
        };
        let narrower = matches.code_ranges.iter().map(between);
        let term = narrower.fold(col("term").in_list(ids, false), Expr::or);
        let asked: Vec<_> = kinds.iter().map(|kind| (*kind, term.clone())).collect();
        let mut found = self.facts(&asked).await?;
        if kinds.contains(&EntryType::Individual) {
            let people = found.entry(EntryType::Individual).or_default();
            matches.ids.iter().for_each(|id| *people |= self.of_sex(Sex::of_term(id)));
        }
        Ok(found)
    }

    /// Returns the entries that state anything in a field.
    async fn stating_field(&self, kinds: &[EntryType], field: &str) -> Result<Stating, EngineError> {
        let asked: Vec<_> = paths(kinds, field).map(|(kind, path)| (kind, path.named())).collect();
        let mut found = self.facts(&asked).await?;
        if let Some((kind, path)) = paths(kinds, field).find(|(kind, _)| *kind == EntryType::Individual) {
            *found.entry(kind).or_default() |= self.grouped(&path, |_| true);
        }
        Ok(found)
    }

    async fn stating_value(
        &self,
        kinds: &[EntryType],
        field: &str,
        operator: Operator,
        value: &str,
    ) -> Result<Stating, EngineError> {
        let holds = |path: Path| path.named().and(comparison(operator, value));
        let asked: Vec<_> = paths(kinds, field).map(|(kind, path)| (kind, holds(path))).collect();
        let mut found = self.facts(&asked).await?;
        if let Some((kind, path)) = paths(kinds, field).find(|(kind, _)| *kind == EntryType::Individual)
            && operator == Operator::Equal
        {
            let pattern = Pattern::new(value);
            *found.entry(kind).or_default() |= self.grouped(&path, |label| pattern.matches(label));
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

    /// Returns the entries with a fact of which holds what is asked of their type, and that is not stated as
    /// absent. All types are read at once.
    async fn facts(&self, asked: &[(EntryType, Expr)]) -> Result<Stating, EngineError> {
        let of_kinds = |asked: &[(EntryType, Expr)]| {
            let (_, holds) = asked.first()?;
            let kinds = asked.iter().map(|(kind, _)| lit(kind.id())).collect();
            Some(col(ENTRY_TYPE).in_list(kinds, false).and(holds.clone()))
        };
        let any = asked.chunk_by(|a, b| a.1 == b.1).filter_map(of_kinds).reduce(Expr::or);
        let Some(any) = any else { return Ok(Stating::new()) };
        let filter = col("absent").eq(lit(false)).and(any);
        let columns = [table::SOURCE, "number", ENTRY_TYPE];
        let files = self.dataset.fact_files();
        let batches = table::select(self.session, &fact_schema(), files, filter, &columns).await?;
        let mut by_segment: BTreeMap<(EntryType, u32), Vec<u32>> = BTreeMap::new();
        for batch in &batches {
            for ((segment, number), kind) in
                table::rows(batch)?.into_iter().zip(table::texts(batch, ENTRY_TYPE)?)
            {
                let Some(kind) = kind.and_then(|kind| kind.parse().ok()) else { continue };
                by_segment.entry((kind, segment)).or_default().push(number);
            }
        }
        let mut found = Stating::new();
        for ((kind, segment), numbers) in by_segment {
            let numbers = numbers.into_iter().collect();
            *found.entry(kind).or_default() |= self.dataset.entries.current(kind, segment as usize, numbers);
        }
        Ok(found)
    }
}

/// Returns the types of the entries that a filter looks at.
pub(super) fn scopes(scope: Option<EntryType>, target: EntryType) -> Vec<EntryType> {
    match scope {
        Some(scope) => vec![scope],
        None if target == EntryType::Cohort => personal().chain([target]).collect(),
        None => personal().collect(),
    }
}

/// Adds what other entries state.
pub(super) fn unite(stating: &mut Stating, others: Stating) {
    for (kind, numbers) in others {
        *stating.entry(kind).or_default() |= numbers;
    }
}

/// Where a value is looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Path {
    /// The value of a measure, by the term of its assay.
    Assay(String),
    /// A field of the model.
    Field(String),
}

impl Path {
    /// Returns what a client calls it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Assay(name) | Self::Field(name) => name,
        }
    }

    /// Holds for the facts that are found there.
    fn named(&self) -> Expr {
        match self {
            Self::Assay(term) => col("term").eq(lit(term.as_str())),
            Self::Field(path) => col("field").eq(lit(path.as_str())),
        }
    }
}

/// Returns where entries of some types have a field, if they do.
pub(super) fn paths(kinds: &[EntryType], field: &str) -> impl Iterator<Item = (EntryType, Path)> {
    let path = move |kind| match model::resolve_field(field, Some(kind)) {
        Some(field) => Some(Path::Field(field.path)),
        None => canonical_curie(field).map(Path::Assay),
    };
    kinds.iter().filter_map(move |kind| Some((*kind, path(*kind)?)))
}

/// Compares numbers as numbers, durations as years, and everything else as text.
fn comparison(operator: Operator, value: &str) -> Expr {
    let number = value.trim().parse::<f64>().ok().or_else(|| duration::years(value.trim()));
    let text = lit(value);
    match (operator, number) {
        (Operator::Equal | Operator::NotEqual, number) => {
            let pattern = Pattern::new(value);
            let same = pattern.holds(col("text")).or(pattern.holds(col("label")));
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
