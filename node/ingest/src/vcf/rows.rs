//! From a piece of a file to the rows that the store takes: the work of one core.

mod checks;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use fyr_schemas::{
    Assembly, Contig, Group, ReferenceSequence, Sex, Tally, Variant, expected_ploidy, is_sequence,
};
use fyr_store::{Annotation, Carriers, FrequencyRow, GenotypeRow};

use self::checks::{check_distinct, check_position, is_endless, is_plain};
use super::{
    CallRule, IngestError, PloidyReading,
    alleles::{Allele, Frame, normalise},
    cohort::Person,
    error::{Fault, quote},
    frequencies::{self, Counted, FieldCache, FieldNames},
    genotypes::{Copies, Genotype, Layout, globalise, scan},
    header::Header,
    info::Info,
    judge::{Judge, leave_out},
    lines::{Piece, lines},
    notes::{self, Listing, Note},
    record::{Record, with_readable_info},
    reference::Bases,
    report::Counts,
    sexes::Seen,
    values,
};

/// One input file and how its records are to be read.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    /// Whether lines count the records of a binary file.
    pub(crate) binary: bool,
    /// How many lines are read before the first record that the file does not have.
    pub(crate) not_in_file: u64,
    /// Number among the inputs.
    pub(crate) shard: u32,
    pub(crate) header: Header,
    pub(crate) assembly: Assembly,
    /// For each sample column the person, if selected.
    pub(crate) columns: Vec<Option<Person>>,
    pub(crate) ploidy: PloidyReading,
    pub(crate) calls: CallRule,
    /// Whether it is stated where the file would have listed whatever its people carry.
    pub(crate) callable: bool,
    /// Whether a frequency that nobody counted (AF) is enough.
    pub(crate) as_reference: bool,
    pub(crate) reference: Option<Arc<Bases>>,
    pub(crate) field_names: Arc<FieldNames>,
    /// Lets records without AC and AN pass, as a check does.
    pub(crate) lenient: bool,
}

impl Source {
    /// Returns whether a reserved key of INFO is read. Counts are those of the genotypes where there are samples.
    fn reads(&self, key: &str) -> bool {
        let counts = self.columns.is_empty() && matches!(key, "AC" | "AN");
        key == "END" || counts || (self.as_reference && key == "AF")
    }
}

/// First and last position, and number of records, on a contig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) records: u64,
}

/// The rows of a piece.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) genotypes: Vec<GenotypeRow>,
    pub(crate) frequencies: Vec<FrequencyRow>,
    /// The line of each of them.
    pub(crate) frequency_lines: Vec<u64>,
    pub(crate) notes: Vec<Note>,
    pub(crate) counts: Counts,
    pub(crate) sexes: Seen,
    pub(crate) extents: BTreeMap<Contig, Extent>,
    /// The first record of samples without genotypes.
    pub(crate) ungenotyped: Option<Ungenotyped>,
    /// The sequences that the file calls otherwise, by the name that it has for them.
    pub(crate) renamed: BTreeMap<String, Contig>,
}

/// A record of samples without genotypes.
#[derive(Clone, Debug)]
pub(crate) struct Ungenotyped {
    pub(crate) line: u64,
    pub(crate) format: String,
}

/// Reads all records of a piece; fails at the first that is malformed.
pub(crate) fn read_piece(source: &Source, piece: &Piece) -> Result<Batch, IngestError> {
    let mut reader = RowReader::new(source);
    for (line, text) in lines(piece).filter(|(_, text)| !text.is_empty()) {
        let at = line - source.not_in_file;
        let readable = with_readable_info(text);
        reader.line = at;
        reader
            .read(readable.as_deref().unwrap_or(text))
            .map_err(|fault| fault.at(&source.path, at, source.binary))?;
    }
    Ok(reader.batch)
}

struct RowReader<'a> {
    source: &'a Source,
    batch: Batch,
    /// The line that is read, or the record of a binary file.
    line: u64,
    /// The last contig and its name in the file: files are mostly sorted.
    contig: Option<(String, Contig)>,
    fields: FieldCache<'a>,
    found: Vec<(usize, Genotype)>,
}

impl<'a> RowReader<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            source,
            batch: Batch::default(),
            line: 0,
            contig: None,
            fields: FieldCache::new(&source.field_names),
            found: Vec::new(),
        }
    }

    fn read(&mut self, line: &[u8]) -> Result<(), Fault> {
        let record = Record::parse(line)?;
        let contig = self.contig(record.contig)?;
        let is_read = |key: &str| self.source.reads(key);
        self.batch.counts.unread_values +=
            values::check(Info(record.info), &self.source.header.info, is_read)?;
        self.count(&record, &contig);
        if record.position == 0 {
            self.batch.counts.telomeric += 1;
            return Ok(());
        }
        check_position(&record, &contig, self.source.assembly)?;
        let variants = self.variants(&record, &contig)?;
        if self.source.columns.is_empty() {
            return self.read_sites(&record, &contig, variants);
        }
        self.read_samples(&record, &contig, variants)
    }

    fn contig(&mut self, name: &str) -> Result<Contig, Fault> {
        if let Some((last, contig)) = &self.contig
            && last == name
        {
            return Ok(contig.clone());
        }
        let contig =
            Contig::resolve(name, self.source.assembly).map_err(|e| Fault::new("CHROM", e.to_string()))?;
        if let Some(facts) = contig.facts(self.source.assembly) {
            self.source.header.build.check_sequence(name, facts)?;
        }
        if let Some(reference) = &self.source.reference {
            reference.load(&contig).map_err(|e| Fault::new("CHROM", e.to_string()))?;
        }
        if !is_plain(name, &contig) {
            self.batch.renamed.insert(name.to_owned(), contig.clone());
        }
        self.contig = Some((name.to_owned(), contig.clone()));
        Ok(contig)
    }

    fn count(&mut self, record: &Record<'_>, contig: &Contig) {
        self.batch.counts.records += 1;
        let position = record.position;
        let extent = self.batch.extents.entry(contig.clone()).or_insert(Extent {
            first: position,
            last: position,
            records: 0,
        });
        extent.first = extent.first.min(position);
        extent.last = extent.last.max(position);
        extent.records += 1;
    }

    /// Returns the variants of a record with the numbers that genotypes know them by.
    fn variants(&mut self, record: &Record<'_>, contig: &Contig) -> Result<Vec<(u16, Variant)>, Fault> {
        let mut variants = Vec::new();
        let mut unspecific = 0;
        let reference = self.source.reference.as_deref().filter(|bases| bases.covers(contig));
        let frame = Frame {
            assembly: self.source.assembly,
            contig,
            copies_on_one: self.source.header.copies_on_one,
            reference: reference.map(|bases| bases as &dyn ReferenceSequence),
        };
        for (index, text) in record.alternates().enumerate() {
            let number = u16::try_from(index + 1)
                .map_err(|_| Fault::new("ALT", "more than 65,535 alleles in one record"))?;
            match normalise(record, frame, (index, text))? {
                Allele::Variant(variant) => variants.push((number, variant)),
                Allele::Unspecific => unspecific += 1,
            }
        }
        check_distinct(&variants)?;
        self.batch.counts.endless +=
            variants.iter().filter(|(_, variant)| is_endless(variant)).count() as u64;
        self.batch.counts.unspecific += unspecific;
        self.batch.counts.reference_records += u64::from(variants.is_empty());
        Ok(variants)
    }

    fn read_sites(
        &mut self,
        record: &Record<'_>,
        contig: &Contig,
        variants: Vec<(u16, Variant)>,
    ) -> Result<(), Fault> {
        if variants.is_empty() || !self.taken(record) {
            return Ok(());
        }
        let counted = Counted::read(Info(record.info), &mut self.fields);
        let count = record.alternates().count();
        for (number, variant) in variants {
            let allele = frequencies::Allele { index: usize::from(number) - 1, count };
            let mut tallies = counted.tallies(contig.is_autosome(self.source.assembly), allele)?;
            let has_total =
                |tallies: &[(Group, Tally)]| tallies.iter().any(|(group, _)| *group == Group::Total);
            if self.source.as_reference && !has_total(&tallies) {
                let stated = frequencies::stated(Info(record.info), allele)?;
                tallies = stated.map(|tally| (Group::Total, tally)).into_iter().collect();
            }
            if !has_total(&tallies) {
                self.miss_counts()?;
                continue;
            }
            self.count_allele(&variant);
            let (ids, filters, shard) = (record.ids(), record.filters(), self.source.shard);
            let annotation = self.annotate(record, number, &variant);
            self.batch.frequency_lines.push(self.line);
            self.batch.frequencies.push(FrequencyRow { variant, ids, filters, shard, tallies, annotation });
        }
        Ok(())
    }

    fn miss_counts(&mut self) -> Result<(), Fault> {
        self.batch.counts.without_counts += 1;
        if self.source.lenient {
            return Ok(());
        }
        if self.source.as_reference {
            return Err(Fault::new("INFO", "a frequency needs AF, or AC and AN"));
        }
        let message = "a record without samples needs AC and AN: where they have other names, say so with \
                       --frequency-fields";
        Err(Fault::new("INFO", message))
    }

    fn count_allele(&mut self, variant: &Variant) {
        self.batch.counts.alleles += 1;
        self.batch.counts.symbolic += u64::from(!is_sequence(&variant.alternate_bases));
    }

    fn read_samples(
        &mut self,
        record: &Record<'_>,
        contig: &Contig,
        variants: Vec<(u16, Variant)>,
    ) -> Result<(), Fault> {
        let copies = self.copies(contig, record.position);
        let called = self.scan(record, copies.matter())?;
        let taken = self.taken(record);
        if called && taken {
            self.judge(record, copies)?;
            let site = (self.source.assembly, contig, variants.as_slice());
            self.batch.sexes.add(site, &self.source.columns, &self.found);
        }
        let listing = Listing {
            columns: &self.source.columns,
            callable: self.source.callable,
            // Of how many copies a block speaks is not written.
            blocks: self.source.ploidy == PloidyReading::BySex || contig.is_autosome(self.source.assembly),
        };
        let found = (called && taken).then_some(self.found.as_slice());
        notes::add(&listing, (record, contig, copies), found, &mut self.batch.notes)?;
        if !taken {
            return Ok(());
        }
        let (ids, filters) = (record.ids(), record.filters());
        for (number, variant) in variants {
            self.count_allele(&variant);
            let carriers = if called { self.carriers(number, copies) } else { self.nobody_called() };
            let (ids, filters, shard) = (ids.clone(), filters.clone(), self.source.shard);
            let annotation = self.annotate(record, number, &variant);
            self.batch.genotypes.push(GenotypeRow { variant, ids, filters, shard, carriers, annotation });
        }
        Ok(())
    }

    /// Returns what is known of an allele, whoever carries it.
    fn annotate(&self, record: &Record<'_>, number: u16, variant: &Variant) -> Annotation {
        let effects = self.source.header.annotations.effects(record, usize::from(number));
        let sequences = self.source.reference.as_deref().and_then(Bases::sequences);
        let ids = sequences.and_then(|sequences| fyr_genome::vrs_ids(sequences, variant));
        Annotation { effects, vrs: ids.map(|ids| ids.keys()).unwrap_or_default() }
    }

    fn taken(&mut self, record: &Record<'_>) -> bool {
        let taken = self.source.calls.filter.takes(record.filters);
        self.batch.counts.not_passed += u64::from(!taken);
        taken
    }

    fn copies(&self, contig: &Contig, position: u32) -> Copies {
        if self.source.ploidy == PloidyReading::AsWritten || contig.is_autosome(self.source.assembly) {
            return Copies::default();
        }
        let of = |sex| expected_ploidy(self.source.assembly, contig, position.saturating_sub(1), sex);
        Copies { female: of(Sex::Female), male: of(Sex::Male), unknown: of(Sex::Unknown) }
    }

    /// Scans the genotypes; returns whether there are any.
    fn scan(&mut self, record: &Record<'_>, everyone: bool) -> Result<bool, Fault> {
        let keys: Vec<&str> = record.format.unwrap_or_default().split(':').collect();
        let layout = Layout {
            samples: self.source.columns.len(),
            alternates: record.alternates().count().try_into().unwrap_or(u16::MAX),
            keys: keys.len(),
            everyone,
        };
        let Some(columns) = record.samples else {
            return Err(Fault::new("samples", "the sample columns are missing"));
        };
        let is_local = keys.first() != Some(&"GT") && keys.contains(&"LGT");
        if keys.first() != Some(&"GT") && !is_local {
            self.batch.counts.without_genotypes += 1;
            self.batch
                .ungenotyped
                .get_or_insert_with(|| Ungenotyped { line: self.line, format: keys.join(":") });
            return Ok(false);
        }
        let outcome = match is_local {
            true => globalise(columns, &keys, layout.alternates)
                .and_then(|columns| scan(&columns, Layout { keys: 1, ..layout }, &mut self.found)),
            false => scan(columns, layout, &mut self.found),
        };
        outcome.map_err(|(column, fault)| self.name_sample(column, fault))?;
        self.batch.counts.genotypes += layout.samples as u64;
        Ok(true)
    }

    /// Reads genotypes that are no calls as if they were `./.`.
    fn judge(&mut self, record: &Record<'_>, copies: Copies) -> Result<(), Fault> {
        let keys: Vec<&str> = record.format.unwrap_or_default().split(':').collect();
        let (Some(judge), Some(columns)) = (Judge::of(&self.source.calls, &keys), record.samples) else {
            return Ok(());
        };
        let people = (self.source.columns.as_slice(), copies);
        let uncalled = leave_out(&judge, columns, people, &mut self.found);
        self.batch.counts.uncalled += uncalled.map_err(|(column, fault)| self.name_sample(column, fault))?;
        Ok(())
    }

    fn name_sample(&self, column: usize, fault: Fault) -> Fault {
        match self.source.header.samples.get(column) {
            Some(sample) if fault.field != "samples" => {
                Fault { field: format!("{} of sample {}", fault.field, quote(sample.as_bytes())), ..fault }
            }
            _ => fault,
        }
    }

    fn carriers(&self, allele: u16, copies: Copies) -> Carriers {
        let mut carriers = Carriers::default();
        for &(column, genotype) in &self.found {
            if let Some(Some(person)) = self.source.columns.get(column) {
                carriers.push(person.index, genotype.call(allele, copies.of(person.sex)));
            }
        }
        carriers
    }

    fn nobody_called(&self) -> Carriers {
        let missing = self.source.columns.iter().flatten().map(|person| person.index).collect();
        Carriers { missing, ..Carriers::default() }
    }
}
