//! By what a question is told from others in one dataset, however it was written.

use std::fmt;

use sha2::{Digest, Sha256};

use super::{conditions, place, record::Record};
use crate::{Assembly, Contig, Located, Query, Variant, is_sequence};

/// Version of the form.
const LOCATED: &str = "fyr-located-v1";

/// What is asked of one dataset: the normalised allele, or the place as it was located, in the dataset's
/// assembly, and what must be true besides.
///
/// All notations of an allele, in whichever assembly it was asked, have one key in a dataset whose reference
/// sequence is known; so have filters in any order. How much is asked for, on which page, of which other
/// datasets and for what is not part of it. What is remembered of questions is remembered under this key, so
/// that asking again in other words is asking again. One notation has a key of its own, since only data can
/// tell which allele it means: a VRS identifier; the row that it finds has the key of its allele
/// ([`LocatedKey::of_allele`]).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocatedKey(Vec<u8>);

impl LocatedKey {
    /// Makes the key of a question in a dataset, in whose coordinates it was located; without a place where no
    /// variants are asked for.
    pub fn of(dataset: &str, query: &Query, located: Option<&Located>) -> Self {
        let Query {
            entry_type,
            variant: _,
            within,
            filters,
            frequencies,
            granularity: _,
            datasets: _,
            pagination: _,
            test_mode: _,
            purpose: _,
            dry_run: _,
            epoch: _,
            batch: _,
            wait: _,
        } = query;
        let record = begin(dataset, entry_type.id());
        let record = match located {
            Some(located) => located_place(record, located),
            None => record,
        };
        let record = conditions::within(record, within.as_ref());
        let record = record.records_as_set("clause", conditions::clauses_as_set(filters));
        Self(record.records_as_set("frequency", frequencies.iter().map(conditions::frequency)).into_bytes())
    }

    /// Makes the key of a stored allele in a dataset: that of the question for this allele alone. How long a
    /// symbolic allele is makes no difference, since a question leaves that open.
    pub fn of_allele(dataset: &str, assembly: Assembly, variant: &Variant) -> Self {
        let Variant { contig, interval, reference_bases, alternate_bases, variant_type: _, sv_length: _ } =
            variant;
        let bases = (reference_bases.as_str(), alternate_bases.as_str());
        let place = allele(assembly, contig, interval.start(), bases);
        Self(begin(dataset, crate::EntryType::GenomicVariant.id()).record("allele", place).into_bytes())
    }

    /// Returns the key as bytes, in the grammar of all forms.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns SHA-256 of the key.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

impl fmt::Display for LocatedKey {
    /// Writes the digest in hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digest().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn begin(dataset: &str, entry_type: &str) -> Record {
    Record::version(LOCATED).text("dataset", dataset).text("entry_type", entry_type)
}

fn located_place(record: Record, located: &Located) -> Record {
    match located {
        // The forms are notations of the same allele, which data without a reference may have it in.
        Located::Allele { query, forms: _ } => {
            let (assembly, contig, start, reference_bases, alternate_bases) = query.members();
            record.record("allele", allele(assembly, contig, start, (reference_bases, alternate_bases)))
        }
        Located::Ranges { ranges, gene } => {
            let needed = located.needs_annotation().then_some(gene.as_deref()).flatten();
            record.records_as_set("range", ranges.iter().map(place::range)).optional_text("gene", needed)
        }
        Located::Bracket(bracket) => record.record("bracket", place::bracket(bracket)),
        Located::Everywhere(assembly, narrowing) => {
            let fields = Record::default().text("assembly", assembly.name());
            record.record("everywhere", place::narrowed(fields, narrowing))
        }
        Located::Digest(assembly, prefix) => {
            let fields = Record::default().text("assembly", assembly.name());
            record.record("vrs", fields.number("prefix", u64::from_be_bytes(prefix.to_be_bytes())))
        }
    }
}

/// Writes an allele without what both sides share, not even the base that VCF keeps before an indel: with it
/// and without it, it is one allele.
fn allele(assembly: Assembly, contig: &Contig, start: u32, bases: (&str, &str)) -> Record {
    let (start, deleted, inserted) = minimal(start, bases);
    Record::default()
        .text("assembly", assembly.name())
        .text("contig", contig.name())
        .number("start", start)
        .text("deleted", deleted)
        .text("inserted", inserted)
}

fn minimal<'a>(start: u32, (r, a): (&'a str, &'a str)) -> (u32, &'a str, &'a str) {
    if !is_sequence(r) || !is_sequence(a) {
        return (start, r, a);
    }
    let shared = |pairs: &mut dyn Iterator<Item = (u8, u8)>| pairs.take_while(|(x, y)| x == y).count();
    let prefix = shared(&mut r.bytes().zip(a.bytes()));
    let (r, a) = (r.get(prefix..).unwrap_or(r), a.get(prefix..).unwrap_or(a));
    let suffix = shared(&mut r.bytes().rev().zip(a.bytes().rev()));
    let cut = |bases: &'a str| bases.get(..bases.len() - suffix).unwrap_or(bases);
    (start + prefix as u32, cut(r), cut(a))
}
