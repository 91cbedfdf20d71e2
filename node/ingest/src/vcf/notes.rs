//! What a record says of its people beside alleles: that they have the reference sequence there, or were not called.
//!
//! Blocks of a genome VCF (`<NON_REF>`, `<*>`, and `.` with END) say of all alleles that they were not seen. Who was not
//! called there, or in any record of a file of which it is stated where it would list what its people carry, is noted, so
//! that no statement and no block counts them as called.

use fyr_schemas::{Contig, Interbase};
use fyr_store::Call;

use super::{
    cohort::Person,
    error::{Fault, quote},
    genotypes::{Copies, Genotype},
    info::Info,
    record::Record,
};

/// Where a person has the reference sequence, or was not called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// Bitmap index.
    pub(crate) person: u32,
    pub(crate) contig: Contig,
    pub(crate) interval: Interbase,
    pub(crate) is_called: bool,
}

/// Whose notes are taken of a file, and of what.
pub(super) struct Listing<'a> {
    /// For each sample column the person, if selected.
    pub(super) columns: &'a [Option<Person>],
    /// Whether it is stated where the file would have listed whatever its people carry.
    pub(super) callable: bool,
    /// Whether blocks say of how many copies they speak.
    pub(super) blocks: bool,
}

/// Notes what a record says of its people; `found` are the genotypes that are not `0/0`, none where nobody was called or the
/// record is left out.
pub(super) fn add(
    listing: &Listing<'_>,
    (record, contig, copies): (&Record<'_>, &Contig, Copies),
    found: Option<&[(usize, Genotype)]>,
    notes: &mut Vec<Note>,
) -> Result<(), Fault> {
    let is_block = listing.blocks && is_block(record);
    if !is_block && !listing.callable {
        return Ok(());
    }
    let interval = interval(record, is_block)?;
    let uncalled: Vec<usize> = match found {
        Some(found) => {
            let is_uncalled = |(column, genotype): &&(usize, Genotype)| {
                let person = listing.columns.get(*column).copied().flatten();
                person.is_some_and(|person| !is_called(*genotype, copies.of(person.sex)))
            };
            found.iter().filter(is_uncalled).map(|(column, _)| *column).collect()
        }
        None => (0..listing.columns.len()).collect(),
    };
    let mut uncalled = uncalled.into_iter().peekable();
    for (column, person) in listing.columns.iter().enumerate() {
        let is_called = uncalled.next_if_eq(&column).is_none();
        if let Some(person) = person.filter(|_| is_block || !is_called) {
            notes.push(Note { person: person.index, contig: contig.clone(), interval, is_called });
        }
    }
    Ok(())
}

/// Returns whether a genotype tells of all copies that are there whether they are an allele that it does not name.
fn is_called(genotype: Genotype, copies: Option<u8>) -> bool {
    copies == Some(0) || !matches!(genotype.call(u16::MAX, copies), Call::Missing | Call::Partial)
}

/// Returns whether a record speaks of all alleles that there could be.
fn is_block(record: &Record<'_>) -> bool {
    let is_open = |alternate| matches!(alternate, "<NON_REF>" | "<*>");
    record.alternates().any(is_open) || record.alternates == "." && Info(record.info).value("END").is_some()
}

/// Returns the bases that a record speaks of: those of REF, and of a block without other alleles those up to its END.
fn interval(record: &Record<'_>, is_block: bool) -> Result<Interbase, Fault> {
    let start = u64::from(record.position.saturating_sub(1));
    let reach = start + record.reference_bases.len() as u64;
    let is_alone = record.alternates().count() <= 1;
    let end = match Info(record.info).value("END").filter(|_| is_block && is_alone) {
        None => reach,
        Some(text) => text.parse::<u64>().ok().filter(|end| *end >= reach).ok_or_else(|| {
            let message = format!(
                "{} is not the end of a block that begins at {}",
                quote(text.as_bytes()),
                record.position
            );
            Fault::new("INFO/END", message)
        })?,
    };
    Interbase::new(start, end).map_err(|e| Fault::new("INFO/END", e.to_string()))
}
