//! A dataset as files, with everyone in them or as somebody would write them who never knew some people.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use fyr_ingest::IngestOptions;
use fyr_schemas::Assembly;
use fyr_store::Repeated;
use fyr_tests::{CohortSpec, NodeSpec, SyntheticCohort, naive};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{NODE, REGION};

/// The allele of a file that only two people are in.
pub(super) const OF_TWO: &str = "2-1000-A-C";
/// The allele of a file that only one person is in.
pub(super) const OF_ONE: &str = "3-2000-G-T";
/// An allele that everybody was assayed for.
pub(super) const COMMON: &str = "7-117559590-ATCT-A";

const GENES: &str = "0\tNM_1.2\tchr7\t+\t117500000\t117600000\t117510000\t117590000\t2\t\
    117500000,117550000,\t117520000,117600000,\t0\tCFTR\tcmpl\tcmpl\t0,1,\n";
const ONTOLOGY: &str = "child\tparent\nHP:0020219\tHP:0001250\nHP:0001638\tHP:0000118\n\
    HP:0000365\tHP:0000118\nHP:0001250\tHP:0000118\n";

/// Synthetic people. In the VCF every fifth is named by their biosample.
pub(super) struct People {
    directory: PathBuf,
    pub(super) cohort: SyntheticCohort,
    /// Everybody's place, in an order by chance. The first two share a file; the third has one alone.
    pub(super) order: Vec<usize>,
}

impl People {
    pub(super) fn generate(directory: &Path, seed: u64, individuals: usize) -> Self {
        let mut spec = CohortSpec::small(REGION, seed).plant(COMMON, 0.2).unwrap();
        spec.individuals = individuals;
        spec.windows.iter_mut().for_each(|window| window.sites /= 4);
        let cohort = SyntheticCohort::generate(&spec, directory).unwrap();
        let mut order: Vec<usize> = (0..individuals).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        Self { directory: directory.to_owned(), cohort, order }
    }

    /// Returns the id of a person, by their place in the order.
    pub(super) fn id(&self, place: usize) -> &str {
        &self.cohort.people[self.order[place]].id
    }

    /// Returns the id under which genotypes name a person.
    pub(super) fn sample(&self, id: &str) -> String {
        let at = self.cohort.people.iter().position(|person| person.id == id).unwrap();
        if at % 5 == 0 { format!("{id}-B") } else { id.to_owned() }
    }

    /// Returns the file of everybody without some.
    pub(super) fn all_without(&self, without: &[&str]) -> String {
        self.everybody(&without.iter().copied().collect())
    }

    /// Returns a node that holds everyone but some.
    pub(super) fn node(&self, name: &str, without: &[&str]) -> NodeSpec {
        let gone: BTreeSet<&str> = without.iter().copied().collect();
        let directory = self.directory.join(name);
        std::fs::create_dir_all(&directory).unwrap();
        let mut node = NodeSpec::open(NODE, self.variants(&directory, &gone));
        node.metadata.push((REGION.to_owned(), self.documents(&directory, &gone)));
        let ontology = self.directory.join("hp.tsv");
        std::fs::write(&ontology, ONTOLOGY).unwrap();
        node.with_settings(&format!("[[ontologies]]\nprefix = \"HP\"\npath = '{}'\n", ontology.display()))
    }

    fn variants(&self, directory: &Path, gone: &BTreeSet<&str>) -> Vec<IngestOptions> {
        let panel = directory.join("panel.tsv");
        std::fs::write(&panel, self.panel(gone)).unwrap();
        let files = [
            ("all.vcf", Some(self.everybody(gone))),
            ("two.vcf", self.few(&self.order[..2], OF_TWO, gone)),
            ("one.vcf", self.few(&self.order[2..3], OF_ONE, gone)),
        ];
        let mut data = Vec::new();
        for (name, text) in files {
            let Some(text) = text else { continue };
            std::fs::write(directory.join(name), text).unwrap();
            let mut options = IngestOptions::new("", REGION, Assembly::GRCH38, vec![directory.join(name)]);
            options.individuals = Some(panel.clone());
            options.repeated = Repeated::United;
            data.push(options);
        }
        let genes = directory.join("genes.txt");
        std::fs::write(&genes, GENES).unwrap();
        data[0].genes = Some(genes);
        data
    }

    fn panel(&self, gone: &BTreeSet<&str>) -> String {
        let text = naive::read_text(&self.cohort.panel).unwrap();
        let mut lines = text.lines();
        let mut kept = format!("{}\n", lines.next().unwrap());
        for line in lines {
            let (id, rest) = line.split_once('\t').unwrap();
            if !gone.contains(id) {
                kept.push_str(&format!("{}\t{rest}\n", self.sample(id)));
            }
        }
        kept
    }

    /// The file of everybody, without the columns of some.
    fn everybody(&self, gone: &BTreeSet<&str>) -> String {
        let is_left =
            |(at, _): &(usize, &str)| *at < 9 || !gone.contains(self.cohort.people[*at - 9].id.as_str());
        let mut text = String::new();
        for line in naive::read_text(&self.cohort.vcf).unwrap().lines() {
            if line.starts_with("##") {
                text.push_str(line);
            } else {
                let fields: Vec<String> = line
                    .split('\t')
                    .enumerate()
                    .filter(is_left)
                    .map(|(at, field)| match line.starts_with('#') && at >= 9 {
                        true => self.sample(field),
                        false => field.to_owned(),
                    })
                    .collect();
                text.push_str(&fields.join("\t"));
            }
            text.push('\n');
        }
        text
    }

    /// A file of a few people who all carry one allele; none where nobody is left.
    fn few(&self, places: &[usize], allele: &str, gone: &BTreeSet<&str>) -> Option<String> {
        let ids = places.iter().map(|at| self.cohort.people[*at].id.as_str());
        let ids: Vec<&str> = ids.filter(|id| !gone.contains(id)).collect();
        (!ids.is_empty()).then(|| {
            let samples: Vec<String> = ids.iter().map(|id| self.sample(id)).collect();
            vcf(&samples, allele, "0/1")
        })
    }

    /// The documents, as somebody would have written them who never knew some people.
    fn documents(&self, directory: &Path, gone: &BTreeSet<&str>) -> Vec<PathBuf> {
        let write = |path: &PathBuf| {
            let documents: Vec<Value> =
                serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            let documents: Vec<Value> =
                documents.into_iter().filter_map(|document| without(document, gone)).collect();
            let path = directory.join(path.file_name().unwrap());
            std::fs::write(&path, json!(documents).to_string()).unwrap();
            path
        };
        self.cohort.metadata.iter().map(write).collect()
    }
}

/// A file in which everyone has one genotype for one allele.
pub(super) fn vcf(samples: &[String], allele: &str, genotype: &str) -> String {
    let [contig, position, reference, alternate] = allele.split('-').collect::<Vec<_>>().try_into().unwrap();
    let genotypes = vec![genotype; samples.len()].join("\t");
    format!(
        "##fileformat=VCFv4.3\n##contig=<ID=chr{contig}>\n\
         ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{}\n\
         chr{contig}\t{position}\t.\t{reference}\t{alternate}\t.\tPASS\t.\tGT\t{genotypes}\n",
        samples.join("\t"),
    )
}

/// A document without some people; none where it is theirs.
fn without(mut document: Value, gone: &BTreeSet<&str>) -> Option<Value> {
    let owner = document.get("individualId").or(document.get("id")).and_then(Value::as_str);
    if owner.is_some_and(|owner| gone.contains(owner)) {
        return None;
    }
    if let Some(Value::Array(members)) = document.pointer_mut("/ids/individualIds") {
        members.retain(|id| !gone.contains(id.as_str().unwrap()));
        document["cohortSize"] = json!(document["ids"]["individualIds"].as_array().unwrap().len());
    }
    Some(document)
}
