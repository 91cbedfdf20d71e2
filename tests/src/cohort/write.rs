//! From a spec to files, with the truth counted on the way. One record in memory at a time.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use fyr_schemas::Assembly;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{
    CohortSpec, Genotype, Site, SyntheticPerson, genotype::genotypes, metadata, people, site::sites,
};
use crate::{Truth, counts::Grouping};

/// A generated cohort: its files and its truth.
#[derive(Clone, Debug)]
pub struct SyntheticCohort {
    /// BGZF-compressed VCF.
    pub vcf: PathBuf,
    /// 1000 Genomes panel with sex and population.
    pub panel: PathBuf,
    /// Documents of the Beacon model, one file an entry type.
    pub metadata: Vec<PathBuf>,
    /// Everyone.
    pub people: Vec<SyntheticPerson>,
    /// The counts, straight from the genotypes that were drawn.
    pub truth: Truth,
    /// Number of records.
    pub records: u64,
}

impl SyntheticCohort {
    /// Generates a cohort into a directory.
    ///
    /// # Errors
    ///
    /// The files cannot be written.
    pub fn generate(spec: &CohortSpec, directory: &Path) -> anyhow::Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(spec.seed);
        let people = people::people(spec, &mut rng);
        let panel = directory.join(format!("{}.panel.tsv", spec.name));
        std::fs::write(&panel, people::panel(&people))?;
        let vcf = directory.join(format!("{}.vcf.gz", spec.name));
        let mut writer = Writer::create(&vcf, spec, people)?;
        let mut site_rng = ChaCha8Rng::seed_from_u64(spec.site_seed);
        for window in &spec.windows {
            for site in sites(spec, window, &mut site_rng, &mut rng) {
                let calls = genotypes(&site, window.inheritance, &writer.people, spec.missing, &mut rng);
                writer.record(&window.contig, &site, &calls)?;
            }
        }
        let Writer { file, people, truth, records, .. } = writer;
        file.finish()?;
        let metadata = metadata::write(&spec.name, &people, directory)?;
        Ok(Self { vcf, panel, metadata, people, truth, records })
    }
}

struct Writer {
    file: noodles::bgzf::io::Writer<File>,
    prefix: &'static str,
    people: Vec<SyntheticPerson>,
    grouping: Grouping,
    truth: Truth,
    records: u64,
    line: String,
}

impl Writer {
    fn create(path: &Path, spec: &CohortSpec, people: Vec<SyntheticPerson>) -> anyhow::Result<Self> {
        let prefix = if spec.chr_prefix { "chr" } else { "" };
        let mut file = noodles::bgzf::io::Writer::new(File::create(path)?);
        file.write_all(header(spec, prefix, &people).as_bytes())?;
        let populations: Vec<[String; 2]> =
            people.iter().map(|person| [person.population.clone(), "SYN".to_owned()]).collect();
        let groups = people.iter().zip(&populations);
        let grouping = Grouping::new(groups.map(|(person, p)| (Some(person.sex_letter()), p.as_slice())));
        Ok(Self { file, prefix, people, grouping, truth: Truth::default(), records: 0, line: String::new() })
    }

    fn record(&mut self, contig: &str, site: &Site, calls: &[Genotype]) -> anyhow::Result<()> {
        let alternates: Vec<&str> = site.alleles.iter().map(|allele| allele.alternate.as_str()).collect();
        // All records count, whatever FILTER says: a few are of low quality.
        let filter = if self.records % 31 == 30 { "LowQual" } else { "PASS" };
        self.line.clear();
        self.line.push_str(&format!(
            "{}{}\t{}\t.\t{}\t{}\t.\t{filter}\t.\tGT",
            self.prefix,
            if self.prefix == "chr" && contig == "MT" { "M" } else { contig },
            site.position,
            site.reference,
            alternates.join(","),
        ));
        let phased = self.records.is_multiple_of(2);
        for (person, call) in calls.iter().enumerate() {
            self.line.push('\t');
            call.write(person, phased, &mut self.line);
        }
        self.line.push('\n');
        self.file.write_all(self.line.as_bytes())?;
        self.records += 1;
        for (number, allele) in (1u8..).zip(&site.alleles) {
            let counts = self.grouping.count(calls.iter().map(Genotype::alleles), number);
            self.truth.alleles.insert(allele.key.clone(), counts);
        }
        Ok(())
    }
}

fn header(spec: &CohortSpec, prefix: &str, people: &[SyntheticPerson]) -> String {
    let mut text = "##fileformat=VCFv4.3\n##source=fyr-tests synthetic cohort\n".to_owned();
    text.push_str("##FILTER=<ID=LowQual,Description=\"Low quality\">\n");
    text.push_str("##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n");
    for (contig, _) in contigs(spec) {
        text.push_str(&format!("##contig=<ID={prefix}{contig},assembly={}>\n", spec.assembly));
    }
    text.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT");
    for person in people {
        text.push('\t');
        text.push_str(&person.id);
    }
    text.push('\n');
    text
}

/// Sequence names as the file writes them: UCSC calls the mitochondrial genome `chrM`.
fn contigs(spec: &CohortSpec) -> BTreeMap<String, Assembly> {
    let name = |contig: &str| if spec.chr_prefix && contig == "MT" { "M" } else { contig }.to_owned();
    spec.windows.iter().map(|window| (name(&window.contig), spec.assembly)).collect()
}
