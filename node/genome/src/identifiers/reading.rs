//! The lines of a VCF file, as far as they say what an identifier stands for.

use std::collections::HashMap;

use fyr_schemas::{AlleleName, Assembly, Contig, NameQuery, Position, is_sequence};

use super::key;
use crate::Sequences;

/// A file that is being read.
pub(super) struct Reading<'s> {
    assembly: Assembly,
    sequences: &'s Sequences,
    /// The sequences by the names that the file has for them; none for those that the assembly does not list.
    names: HashMap<String, Option<Contig>>,
}

impl<'s> Reading<'s> {
    /// Reads a file of an assembly, of which these sequences are known.
    pub(super) fn of(assembly: Assembly, sequences: &'s Sequences) -> Self {
        Self { assembly, sequences, names: HashMap::new() }
    }

    /// Takes a line; returns the keys of its alleles, none of a line of the header.
    ///
    /// # Errors
    ///
    /// What is no record of VCF, and a record that is of another assembly.
    pub(super) fn take(&mut self, line: &str) -> Result<Option<Vec<Vec<u8>>>, String> {
        if line.starts_with('#') || line.is_empty() {
            return Ok(None);
        }
        let mut columns = line.split('\t');
        let mut column = |name: &str| columns.next().ok_or_else(|| format!("there is no column {name}"));
        let (name, position) = (column("CHROM")?, column("POS")?);
        let (ids, reference, alternates) = (column("ID")?, column("REF")?, column("ALT")?);
        let Some(contig) = self.contig(name)? else { return Ok(Some(Vec::new())) };
        let position = position.parse().ok().and_then(|position| Position::new(position).ok());
        let position = position.ok_or("POS is no position: use a whole number from 1 on")?;
        let (reference, alternates) = (reference.to_ascii_uppercase(), alternates.to_ascii_uppercase());
        if !is_sequence(&reference) {
            return Ok(Some(Vec::new()));
        }
        self.check(&contig, position, &reference)?;
        let alternates = alternates.split(',').filter(|bases| is_sequence(bases) && **bases != reference);
        let keys = alternates.flat_map(|alternate| {
            let key = |number| key(number, &contig, position, &reference, alternate);
            numbers(ids).map(key)
        });
        Ok(Some(keys.collect()))
    }

    fn contig(&mut self, name: &str) -> Result<Option<Contig>, String> {
        if let Some(known) = self.names.get(name) {
            return Ok(known.clone());
        }
        let contig = Contig::resolve(name, self.assembly).map_err(|error| error.to_string())?;
        let listed = contig.facts(self.assembly).is_some().then_some(contig);
        self.names.insert(name.to_owned(), listed.clone());
        Ok(listed)
    }

    /// Refuses bases that the assembly does not have there, and positions that lie outside of a sequence.
    fn check(&self, contig: &Contig, position: Position, reference: &str) -> Result<(), String> {
        let assembly = self.assembly;
        let end = u64::from(position.get()) - 1 + reference.len() as u64;
        let length = contig.facts(assembly).map_or(u64::MAX, |facts| facts.length.into());
        if end > length {
            return Err(format!("lies outside of {contig}, which has {length} bases in {assembly}"));
        }
        let there = self.sequences.slice(contig, position.get() - 1, end as u32);
        if there.is_some_and(|bases| bases != reference.as_bytes()) {
            return Err(format!(
                "REF `{reference}` is not what the reference sequence of {assembly} has at {contig}:{}: is the file of \
                 another assembly?",
                position.get()
            ));
        }
        Ok(())
    }
}

/// The identifiers of dbSNP in an ID column.
fn numbers(ids: &str) -> impl Iterator<Item = u32> {
    ids.split([';', ',']).filter_map(|id| match NameQuery::dbsnp(id, None)?.name() {
        AlleleName::DbSnp(number) => Some(*number),
        AlleleName::Hgvs(_) | AlleleName::Vrs(_) => None,
    })
}
