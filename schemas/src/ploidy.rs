//! How many copies of a sequence a person is expected to have.

use crate::{Assembly, Contig, Sex};

/// Pseudo-autosomal regions, interbase. Source: Genome Reference Consortium, "Human Genome Assembly".
const PAR_GRCH37_X: [(u32, u32); 2] = [(60_000, 2_699_520), (154_931_043, 155_260_560)];
const PAR_GRCH37_Y: [(u32, u32); 2] = [(10_000, 2_649_520), (59_034_049, 59_363_566)];
const PAR_GRCH38_X: [(u32, u32); 2] = [(10_000, 2_781_479), (155_701_382, 156_030_895)];
const PAR_GRCH38_Y: [(u32, u32); 2] = [(10_000, 2_781_479), (56_887_902, 57_217_415)];

/// Returns whether an interbase coordinate lies in a region that X and Y share.
pub fn is_pseudo_autosomal(assembly: Assembly, contig: &Contig, start: u32) -> bool {
    let regions = match (assembly, contig) {
        (Assembly::Grch37, c) if *c == Contig::X => PAR_GRCH37_X,
        (Assembly::Grch37, c) if *c == Contig::Y => PAR_GRCH37_Y,
        (Assembly::Grch38, c) if *c == Contig::X => PAR_GRCH38_X,
        (Assembly::Grch38, c) if *c == Contig::Y => PAR_GRCH38_Y,
        _ => return false,
    };
    regions.iter().any(|&(from, to)| (from..to).contains(&start))
}

/// Returns the copies that a person of this sex has at an interbase coordinate.
///
/// None means that only the file can tell: unknown sex on X or Y, the pseudo-autosomal part of Y
/// (reported there or on X, as the caller was set up), and sequences that are not primary.
pub fn expected_ploidy(assembly: Assembly, contig: &Contig, start: u32, sex: Sex) -> Option<u8> {
    if contig.is_autosome() {
        return Some(2);
    }
    if *contig == Contig::MT {
        return Some(1);
    }
    let shared = is_pseudo_autosomal(assembly, contig, start);
    match sex {
        Sex::Female if *contig == Contig::X => Some(2),
        Sex::Female if *contig == Contig::Y => Some(0),
        Sex::Male if *contig == Contig::X => Some(if shared { 2 } else { 1 }),
        Sex::Male if *contig == Contig::Y && !shared => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_follow_sex_and_region() {
        let g38 = Assembly::Grch38;
        let contig = |name| Contig::resolve(name, g38).unwrap();
        for (name, start, sex, expected) in [
            ("7", 1, Sex::Male, Some(2)),
            ("MT", 1, Sex::Female, Some(1)),
            ("X", 1_000_000, Sex::Male, Some(2)),
            ("X", 5_000_000, Sex::Male, Some(1)),
            ("X", 5_000_000, Sex::Female, Some(2)),
            ("X", 5_000_000, Sex::Unknown, None),
            ("Y", 5_000_000, Sex::Female, Some(0)),
            ("Y", 5_000_000, Sex::Male, Some(1)),
            ("Y", 1_000_000, Sex::Male, None),
            ("GL000220.1", 1, Sex::Male, None),
        ] {
            assert_eq!(expected_ploidy(g38, &contig(name), start, sex), expected, "{name}:{start} {sex:?}");
        }
    }
}
