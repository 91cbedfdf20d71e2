//! How many copies of a sequence a person is expected to have.

use crate::{Assembly, Contig, Ploidy, Sex};

/// Returns the copies that a genome of this sex has at an interbase coordinate, as the row of the assembly says.
///
/// None means that only the file can tell: unknown sex on X or Y, the pseudo-autosomal part of Y
/// (reported there or on X, as the caller was set up), and sequences that the row does not list.
pub fn expected_ploidy(assembly: Assembly, contig: &Contig, start: u32, sex: Sex) -> Option<u8> {
    let sequence = contig.facts(assembly)?;
    match (sequence.ploidy, sex) {
        (Ploidy::Everyone(copies), _) => Some(copies),
        (Ploidy::BySex { female, .. }, Sex::Female) => Some(female),
        // There males have as many as females, the second one on the other sex chromosome.
        (Ploidy::BySex { female, .. }, Sex::Male) if sequence.is_pseudo_autosomal(start) => {
            Some(female).filter(|copies| *copies > 0)
        }
        (Ploidy::BySex { male, .. }, Sex::Male) => Some(male),
        (Ploidy::BySex { .. }, Sex::Unknown) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_follow_sex_and_region() {
        let g38 = Assembly::GRCH38;
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

    /// The last base before and the first in each region, the last in it and the first behind it. Source of the
    /// coordinates: Genome Reference Consortium, and for T2T-CHM13v2.0 its consortium.
    #[test]
    fn pseudo_autosomal_regions_end_where_they_should() {
        let (x, y) = (Some(1), Some(1));
        for (assembly, name, regions, outside, inside) in [
            (Assembly::GRCH37, "X", [(60_000, 2_699_520), (154_931_043, 155_260_560)], x, Some(2)),
            (Assembly::GRCH37, "Y", [(10_000, 2_649_520), (59_034_049, 59_363_566)], y, None),
            (Assembly::GRCH38, "X", [(10_000, 2_781_479), (155_701_382, 156_030_895)], x, Some(2)),
            (Assembly::GRCH38, "Y", [(10_000, 2_781_479), (56_887_902, 57_217_415)], y, None),
            (Assembly::T2T_CHM13, "X", [(0, 2_394_410), (153_925_834, 154_259_566)], x, Some(2)),
            (Assembly::T2T_CHM13, "Y", [(0, 2_458_320), (62_122_809, 62_460_029)], y, None),
        ] {
            let contig = Contig::resolve(name, assembly).unwrap();
            let at = |start, sex| expected_ploidy(assembly, &contig, start, sex);
            for (from, to) in regions {
                for start in [from, from + 1, to - 1] {
                    assert_eq!(at(start, Sex::Male), inside, "{assembly} {name}:{start}");
                }
                for start in [to].into_iter().chain(u32::checked_sub(from, 1)) {
                    assert_eq!(at(start, Sex::Male), outside, "{assembly} {name}:{start}");
                }
                for start in [from, to] {
                    assert_eq!(at(start, Sex::Female), Some(if name == "X" { 2 } else { 0 }));
                    assert_eq!(at(start, Sex::Unknown), None);
                }
            }
        }
    }

    #[test]
    fn a_virus_has_one_copy_whoever_it_is_of() {
        let contig = Contig::resolve("MN908947.3", Assembly::SARS_COV_2).unwrap();
        for sex in [Sex::Female, Sex::Male, Sex::Unknown] {
            assert_eq!(expected_ploidy(Assembly::SARS_COV_2, &contig, 23_402, sex), Some(1));
        }
    }
}
