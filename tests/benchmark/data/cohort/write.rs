//! A cohort to files.

use std::{fs::File, io::Write, path::Path};

use noodles::bgzf;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::{Allele, GENES as GENE_COUNT, Site, gene, gene_at, phenotype_of};
use crate::{data::people::People, progress};

pub(super) const VCF: &str = "cohort.vcf.gz";
pub(super) const GENES: &str = "genes.tsv";
pub(super) const PANEL: &str = "panel.tsv";
pub(super) const INDIVIDUALS: &str = "individuals.json";
pub(super) const MANIFEST: &str = "manifest.tsv";

const HEADER: &str = "##fileformat=VCFv4.3\n##FILTER=<ID=PASS,Description=\"All filters passed\">\n\
    ##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequences. Format: \
    Allele|Consequence|SYMBOL|Feature|ALLELE_NUM\">\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
    ##contig=<ID=chr1,length=248956422>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";

/// Writes all files of a cohort.
pub(super) fn all(directory: &Path, people: &People, sites: &[Site]) -> anyhow::Result<()> {
    std::fs::write(directory.join(PANEL), people.panel())?;
    std::fs::write(directory.join(GENES), genes()?)?;
    std::fs::write(directory.join(INDIVIDUALS), individuals(people).to_string())?;
    joint(&directory.join(VCF), people, sites)?;
    singles(directory, people, sites)
}

fn create(path: &Path, samples: &[&str]) -> anyhow::Result<bgzf::io::Writer<File>> {
    let mut file = bgzf::io::Writer::new(File::create(path)?);
    writeln!(file, "{HEADER}\t{}", samples.join("\t"))?;
    Ok(file)
}

/// The multi-sample file.
fn joint(path: &Path, people: &People, sites: &[Site]) -> anyhow::Result<()> {
    let ids: Vec<&str> = people.individuals.iter().map(|person| person.id.as_str()).collect();
    let mut file = create(path, &ids)?;
    let bar = progress::bar("writing the VCF", sites.len() as u64);
    let mut line = String::new();
    for site in sites {
        line.clear();
        line.push_str(&site.fields());
        for person in 0..people.len() {
            line.push('\t');
            line.push_str(&site.genotype(person));
        }
        line.push('\n');
        file.write_all(line.as_bytes())?;
        bar.inc(1);
    }
    file.finish()?;
    bar.finish_and_clear();
    Ok(())
}

/// One file a person, with what that person carries, and the list of them.
fn singles(directory: &Path, people: &People, sites: &[Site]) -> anyhow::Result<()> {
    let folder = directory.join("samples");
    std::fs::create_dir_all(&folder)?;
    let path = |number: usize| folder.join(format!("{number:05}.vcf.gz"));
    let bar = progress::bar("writing a VCF a person", people.len() as u64);
    (0..people.len()).into_par_iter().try_for_each(|number| {
        bar.inc(1);
        single(&path(number), people, number, sites)
    })?;
    bar.finish_and_clear();
    let mut manifest = "sample_name\tvcf_path\tsex\ttech_name\tphenotype_codes\n".to_owned();
    for (number, person) in people.individuals.iter().enumerate() {
        let sex = if people.is_male(number) { "male" } else { "female" };
        let (id, path) = (&person.id, path(number));
        manifest.push_str(&format!("{id}\t{}\t{sex}\twgs\t{}\n", path.display(), phenotype_of(number)));
    }
    Ok(std::fs::write(directory.join(MANIFEST), manifest)?)
}

fn single(path: &Path, people: &People, number: usize, sites: &[Site]) -> anyhow::Result<()> {
    let id = people.individuals.get(number).map_or("", |person| person.id.as_str());
    let mut file = create(path, &[id])?;
    for site in sites.iter().filter(|site| site.is_carried_by(number)) {
        writeln!(file, "{}\t{}", site.fields(), site.genotype(number))?;
    }
    file.finish()?;
    Ok(())
}

impl Site {
    fn is_carried_by(&self, person: usize) -> bool {
        self.alleles.iter().any(|allele| allele.genotypes.pair(person) != 0)
    }

    /// The columns before the genotypes. Shorter reference bases are filled up, as files have one REF a record.
    fn fields(&self) -> String {
        let reference = self.alleles.iter().map(|allele| allele.variant.reference_bases.as_str());
        let reference = reference.max_by_key(|bases| bases.len()).unwrap_or_default();
        let alternate = |allele: &Allele| {
            let rest = reference.get(allele.variant.reference_bases.len()..).unwrap_or_default();
            format!("{}{rest}", allele.variant.alternate_bases)
        };
        let alternates: Vec<String> = self.alleles.iter().map(alternate).collect();
        let position = self.alleles.first().map_or(0, |allele| allele.variant.interval.first_base());
        let (alternates, info) = (alternates.join(","), self.info());
        format!("chr1\t{position}\t.\t{reference}\t{alternates}\t.\tPASS\t{info}\tGT")
    }

    fn info(&self) -> String {
        let effect = |(number, allele): (u32, &Allele)| {
            let gene = gene_at(allele.variant.interval.start())?;
            let (bases, consequence) = (&allele.variant.alternate_bases, allele.consequence?);
            Some(format!("{bases}|{consequence}|GENE{gene:02}|T{gene:02}|{number}"))
        };
        let effects: Vec<String> = (1..).zip(&self.alleles).filter_map(effect).collect();
        if effects.is_empty() { ".".to_owned() } else { format!("CSQ={}", effects.join(",")) }
    }

    fn genotype(&self, person: usize) -> String {
        if self.alleles.first().is_some_and(|allele| allele.genotypes.is_missing(person)) {
            return "./.".to_owned();
        }
        let copy = |copy: u32| {
            let has = |allele: &Allele| allele.genotypes.pair(person) >> copy & 1 == 1;
            self.alleles.iter().position(has).map_or(0, |number| number + 1)
        };
        format!("{}|{}", copy(0), copy(1))
    }
}

/// Transcript, chromosome, start, end, symbol.
fn genes() -> anyhow::Result<String> {
    let line = |number: u32| {
        let (symbol, place) = gene(number)?;
        Ok(format!("T{number:02}\t1\t{}\t{}\t{symbol}\n", place.start(), place.end()))
    };
    (0..GENE_COUNT).map(line).collect()
}

fn individuals(people: &People) -> Value {
    let document = |(number, person): (usize, &fyr_schemas::Individual)| {
        let (id, label) = person.sex.term();
        let feature = json!({ "featureType": { "id": phenotype_of(number), "label": "a phenotype" } });
        json!({ "id": person.id, "sex": { "id": id, "label": label }, "phenotypicFeatures": [feature] })
    };
    people.individuals.iter().enumerate().map(document).collect()
}
