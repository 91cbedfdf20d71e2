//! Questions by identifiers of dbSNP.

use fyr_ingest::{GenomeFiles, Progress, load_genome};
use fyr_store::Store;

use super::*;

/// Two notations of the deletion of which the file has two; another allele; and an identifier of two alleles.
const NEW: &str = "1\t8\trs42\tCAC\tC\n1\t10\trs42\tCAG\tG\n1\t15\trs43\tA\tC\n1\t30\trs44\tG\tA,C\n";
const OLD: &str = "1\t18\trs42\tCAC\tC\n";

/// A file of identifiers that says of which genome it is.
fn table(reference: &str, records: &str) -> String {
    let columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";
    let records = records.replace('\n', "\t.\t.\t.\n");
    format!("##fileformat=VCFv4.3\n##reference={reference}\n{columns}\n{records}")
}

/// The nodes of the other tests, with tables of identifiers that were loaded before their data.
async fn lab_with_identifiers(directory: &Path) -> NetworkSpec {
    let mut spec = lab(directory);
    for (node, (assembly, records)) in
        spec.nodes.iter_mut().zip([(Assembly::GRCH38, NEW), (Assembly::GRCH37, OLD)])
    {
        let store = directory.join(format!("store-of-{}", node.id));
        let identifiers =
            Some(write(directory, &format!("{assembly}.vcf"), &table(assembly.name(), records)));
        Store::open(&store).await.unwrap();
        let files = GenomeFiles { identifiers, ..GenomeFiles::default() };
        load_genome(&store, assembly, &files, &Progress::default()).unwrap();
        node.store = Some(store);
    }
    spec
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identifier_is_its_allele_at_node_and_broker() {
    let directory = tempfile::tempdir().unwrap();
    let network =
        TestNetwork::start(directory.path(), lab_with_identifiers(directory.path()).await).await.unwrap();
    let node = RestClient::new(&network.nodes[0].beacon());
    let broker = RestClient::new(&network.broker.beacon());
    for parameters in
        ["variantId=rs42", "allele=RS42", "genomicAlleleShortForm=rs42", "variantId=rs42&assemblyId=GRCh38"]
    {
        let (status, body) = ask(&node, parameters).await;
        assert_eq!(
            (status, variants(&body, "NEW")),
            (200, vec!["2 GCA G 2".to_owned()]),
            "{parameters}: {body}"
        );
    }
    // Each node knows the identifier by its own table.
    let (_, body) = ask(&broker, "variantId=rs42").await;
    assert_eq!(variants(&body, "NEW"), ["2 GCA G 2"], "{body}");
    assert_eq!(variants(&body, "OLD"), ["12 GCA G 2"], "{body}");
    let (_, body) = node.get("/g_variants/rs43?requestedGranularity=count").await.unwrap();
    assert_eq!(body["responseSummary"]["exists"], true, "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_table_knows_is_never_not_seen() {
    let directory = tempfile::tempdir().unwrap();
    let network =
        TestNetwork::start(directory.path(), lab_with_identifiers(directory.path()).await).await.unwrap();
    let node = RestClient::new(&network.nodes[0].beacon());
    for (parameters, said) in [
        ("variantId=rs1", "not in the table of identifiers of GRCh38"),
        ("variantId=rs44", "stands for several alleles: name one of 1-30-G-A, 1-30-G-C"),
    ] {
        let (status, body) = ask(&node, parameters).await;
        let message = body["error"]["errorMessage"].as_str().unwrap_or_default();
        assert!(status == 400 && message.contains(said), "{status} {body}");
    }
    let broker = RestClient::new(&network.broker.beacon());
    let (_, body) = ask(&broker, "variantId=rs44").await;
    let told = body.to_string();
    assert!(told.contains("several alleles of this name"), "{body}");
    assert!(told.contains("not in") || told.contains("impossible"), "{body}");
    // Without any table nobody can tell.
    let network = TestNetwork::start(&directory.path().join("bare"), lab(directory.path())).await.unwrap();
    let node = RestClient::new(&network.nodes[0].beacon());
    let (status, body) = ask(&node, "variantId=rs42").await;
    assert!(
        status == 400 && body.to_string().contains("no table of identifiers is known here"),
        "{status} {body}"
    );
}

#[test]
fn a_table_of_another_assembly_is_refused_by_what_its_header_says() {
    let directory = tempfile::tempdir().unwrap();
    let file = write(directory.path(), "dbsnp.vcf", &table("GRCh37.p13", NEW));
    let files = GenomeFiles { identifiers: Some(file), ..GenomeFiles::default() };
    let load = |assembly| load_genome(directory.path(), assembly, &files, &Progress::default());
    let error = load(Assembly::GRCH38).unwrap_err().to_string();
    assert!(error.contains("the reference is one of GRCh37"), "{error}");
    assert_eq!(load(Assembly::GRCH37).unwrap().unwrap().identifiers, 3);
}
