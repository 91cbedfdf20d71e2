//! What a command line asks for: alleles in any notation, or whatever a Beacon request can ask for. That of `fyr query`,
//! and of whoever asks a node without a door.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use clap::Args;
use fyr_schemas::{
    Assembly, EntryType, Query, VariantQuery,
    beacon::{EntryRequest, RequestParts, Target},
};

use crate::ClientError;

/// Of which variants, or of which people.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What to ask for")]
pub struct AskedArgs {
    /// The variant: chromosome, position, reference and alternate bases, joined by -, : or blanks; or in
    /// HGVS, SPDI or VRS. Several, where each is one word
    #[arg(value_name = "VARIANT", conflicts_with_all = ["range", "gene"])]
    variant: Vec<String>,
    /// Read alleles from a file, one a line; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["variant", "range", "gene"])]
    file: Option<String>,
    /// Assembly of the position, such as GRCh38; not needed with an accession
    #[arg(long)]
    assembly: Option<Assembly>,
    /// All that overlaps an interval, 1-based and with its last base: 7:117559000-117560000
    #[arg(long, value_name = "CHR:FROM-TO")]
    range: Option<Interval>,
    /// All of a gene, by its symbol
    #[arg(long, value_name = "SYMBOL", conflicts_with = "range")]
    gene: Option<String>,
    /// Only variants of this type: SNP, INS, DEL, DUP, INV, CNV, BND and such
    #[arg(long = "type", value_name = "TYPE")]
    variant_type: Option<String>,
    /// Only variants at least this long, bases
    #[arg(long, value_name = "BASES")]
    min_length: Option<u64>,
    /// Only variants at most this long, bases
    #[arg(long, value_name = "BASES")]
    max_length: Option<u64>,
    /// Only breakends whose other end lies there: a sequence, or an interval of one
    #[arg(long, value_name = "CHR[:FROM-TO]", requires = "range")]
    mate: Option<String>,
    /// Only structural variants of which so much lies in the interval, and of which it covers so much: 0.8
    #[arg(long, value_name = "FRACTION", requires = "range")]
    overlap: Option<String>,
    /// Only variants with this consequence: a term of the Sequence Ontology, such as missense_variant
    #[arg(long, value_name = "TERM")]
    effect: Option<String>,
    /// Only variants that change a protein so: V600E
    #[arg(long, value_name = "CHANGE")]
    protein_change: Option<String>,
    /// Only people, or variants, for whom this holds, written as in a Beacon request: HP:0001250,
    /// population:=FIN, alleleFrequency:<0.01 (may be repeated: all must hold)
    #[arg(long, value_name = "FILTER")]
    filter: Vec<String>,
    /// What is asked for: variants, or the individuals, biosamples, runs, analyses, cohorts of whom they are
    #[arg(long, value_name = "ENTRIES", default_value = "g_variants")]
    entries: EntryType,
    /// Entries a page
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u32>,
    /// Pages to skip
    #[arg(long, value_name = "PAGES")]
    skip: Option<u32>,
}

/// One question, and how it was written.
#[derive(Clone, Debug)]
pub struct WrittenQuestion {
    /// As it was written.
    pub text: String,
    /// What it means.
    pub query: Query,
}

impl AskedArgs {
    /// Reads the questions.
    ///
    /// # Errors
    ///
    /// What cannot be read, and nothing at all.
    pub fn questions(&self) -> Result<Vec<WrittenQuestion>, ClientError> {
        let alleles = self.alleles()?;
        if alleles.is_empty() {
            return Ok(vec![self.question(None)?]);
        }
        alleles.iter().map(|allele| self.question(Some(allele))).collect()
    }

    fn alleles(&self) -> Result<Vec<String>, ClientError> {
        if let Some(file) = &self.file {
            let text = read(file).map_err(|source| ClientError::File { path: file.into(), source })?;
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            let alleles: Vec<_> = lines.map(str::to_owned).collect();
            return if alleles.is_empty() { Err(ClientError::NoAlleles(file.into())) } else { Ok(alleles) };
        }
        let reads = |word: &String| VariantQuery::parse(word, self.assembly).is_ok();
        Ok(match self.variant.as_slice() {
            [] => Vec::new(),
            [_, _, ..] if self.variant.iter().all(reads) => self.variant.clone(),
            words => vec![words.join(" ")],
        })
    }

    /// Reads one question as a Beacon request would be: there is one meaning of each parameter.
    fn question(&self, allele: Option<&String>) -> Result<WrittenQuestion, ClientError> {
        let mut pairs = self.parameters();
        if let Some(allele) = allele {
            // Only for its errors: they are about the notation, and not about a parameter.
            VariantQuery::parse(allele, self.assembly)?;
            pairs.push(("genomicAlleleShortForm", allele.clone()));
        }
        let asked = |(name, _): &&(&str, String)| *name != "assemblyId";
        let words: Vec<_> =
            pairs.iter().filter(asked).map(|(name, value)| format!("{name}={value}")).collect();
        let text = allele.cloned().unwrap_or_else(|| words.join(" "));
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let parts = RequestParts::collect(pairs, b"").map_err(ClientError::Request)?;
        let target = Target { entry_type: self.entries, within: None };
        let query = EntryRequest::read(&parts, target).map_err(ClientError::Request)?.query;
        Ok(WrittenQuestion { text, query })
    }

    /// Returns the parameters of the request, without the allele.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let mut add = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        add("assemblyId", self.assembly.map(|assembly| assembly.name().to_owned()));
        if let Some(range) = &self.range {
            add("referenceName", Some(range.sequence.clone()));
            add("start", Some(range.start.to_string()));
            add("end", Some(range.end.to_string()));
        }
        add("geneId", self.gene.clone());
        add("variantType", self.variant_type.clone());
        add("variantMinLength", self.min_length.map(|length| length.to_string()));
        add("variantMaxLength", self.max_length.map(|length| length.to_string()));
        if let Some(mate) = &self.mate {
            let interval: Option<Interval> = mate.parse().ok();
            let sequence = interval.as_ref().map_or(mate, |interval| &interval.sequence);
            add("mateName", Some(sequence.clone()));
            add("adjacencyRange", interval.as_ref().map(|of| format!("{},{}", of.start, of.end)));
        }
        add("reciprocalOverlap", self.overlap.clone());
        add("molecularEffect", self.effect.clone());
        add("aminoacidChange", self.protein_change.clone());
        add("filters", (!self.filter.is_empty()).then(|| self.filter.join(",")));
        add("limit", self.limit.map(|limit| limit.to_string()));
        add("skip", self.skip.map(|skip| skip.to_string()));
        pairs
    }
}

fn read(file: &str) -> io::Result<String> {
    if file != "-" {
        return fs::read_to_string(Path::new(file));
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

/// An interval of a sequence as people write it, kept interbase.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Interval {
    sequence: String,
    start: u64,
    end: u64,
}

impl std::str::FromStr for Interval {
    type Err = String;

    /// Reads `7:117559000-117560000`, 1-based with the last base; `7:117559000` is one base.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no interval: write CHR:FROM-TO, such as 7:117559000-117560000");
        let (sequence, bases) = text.rsplit_once(':').ok_or_else(wrong)?;
        let (first, last) = bases.split_once('-').unwrap_or((bases, bases));
        let position = |text: &str| text.replace(',', "").parse::<u64>().ok();
        match (position(first), position(last)) {
            (Some(first), Some(last)) if first >= 1 && first <= last && !sequence.is_empty() => {
                Ok(Self { sequence: sequence.to_owned(), start: first - 1, end: last })
            }
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use fyr_schemas::{Contig, Interbase};

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        asked: AskedArgs,
    }

    fn questions(line: &str) -> Result<Vec<WrittenQuestion>, ClientError> {
        let words = ["query"].into_iter().chain(line.split(' '));
        Line::try_parse_from(words).expect(line).asked.questions()
    }

    fn question(line: &str) -> Query {
        let mut questions = questions(line).expect(line);
        assert_eq!(questions.len(), 1, "{line}");
        questions.remove(0).query
    }

    #[test]
    fn words_are_one_allele_or_several() {
        let texts =
            |line: String| questions(&line).unwrap().into_iter().map(|asked| asked.text).collect::<Vec<_>>();
        let of = |line: &str| texts(format!("--assembly GRCh38 {line}"));
        assert_eq!(of("chr7 117559590 ATCT A"), ["chr7 117559590 ATCT A"]);
        assert_eq!(of("7-117559590-ATCT-A"), ["7-117559590-ATCT-A"]);
        assert_eq!(of("7-117559590-ATCT-A 1:1000:A:G"), ["7-117559590-ATCT-A", "1:1000:A:G"]);
        assert!(matches!(questions("7-1-A-C"), Err(ClientError::Question(_))), "no assembly");
        assert!(questions("--assembly GRCh38 7-1-A-C 7-1-A").is_err(), "one of them is none");
    }

    #[test]
    fn alleles_come_from_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "# two\n7-117559590-ATCT-A\r\n\n chr1 1000 A G \n").unwrap();
        let line = |path: &Path| format!("--assembly GRCh38 --file {}", path.display());
        let questions = questions(&line(file.path())).unwrap();
        let texts: Vec<_> = questions.iter().map(|asked| asked.text.as_str()).collect();
        assert_eq!(texts, ["7-117559590-ATCT-A", "chr1 1000 A G"]);
        fs::write(file.path(), "# none\n").unwrap();
        assert!(matches!(super::tests::questions(&line(file.path())), Err(ClientError::NoAlleles(_))));
    }

    #[test]
    fn an_interval_is_1_based_and_has_its_last_base() {
        for line in ["7:1000-2000", "chr7:1,000-2,000"] {
            let query = question(&format!("--assembly GRCh38 --range {line} --type DEL --min-length 50"));
            let Some(VariantQuery::Range(range)) = query.variant else { panic!("{line}") };
            assert_eq!(range.contig, Contig::asked("7", Assembly::GRCH38).unwrap(), "{line}");
            assert_eq!(range.interval, Interbase::new(999, 2000).unwrap(), "{line}");
            assert_eq!(range.narrowing.minimum_length, Some(50));
        }
        assert_eq!("7:5".parse(), Ok(Interval { sequence: "7".into(), start: 4, end: 5 }));
        for wrong in ["7", "7:0-5", "7:5-4", ":1-2", "7:a-b", "7:1-2-3"] {
            assert!(wrong.parse::<Interval>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn whatever_beacon_can_ask_is_asked() {
        let gene = question("--gene BRCA1 --effect stop_gained --filter alleleFrequency:<0.01");
        assert!(matches!(gene.variant, Some(VariantQuery::Gene(_))) && gene.frequencies.len() == 1);
        let people = question("--entries individuals --filter HP:0001250 --filter population:=FIN --limit 5");
        assert_eq!((people.entry_type, people.filters.clauses().len()), (EntryType::Individual, 2));
        assert_eq!(people.pagination.limit, 5);
        let carriers = question("--entries individuals --assembly GRCh38 7-117559590-ATCT-A");
        assert!(carriers.variant.is_some_and(|variant| variant.is_exact()));
        let breakend = question("--assembly GRCh38 --range 9:1000-2000 --mate 22:500-600 --type BND");
        let Some(VariantQuery::Range(range)) = breakend.variant else { panic!("a range") };
        assert_eq!(range.narrowing.mate.unwrap().interval, Some(Interbase::new(499, 600).unwrap()));
        assert!(matches!(questions("--assembly GRCh38"), Err(ClientError::Request(_))), "nothing is asked");
    }
}
