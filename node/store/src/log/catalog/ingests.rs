//! What a segment that was merged of several keeps of each of them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use arrow::datatypes::{DataType, Field, Fields};
use serde::{Deserialize, Serialize};

use super::{Callable, SegmentRecord, callable_field, time};

/// An ingest whose segment became a part of another one. Who is in it, each row of people says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingest {
    /// The segment as which it was committed, or written again.
    pub segment: String,
    /// When it was committed, RFC 3339.
    pub created: String,
    /// How many alleles it had.
    pub variants: u64,
    /// Whether each of its alleles told of everyone in it.
    pub whole: bool,
    /// Where its files would have listed whatever their people carry; none where nobody stated it.
    pub callable: Option<Callable>,
    /// BLAKE3 of the files that it was made from, in hexadecimal.
    #[serde(default)]
    pub files: Vec<String>,
}

/// The column of `segments`.
pub(super) fn ingests_field() -> Field {
    let text = |name| Field::new(name, DataType::Utf8, false);
    let files = DataType::List(Arc::new(text("element")));
    let fields = Fields::from(vec![
        text("segment"),
        Field::new("created", time(), false),
        Field::new("variants", DataType::Int64, false),
        Field::new("whole", DataType::Boolean, false),
        callable_field(),
        Field::new("files", files, true),
    ]);
    let element = Field::new("element", DataType::Struct(fields), false);
    Field::new("ingests", DataType::List(Arc::new(element)), true)
}

impl SegmentRecord {
    /// Returns the ingests that it consists of: itself, unless it was merged of several.
    pub fn consists_of(&self) -> Vec<Ingest> {
        if !self.ingests.is_empty() {
            return self.ingests.clone();
        }
        vec![Ingest {
            segment: self.segment.clone(),
            created: self.created.clone(),
            variants: self.variants,
            whole: self.is_whole(),
            callable: self.callable.clone(),
            files: self.sources.iter().map(|source| source.blake3.clone()).collect(),
        }]
    }

    /// Returns all that is stated of its files.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &Callable> {
        self.callable.iter().chain(self.ingests.iter().filter_map(|ingest| ingest.callable.as_ref()))
    }

    /// Returns what is stated of the files of an ingest, by its name.
    pub fn stated_of_ingests<'a>(&'a self) -> impl Fn(&str) -> Option<&'a Callable> {
        let ingests = self.ingests.iter().map(|ingest| (ingest.segment.as_str(), &ingest.callable));
        let ingests: HashMap<&'a str, &'a Option<Callable>> = ingests.collect();
        move |ingest| ingests.get(ingest).copied().unwrap_or(&self.callable).as_ref()
    }

    /// Returns the ingest of a name; itself where it was merged of none of that name.
    pub(crate) fn ingest(&self, name: &str) -> Option<Ingest> {
        let mut ingests = self.consists_of().into_iter();
        ingests.find(|ingest| self.ingests.is_empty() || ingest.segment == name)
    }

    /// Returns when a file was ingested that it was made from.
    pub(crate) fn since(&self, blake3: &str) -> &str {
        let has_it = |ingest: &&Ingest| ingest.files.iter().any(|file| file == blake3);
        self.ingests.iter().find(has_it).map_or(&self.created, |ingest| &ingest.created)
    }

    /// Keeps of its ingests only some, and nothing of the files of the others.
    pub(crate) fn keep_ingests(&mut self, left: &HashSet<&str>) {
        let ingests = std::mem::take(&mut self.ingests).into_iter();
        let (left, gone): (Vec<_>, Vec<_>) =
            ingests.partition(|ingest| left.contains(ingest.segment.as_str()));
        let files = |ingests: &[Ingest]| -> HashSet<String> {
            ingests.iter().flat_map(|ingest| ingest.files.iter().cloned()).collect()
        };
        let (left_files, gone_files) = (files(&left), files(&gone));
        let is_left = |file: &String| !gone_files.contains(file) || left_files.contains(file);
        self.sources.retain(|source| is_left(&source.blake3));
        self.ingests = left;
    }
}
