//! The records of a file on several chromosomes: a file that is so many times as long.

use std::{
    fs::File,
    io::{BufRead, Write},
    path::Path,
};

use noodles::bgzf;

/// Writes the records of chromosome 1 once for each of the first chromosomes.
pub(super) fn repeat(from: &Path, to: &Path, chromosomes: u32) -> anyhow::Result<()> {
    let mut file = bgzf::io::Writer::new(File::create(to)?);
    for chromosome in 1..=chromosomes {
        for line in bgzf::io::Reader::new(File::open(from)?).lines() {
            let line = line?;
            if let Some(record) = line.strip_prefix("chr1\t") {
                writeln!(file, "chr{chromosome}\t{record}")?;
            } else if chromosome == 1 {
                if line.starts_with("#CHROM") {
                    (2..=chromosomes).try_for_each(|other| writeln!(file, "##contig=<ID=chr{other}>"))?;
                }
                writeln!(file, "{line}")?;
            }
        }
    }
    file.finish()?;
    Ok(())
}
