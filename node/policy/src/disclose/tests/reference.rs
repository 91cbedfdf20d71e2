//! What may be told, a second time: written from docs/consent.md, of plain numbers, without the code that does it.
//! Slow and simple, so that the two can be compared over all small numbers.

use fyr_schemas::{Coverage, Operator, Precision, Release};

use super::world::{Cell, Found, Record, Row, Said, Site};
use crate::{Measure, ReleasePlan, Rounding};

/// What a frequency must be: AC/AN against a number of percent.
pub(super) type Percent = (Operator, u64);

/// Of so many carriers and others, "few" may be nobody.
struct Floor(u64);

impl Floor {
    fn is_few(&self, people: u64) -> bool {
        people < self.0
    }

    /// Some people may be told apart from the rest if neither those of them who carry it nor those who do not
    /// are few.
    fn tells_apart(&self, carriers: u64, others: u64) -> bool {
        !self.is_few(carriers) && !self.is_few(others)
    }
}

fn hides(plan: ReleasePlan) -> bool {
    plan.minimum_carriers > 0 || plan.minimum_cohort > 0
}

fn tells_numbers(plan: ReleasePlan) -> bool {
    matches!(plan.release, Release::Count | Release::Frequency | Release::Record)
}

fn rounds(plan: ReleasePlan) -> bool {
    !matches!(plan.rounding, Rounding::Exact)
}

/// The nearest multiple, the greater of two that are as near; or the greatest of 0, 10, 20, 50, … below.
fn rounded(plan: ReleasePlan, number: u64) -> u64 {
    match plan.rounding {
        Rounding::Exact => number,
        Rounding::Nearest(step) => {
            let multiples = (0..).map(|n| n * step).take_while(|multiple| *multiple <= number + step);
            multiples.min_by_key(|multiple| (multiple.abs_diff(number), u64::MAX - multiple)).unwrap()
        }
        Rounding::Buckets => {
            [0, 10, 20, 50, 100, 200, 500, 1000, 2000].into_iter().rfind(|start| *start <= number).unwrap()
        }
    }
}

/// What is said where nothing may be told, or nothing is there.
fn nothing(plan: ReleasePlan) -> Said {
    Said {
        exists: false,
        count: tells_numbers(plan).then_some(0),
        precision: if hides(plan) { Precision::Imprecise } else { Precision::Exact },
        adjusted_to: if plan.minimum_carriers > 0 { vec![plan.minimum_carriers] } else { Vec::new() },
        coverage: Coverage::Unknown,
        record: None,
        shows_people: false,
    }
}

/// What is told of one variant that is asked for by itself.
pub(super) fn variant(plan: ReleasePlan, site: &Site, wanted: Option<Percent>) -> Said {
    let floor = Floor(plan.minimum_carriers);
    let (ac, an) = (site.cell.allele_count(), site.cell.allele_number());
    // Where only alleles are known, as few people as can have them.
    let carriers = if site.only_alleles { ac - ac / 2 } else { site.cell.carriers() };
    let assayed = if site.only_alleles { an - an / 2 } else { site.cell.assayed() };
    let consented = if site.only_alleles { assayed } else { site.consented };
    let mut said = nothing(plan);
    if tells_numbers(plan) && rounds(plan) {
        said.precision = Precision::Rounded;
    }
    if !hides(plan) {
        said.coverage = coverage(site);
    }
    let too_few = consented < plan.minimum_cohort || floor.is_few(carriers) || floor.is_few(assayed);
    if too_few || site.margins.iter().any(|margin| !tells_margin(&floor, site.cell, *margin)) {
        return said;
    }
    let (told_ac, told_an) = (rounded(plan, ac).min(rounded(plan, an)), rounded(plan, an));
    let all_but_few = floor.is_few(assayed - carriers);
    if wanted.is_some_and(|wanted| all_but_few || !is_as_frequent(wanted, told_ac, told_an)) {
        return said;
    }
    said.exists = ac > 0;
    said.count = said.count.map(|_| u64::from(ac > 0));
    if !tells_numbers(plan) {
        return said;
    }
    if all_but_few {
        let least = rounded(plan, assayed - plan.minimum_carriers);
        said.precision = Precision::Rounded;
        said.adjusted_to.push(least);
        said.record = Some(Record { carriers: Some(least), rows: Vec::new() });
        return said;
    }
    said.shows_people = plan.release == Release::Record && !hides(plan);
    said.record = Some(record(plan, site, &floor));
    said
}

fn coverage(site: &Site) -> Coverage {
    match (site.only_alleles, site.cell.assayed(), site.not_assayed) {
        (true, ..) => Coverage::Unknown,
        (_, 0, _) => Coverage::None,
        (_, _, 0) => Coverage::Complete,
        _ => Coverage::Partial,
    }
}

/// A filter that takes nobody away tells nothing; one that takes few away would tell them.
fn tells_margin(floor: &Floor, cell: Cell, margin: Cell) -> bool {
    let (carriers, others) = (margin.carriers() - cell.carriers(), margin.others - cell.others);
    (carriers, others) == (0, 0) || floor.tells_apart(carriers, others)
}

fn is_as_frequent((operator, percent): Percent, ac: u64, an: u64) -> bool {
    an > 0 && operator.holds((100 * ac).cmp(&(percent * an)))
}

fn record(plan: ReleasePlan, site: &Site, floor: &Floor) -> Record {
    let frequencies = matches!(plan.release, Release::Frequency | Release::Record);
    let parts = tells_parts(floor, site.cell, site.contig);
    let carriers = rounded(plan, site.cell.carriers());
    let alone = plan.measure == Measure::Carriers;
    let carriers = (!site.only_alleles && (parts || alone)).then_some(carriers);
    if !frequencies {
        return Record { carriers, rows: Vec::new() };
    }
    let enough = |cell: Cell| floor.tells_apart(cell.carriers(), cell.others);
    let carriers_of = |cell: Cell| Some((cell.carriers(), cell.assayed()));
    let groups = told_groups(site.cell, &site.groups, enough, carriers_of, floor.0);
    let homozygotes = |cell: Cell| {
        let is_known = site.contig == "7" && cell.hemi == 0 && cell.allele_count() <= cell.assayed();
        is_known.then_some((cell.hom, cell.allele_count() / 2))
    };
    let enough = |cell: Cell| tells_parts(floor, cell, site.contig);
    let with_parts = told_groups(site.cell, &groups, enough, homozygotes, std::cmp::max(floor.0 / 2, 1));
    let row = |(group, cell): (fyr_schemas::Group, Cell)| -> Row {
        let (ac, an) = (rounded(plan, cell.allele_count()), rounded(plan, cell.allele_number()));
        let of_group =
            group == fyr_schemas::Group::Total || with_parts.iter().any(|(with, _)| *with == group);
        let parts = parts && of_group && !rounds(plan) && !site.only_alleles;
        (group, ac.min(an), an, parts.then_some([cell.het, cell.hom, cell.hemi]))
    };
    let groups = if plan.minimum_carriers > 0 { groups } else { site.groups.clone() };
    let all = std::iter::once((fyr_schemas::Group::Total, site.cell)).chain(groups);
    Record { carriers, rows: all.map(row).collect() }
}

/// None of the three is few; nobody has one copy of an autosome, and everybody knows it.
fn tells_parts(floor: &Floor, cell: Cell, contig: &str) -> bool {
    let hemi = if contig == "7" && cell.hemi == 0 { u64::MAX } else { cell.hemi };
    [cell.het, cell.hom, hemi].iter().all(|part| !floor.is_few(*part))
}

/// Populations that are apart, the largest first: those that are not few; without the smallest of them, until what is left
/// is not few, and the hidden ones can share it in other ways. Both sexes, if neither they nor those without one are few.
/// Nobody is left is not few. `share` is what is counted, and the most of it that there could be.
fn told_groups(
    everybody: Cell,
    groups: &[(fyr_schemas::Group, Cell)],
    enough: impl Fn(Cell) -> bool,
    share: impl Fn(Cell) -> Option<(u64, u64)>,
    floor: u64,
) -> Vec<(fyr_schemas::Group, Cell)> {
    let without = |all: Cell, part: Cell| Cell {
        het: all.het - part.het,
        hom: all.hom - part.hom,
        hemi: all.hemi - part.hemi,
        others: all.others - part.others,
    };
    let nobody_or_enough = |cell: Cell| cell.assayed() == 0 || enough(cell);
    let of_sex = |group: &fyr_schemas::Group| matches!(group, fyr_schemas::Group::Sex(_));
    let mut populations: Vec<_> = groups.iter().filter(|(group, _)| !of_sex(group)).cloned().collect();
    populations.sort_by_key(|(group, cell)| (u64::MAX - cell.assayed(), group.clone()));
    let all = populations.iter().map(|(_, cell)| *cell).collect::<Vec<_>>();
    let mut told: Vec<usize> = (0..all.len()).filter(|at| enough(all[*at])).collect();
    while let Some(last) = told.last().copied() {
        let left = told.iter().fold(everybody, |left, at| without(left, all[*at]));
        let hidden: Vec<usize> = (0..all.len()).filter(|at| !told.contains(at)).collect();
        let rest = share(all.iter().fold(everybody, |left, cell| without(left, *cell)));
        let open = || {
            let shares: Vec<(u64, u64)> = hidden.iter().map(|at| share(all[*at])).collect::<Option<_>>()?;
            let rest = rest?;
            let has: u64 = shares.iter().map(|of| of.0).sum::<u64>() + rest.0;
            let lacks = shares.iter().map(|of| of.1).sum::<u64>() + rest.1 - has;
            let small = |most: u64| if most < 2 * floor { most } else { floor - 1 };
            // Whichever of them has nothing, the others have room for all of it.
            let others = |at: usize| -> u64 {
                let others = shares.iter().enumerate().filter(|(other, _)| *other != at);
                others.map(|(_, of)| small(of.1)).sum::<u64>() + rest.1
            };
            let all_small = |sum: u64| (0..shares.len()).all(|at| others(at) >= sum);
            let last_has = |sum: u64| hidden.iter().any(|at| *at > last && share(all[*at]).unwrap().1 >= sum);
            Some([has, lacks].into_iter().any(|sum| all_small(sum) || last_has(sum)))
        };
        if nobody_or_enough(left) && (hidden.is_empty() || open() == Some(true)) {
            break;
        }
        told.pop();
    }
    let mut at = 0..;
    populations.retain(|_| at.next().is_some_and(|at| told.contains(&at)));
    let sexes: Vec<_> = groups.iter().filter(|(group, _)| of_sex(group)).map(|(_, cell)| *cell).collect();
    let neither = sexes.iter().fold(everybody, |left, sex| without(left, *sex));
    let sexes = nobody_or_enough(neither) && sexes.into_iter().all(nobody_or_enough);
    let told = |group: &fyr_schemas::Group| match of_sex(group) {
        true => sexes,
        false => populations.iter().any(|(told, _)| told == group),
    };
    groups.iter().filter(|(group, _)| told(group)).cloned().collect()
}

/// What is told of entries. The floor is about the people behind them.
pub(super) fn entries(plan: ReleasePlan, found: &Found) -> Said {
    let floor = Floor(plan.minimum_carriers);
    let mut said = nothing(plan);
    if found.entries == 0 || floor.is_few(found.people) || found.cohort < plan.minimum_cohort {
        return said;
    }
    // How many there are altogether is about nobody.
    let apart = found.narrowed && plan.minimum_carriers > 0;
    let all_but_few = apart && floor.is_few(found.cohort - found.people);
    let takes_few = |margin: &u64| *margin != found.cohort && floor.is_few(margin - found.people);
    if apart && !all_but_few && found.margins.iter().any(takes_few) {
        return said;
    }
    let least = std::cmp::max(found.cohort.saturating_sub(plan.minimum_carriers), 1);
    let told = rounded(plan, if all_but_few { least } else { found.entries });
    said.exists = true;
    said.count = said.count.map(|_| told);
    // That all but few are there is told from numbers on.
    let bucket = all_but_few && tells_numbers(plan);
    if bucket || rounds(plan) {
        said.precision = Precision::Rounded;
    }
    if bucket {
        said.adjusted_to.push(told);
    }
    said.shows_people = plan.release == Release::Record && !hides(plan);
    said
}

/// Whether a term or a value may be listed that so many people of a cohort state.
pub(super) fn lists(plan: ReleasePlan, people: u64, cohort: u64) -> bool {
    people > 0 && !Floor(plan.minimum_carriers).is_few(people) && cohort >= plan.minimum_cohort
}
