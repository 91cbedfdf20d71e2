//! Members as files that an operator would load.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::{Locus, Population, Somebody};

/// The files of some people.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) vcf: PathBuf,
    pub(crate) panel: PathBuf,
    pub(crate) individuals: PathBuf,
}

impl Written {
    /// Writes people of a population into a directory.
    ///
    /// # Errors
    ///
    /// The files cannot be written.
    pub(crate) fn create(
        population: &Population,
        people: &[&Somebody],
        directory: &Path,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(directory)?;
        let written = Self {
            vcf: directory.join("people.vcf.gz"),
            panel: directory.join("people.panel.tsv"),
            individuals: directory.join("individuals.json"),
        };
        std::fs::write(&written.panel, panel(people))?;
        let documents: Vec<_> = people.iter().map(|somebody| individual(somebody)).collect();
        std::fs::write(&written.individuals, serde_json::to_vec(&documents)?)?;
        let mut file = noodles::bgzf::io::Writer::new(File::create(&written.vcf)?);
        file.write_all(header(population, people).as_bytes())?;
        for (at, locus) in population.loci.iter().enumerate() {
            file.write_all(record(population.contig, at, locus, people).as_bytes())?;
        }
        file.finish()?;
        Ok(written)
    }
}

/// Chromosomes of everybody elsewhere.
const CHROMOSOMES: u32 = 2_000_000;

/// Writes how frequent each locus is in the population that all come from.
///
/// # Errors
///
/// The file cannot be written.
pub(crate) fn frequencies(population: &Population, path: &Path) -> anyhow::Result<PathBuf> {
    let mut file = noodles::bgzf::io::Writer::new(File::create(path)?);
    write!(
        file,
        "##fileformat=VCFv4.3\n##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Allele count\">\n\
         ##INFO=<ID=AN,Number=1,Type=Integer,Description=\"Allele number\">\n##contig=<ID={},assembly={}>\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
        population.contig, population.assembly
    )?;
    for Locus { position, reference, alternate, frequency } in &population.loci {
        let count = (frequency * f64::from(CHROMOSOMES)).round();
        let contig = population.contig;
        writeln!(
            file,
            "{contig}\t{position}\t.\t{reference}\t{alternate}\t.\tPASS\tAC={count};AN={CHROMOSOMES}"
        )?;
    }
    file.finish()?;
    Ok(path.to_owned())
}

fn header(population: &Population, people: &[&Somebody]) -> String {
    let ids: Vec<&str> = people.iter().map(|somebody| somebody.id.as_str()).collect();
    format!(
        "##fileformat=VCFv4.3\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
         ##contig=<ID={},assembly={}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{}\n",
        population.contig,
        population.assembly,
        ids.join("\t")
    )
}

fn record(contig: &str, at: usize, locus: &Locus, people: &[&Somebody]) -> String {
    let Locus { position, reference, alternate, .. } = locus;
    let mut line = format!("{contig}\t{position}\t.\t{reference}\t{alternate}\t.\tPASS\t.\tGT");
    for somebody in people {
        line.push_str(match somebody.copies(at) {
            0 => "\t0/0",
            1 => "\t0/1",
            _ => "\t1/1",
        });
    }
    line.push('\n');
    line
}

fn panel(people: &[&Somebody]) -> String {
    let row = |somebody: &&Somebody| {
        let sex = if somebody.male { "male" } else { "female" };
        format!("{}\t{}\tALL\t{sex}\n", somebody.id, somebody.label)
    };
    let rows: String = people.iter().map(row).collect();
    format!("sample\tpop\tsuper_pop\tgender\n{rows}")
}

fn individual(somebody: &Somebody) -> serde_json::Value {
    let (sex, label) = if somebody.male { ("NCIT:C20197", "male") } else { ("NCIT:C16576", "female") };
    let height: f64 = somebody.height.parse().unwrap_or_default();
    json!({
        "id": somebody.id,
        "sex": { "id": sex, "label": label },
        "measures": [{
            "assayCode": { "id": "LOINC:8308-9", "label": "Body height" },
            "measurementValue": { "value": height, "unit": { "id": "NCIT:C49668", "label": "Centimeter" } },
        }],
        "diseases": [{ "diseaseCode": { "id": somebody.code, "label": "a diagnosis" } }],
    })
}
