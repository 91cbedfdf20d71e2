//! What is stated of files that list only what their people carry: where they would have listed it.

use std::{
    collections::BTreeMap,
    io::BufRead,
    path::{Path, PathBuf},
};

use fyr_genome::Sequences;
use fyr_schemas::{Assembly, Contig, Interbase};
use fyr_store::{Regions, log::Callable};

use super::{
    IngestError, Progress,
    error::unreadable,
    error::{Fault, quote},
    input::open_bytes,
};

/// What a statement for everywhere is called.
const WHOLE_GENOME: &str = "whole-genome";

/// Where the files of an ingest would have listed whatever their people carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallableStatement {
    /// Everywhere, but where the reference knows no bases (N), as far as the store has a reference.
    WholeGenome,
    /// In the regions of a BED file: of an assay, or a panel.
    Bed(PathBuf),
}

impl CallableStatement {
    /// Reads `whole-genome`, or a path.
    pub fn parse(text: &str) -> Self {
        if text == WHOLE_GENOME { Self::WholeGenome } else { Self::Bed(text.into()) }
    }

    /// Reads the regions; none where it is everywhere.
    pub(crate) fn read(
        &self,
        assembly: Assembly,
        reference: Option<&Sequences>,
    ) -> Result<(Callable, Option<Regions>), IngestError> {
        let (name, regions) = match self {
            Self::WholeGenome => {
                (WHOLE_GENOME.into(), reference.and_then(|known| where_known(assembly, known)))
            }
            Self::Bed(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                (name, Some(read_bed(path, assembly)?))
            }
        };
        Ok((Callable { name: name.into_owned(), regions: regions.as_ref().map(hash) }, regions))
    }
}

/// Returns all of an assembly without the runs of N of a reference, in which nobody can be looked at; none where there are
/// no such runs. Sequences that the reference lacks are taken as a whole.
fn where_known(assembly: Assembly, reference: &Sequences) -> Option<Regions> {
    let unknown: BTreeMap<&Contig, Vec<Interbase>> = reference.unknown().collect();
    if unknown.values().all(Vec::is_empty) {
        return None;
    }
    let listed = assembly
        .row()
        .sequences
        .iter()
        .filter_map(|row| Some((Contig::resolve(&row.name, assembly).ok()?, u64::from(row.length))));
    let mut lengths: BTreeMap<Contig, u64> = listed.collect();
    for contig in unknown.keys() {
        let length = reference.get(contig).map(|(sequence, _)| sequence.length);
        lengths.extend(length.map(|length| ((*contig).clone(), length)));
    }
    let mut regions = Regions::default();
    for (contig, length) in &lengths {
        let runs = unknown.get(contig).map(Vec::as_slice).unwrap_or_default();
        let starts = std::iter::once(0).chain(runs.iter().map(|run| u64::from(run.end())));
        let ends = runs.iter().map(|run| u64::from(run.start())).chain([*length]);
        let known = starts.zip(ends).filter_map(|(start, end)| Interbase::new(start, end).ok());
        known.for_each(|interval| regions.add(contig, interval));
    }
    Some(regions)
}

/// Returns the hash of what regions are, however their file writes them.
fn hash(regions: &Regions) -> String {
    let mut hasher = blake3::Hasher::new();
    for (contig, region) in regions.iter() {
        hasher.update(format!("{}\t{}\t{}\n", contig.name(), region.start(), region.end()).as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

fn read_bed(path: &Path, assembly: Assembly) -> Result<Regions, IngestError> {
    let mut regions = Regions::default();
    for (number, line) in (1..).zip(open_bytes(path, &Progress::default())?.lines()) {
        let line = line.map_err(|e| unreadable(path, e))?;
        let line = line.trim_end_matches('\r');
        let is_comment = |prefix: &&str| line.starts_with(*prefix);
        if line.trim().is_empty() || ["#", "track", "browser"].iter().any(is_comment) {
            continue;
        }
        let (contig, interval) = parse(line, assembly).map_err(|fault| fault.at(path, number, false))?;
        regions.add(&contig, interval);
    }
    if regions.is_empty() {
        return Err(IngestError::file(path, "there is no region in it: expected a BED file"));
    }
    Ok(regions)
}

/// Reads sequence, start and end; the other columns do not matter.
fn parse(line: &str, assembly: Assembly) -> Result<(Contig, Interbase), Fault> {
    let mut columns = line.split('\t');
    let (Some(name), Some(start), Some(end)) = (columns.next(), columns.next(), columns.next()) else {
        let message = format!(
            "{} is no region: a BED file has sequence, start and end, separated by tabs",
            quote(line.as_bytes())
        );
        return Err(Fault::new("region", message));
    };
    let contig = Contig::resolve(name, assembly).map_err(|e| Fault::new("chrom", e.to_string()))?;
    let number = |field: &'static str, text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let message = || format!("{} is not a whole number", quote(text.as_bytes()));
        text.parse::<u64>().ok().filter(|_| is_number).ok_or_else(|| Fault::new(field, message()))
    };
    let (start, end) = (number("chromStart", start)?, number("chromEnd", end)?);
    let interval = Interbase::new(start, end).map_err(|e| Fault::new("chromEnd", e.to_string()))?;
    match contig.facts(assembly) {
        Some(facts) if interval.end() > facts.length => {
            let message = format!(
                "{end} lies behind the end of {contig}, which has {} bases in {assembly}: is the file of another assembly?",
                facts.length
            );
            Err(Fault::new("chromEnd", message))
        }
        _ => Ok((contig, interval)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Callable, Option<Regions>), String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("exome.bed");
        std::fs::write(&path, text).unwrap();
        let read = CallableStatement::parse(path.to_str().unwrap()).read(Assembly::GRCH38, None);
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn regions_are_the_same_however_they_are_written() {
        let plain = read("1\t10\t20\nX\t5\t6\n").unwrap();
        assert_eq!(plain.0.name, "exome.bed");
        let regions = plain.1.as_ref().unwrap();
        let shown: Vec<_> = regions.iter().map(|(contig, r)| (contig.name(), r.start(), r.end())).collect();
        assert_eq!(shown, [("1", 10, 20), ("X", 5, 6)]);
        let other = "#chrom\ntrack name=x\nchrX\t5\t6\tgene\t0\t+\r\n\nchr1\t15\t20\nchr1\t10\t15\n";
        assert_eq!(read(other).unwrap(), plain);
        assert_ne!(read("1\t10\t21\n").unwrap().0, plain.0);
        let everywhere = CallableStatement::parse("whole-genome").read(Assembly::GRCH38, None).unwrap();
        assert_eq!(everywhere, (Callable { name: "whole-genome".into(), regions: None }, None));
    }

    #[test]
    fn nobody_is_looked_at_where_the_reference_knows_no_bases() {
        let contig = |name: &str| Contig::resolve(name, Assembly::GRCH38).unwrap();
        let of = |bases: &str| {
            let reference = Sequences::of([(contig("21"), bases), (contig("chrUn_KI270302v1"), "ACGT")]);
            CallableStatement::WholeGenome.read(Assembly::GRCH38, Some(&reference)).unwrap()
        };
        let (callable, regions) = of("NNACGNTN");
        let regions = regions.unwrap();
        let shown: Vec<_> =
            regions.iter().map(|(contig, run)| (contig.name(), run.start(), run.end())).collect();
        let expected = [("21", 2, 5), ("21", 6, 7), ("1", 0, 248_956_422), ("chrUn_KI270302v1", 0, 4)];
        for region in expected {
            assert!(shown.contains(&region), "{region:?} is not in {shown:?}");
        }
        assert_eq!(shown.iter().filter(|(name, ..)| *name == "21").count(), 2);
        assert!(callable.name == "whole-genome" && callable.regions == Some(hash(&regions)));
        assert_eq!(of("ACGT"), (Callable { name: "whole-genome".into(), regions: None }, None));
    }

    #[test]
    fn what_is_no_region_is_refused_by_its_line() {
        for (text, line, fragment) in [
            ("1\t10\t20\n1 10 20\n", "line 2", "separated by tabs"),
            ("1\t20\t10\n", "line 1", "chromEnd"),
            ("1\t-1\t10\n", "line 1", "`-1` is not a whole number"),
            ("1\t1\t248956423\n", "line 1", "is the file of another assembly"),
            ("#nothing\n", "exome.bed", "there is no region"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(line) && error.contains(fragment), "{text}: {error}");
        }
    }
}
