//! Which variants are asked for.

use super::record::Record;
use crate::{
    AlleleName, AlleleQuery, BracketQuery, GeneQuery, Mate, NameQuery, Narrowing, ProteinChange, RangeQuery,
    Substitution, VariantQuery,
};

/// Adds the variants that are asked for, as they were named.
pub(super) fn asked(record: Record, variant: &VariantQuery) -> Record {
    match variant {
        VariantQuery::Allele(query) => record.record("allele", allele(query)),
        VariantQuery::Name(query) => record.record("name", name(query)),
        VariantQuery::Range(query) => record.record("range", range(query)),
        VariantQuery::Bracket(query) => record.record("bracket", bracket(query)),
        VariantQuery::Gene(query) => record.record("gene", gene(query)),
    }
}

fn allele(query: &AlleleQuery) -> Record {
    let (assembly, contig, start, reference_bases, alternate_bases) = query.members();
    Record::default()
        .text("assembly", assembly.name())
        .text("contig", contig.name())
        .number("start", start)
        .text("reference_bases", reference_bases)
        .text("alternate_bases", alternate_bases)
}

fn name(query: &NameQuery) -> Record {
    let (assembly, name) = query.members();
    let record = Record::default().optional_text("assembly", assembly.map(|assembly| assembly.name()));
    match name {
        AlleleName::Hgvs(text) => record.text("hgvs", text),
        AlleleName::Vrs(digest) => record.text("vrs", digest),
        AlleleName::DbSnp(number) => record.number("dbsnp", *number),
    }
}

/// Writes a range and what its variants are like.
pub(super) fn range(query: &RangeQuery) -> Record {
    let RangeQuery { assembly, contig, interval, reciprocal_overlap, narrowing } = query;
    let record = Record::default()
        .text("assembly", assembly.name())
        .text("contig", contig.name())
        .number("start", interval.start())
        .number("end", interval.end())
        .optional_number("reciprocal_overlap", *reciprocal_overlap);
    narrowed(record, narrowing)
}

/// Writes a bracket and what its variants are like.
pub(super) fn bracket(query: &BracketQuery) -> Record {
    let BracketQuery { assembly, contig, start, end, narrowing } = query;
    let record = Record::default()
        .text("assembly", assembly.name())
        .text("contig", contig.name())
        .number("start_from", start.start())
        .number("start_to", start.end())
        .number("end_from", end.start())
        .number("end_to", end.end());
    narrowed(record, narrowing)
}

fn gene(query: &GeneQuery) -> Record {
    let (gene, narrowing) = query.members();
    narrowed(Record::default().optional_text("gene", gene), narrowing)
}

/// Adds what variants must be like, where something must.
pub(super) fn narrowed(record: Record, narrowing: &Narrowing) -> Record {
    let fields = narrowing_fields(narrowing);
    if fields.is_empty() { record } else { record.record("narrowing", fields) }
}

fn narrowing_fields(narrowing: &Narrowing) -> Record {
    let Narrowing {
        variant_type,
        reference_bases,
        alternate_bases,
        minimum_length,
        maximum_length,
        mate,
        parts_of,
        protein_change,
        effect,
    } = narrowing;
    Record::default()
        .optional_text("variant_type", variant_type.as_ref().map(|term| term.word()))
        .optional_text("reference_bases", reference_bases.as_ref().map(|bases| bases.as_str()))
        .optional_text("alternate_bases", alternate_bases.as_ref().map(|bases| bases.as_str()))
        .optional_number("minimum_length", *minimum_length)
        .optional_number("maximum_length", *maximum_length)
        .option("mate", mate.as_ref(), |record, name, end| record.record(name, mate_fields(end)))
        .option("parts_of", parts_of.as_ref(), |record, name, whole| record.record(name, parts(whole)))
        .option("protein_change", protein_change.as_ref(), |record, name, change| {
            record.record(name, protein(change))
        })
        .optional_text("effect", effect.as_deref())
}

fn mate_fields(mate: &Mate) -> Record {
    let Mate { contig, interval } = mate;
    Record::default()
        .text("contig", contig.name())
        .optional_number("start", interval.map(|interval| interval.start()))
        .optional_number("end", interval.map(|interval| interval.end()))
}

fn parts(whole: &Substitution) -> Record {
    let Substitution { start, reference_bases, alternate_bases } = whole;
    Record::default()
        .number("start", *start)
        .text("reference_bases", reference_bases)
        .text("alternate_bases", alternate_bases)
}

fn protein(change: &ProteinChange) -> Record {
    let ProteinChange { of, change } = change;
    Record::default().optional_text("of", of.as_deref()).text("change", change)
}
