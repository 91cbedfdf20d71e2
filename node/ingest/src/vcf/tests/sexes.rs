//! Sexes that X and Y contradict, held against a count of the text.

use proptest::prelude::*;

use super::*;

/// A site of a sequence, the genotypes there, and whether only one sex has two copies.
type Site = (&'static str, u32, &'static str, Vec<&'static str>);

fn site(samples: usize) -> impl Strategy<Value = Site> {
    let places = vec![("X", 5_000_000), ("X", 20_000), ("Y", 5_000_000), ("Y", 20_000), ("1", 10_000)];
    let alleles = prop::sample::select(vec!["C", "C,G", "AT", "C,<NON_REF>"]);
    let genotype = prop::sample::select(vec!["0/0", "0/1", "1/1", "1", "0", "./.", "1/.", "0|1", "1|1"]);
    (prop::sample::select(places), alleles, prop::collection::vec(genotype, samples))
        .prop_map(|((contig, start), alleles, genotypes)| (contig, start, alleles, genotypes))
}

/// Sites, each as often as a number says, of samples of whom a sex is stated.
fn cohort_of() -> impl Strategy<Value = (Vec<&'static str>, Vec<(Site, u32)>)> {
    (1usize..4).prop_flat_map(|samples| {
        let sexes = prop::sample::select(vec!["male", "female", "unknown"]);
        let site = (site(samples), 1u32..120);
        (prop::collection::vec(sexes, samples), prop::collection::vec(site, 1..7))
    })
}

/// Returns who is contradicted, by the rule as it is documented.
fn contradicted(sexes: &[&str], sites: &[(Site, u32)]) -> Vec<String> {
    let is_out = |sample: &usize| {
        let count = |contig: &str, genotypes: &[&str]| -> u32 {
            let is_counted = |((of, start, alleles, all), _): &&(Site, u32)| {
                *of == contig && *start > 3_000_000 && *alleles != "AT" && genotypes.contains(&all[*sample])
            };
            sites.iter().filter(is_counted).map(|(_, times)| times).sum()
        };
        let (het, same) = (count("X", &["0/1", "0|1"]), count("X", &["1/1", "1|1", "1"]));
        let y = count("Y", &["1/1", "1|1", "1"]);
        let share = f64::from(het) / f64::from(het + same);
        het + same >= 100
            && match sexes[*sample] {
                "male" => share >= 0.4 && y < 100,
                "female" => share <= 0.1 || share <= 0.4 && y >= 100,
                _ => false,
            }
    };
    (0..sexes.len()).filter(is_out).map(|sample| format!("S{sample}")).collect()
}

fn options(files: &Files, sexes: &[&str], sites: &[(Site, u32)]) -> IngestOptions {
    let names: Vec<String> = (0..sexes.len()).map(|n| format!("S{n}")).collect();
    let mut records = String::new();
    let mut behind = 0;
    for ((contig, start, alleles, genotypes), times) in sites {
        for _ in 0..*times {
            behind += 2;
            let genotypes = genotypes.join("\t");
            records +=
                &format!("{contig}\t{}\t.\tA\t{alleles}\t.\tPASS\t.\tGT\t{genotypes}\n", start + behind);
        }
    }
    let mut panel = "sample\tgender\n".to_owned();
    names.iter().zip(sexes).for_each(|(name, sex)| panel += &format!("{name}\t{sex}\n"));
    IngestOptions {
        individuals: Some(files.write("panel", panel)),
        ..files.options(&[("a.vcf", &cohort(&names.join("\t"), &records))])
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn who_is_contradicted_is_refused_unless_their_sex_is_accepted((sexes, sites) in cohort_of()) {
        let files = Files::new();
        let mut options = options(&files, &sexes, &sites);
        let expected = contradicted(&sexes, &sites);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let read = |options: &IngestOptions| runtime.block_on(check(options.clone(), Progress::default()));
        match expected.split_first() {
            None => prop_assert_eq!(read(&options).unwrap().contradicted_sex, Vec::<String>::new()),
            Some((first, others)) => {
                let error = read(&options).unwrap_err().to_string();
                prop_assert!(error.starts_with(&format!("sample `{first}` is stated")), "{}", error);
                prop_assert!(others.iter().all(|other| error.contains(&format!("`{other}`"))), "{}", error);
                options.accept_sex = others.to_vec();
                prop_assert!(read(&options).is_err(), "{} is not accepted", first);
                options.accept_sex.push(first.clone());
                prop_assert_eq!(read(&options).unwrap().contradicted_sex, expected);
            }
        }
    }
}
