//! How two assemblies correspond: a chain file, read once, for both directions.
//!
//! The format is that of UCSC (genome.ucsc.edu/goldenPath/help/chain.html). Its target is the assembly that
//! is lifted from; inverted, it serves the other direction.

mod reading;

use std::{collections::HashMap, fmt, path::Path};

use fyr_schemas::{Assembly, Contig, Interbase};

use crate::{GenomeError, sequences::open_text};
use reading::{Header, Piece};

/// A run of bases that correspond one to one.
#[derive(Clone, Debug)]
struct Block {
    start: u32,
    end: u32,
    chain: u32,
    target: Contig,
    /// Interbase start on the forward strand of the target.
    target_start: u32,
    reverse: bool,
}

/// The blocks of one sequence, by start, and the largest end up to each of them.
#[derive(Clone, Debug, Default)]
struct Index {
    blocks: Vec<Block>,
    reach: Vec<u32>,
}

impl Index {
    fn close(&mut self) {
        self.blocks.sort_by_key(|block| (block.start, block.end));
        let mut reach = 0;
        self.reach = self
            .blocks
            .iter()
            .map(|block| {
                reach = reach.max(block.end);
                reach
            })
            .collect();
    }

    /// Returns the blocks that hold a base.
    fn at(&self, base: u32) -> impl Iterator<Item = &Block> {
        let after = self.blocks.partition_point(|block| block.start <= base);
        let before = self.blocks.iter().zip(&self.reach).take(after).rev();
        before
            .take_while(move |(_, reach)| **reach > base)
            .map(|(block, _)| block)
            .filter(move |b| base < b.end)
    }
}

/// Why something has no place in the other assembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unlifted {
    /// The other assembly lacks it.
    Unmapped,
    /// It falls apart there.
    Split,
    /// It has several places there.
    Ambiguous,
    /// Lifted back it comes out elsewhere.
    NoReturn,
    /// The reference sequence of the other assembly has another base there.
    BaseChanged,
    /// It is of a kind that is not lifted.
    Kind,
}

impl fmt::Display for Unlifted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unmapped => "the other assembly has no such place",
            Self::Split => "the other assembly has it in several pieces",
            Self::Ambiguous => "the other assembly has several such places",
            Self::NoReturn => "lifted back, it comes out elsewhere",
            Self::BaseChanged => "the other assembly has another reference base there",
            Self::Kind => "such a question is not lifted: put it in the assembly of the dataset",
        })
    }
}

/// A place in the other assembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted {
    /// Sequence.
    pub contig: Contig,
    /// Interval on the forward strand.
    pub interval: Interbase,
    /// Whether the strand is turned round.
    pub reverse: bool,
}

/// The correspondence of two assemblies.
#[derive(Clone, Debug)]
pub struct Chains {
    from: Assembly,
    to: Assembly,
    forward: HashMap<Contig, Index>,
    backward: HashMap<Contig, Index>,
}

impl Chains {
    /// Reads a chain file that lifts from an assembly to another one.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no chain file, with the line; one that has sequences that the assemblies do not
    /// have, or the sizes of those of another assembly, as one of the other direction has.
    pub fn load(path: &Path, from: Assembly, to: Assembly) -> Result<Self, GenomeError> {
        if from == to {
            return Err(GenomeError::file(
                path,
                format!("lifts from {from} to itself: name the other assembly"),
            ));
        }
        let mut chains = Self { from, to, forward: HashMap::new(), backward: HashMap::new() };
        let mut number = 0;
        reading::read(open_text(path)?, |header, pieces| {
            chains.add(number, header, pieces)?;
            number += 1;
            Ok(())
        })
        .map_err(|message| GenomeError::file(path, message))?;
        if chains.forward.is_empty() {
            return Err(GenomeError::file(path, "there are no chains in it: is this a chain file?"));
        }
        chains.forward.values_mut().chain(chains.backward.values_mut()).for_each(Index::close);
        Ok(chains)
    }

    /// Takes the blocks of one chain, in both directions.
    fn add(&mut self, chain: u32, header: &Header, pieces: &[Piece]) -> Result<(), String> {
        let contig =
            |name: &str, assembly| Contig::resolve(name, assembly).map_err(|error| error.to_string());
        let (source, target) =
            (contig(&header.source.name, self.from)?, contig(&header.target.name, self.to)?);
        self.check_size(&source, header.source.size, self.from)?;
        self.check_size(&target, header.target.size, self.to)?;
        let reverse = header.reverse;
        for Piece { length, at, there } in pieces {
            // On the reverse strand, coordinates count from the other end.
            let target_start = if reverse { header.target.size - there - length } else { *there };
            let block = |start: u32, target: &Contig, target_start| {
                let (end, target) = (start + length, target.clone());
                Block { start, end, chain, target, target_start, reverse }
            };
            self.forward.entry(source.clone()).or_default().blocks.push(block(*at, &target, target_start));
            self.backward.entry(target.clone()).or_default().blocks.push(block(target_start, &source, *at));
        }
        Ok(())
    }

    /// Refuses a sequence that has the size of its namesake in another assembly: the chain lifts from or to that one.
    /// Assemblies that share a mitochondrial genome are not lifted by the file, and no known assembly tells the size of
    /// a piece.
    fn check_size(&self, contig: &Contig, size: u32, assembly: Assembly) -> Result<(), String> {
        let Some(facts) = contig.facts(assembly).filter(|facts| facts.length != size) else { return Ok(()) };
        let has = |other: &Assembly| contig.facts(*other).is_some_and(|facts| facts.length == size);
        if self.is_shared(contig) {
            return Ok(());
        }
        match Assembly::all().find(has) {
            Some(other) => Err(format!(
                "`{contig}` has {size} bases, as in {other}, and {} in {assembly}: the file does not lift from {} to \
                 {}",
                facts.length, self.from, self.to
            )),
            None => Ok(()),
        }
    }

    /// Returns the assembly that it leads to from one of its two; none from any other.
    pub fn other(&self, from: Assembly) -> Option<Assembly> {
        match from {
            from if from == self.from => Some(self.to),
            from if from == self.to => Some(self.from),
            _ => None,
        }
    }

    /// Returns whether both assemblies have the very same sequence, as GRCh37 and GRCh38 have one mitochondrial
    /// genome. Chain files of UCSC are about another one there (NC_001807), which hg19 called chrM.
    fn is_shared(&self, contig: &Contig) -> bool {
        let accession = |assembly| contig.facts(assembly).and_then(|sequence| sequence.accessions().next());
        accession(self.from).is_some_and(|first| accession(self.to) == Some(first))
    }

    /// Lifts bases that must stay together: each corresponds to one, side by side.
    ///
    /// # Errors
    ///
    /// Bases that have no place, several, or are torn apart; and a place that does not lead back.
    pub fn lift(&self, from: Assembly, contig: &Contig, interval: Interbase) -> Result<Lifted, Unlifted> {
        let lifted = self.lift_once(from, contig, interval)?;
        let to = self.other(from).ok_or(Unlifted::Unmapped)?;
        let back = self.lift_once(to, &lifted.contig, lifted.interval)?;
        if back.contig == *contig && back.interval == interval { Ok(lifted) } else { Err(Unlifted::NoReturn) }
    }

    fn lift_once(&self, from: Assembly, contig: &Contig, interval: Interbase) -> Result<Lifted, Unlifted> {
        if self.is_shared(contig) {
            return Ok(Lifted { contig: contig.clone(), interval, reverse: false });
        }
        let (first, last) = (interval.start(), interval.end().saturating_sub(1).max(interval.start()));
        let block = self.block(from, contig, first)?;
        if last >= block.end {
            return Err(match self.block(from, contig, last) {
                Err(Unlifted::Unmapped) => Unlifted::Unmapped,
                _ => Unlifted::Split,
            });
        }
        let start = match block.reverse {
            false => block.target_start + (first - block.start),
            true => block.target_start + (block.end - interval.end()),
        };
        let end = u64::from(start) + u64::from(interval.len());
        let interval = Interbase::new(start.into(), end).map_err(|_| Unlifted::Unmapped)?;
        Ok(Lifted { contig: block.target.clone(), interval, reverse: block.reverse })
    }

    /// Lifts an interval by its ends, which must stay on one chain; what is inserted or missing between
    /// them moves with them.
    ///
    /// # Errors
    ///
    /// Ends that have no place, several, or none in common; and an interval that changes its length by
    /// more than a tenth.
    pub fn lift_span(
        &self,
        from: Assembly,
        contig: &Contig,
        interval: Interbase,
    ) -> Result<Lifted, Unlifted> {
        if self.is_shared(contig) || interval.len() <= 1 {
            return self.lift(from, contig, interval);
        }
        let one =
            |base: u32| Interbase::new(base.into(), u64::from(base) + 1).map_err(|_| Unlifted::Unmapped);
        let (first, last) = (interval.start(), interval.end() - 1);
        let chain = |base| self.block(from, contig, base).map(|block| block.chain);
        if chain(first)? != chain(last)? {
            return Err(Unlifted::Split);
        }
        let (a, b) = (self.lift(from, contig, one(first)?)?, self.lift(from, contig, one(last)?)?);
        let (start, end) =
            (a.interval.start().min(b.interval.start()), a.interval.end().max(b.interval.end()));
        let lifted = Interbase::new(start.into(), end.into()).map_err(|_| Unlifted::Unmapped)?;
        if lifted.len().abs_diff(interval.len()) > interval.len() / 10 {
            return Err(Unlifted::Split);
        }
        Ok(Lifted { contig: a.contig, interval: lifted, reverse: a.reverse })
    }

    /// Finds the only block that a base lies in. Places beside the sequences that the row of the assembly lists
    /// count only where there is no other.
    fn block(&self, from: Assembly, contig: &Contig, base: u32) -> Result<&Block, Unlifted> {
        let to = self.other(from).ok_or(Unlifted::Unmapped)?;
        let is_primary = |block: &&Block| block.target.facts(to).is_some();
        let indices = if from == self.from { &self.forward } else { &self.backward };
        let mut blocks: Vec<_> = indices.get(contig).into_iter().flat_map(|index| index.at(base)).collect();
        if blocks.iter().any(is_primary) {
            blocks.retain(is_primary);
        }
        match blocks.as_slice() {
            [] => Err(Unlifted::Unmapped),
            [one] => Ok(one),
            _ => Err(Unlifted::Ambiguous),
        }
    }
}
