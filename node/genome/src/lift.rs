//! A question of one assembly put in the coordinates of the other.

use fyr_schemas::{
    AlleleQuery, Assembly, BasePattern, BracketQuery, Contig, Interbase, Mate, Narrowing, RangeQuery,
    Substitution, is_sequence,
};

use crate::{Chains, Genomes, Unlifted, bases::reverse_complement, chains::Lifted};

/// An allele in the other assembly, and whether its reference bases are the same there.
pub(crate) fn allele(
    chains: &Chains,
    genomes: &Genomes,
    query: &AlleleQuery,
    to: Assembly,
) -> Result<(AlleleQuery, bool), Unlifted> {
    let from = query.assembly();
    if !is_sequence(query.alternate_bases()) && !query.alternate_bases().is_empty() {
        return Err(Unlifted::Kind);
    }
    let (start, r, a) = without_anchor(query);
    // What is between two bases goes where both of them go.
    let before = u64::from(start.saturating_sub(1));
    let flanked =
        Interbase::new(before, u64::from(start) + r.len() as u64 + 1).map_err(|_| Unlifted::Unmapped)?;
    let exact =
        Interbase::new(start.into(), u64::from(start) + r.len() as u64).map_err(|_| Unlifted::Unmapped)?;
    let is_indel = r.len() != a.len();
    let lifted = chains.lift(from, query.contig(), if is_indel { flanked } else { exact })?;
    let interval = if is_indel { inner(&lifted, start == 0)? } else { lifted.interval };
    let turn = |bases: &str| if lifted.reverse { reverse_complement(bases) } else { bases.to_owned() };
    let (r, a) = (turn(&r), turn(&a));
    let verified = verify(genomes, (to, &lifted.contig, interval), &r)?;
    // With an empty side there is nothing to compare but the neighbours, which an anchor would tell.
    let verified = verified && !r.is_empty()
        || r.is_empty() && neighbours_agree(genomes, query, start, (to, &lifted, interval))?;
    let query = AlleleQuery::new(to, lifted.contig, interval.start().into(), &r, &a);
    Ok((query.map_err(|_| Unlifted::Unmapped)?, verified))
}

/// Takes off all that both alleles share.
fn without_anchor(query: &AlleleQuery) -> (u32, String, String) {
    let (r, a) = (query.reference_bases(), query.alternate_bases());
    let shared = r.bytes().zip(a.bytes()).take_while(|(x, y)| x == y).count();
    let rest = |bases: &str| bases.get(shared..).unwrap_or_default().to_owned();
    (query.start() + shared as u32, rest(r), rest(a))
}

/// Takes the neighbours off again.
fn inner(lifted: &Lifted, at_start: bool) -> Result<Interbase, Unlifted> {
    let (start, end) = (lifted.interval.start(), lifted.interval.end());
    let before = u32::from(!at_start);
    let (left, right) = if lifted.reverse { (1, before) } else { (before, 1) };
    Interbase::new((start + left).into(), end.saturating_sub(right).into()).map_err(|_| Unlifted::Unmapped)
}

/// Compares reference bases with the sequence of the other assembly, where that is known.
fn verify(
    genomes: &Genomes,
    (to, contig, interval): (Assembly, &Contig, Interbase),
    bases: &str,
) -> Result<bool, Unlifted> {
    match genomes.of(to).sequences.slice(contig, interval.start(), interval.end()) {
        None => Ok(false),
        Some(there) if there.contains(&b'N') => Ok(false),
        Some(there) if there == bases.as_bytes() => Ok(true),
        Some(_) => Err(Unlifted::BaseChanged),
    }
}

/// Compares the base before an insertion in both assemblies.
fn neighbours_agree(
    genomes: &Genomes,
    query: &AlleleQuery,
    start: u32,
    (to, lifted, interval): (Assembly, &Lifted, Interbase),
) -> Result<bool, Unlifted> {
    let Some(before) = start.checked_sub(1) else { return Ok(false) };
    let here = genomes.of(query.assembly()).sequences.slice(query.contig(), before, start);
    let stated = query.reference_bases().as_bytes().last().copied().filter(|_| query.start() < start);
    let Some(here) = here.and_then(|bases| bases.first().copied()).or(stated) else { return Ok(false) };
    let here = (here as char).to_string();
    let (at, base) = match lifted.reverse {
        false => (interval.start().checked_sub(1), here),
        true => (Some(interval.end()), reverse_complement(&here)),
    };
    let Some(at) = at else { return Ok(false) };
    let there = Interbase::new(at.into(), u64::from(at) + 1).map_err(|_| Unlifted::Unmapped)?;
    verify(genomes, (to, &lifted.contig, there), &base)
}

/// An interval in the other assembly.
pub(crate) fn range(chains: &Chains, query: &RangeQuery, to: Assembly) -> Result<RangeQuery, Unlifted> {
    let lifted = chains.lift_span(query.assembly, &query.contig, query.interval)?;
    Ok(RangeQuery {
        assembly: to,
        narrowing: narrowing(chains, query.assembly, &query.contig, &query.narrowing, &lifted)?,
        contig: lifted.contig,
        interval: lifted.interval,
        reciprocal_overlap: query.reciprocal_overlap,
    })
}

/// A bracket in the other assembly; turned round, its ends change places.
pub(crate) fn bracket(chains: &Chains, query: &BracketQuery, to: Assembly) -> Result<BracketQuery, Unlifted> {
    let from = query.assembly;
    let start = chains.lift_span(from, &query.contig, query.start)?;
    // An interbase end lies behind its base.
    let shifted = |n: u32| u64::from(n.saturating_sub(1));
    let ends = Interbase::new(shifted(query.end.start()), shifted(query.end.end()))
        .map_err(|_| Unlifted::Unmapped)?;
    let end = chains.lift_span(from, &query.contig, ends)?;
    if start.contig != end.contig || start.reverse != end.reverse {
        return Err(Unlifted::Split);
    }
    if start.reverse {
        return Err(Unlifted::Kind);
    }
    let behind = |n: u32| u64::from(n) + 1;
    let interval = Interbase::new(behind(end.interval.start()), behind(end.interval.end()));
    Ok(BracketQuery {
        assembly: to,
        narrowing: narrowing(chains, from, &query.contig, &query.narrowing, &start)?,
        contig: start.contig,
        start: start.interval,
        end: interval.map_err(|_| Unlifted::Unmapped)?,
    })
}

fn narrowing(
    chains: &Chains,
    from: Assembly,
    contig: &Contig,
    narrowing: &Narrowing,
    lifted: &Lifted,
) -> Result<Narrowing, Unlifted> {
    let turn = |bases: &str| if lifted.reverse { reverse_complement(bases) } else { bases.to_owned() };
    let pattern = |pattern: &Option<BasePattern>| match pattern {
        // Anchors and breakends change their side on the other strand.
        Some(pattern) if lifted.reverse && pattern.as_str().len() != 1 => Err(Unlifted::Kind),
        Some(pattern) => Ok(BasePattern::parse(&turn(pattern.as_str())).ok()),
        None => Ok(None),
    };
    let mate = match &narrowing.mate {
        Some(Mate { contig, interval: Some(interval) }) => {
            let lifted = chains.lift_span(from, contig, *interval)?;
            Some(Mate { contig: lifted.contig, interval: Some(lifted.interval) })
        }
        other => other.clone(),
    };
    let parts_of = match &narrowing.parts_of {
        Some(whole) => {
            let end = u64::from(whole.start) + whole.reference_bases.len() as u64;
            let interval = Interbase::new(whole.start.into(), end).map_err(|_| Unlifted::Unmapped)?;
            let place = chains.lift(from, contig, interval)?;
            Some(Substitution {
                start: place.interval.start(),
                reference_bases: turn(&whole.reference_bases),
                alternate_bases: turn(&whole.alternate_bases),
            })
        }
        None => None,
    };
    Ok(Narrowing {
        reference_bases: pattern(&narrowing.reference_bases)?,
        alternate_bases: pattern(&narrowing.alternate_bases)?,
        mate,
        parts_of,
        ..narrowing.clone()
    })
}
