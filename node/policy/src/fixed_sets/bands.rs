//! Bands of numbers: the only bounds of an age or a measure that select people.
//!
//! An edge is a round number, so it is nobody's value; between two edges are the values of at least as many people as
//! the floor. Who asks for other bounds is told of the bands inside them.

use std::ops::Range;

use fyr_schemas::Operator;
use roaring::RoaringBitmap;

/// Most bands of one field.
const MOST: usize = 12;
/// Ages are told by decades.
const DECADE: f64 = 10.0;
/// From which to which age people are.
const AGES: (f64, f64) = (0.0, 120.0);

/// The bands of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Bands {
    /// What lies between two bands, ascending; it belongs to the upper one.
    edges: Vec<f64>,
    /// From where on the first and the last band are taken as a whole by a bound.
    outer: (f64, f64),
    /// Whether the numbers are years.
    years: bool,
}

impl Bands {
    /// Makes the bands of what people state; none where fewer people than the floor do. `years` says whether the
    /// numbers are years of age.
    pub fn new(stated: &[(u32, f64)], years: bool, floor: u64) -> Option<Self> {
        let mut stated: Vec<_> = stated.iter().copied().filter(|(_, value)| value.is_finite()).collect();
        stated.sort_unstable_by(|(_, a), (_, b)| a.total_cmp(b));
        if stated.iter().map(|(person, _)| *person).collect::<RoaringBitmap>().len() < floor {
            return None;
        }
        let mut step = if years { Some(DECADE) } else { step(&stated) };
        let mut edges = step.map(|step| edges(&stated, step, floor)).unwrap_or_default();
        while let Some(width) = step.filter(|_| edges.len() >= MOST) {
            step = nice(width * 1.5);
            edges = step.map(|step| self::edges(&stated, step, floor)).unwrap_or_default();
        }
        let outer = if years { AGES } else { outer(&edges) };
        Some(Self { edges, outer, years })
    }

    /// Returns how many there are.
    pub fn number(&self) -> usize {
        self.edges.len() + 1
    }

    /// Returns whether the numbers are years.
    pub fn are_years(&self) -> bool {
        self.years
    }

    /// Returns from which number on some bands are, and below which; none where they have no end.
    pub fn bounds(&self, bands: &Range<usize>) -> (Option<f64>, Option<f64>) {
        let from = bands.start.checked_sub(1).and_then(|edge| self.edges.get(edge));
        let below = bands.end.checked_sub(1).and_then(|edge| self.edges.get(edge));
        (from.copied(), below.copied())
    }

    /// Returns the band of a number.
    pub fn of(&self, value: f64) -> Range<usize> {
        let band = self.edges.partition_point(|edge| *edge <= value);
        band..band + 1
    }

    /// Returns the bands all of whose numbers compare so with a value. That of the value itself, where it is equal.
    pub fn inside(&self, operator: Operator, value: f64) -> Range<usize> {
        let (lowest, highest) = self.outer;
        let up_to = |is_inside: &dyn Fn(f64) -> bool| {
            let inner = self.edges.iter().filter(|edge| is_inside(**edge)).count();
            if inner == self.edges.len() && value >= highest { self.number() } else { inner }
        };
        let behind = |is_outside: &dyn Fn(f64) -> bool| {
            let outer = self.edges.iter().filter(|edge| is_outside(**edge)).count();
            if outer == 0 && value <= lowest { 0 } else { outer + 1 }
        };
        let all = self.number();
        match operator {
            Operator::Less => 0..up_to(&|edge| edge <= value),
            Operator::LessOrEqual => 0..up_to(&|edge| edge <= value),
            Operator::Greater => behind(&|edge| edge <= value).min(all)..all,
            Operator::GreaterOrEqual => behind(&|edge| edge < value).min(all)..all,
            Operator::Equal | Operator::NotEqual => self.of(value),
        }
    }
}

/// Half the distance between the quartiles, as a round number; none where most values are the same.
fn step(stated: &[(u32, f64)]) -> Option<f64> {
    let quartile = |quarter: usize| stated.get(stated.len() * quarter / 4);
    let (first, third) = (quartile(1)?, quartile(3)?);
    nice((third.1 - first.1) / 2.0)
}

/// The least of 1, 2, 5, 10, 20, … and their tenths that is not less; none of nothing.
fn nice(width: f64) -> Option<f64> {
    if !(width > 0.0 && width.is_finite()) {
        return None;
    }
    let decade = 10f64.powf(width.log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|digit| digit * decade).into_iter().find(|step| *step >= width)
}

/// Goes up in steps, and ends a band where enough people are in it.
fn edges(stated: &[(u32, f64)], step: f64, floor: u64) -> Vec<f64> {
    let (mut edges, mut people) = (Vec::new(), RoaringBitmap::new());
    for cell in stated.chunk_by(|(_, a), (_, b)| (a / step).floor() == (b / step).floor()) {
        let Some((_, value)) = cell.first() else { continue };
        people.extend(cell.iter().map(|(person, _)| *person));
        if people.len() >= floor {
            edges.push(((value / step).floor() + 1.0) * step);
            people.clear();
        }
    }
    // What is left above the last edge is too few, or nobody.
    edges.pop();
    edges
}

/// As far beyond the edges as these are from each other; nothing that is counted is below zero.
fn outer(edges: &[f64]) -> (f64, f64) {
    let (Some(first), Some(last)) = (edges.first(), edges.last()) else { return (0.0, f64::INFINITY) };
    let span = if last > first { last - first } else { last.abs().max(1.0) };
    let lowest = if *first >= 0.0 { (first - span).max(0.0) } else { first - span };
    (lowest, last + span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ages(ages: &[f64], floor: u64) -> Option<Bands> {
        let stated: Vec<_> = (0..).zip(ages.iter().copied()).collect();
        Bands::new(&stated, true, floor)
    }

    #[test]
    fn ages_are_told_by_decades_of_enough_people() {
        let decades = ages(&[3.0, 12.0, 18.0, 25.0, 31.0, 38.0, 41.0, 83.0], 2).unwrap();
        assert_eq!(
            decades.edges,
            [20.0, 40.0],
            "of what is left above, fewer than the floor stay with the last"
        );
        assert_eq!(decades.bounds(&(0..1)), (None, Some(20.0)));
        assert_eq!(decades.bounds(&(1..3)), (Some(20.0), None));
        assert!(ages(&[3.0], 2).is_none());
        assert_eq!(ages(&[3.0, 70.0], 2).unwrap().number(), 1);
    }

    #[test]
    fn bounds_move_inwards() {
        let bands = ages(&[10.0, 11.0, 20.0, 21.0, 30.0, 31.0], 2).unwrap();
        assert_eq!(bands.edges, [20.0, 30.0]);
        for (operator, value, expected) in [
            (Operator::Less, 20.0, 0..1),
            (Operator::Less, 19.9, 0..0),
            (Operator::LessOrEqual, 29.0, 0..1),
            (Operator::LessOrEqual, 30.0, 0..2),
            (Operator::Less, 119.0, 0..2),
            (Operator::LessOrEqual, 120.0, 0..3),
            (Operator::Greater, 0.0, 0..3),
            (Operator::GreaterOrEqual, 1.0, 1..3),
            (Operator::GreaterOrEqual, 20.0, 1..3),
            (Operator::Greater, 20.0, 2..3),
            (Operator::GreaterOrEqual, 30.5, 3..3),
            (Operator::Equal, 25.0, 1..2),
            (Operator::Equal, 99.0, 2..3),
        ] {
            assert_eq!(bands.inside(operator, value), expected, "{operator:?} {value}");
        }
    }

    #[test]
    fn edges_of_measures_are_round_and_few() {
        let stated: Vec<_> =
            (0..1000u32).map(|person| (person, 150.0 + f64::from(person * 7919 % 1000) * 0.0417)).collect();
        let bands = Bands::new(&stated, false, 20).unwrap();
        assert_eq!(bands.edges, [160.0, 180.0]);
        let spread: Vec<_> = (0..1000u32).map(|person| (person, f64::from(person).powi(3))).collect();
        assert!(Bands::new(&spread, false, 1).unwrap().number() <= MOST);
        let same: Vec<_> = (0..1000).map(|person| (person, 7.0)).collect();
        assert_eq!(Bands::new(&same, false, 20).unwrap().number(), 1, "one value has no edges");
    }

    #[test]
    fn the_order_of_rows_makes_no_difference() {
        let mut stated: Vec<_> = (0..100u32).map(|person| (person, f64::from(person * 37 % 100))).collect();
        let bands = Bands::new(&stated, false, 5);
        stated.reverse();
        assert_eq!(Bands::new(&stated, false, 5), bands);
    }

    #[test]
    fn a_width_is_rounded_up_to_a_digit_that_people_count_in() {
        for (width, expected) in [(0.7, 1.0), (1.0, 1.0), (1.5, 2.0), (3.0, 5.0), (6.0, 10.0), (30.0, 50.0)] {
            assert_eq!(nice(width), Some(expected), "{width}");
        }
        for width in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(nice(width), None, "{width}");
        }
    }

    #[test]
    fn beyond_the_edges_a_bound_takes_all() {
        for (edges, expected) in [
            (&[160.0, 180.0][..], (140.0, 200.0)),
            (&[10.0, 50.0], (0.0, 90.0)),
            (&[0.0, 10.0], (0.0, 20.0)),
            (&[-20.0, 20.0], (-60.0, 60.0)),
            (&[160.0], (0.0, 320.0)),
            (&[0.5], (0.0, 1.5)),
            (&[-0.5], (-1.5, 0.5)),
            (&[], (0.0, f64::INFINITY)),
        ] {
            assert_eq!(outer(edges), expected, "{edges:?}");
        }
        let measures: Vec<_> = [150.0, 155.0, 165.0, 170.0, 185.0, 190.0].into_iter().zip(0..).collect();
        let measures: Vec<_> = measures.into_iter().map(|(value, person)| (person, value)).collect();
        let bands = Bands::new(&measures, false, 2).unwrap();
        assert_eq!((bands.edges.as_slice(), bands.are_years()), (&[160.0, 180.0][..], false));
        assert_eq!(bands.inside(Operator::Greater, 140.0), 0..3);
        assert_eq!(bands.inside(Operator::Greater, 141.0), 1..3);
        assert_eq!((bands.inside(Operator::Less, 200.0), bands.inside(Operator::Less, 199.0)), (0..3, 0..2));
        assert!(ages(&[10.0, 20.0], 2).unwrap().are_years());
    }
}
