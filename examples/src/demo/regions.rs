//! The three regions: who lives there, what they carry, and what their node may say.

use std::path::Path;

use anyhow::Context;
use clap::Parser;
use fyr_node_cli::{self as cli, Cli};
use fyr_schemas::Assembly;
use fyr_tests::{
    CohortSpec, NodeSpec, SyntheticCohort,
    cohort::{Inheritance, Window},
};

use crate::table;

/// Cystic fibrosis, the most common cause.
pub(crate) const CFTR_F508DEL: &str = "7-117559590-ATCT-A";
/// Haemochromatosis.
pub(crate) const HFE_C282Y: &str = "6-26092913-G-A";
/// Factor V Leiden, thrombophilia.
pub(crate) const F5_LEIDEN: &str = "1-169549811-C-T";
/// Hereditary breast and ovarian cancer, a founder variant.
pub(crate) const BRCA1_5266DUPC: &str = "17-43057062-T-TG";
/// Hereditary transthyretin amyloidosis, at home in the north.
pub(crate) const TTR_V30M: &str = "18-31592974-G-A";

/// A token that every region knows. It opens synthetic data on loopback, and nothing else.
pub(crate) const TOKEN: &str = "demo-token-of-a-clinic-0123456789";

/// Everyone may learn frequencies, however small the numbers: the people are synthetic.
const OPEN: &str =
    "[policy.default]\nopen = true\npublic = \"frequency\"\nsubjects = \"count\"\nminimum_carriers = 0\n";
/// Everything may be told, of single people too: declared open.
const DECLARED_OPEN: &str =
    "[policy.default]\nopen = true\npublic = \"record\"\nsubjects = \"record\"\nminimum_carriers = 0\n";
/// Only holders of a known token may; the others may know that the data are there.
const KNOWN_ONLY: &str = "[policy.default]\nopen = true\npublic = \"none\"\nlisted = true\nknown = \"frequency\"\nsubjects = \"count\"\nminimum_carriers = 0\n";

/// A region of the demo.
#[derive(Debug)]
pub(crate) struct Region {
    /// Beacon id of its node.
    pub(crate) id: &'static str,
    /// Name for people.
    pub(crate) name: &'static str,
    seed: u64,
    /// Allele frequencies of the clinical variants, in the order of [`CLINICAL`].
    frequencies: [f64; 5],
    policy: &'static str,
}

/// The clinical variants that every region is asked about.
const CLINICAL: [&str; 5] = [CFTR_F508DEL, HFE_C282Y, F5_LEIDEN, BRCA1_5266DUPC, TTR_V30M];

/// North to south. One is declared open, one tells everyone how often, one tells it only to those whom it
/// knows.
pub(crate) const REGIONS: [Region; 3] = [
    Region {
        id: "se.norrland.af-beacon.test",
        name: "Norrland",
        seed: 1,
        frequencies: [0.011, 0.05, 0.02, 0.0, 0.018],
        policy: DECLARED_OPEN,
    },
    Region {
        id: "se.svealand.af-beacon.test",
        name: "Svealand",
        seed: 2,
        frequencies: [0.014, 0.06, 0.03, 0.0012, 0.0],
        policy: OPEN,
    },
    Region {
        id: "se.gotaland.af-beacon.test",
        name: "Götaland",
        seed: 3,
        frequencies: [0.013, 0.07, 0.05, 0.002, 0.0],
        policy: KNOWN_ONLY,
    },
];

/// Returns the name of a region by its node's id.
pub(crate) fn name_of(id: &str) -> &str {
    REGIONS.iter().find(|region| region.id == id).map_or(id, |region| region.name)
}

impl Region {
    /// Generates the region's people and loads them into its node's store with `fyr-node ingest`.
    ///
    /// # Errors
    ///
    /// Files cannot be written, or ingest refuses them.
    pub(crate) async fn prepare(&self, directory: &Path, individuals: usize) -> anyhow::Result<NodeSpec> {
        table::heading(&format!("Region {}", self.name));
        let home = directory.join(self.id);
        let source = home.join("source");
        std::fs::create_dir_all(&source)?;
        let cohort = SyntheticCohort::generate(&self.cohort(individuals)?, &source)?;
        table::line(&format!("{} synthetic people, {} records", cohort.people.len(), cohort.records));
        self.ingest(&cohort, &home.join("store")).await?;
        Ok(self.node())
    }

    fn cohort(&self, individuals: usize) -> anyhow::Result<CohortSpec> {
        let diploid = |contig, positions| Window::new(contig, positions, Inheritance::Diploid, 500);
        let mut spec = CohortSpec {
            name: self.name.replace('ö', "o").to_uppercase(),
            assembly: Assembly::GRCH38,
            seed: self.seed,
            site_seed: 2026,
            individuals,
            populations: vec![self.name.replace('ö', "o")],
            chr_prefix: true,
            missing: 0.004,
            windows: vec![
                diploid("1", (169_000_000, 170_000_000)),
                diploid("6", (26_000_000, 27_000_000)),
                diploid("7", (117_000_000, 118_000_000)),
                diploid("17", (43_000_000, 44_000_000)),
                diploid("18", (31_000_000, 32_000_000)),
                diploid("X", (1_000_000, 2_000_000)),
                Window::new("X", (31_000_000, 32_000_000), Inheritance::XLinked, 500),
                Window::new("MT", (100, 16_500), Inheritance::Mitochondrial, 200),
            ],
            planted: Vec::new(),
        };
        for (allele, frequency) in CLINICAL.into_iter().zip(self.frequencies) {
            spec = spec.plant(allele, frequency)?;
        }
        Ok(spec)
    }

    /// Runs the commands as an operator would, with their progress and their reports.
    async fn ingest(&self, cohort: &SyntheticCohort, store: &Path) -> anyhow::Result<()> {
        let dataset = format!("{}-2026", self.name.replace('ö', "o").to_lowercase());
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let metadata: Vec<String> = ["fyr-node", "metadata", "--store", &path(store), "--dataset", &dataset]
            .into_iter()
            .map(str::to_owned)
            .chain(cohort.metadata.iter().map(|file| path(file)))
            .collect();
        let args = [
            "fyr-node".to_owned(),
            "ingest".to_owned(),
            "--store".to_owned(),
            path(store),
            "--dataset".to_owned(),
            dataset,
            "--assembly".to_owned(),
            "GRCh38".to_owned(),
            "--individuals".to_owned(),
            path(&cohort.panel),
            path(&cohort.vcf),
        ];
        run(args.to_vec()).await?;
        run(metadata).await
    }

    /// Returns the region's node on the store that has been filled.
    fn node(&self) -> NodeSpec {
        let tokens = format!("\n[[tokens]]\nname = \"clinic\"\ntoken = \"{TOKEN}\"\n");
        NodeSpec { name: self.name.to_owned(), ..NodeSpec::open(self.id, Vec::new()) }
            .with_policy(self.policy)
            .with_settings(&tokens)
            .with_settings(&ontology())
    }
}

async fn run(args: Vec<String>) -> anyhow::Result<()> {
    let command = Cli::try_parse_from(args).context("fyr-node")?;
    cli::run(command).await.map_err(anyhow::Error::from_boxed)?;
    Ok(())
}

/// Names the table of phenotype terms that lies beside the examples.
fn ontology() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/phenotypes.tsv");
    format!("\n[[ontologies]]\nprefix = \"HP\"\npath = {path:?}\n")
}
