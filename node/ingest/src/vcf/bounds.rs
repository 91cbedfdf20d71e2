//! How long a record may be: what no real file has is refused before it is read to its end.
//!
//! There is no bound for how far a file of variants expands. Lines of many samples of whom hardly any carries the allele
//! are compressed nearly as well as anything can be.

use super::error::Fault;

/// Most bytes of what a line says of all samples together, however few there are.
const LONGEST_SITE: u64 = 64 << 20;

/// Most bytes of what a line says of each sample, on average: a hundred genotype likelihoods and more.
const LONGEST_SAMPLE: u64 = 1 << 10;

/// Most bytes of any line.
const LONGEST_LINE: u64 = 1 << 30;

/// Returns how many bytes a line may have in a file of so many samples. A line of half a million samples with their
/// likelihoods has room; a few megabytes of gzip that expand to one line without an end are refused early.
pub(crate) fn longest_line(samples: usize) -> u64 {
    (LONGEST_SITE + samples as u64 * LONGEST_SAMPLE).min(LONGEST_LINE)
}

/// Says that a line is longer than any that a file of so many samples has.
pub(crate) fn too_long(longest: u64) -> Fault {
    let megabytes = longest >> 20;
    let message = format!(
        "longer than {megabytes} MB, which no record of so many samples is: the file is damaged, or no VCF file; \
         where it is one, leave out what is not needed, with `bcftools annotate -x INFO,^FORMAT/GT`"
    );
    Fault::new("the whole line", message)
}
