//! The synthetic data themselves: genotypes as rows, people and samples as documents. No person has these genotypes.

use fyr_schemas::{
    Assembly, Contig, EntryType, Individual, Interbase, Sex, Variant, VariantType, model::Entry,
};
use fyr_store::{
    Annotation, Call, Carriers, DatasetKind, GenotypeRow, MetadataSpec, Repeated, SegmentSpec, SourceFile,
    Store,
};
use serde_json::Value;

/// An error of data that come with the program: a test makes them.
type Fault = Box<dyn std::error::Error + Send + Sync>;

const INDIVIDUALS: &str = include_str!("individuals.json");

/// The documents, by what they are.
const DOCUMENTS: [(EntryType, &str); 6] = [
    (EntryType::Individual, INDIVIDUALS),
    (EntryType::Biosample, include_str!("biosamples.json")),
    (EntryType::Run, include_str!("runs.json")),
    (EntryType::Analysis, include_str!("analyses.json")),
    (EntryType::Cohort, include_str!("cohorts.json")),
    (EntryType::Dataset, include_str!("datasets.json")),
];

/// An allele on GRCh38 and everyone's calls: contig, 1-based position, REF, ALT, and a character a person, in the order
/// of the individuals. `.` does not carry it, `h` is heterozygous, `H` homozygous; of one copy, `r` does not carry it
/// and `c` does.
const ALLELES: [(&str, u32, &str, &str, &str); 9] = [
    ("1", 55_039_974, "G", "T", "h...H.h..hh..h...h.h"),
    ("1", 169_549_811, "C", "T", ".h......h.h....hh.h."),
    ("7", 117_559_590, "ATCT", "A", ".....h....hh....hh.."),
    ("7", 117_587_806, "G", "A", ".hH.hhhh..hhh..Hhh.."),
    ("7", 140_753_336, "A", "T", "....h....hh.h....hh."),
    ("X", 31_121_920, "C", "T", "r.c.r.r.r.r.rhc.r.r."),
    ("X", 154_535_277, "G", "A", "r.rhcHr.r.r.c.r.r.ch"),
    ("MT", 3_243, "A", "G", "crcrrrccrrcrrrrrrrcr"),
    ("MT", 11_778, "G", "A", "ccrrrrrcrrrcrrrrrrrr"),
];

/// Writes everything into a store, as a dataset of this id.
pub(super) async fn write(store: &Store, dataset: &str) -> Result<(), Fault> {
    write_genotypes(store, dataset).await?;
    let spec =
        MetadataSpec { dataset: dataset.to_owned(), assembly: None, sources: Vec::new(), replace: false };
    let mut writer = store.begin_metadata(spec).await?;
    for (entry_type, documents) in DOCUMENTS {
        for document in serde_json::from_str::<Vec<Value>>(documents)? {
            let entry =
                Entry::new(entry_type, document).map_err(|faults| format!("{entry_type}: {faults:?}"));
            writer.push(entry?)?;
        }
    }
    writer.finish().await?;
    Ok(())
}

async fn write_genotypes(store: &Store, dataset: &str) -> Result<(), Fault> {
    let individuals: Vec<Individual> =
        serde_json::from_str::<Vec<Value>>(INDIVIDUALS)?.iter().map(individual).collect();
    let spec = SegmentSpec {
        dataset: dataset.to_owned(),
        assembly: Assembly::GRCH38,
        kind: DatasetKind::Individual,
        normalised: false,
        annotated: false,
        replace: false,
        repeated: Repeated::Refused,
        sources: vec![SourceFile { name: "synthetic".to_owned(), blake3: "synthetic".to_owned(), bytes: 0 }],
        shards: vec![(0..individuals.len()).collect()],
        individuals,
    };
    let mut writer = store.begin(spec).await?;
    let indices = writer.indices().to_vec();
    let rows = ALLELES.iter().map(|allele| row(allele, &indices)).collect::<Result<_, _>>()?;
    writer.push_genotypes(rows).await?;
    writer.finish().await?;
    Ok(())
}

/// Says of a document whom the genotypes are of.
fn individual(document: &Value) -> Individual {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let sex = match text("/sex/id").as_deref() {
        Some("NCIT:C20197") => Sex::Male,
        Some("NCIT:C16576") => Sex::Female,
        _ => Sex::Unknown,
    };
    Individual {
        id: text("/id").unwrap_or_default(),
        sex,
        populations: text("/geographicOrigin/label").into_iter().collect(),
        family: None,
    }
}

fn row(
    &(contig, position, reference, alternate, calls): &(&str, u32, &str, &str, &str),
    indices: &[u32],
) -> Result<GenotypeRow, Fault> {
    let start = u64::from(position) - 1;
    let variant = Variant {
        contig: Contig::resolve(contig, Assembly::GRCH38)?,
        interval: Interbase::new(start, start + reference.len() as u64)?,
        variant_type: VariantType::of_bases(reference, alternate),
        reference_bases: reference.to_owned(),
        alternate_bases: alternate.to_owned(),
        sv_length: None,
    };
    let mut carriers = Carriers::default();
    for (&index, call) in indices.iter().zip(calls.chars()) {
        carriers.push(index, said(call));
    }
    let filters = vec!["PASS".to_owned()];
    Ok(GenotypeRow {
        variant,
        ids: Vec::new(),
        filters,
        shard: 0,
        carriers,
        annotation: Annotation::default(),
    })
}

fn said(call: char) -> Call {
    match call {
        'h' => Call::Heterozygous,
        'H' => Call::Homozygous,
        'c' => Call::Hemizygous,
        'r' => Call::HaploidReference,
        _ => Call::Reference,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_data_of_test_mode_can_be_written() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        write(&store, "SYNTHETIC").await.unwrap();
        let datasets = store.datasets().await.unwrap();
        assert_eq!((datasets[0].individuals, datasets[0].variants), (Some(20), 9));
        assert_eq!(datasets[0].entries.len(), DOCUMENTS.len());
    }

    #[test]
    fn everybody_has_a_call_that_their_sex_allows() {
        let people: Vec<Value> = serde_json::from_str(INDIVIDUALS).unwrap();
        for (contig, position, .., calls) in ALLELES {
            assert_eq!(calls.len(), people.len(), "{contig}:{position}");
            for (person, call) in people.iter().zip(calls.chars()) {
                let sex = individual(person).sex;
                let is_one = contig == "MT" || (contig == "X" && sex == Sex::Male);
                assert_eq!("rc".contains(call), is_one, "{contig}:{position} {call} of {sex:?}");
            }
        }
    }
}
