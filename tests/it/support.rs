//! What several suites need: three regions with a cohort each, and the sum of their truths.

use std::path::Path;

use fyr_ingest::IngestOptions;
use fyr_schemas::Assembly;
use fyr_tests::{CohortSpec, NetworkSpec, NodeSpec, SyntheticCohort, TestNetwork, Truth};
use tempfile::TempDir;

/// An allele that everybody has, and one that only the north has.
pub(crate) const EVERYWHERE: &str = "7-117559590-ATCT-A";
/// Seen in the north only; assayed elsewhere.
pub(crate) const NORTH_ONLY: &str = "1-169549811-C-T";

/// The beacon ids of the regions.
pub(crate) const NORTH: &str = "se.north.af-beacon.test";
/// See [`NORTH`].
pub(crate) const MIDDLE: &str = "se.middle.af-beacon.test";
/// See [`NORTH`].
pub(crate) const SOUTH: &str = "se.south.af-beacon.test";

/// The region whose data can be declared open.
pub(crate) const OPEN: &str = SOUTH;

/// Counts of people may be told too.
pub(crate) const PEOPLE: &str =
    "[policy.default]\nopen = true\npublic = \"frequency\"\nsubjects = \"frequency\"\nminimum_carriers = 0\n";

/// Declares the data of a region open.
pub(crate) fn declared_open(node: NodeSpec) -> NodeSpec {
    node.with_policy(
        "[policy.default]\nopen = true\npublic = \"record\"\nsubjects = \"record\"\nminimum_carriers = 0\n",
    )
}

/// Returns the cohort of a region.
pub(crate) fn spec(name: &str, seed: u64) -> CohortSpec {
    let north_only = if name == "NORTH" { 0.2 } else { 0.0 };
    CohortSpec::small(name, seed)
        .plant(EVERYWHERE, 0.1)
        .and_then(|spec| spec.plant(NORTH_ONLY, north_only))
        .unwrap()
}

/// Generates a cohort and returns how to ingest it.
pub(crate) fn generate(directory: &Path, spec: &CohortSpec) -> (SyntheticCohort, IngestOptions) {
    let cohort = SyntheticCohort::generate(spec, directory).unwrap();
    let mut options = IngestOptions::new("", spec.name.clone(), Assembly::GRCH38, vec![cohort.vcf.clone()]);
    options.individuals = Some(cohort.panel.clone());
    (cohort, options)
}

/// Three regions with their data and truths, before they run.
pub(crate) struct Regions {
    /// Where everything is.
    pub(crate) directory: TempDir,
    /// In the order north, middle, south.
    pub(crate) cohorts: Vec<SyntheticCohort>,
    /// What the network is going to be.
    pub(crate) network: NetworkSpec,
}

impl Regions {
    /// Generates three regions that tell everything.
    pub(crate) fn generate() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (mut cohorts, mut nodes) = (Vec::new(), Vec::new());
        for (seed, (id, name)) in (1..).zip([(NORTH, "NORTH"), (MIDDLE, "MIDDLE"), (SOUTH, "SOUTH")]) {
            let (cohort, options) = generate(directory.path(), &spec(name, seed));
            cohorts.push(cohort);
            nodes.push(NodeSpec::open(id, vec![options]));
        }
        Self { directory, cohorts, network: NetworkSpec { nodes, ..NetworkSpec::default() } }
    }

    /// Loads what is known of the people too, and lets everyone count them.
    pub(crate) fn with_metadata(mut self) -> Self {
        for (node, cohort) in self.network.nodes.iter_mut().zip(&self.cohorts) {
            let dataset = node.data[0].dataset.clone();
            node.metadata.push((dataset, cohort.metadata.clone()));
            node.policy = PEOPLE.to_owned();
        }
        self
    }

    /// Changes one node before it starts.
    pub(crate) fn with_node(mut self, id: &str, change: impl FnOnce(NodeSpec) -> NodeSpec) -> Self {
        let at = self.network.nodes.iter().position(|node| node.id == id).unwrap();
        let node = self.network.nodes.remove(at);
        self.network.nodes.insert(at, change(node));
        self
    }

    /// Ingests and starts everything.
    pub(crate) async fn start(self) -> RunningRegions {
        let network = TestNetwork::start(self.directory.path(), self.network).await.unwrap();
        RunningRegions { _directory: self.directory, cohorts: self.cohorts, network }
    }
}

/// Three regions that run.
pub(crate) struct RunningRegions {
    _directory: TempDir,
    /// In the order north, middle, south.
    pub(crate) cohorts: Vec<SyntheticCohort>,
    /// The nodes and the broker.
    pub(crate) network: TestNetwork,
}

impl RunningRegions {
    /// Returns the sum of the truths of some regions, by their position.
    pub(crate) fn truth(&self, regions: &[usize]) -> Truth {
        let mut sum = Truth::default();
        for &region in regions {
            sum.merge(&self.cohorts[region].truth);
        }
        sum
    }
}
