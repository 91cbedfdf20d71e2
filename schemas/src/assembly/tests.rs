//! Names of assemblies, and the facts that ship.

use super::*;

#[test]
fn synonyms_are_understood() {
    for (name, expected) in [
        ("GRCh37", Assembly::GRCH37),
        ("hg19", Assembly::GRCH37),
        ("GRCh37.p13", Assembly::GRCH37),
        ("GCF_000001405.25", Assembly::GRCH37),
        ("GCA_000001405.1", Assembly::GRCH37),
        ("grch38", Assembly::GRCH38),
        ("HG38", Assembly::GRCH38),
        ("GCF_000001405.40", Assembly::GRCH38),
        ("GCA_000001405.15", Assembly::GRCH38),
        ("hs1", Assembly::T2T_CHM13),
        ("GCA_009914755.4", Assembly::T2T_CHM13),
        ("t2t-chm13v2.0", Assembly::T2T_CHM13),
        ("NC_045512.2", Assembly::SARS_COV_2),
        ("MN908947.3", Assembly::SARS_COV_2),
        ("wuhCor1", Assembly::SARS_COV_2),
    ] {
        assert_eq!(name.parse(), Ok(expected), "{name}");
    }
}

#[test]
fn other_names_are_refused() {
    for name in
        ["", "NCBI36", "hg18", "GRCm39", "GRCh38.px", "GCF_000001405.9", "GCF_000001405", "NC_045512.1"]
    {
        assert!(name.parse::<Assembly>().is_err(), "{name}");
    }
    let error = "hg18".parse::<Assembly>().unwrap_err().to_string();
    assert!(error.starts_with("unknown assembly `hg18`: use GRCh37, GRCh38, T2T-CHM13v2.0"), "{error}");
}

/// Every name of every row, through text and back.
#[test]
fn every_name_of_every_row_means_its_assembly() {
    for assembly in [Assembly::GRCH37, Assembly::GRCH38, Assembly::T2T_CHM13, Assembly::SARS_COV_2] {
        let row = assembly.row();
        for name in row.synonyms.iter().chain([&row.name]) {
            for spelt in [name.clone(), name.to_lowercase(), name.to_uppercase(), format!(" {name} ")] {
                assert_eq!(spelt.parse(), Ok(assembly), "{spelt}");
            }
        }
        for AccessionRow { accession, versions: (first, last) } in &row.accessions {
            for version in [first, last] {
                assert_eq!(format!("{accession}.{version}").parse(), Ok(assembly), "{accession}.{version}");
            }
        }
        let json = serde_json::to_string(&assembly).unwrap();
        assert_eq!(json, format!("\"{assembly}\""));
        assert_eq!(serde_json::from_str::<Assembly>(&json).unwrap(), assembly);
    }
}

/// What stood in code before assemblies were data; source: assembly reports of NCBI.
#[test]
fn refseq_versions_are_those_of_the_reports() {
    const GRCH37: [u8; 24] =
        [10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9];
    for (number, version) in (1..).zip(GRCH37) {
        let accession = |assembly: Assembly| assembly.row().sequences[number - 1].refseq.clone().unwrap();
        assert_eq!(accession(Assembly::GRCH37), format!("NC_{number:06}.{version}"));
        assert_eq!(accession(Assembly::GRCH38), format!("NC_{number:06}.{}", version + 1));
        assert_eq!(accession(Assembly::T2T_CHM13), format!("NC_{:06}.1", 60_924 + number));
    }
}

/// Sums of lengths, as the reports state them for the assembled molecules.
#[test]
fn lengths_add_up() {
    let total = |assembly: Assembly| -> u64 {
        assembly.row().sequences.iter().map(|sequence| u64::from(sequence.length)).sum()
    };
    assert_eq!(total(Assembly::GRCH37), 3_095_677_412 + 16_569);
    assert_eq!(total(Assembly::GRCH38), 3_088_269_832 + 16_569);
    assert_eq!(total(Assembly::T2T_CHM13), 3_117_292_070);
    assert_eq!(total(Assembly::SARS_COV_2), 29_903);
}

fn row(name: &str, length: u32) -> AssemblyRow {
    let text = format!(
        "name = \"{name}\"\nsynonyms = [\"{name}-synonym\"]\n\
         sequences = [{{ name = \"s1\", role = \"other\", length = {length}, ploidy = 1 }}]\n"
    );
    Known::read(&text).unwrap()
}

#[test]
fn the_same_row_may_come_again_and_another_of_its_name_may_not() {
    let first = Assembly::register(row("test-A", 10)).unwrap();
    assert_eq!(Assembly::register(row("test-A", 10)), Ok(first));
    assert_eq!("TEST-a-synonym".parse(), Ok(first));
    assert_eq!(Assembly::register(row("test-A", 11)), Err(InvalidAssembly::Contradiction("test-A".into())));
    assert_eq!(Assembly::register(row("hg38", 5)), Err(InvalidAssembly::Contradiction("hg38".into())));
    assert!(Assembly::all().any(|known| known == first) && first > Assembly::SARS_COV_2);
}

#[test]
fn files_of_a_directory_are_read_and_a_wrong_one_is_named() {
    let directory = std::env::temp_dir().join(format!("fyr-assemblies-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.join(name), text).unwrap();
    let text =
        "name = \"test-B\"\nsequences = [{ name = \"b\", role = \"other\", length = 7, ploidy = 2 }]\n";
    write("b.toml", text);
    write("notes.txt", "not a row");
    assert_eq!(Assembly::register_files(&directory), Ok(()));
    assert_eq!("test-B".parse::<Assembly>().unwrap().row().sequences[0].length, 7);
    write("c.toml", &text.replace('7', "8"));
    let error = Assembly::register_files(&directory).unwrap_err().to_string();
    assert!(error.contains("c.toml") && error.contains("known already"), "{error}");
    std::fs::remove_dir_all(&directory).unwrap();
}
