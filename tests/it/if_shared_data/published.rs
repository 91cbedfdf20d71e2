//! What others have published: normal forms, digests, and a million sites in both assemblies.

use std::collections::{BTreeMap, BTreeSet};

use arrow::{
    array::{ArrayRef, AsArray},
    datatypes::{DataType, Int64Type},
};
use fyr_genome::{AlleleState, Chains, Genome, Genomes, Sequences, Unlifted, vrs_digests};
use fyr_schemas::{AlleleQuery, Assembly, Contig, Interbase, Located, VariantQuery, is_iupac};
use fyr_tests::shared::Shared;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

#[test]
fn digests_equal_those_of_the_vrs_specification() {
    let Some(shared) = Shared::find("digests_equal_those_of_the_vrs_specification") else { return };
    let text = std::fs::read_to_string(shared.path("data/vrs/vrs_validation_models.yaml")).unwrap();
    let models: Value = serde_yaml_ng::from_str(&text).unwrap();
    let mut compared = 0;
    for case in models["Allele"].as_array().unwrap() {
        let (given, expected) = (&case["in"], &case["out"]);
        let (location, state) = (&given["location"], &given["state"]);
        let number = |value: &Value| value.as_u64().unwrap();
        let refget = location["sequenceReference"]["refgetAccession"].as_str().unwrap();
        let sequence = state["sequence"].as_str().unwrap_or_default().to_owned();
        let stated = match state["type"].as_str().unwrap() {
            "LiteralSequenceExpression" => {
                AlleleState::LiteralSequenceExpression { sequence: sequence.clone() }
            }
            _ => AlleleState::ReferenceLengthExpression {
                length: number(&state["length"]),
                repeat_subunit_length: number(&state["repeatSubunitLength"]),
                sequence: None,
            },
        };
        let place = (number(&location["start"]), number(&location["end"]));
        let ids = vrs_digests(refget.trim_start_matches("SQ."), place, stated, &sequence).identifiers();
        assert_eq!(ids[0], expected["ga4gh_identify"].as_str().unwrap(), "{case}");
        if let Some(legacy) = expected["ga4gh_1_3_identify"].as_str() {
            assert_eq!(ids[1], legacy, "{case}");
            compared += 1;
        }
        compared += 1;
    }
    assert!(compared >= 3, "{compared}");
}

/// One site: its sequence and 1-based position in GRCh38 and in GRCh37.
type Site = ((String, u64), (String, u64));

fn hapmap(shared: &Shared) -> Vec<Site> {
    let file = std::fs::File::open(shared.path("data/scale/hapmap3_sites_hg38_hg19.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let mut sites = Vec::new();
    for batch in reader {
        let batch = batch.unwrap();
        let column =
            |name: &str, kind| arrow::compute::cast(batch.column_by_name(name).unwrap(), &kind).unwrap();
        let text = |name| column(name, DataType::Utf8);
        let number = |name| column(name, DataType::Int64);
        let (names38, names37) = (text("chrom38"), text("chrom37"));
        let (positions38, positions37) = (number("pos38"), number("pos37"));
        for row in 0..batch.num_rows() {
            let place = |names: &ArrayRef, positions: &ArrayRef| {
                let position = positions.as_primitive::<Int64Type>().value(row);
                (names.as_string::<i32>().value(row).to_owned(), u64::try_from(position).unwrap())
            };
            sites.push((place(&names38, &positions38), place(&names37, &positions37)));
        }
    }
    sites
}

#[test]
fn a_million_sites_lift_to_each_other() {
    let Some(shared) = Shared::find("a_million_sites_lift_to_each_other") else { return };
    let chain = shared.path("data/liftover/hg19ToHg38.over.chain.gz");
    let chains = Chains::load(&chain, Assembly::GRCH37, Assembly::GRCH38).unwrap();
    let sites = hapmap(&shared);
    assert!(sites.len() > 1_200_000, "{}", sites.len());
    let base = |position: u64| Interbase::new(position - 1, position).unwrap();
    let mut reasons: BTreeMap<(Assembly, String), u64> = BTreeMap::new();
    let (mut there, mut back) = (0u64, 0u64);
    for (new, old) in &sites {
        for (from, at, expected, count) in
            [(Assembly::GRCH37, old, new, &mut there), (Assembly::GRCH38, new, old, &mut back)]
        {
            let contig = |name: &str| Contig::resolve(name, from).unwrap();
            match chains.lift(from, &contig(&at.0), base(at.1)) {
                Ok(lifted) if lifted.contig == contig(&expected.0) && lifted.interval == base(expected.1) => {
                    *count += 1;
                }
                Ok(_) => *reasons.entry((from, "it comes out elsewhere".to_owned())).or_default() += 1,
                Err(reason) => *reasons.entry((from, reason.to_string())).or_default() += 1,
            }
        }
    }
    println!("{} sites: {there} lift to GRCh38 and {back} back; the others: {reasons:#?}", sites.len());
    // What does not lift is refused for a reason, and next to nothing comes out elsewhere.
    let refused: u64 =
        reasons.iter().filter(|((_, why), _)| !why.starts_with("another")).map(|(_, n)| n).sum();
    let elsewhere: u64 = reasons.values().sum::<u64>() - refused;
    assert!(there as f64 > 0.999 * sites.len() as f64, "{there}");
    assert!(back as f64 > 0.999 * sites.len() as f64, "{back}");
    assert!(elsewhere < 200, "{elsewhere}");
    let mt = Contig::resolve("MT", Assembly::GRCH37).unwrap();
    assert_eq!(chains.lift(Assembly::GRCH37, &mt, base(73)).unwrap().interval, base(73));
    assert_eq!(chains.lift(Assembly::GRCH37, &mt, base(9_999_999)).err(), None::<Unlifted>);
}

/// Alleles of a file in normal form by a reference, one an ALT; symbolic ones left out.
fn normal_forms(genomes: &Genomes, vcf: &str) -> BTreeSet<(String, u32, String, String)> {
    let mut forms = BTreeSet::new();
    for line in vcf.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        for alternate in fields[4].split(',').filter(|alt| is_iupac(alt)) {
            let (contig, start) = (Contig::resolve(fields[0], Assembly::GRCH38).unwrap(), fields[1]);
            let start = start.parse::<u64>().unwrap() - 1;
            if fields[3].eq_ignore_ascii_case(alternate) {
                continue;
            }
            let allele = AlleleQuery::new(Assembly::GRCH38, contig, start, fields[3], alternate);
            let Ok(allele) = allele else { continue };
            let Ok(located) = genomes.locate(&VariantQuery::Allele(allele), Assembly::GRCH38) else {
                continue;
            };
            let Located::Allele { query, .. } = located.query else { unreachable!() };
            forms.insert((
                fields[0].to_owned(),
                query.start(),
                query.reference_bases().to_owned(),
                query.alternate_bases().to_owned(),
            ));
        }
    }
    forms
}

/// What bcftools and hap.py made of their examples is, allele by allele, what Fyr makes of them.
#[test]
fn published_normal_forms_are_ours() {
    let Some(shared) = Shared::find("published_normal_forms_are_ours") else { return };
    let base = shared.path("data/tricky/normalise");
    let mut compared = 0;
    // Two more of their examples have N or B in REF, which files of variants must not have here.
    for (fasta, inputs, output) in [
        ("bcftools/norm.fa", &["bcftools/norm.vcf"][..], "bcftools/norm.out"),
        (
            "happy_leftshift/ref.fa",
            &["happy_leftshift/truth.vcf", "happy_leftshift/query.vcf"],
            "happy_leftshift/expected.vcf",
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        Sequences::install(directory.path(), Assembly::GRCH38, &base.join(fasta), |_| {}).unwrap();
        let sequences = Sequences::open(directory.path()).unwrap();
        let genome = Genome { sequences, ..Genome::default() };
        let genomes = Genomes::default().with(Assembly::GRCH38, genome);
        let read = |name: &str| std::fs::read_to_string(base.join(name)).unwrap();
        let ours: BTreeSet<_> = inputs.iter().flat_map(|name| normal_forms(&genomes, &read(name))).collect();
        let theirs = normal_forms(&genomes, &read(output));
        assert_eq!(ours, theirs, "{output}");
        compared += ours.len();
        // Where a record has one allele, it stands in the file of bcftools as in ours. hap.py moves no allele
        // past another one of its haplotype.
        for line in read(output).lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            let (r, a) = (fields[3], fields[4]);
            let is_moved = output.starts_with("bcftools") && is_iupac(a) && r.len() != a.len();
            if is_moved && ours.iter().any(|form| form.0 == fields[0]) {
                let start = fields[1].parse::<u32>().unwrap() - 1;
                let key = (fields[0].to_owned(), start, r.to_uppercase(), a.to_uppercase());
                assert!(ours.contains(&key), "{output}: {line}");
            }
        }
    }
    println!("{compared} alleles of published normal forms compared");
    assert!(compared > 20, "{compared}");
}
