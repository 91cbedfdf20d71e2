//! What an ingest saw and did, for people and programs.

use std::{collections::BTreeMap, time::Duration};

use fyr_schemas::Assembly;
use fyr_store::{DatasetKind, Regions, SegmentSummary, log::Callable};
use serde::Serialize;

/// The account of an ingest, or of a check that wrote nothing.
#[derive(Clone, Debug, Serialize)]
pub struct IngestReport {
    /// Dataset id.
    pub dataset: String,
    /// Assembly of the coordinates.
    pub assembly: Assembly,
    /// People or frequencies.
    pub kind: DatasetKind,
    /// Files read.
    pub files: usize,
    /// People taken in.
    pub individuals: usize,
    /// Samples that the individuals file does not list.
    pub unlisted: Vec<String>,
    /// Samples whose stated sex X and Y contradict, and which are taken as stated because the caller says so.
    pub contradicted_sex: Vec<String>,
    /// Samples left out because their people withdrew. Who they are is not said.
    pub withdrawn: usize,
    /// Where the files would have listed whatever their people carry, if it was stated.
    pub callable: Option<StatedRegions>,
    /// What the records held.
    pub counts: Counts,
    /// Records by contig, in order of the genome.
    pub contigs: BTreeMap<fyr_schemas::Contig, u64>,
    /// Sequences that files call by a number of PLINK's or an accession, by the name that they have for them.
    pub renamed: BTreeMap<String, fyr_schemas::Contig>,
    /// Header lines that could not be read, and say nothing that is needed.
    pub unread_header_lines: u64,
    /// Sequences among them of which the assembly knows nothing: nobody can ask for them.
    pub unknown_sequences: Vec<fyr_schemas::Contig>,
    /// What was written; none after a check.
    pub segment: Option<SegmentSummary>,
    /// Wall-clock time.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
}

/// Where files would have listed whatever their people carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatedRegions {
    /// The name of the file of regions, or `whole-genome`.
    pub name: String,
    /// How many bases are in the regions; none where it is everywhere.
    pub bases: Option<u64>,
}

impl StatedRegions {
    pub(crate) fn of((callable, regions): &(Callable, Option<Regions>)) -> Self {
        Self { name: callable.name.clone(), bases: regions.as_ref().map(Regions::bases) }
    }
}

/// What the records of an input held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Data lines read.
    pub records: u64,
    /// Alleles taken in, the symbolic ones among them.
    pub alleles: u64,
    /// Symbolic alleles and breakends among them.
    pub symbolic: u64,
    /// Copy numbers among them of which neither END nor SVLEN says how far they reach: they are found at their first base.
    pub endless: u64,
    /// Genotypes read, counting those of samples that were not selected.
    pub genotypes: u64,
    /// Alleles that are no variants: `*`, `<*>`, `<NON_REF>`.
    pub unspecific: u64,
    /// Records without a variant: reference blocks and monomorphic sites.
    pub reference_records: u64,
    /// Records left out because their FILTER is not that of a call: of their alleles nobody was called.
    pub not_passed: u64,
    /// Genotypes of the selected samples that are written, and are no calls.
    pub uncalled: Uncalled,
    /// Records of samples without GT; everyone counts as missing there.
    pub without_genotypes: u64,
    /// Records at position 0, the telomere, which cannot be stored.
    pub telomeric: u64,
    /// Alleles without samples and without AC and AN; only a check lets them pass.
    pub without_counts: u64,
    /// Values of INFO that are not what the header or the specification says, of keys that are not read.
    pub unread_values: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.alleles += other.alleles;
        self.symbolic += other.symbolic;
        self.endless += other.endless;
        self.genotypes += other.genotypes;
        self.unspecific += other.unspecific;
        self.reference_records += other.reference_records;
        self.not_passed += other.not_passed;
        self.uncalled += other.uncalled;
        self.without_genotypes += other.without_genotypes;
        self.telomeric += other.telomeric;
        self.without_counts += other.without_counts;
        self.unread_values += other.unread_values;
    }
}

/// Genotypes that are written and are no calls, each by the first reason of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Uncalled {
    /// Their own filters (FT) are not those of a call.
    pub filtered: u64,
    /// They are of lower quality than was asked for.
    pub low_quality: u64,
    /// Their quality was asked for, and is not there.
    pub without_quality: u64,
    /// They are of lower depth than was asked for.
    pub low_depth: u64,
    /// Their depth was asked for, and is not there.
    pub without_depth: u64,
}

impl std::ops::AddAssign for Uncalled {
    fn add_assign(&mut self, other: Self) {
        self.filtered += other.filtered;
        self.low_quality += other.low_quality;
        self.without_quality += other.without_quality;
        self.low_depth += other.low_depth;
        self.without_depth += other.without_depth;
    }
}

fn seconds<S: serde::Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
}
