//! Inputs that people of the field ran into: each is read as it was meant, or refused with the place and the remedy.

mod vcf;

use fyr_ingest::{IngestOptions, Progress, check};
use fyr_schemas::Assembly;
use fyr_tests::shared::Shared;

/// What a check says of an input as of an assembly.
async fn refusal(shared: &Shared, file: &str, assembly: Assembly) -> Option<String> {
    let input = shared.path(&format!("field/inputs/{file}"));
    let options = IngestOptions::new("nowhere", "DS", assembly, vec![input]);
    check(options, Progress::default()).await.err().map(|error| error.to_string())
}

#[tokio::test]
async fn a_file_of_another_assembly_is_refused_by_its_name() {
    let Some(shared) = Shared::find("field") else { return };
    let file = "c08_header_grch37.vcf";
    let error = refusal(&shared, file, Assembly::GRCH38).await.unwrap();
    assert!(error.contains("line 2") && error.contains("--assembly GRCh37"), "{error}");
    assert_eq!(refusal(&shared, file, Assembly::GRCH37).await, None);
}

#[tokio::test]
async fn genes_of_another_assembly_are_refused_by_its_name() {
    let Some(shared) = Shared::find("field") else { return };
    let genes = shared.path("field/inputs/c08_genes_grch37.gtf");
    let read = |assembly| fyr_genome::GeneTable::read(&genes, assembly).map_err(|error| error.to_string());
    let error = read(Assembly::GRCH38).unwrap_err();
    assert!(error.contains("line 1") && error.contains("GRCh37"), "{error}");
    assert!(read(Assembly::GRCH37).is_ok());
}

#[tokio::test]
async fn the_mitochondrial_genome_of_hg19_is_not_mt() {
    let Some(shared) = Shared::find("field") else { return };
    let error = refusal(&shared, "c17_chrM_16571.vcf", Assembly::GRCH37).await.unwrap();
    assert!(error.contains("line 8, CHROM") && error.contains("16571"), "{error}");
}
