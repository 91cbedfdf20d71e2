//! One variant as a Beacon record (`genomicVariations/defaultSchema.json`). Carriers are named only where the
//! answer names them: in open datasets.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Voice, hgvs, int};
use crate::{
    Assembly, Case, Coverage, Effect, Frequency, Group, Observations, Variant, VariantAnswer, Zygosity,
    is_sequence, so_id,
};

/// A genomic variant with its frequencies.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    variant_internal_id: String,
    #[serde(skip_serializing_if = "Identifiers::is_empty")]
    identifiers: Identifiers,
    #[serde(skip_serializing_if = "Option::is_none")]
    molecular_attributes: Option<MolecularAttributes>,
    variation: LegacyVariation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frequency_in_populations: Vec<FrequencyInPopulations>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    case_level_data: Vec<Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    info: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Identifiers {
    #[serde(rename = "genomicHGVSId", skip_serializing_if = "Option::is_none")]
    genomic_hgvs_id: Option<String>,
    #[serde(rename = "transcriptHGVSIds", skip_serializing_if = "Vec::is_empty")]
    transcript_hgvs_ids: Vec<String>,
    #[serde(rename = "proteinHGVSIds", skip_serializing_if = "Vec::is_empty")]
    protein_hgvs_ids: Vec<String>,
    #[serde(rename = "variantAlternativeIds", skip_serializing_if = "Vec::is_empty")]
    variant_alternative_ids: Vec<Value>,
}

impl Identifiers {
    fn new(answer: &VariantAnswer, assembly: Assembly) -> Self {
        let effects = || answer.effects.iter();
        // An annotator may leave the accession to another column.
        let with = |accession: &Option<String>, change: &str| match accession {
            Some(accession) if !change.contains(':') => format!("{accession}:{change}"),
            _ => change.to_owned(),
        };
        let coding = effects().filter_map(|e| Some(with(&e.transcript, e.coding_change.as_deref()?)));
        let protein = effects().filter_map(|e| Some((e.protein.as_ref()?, e.protein_change.as_deref()?)));
        let alternative = |id: &String| json!({ "id": id, "notes": "GA4GH VRS allele" });
        Self {
            genomic_hgvs_id: hgvs::genomic_id(&answer.variant, assembly),
            transcript_hgvs_ids: unique(coding),
            protein_hgvs_ids: unique(protein.map(|(accession, change)| format!("{accession}:p.{change}"))),
            variant_alternative_ids: answer.alternative_ids.iter().map(alternative).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What an annotation says; terms of the Sequence Ontology.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct MolecularAttributes {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gene_ids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aminoacid_changes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    molecular_effects: Vec<Value>,
}

impl MolecularAttributes {
    fn new(effects: &[Effect]) -> Option<Self> {
        let terms = unique(effects.iter().flat_map(|effect| effect.consequences.iter().cloned()));
        let term = |name: &String| Some(json!({ "id": so_id(name)?, "label": name.replace('_', " ") }));
        (!effects.is_empty()).then(|| Self {
            gene_ids: unique(effects.iter().filter_map(|effect| effect.gene.clone())),
            aminoacid_changes: unique(effects.iter().filter_map(|effect| effect.protein_change.clone())),
            molecular_effects: terms.iter().filter_map(term).collect(),
        })
    }
}

fn unique(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct LegacyVariation {
    variant_type: &'static str,
    reference_bases: String,
    alternate_bases: String,
    location: SequenceLocation,
}

/// VRS 1.3, whose names are not in camel case.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
struct SequenceLocation {
    sequence_id: String,
    interval: SequenceInterval,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
struct SequenceInterval {
    start: Number,
    end: Number,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
struct Number {
    value: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct FrequencyInPopulations {
    source: String,
    source_reference: String,
    frequencies: Vec<PopulationFrequency>,
}

/// One row. What is not known is left out: absent is not zero.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PopulationFrequency {
    population: String,
    allele_frequency: f64,
    allele_count: i32,
    allele_number: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    allele_count_homozygous: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allele_count_heterozygous: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allele_count_hemizygous: Option<i32>,
}

impl Record {
    /// Writes what may be said about a variant.
    pub(super) fn new(answer: &VariantAnswer, assembly: Assembly, voice: &Voice) -> Self {
        let variant = &answer.variant;
        let rows = frequencies(&answer.frequencies);
        let source = (voice.source.clone(), voice.source_reference.clone());
        let block = |frequencies| FrequencyInPopulations {
            source: source.0,
            source_reference: source.1,
            frequencies,
        };
        Self {
            variant_internal_id: internal_id(variant, assembly),
            identifiers: Identifiers::new(answer, assembly),
            molecular_attributes: MolecularAttributes::new(&answer.effects),
            variation: variation(variant, assembly),
            frequency_in_populations: if rows.is_empty() { Vec::new() } else { vec![block(rows)] },
            case_level_data: answer.cases.iter().map(case).collect(),
            info: info_of(answer),
        }
    }
}

/// Writes one carrier; terms of GENO.
fn case(case: &Case) -> Value {
    let (id, label) = match case.zygosity {
        Zygosity::Heterozygous => ("GENO:0000135", "heterozygous"),
        Zygosity::Homozygous => ("GENO:0000136", "homozygous"),
        Zygosity::Hemizygous => ("GENO:0000134", "hemizygous"),
        Zygosity::Half => ("GENO:0000137", "unspecified zygosity"),
    };
    json!({
        "individualId": case.individual,
        "biosampleId": case.biosample,
        "zygosity": { "id": id, "label": label },
    })
}

/// Returns an id that names the variant in every dataset: `GRCh38-7-117559590-ATCT-A`.
pub(super) fn internal_id(variant: &Variant, assembly: Assembly) -> String {
    let id = format!("{assembly}-{}", variant.short_form());
    if is_sequence(&variant.alternate_bases) { id } else { format!("{id}-{}", variant.interval.end()) }
}

/// Writes the rows of one variant, the total first. Nothing called means no frequency.
pub(super) fn frequencies(rows: &[Frequency]) -> Vec<PopulationFrequency> {
    let (totals, groups): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.group == Group::Total);
    totals.into_iter().chain(groups).filter_map(frequency).collect()
}

fn frequency(row: &Frequency) -> Option<PopulationFrequency> {
    Some(PopulationFrequency {
        population: row.group.to_string(),
        allele_frequency: row.allele_frequency()?,
        allele_count: int(row.allele_count),
        allele_number: int(row.allele_number),
        allele_count_homozygous: row.homozygous.map(int),
        allele_count_heterozygous: row.heterozygous.map(int),
        allele_count_hemizygous: row.hemizygous.map(int),
    })
}

/// Writes what the specification has no member for, of how many people something is known where it is not
/// all of them, and whether that rests on a statement.
pub(super) fn info_of(answer: &VariantAnswer) -> Map<String, Value> {
    let mut info = info(answer.carriers, answer.coverage);
    if let Some(people) = answer.people {
        info.extend(answer.assayed.map(|assayed| ("assayed".to_owned(), json!(int(assayed)))));
        info.insert("people".to_owned(), json!(int(people)));
    }
    if let Some(Observations { cases, of }) = answer.observed {
        info.insert("observed".to_owned(), json!({ "cases": int(cases), "of": int(of) }));
    }
    if answer.assumed {
        info.insert("assumed".to_owned(), json!(true));
    }
    info
}

/// Writes how many carry it, and whether others could have shown it.
pub(super) fn info(carriers: Option<u64>, coverage: Coverage) -> Map<String, Value> {
    let mut info = Map::new();
    if let Some(carriers) = carriers {
        info.insert("carriers".to_owned(), json!(int(carriers)));
    }
    if coverage != Coverage::Unknown {
        info.insert("coverage".to_owned(), json!(coverage.name()));
    }
    info
}

fn variation(variant: &Variant, assembly: Assembly) -> LegacyVariation {
    LegacyVariation {
        variant_type: variant.variant_type.name(),
        reference_bases: variant.reference_bases.clone(),
        alternate_bases: alternate_bases(variant),
        location: SequenceLocation {
            sequence_id: hgvs::sequence_id(variant, assembly),
            interval: SequenceInterval {
                start: Number { value: variant.interval.start() },
                end: Number { value: variant.interval.end() },
            },
        },
    }
}

/// The schema has no symbols here; a dot says that the bases are not given. The type and the internal id
/// tell the rest.
fn alternate_bases(variant: &Variant) -> String {
    let bases = &variant.alternate_bases;
    if is_sequence(bases) { bases.clone() } else { ".".to_owned() }
}
