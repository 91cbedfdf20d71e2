//! How frequent a variant must be: the filter `alleleFrequency`.

use crate::{Clause, Condition, EntryType, Filter, Filters, InvalidQuery, Operator, Query};

/// The field of the filter.
const FIELD: &str = "alleleFrequency";
/// The same as the model of variants has it.
const PATH: &str = "frequencyInPopulations.frequencies.alleleFrequency";
/// Digits after the point.
const DIGITS: usize = 9;
/// A frequency of 1.
const WHOLE: u64 = 1_000_000_000;

/// What must be true of the allele frequency of a variant, AC/AN of all who are counted, as an answer shows it.
/// A variant whose frequency is unknown (AN 0) never is as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrequencyBound {
    operator: Operator,
    /// In 1/10⁹, so that comparisons are exact.
    billionths: u64,
}

impl FrequencyBound {
    /// Takes the bounds out of filters; what is left is about people.
    ///
    /// # Errors
    ///
    /// A frequency that cannot be read, one that is an alternative to something else or excluded, and one in a
    /// question for something else than variants.
    pub fn split(filters: Filters, asked: EntryType) -> Result<(Filters, Vec<Self>), InvalidQuery> {
        let (bounds, people) = filters.take_out(names_frequency);
        let bounds = bounds.iter().map(Self::of_clause).collect::<Result<Vec<_>, _>>()?;
        if !bounds.is_empty() && asked != EntryType::GenomicVariant {
            return Err(invalid("only variants have one: ask at `/g_variants`"));
        }
        Ok((people, bounds))
    }

    fn of_clause(clause: &Clause) -> Result<Self, InvalidQuery> {
        let alone = "it stands alone: write one filter with one value, not excluded";
        let [Filter { excluded: false, any_of, scope: None | Some(EntryType::GenomicVariant) }] =
            clause.0.as_slice()
        else {
            return Err(invalid(alone));
        };
        match any_of.as_slice() {
            [Condition::Value { operator, value, .. }] => {
                Ok(Self { operator: *operator, billionths: billionths(value)? })
            }
            _ => Err(invalid(alone)),
        }
    }

    /// Returns how the frequency is compared.
    pub fn operator(self) -> Operator {
        self.operator
    }

    /// Returns with what it is compared, in 1/10⁹.
    pub fn billionths(self) -> u64 {
        self.billionths
    }

    /// Returns all that it is made of: how is compared, and with what, in 1/10⁹.
    pub(crate) fn members(self) -> (Operator, u64) {
        let Self { operator, billionths } = self;
        (operator, billionths)
    }

    /// Returns whether AC/AN is as asked.
    #[inline]
    pub fn holds(self, allele_count: u64, allele_number: u64) -> bool {
        // Scans ask this of every row: products of such numbers fit into 64 bits.
        let ordering = if (allele_count | allele_number) >> 34 == 0 {
            (allele_count * WHOLE).cmp(&(allele_number * self.billionths))
        } else {
            let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
            product(allele_count, WHOLE).cmp(&product(allele_number, self.billionths))
        };
        (allele_number > 0) & self.operator.holds(ordering)
    }
}

impl From<FrequencyBound> for Clause {
    /// Writes the filter.
    fn from(bound: FrequencyBound) -> Self {
        let FrequencyBound { operator, billionths } = bound;
        let (whole, rest) = (billionths / WHOLE, billionths % WHOLE);
        let value = format!("{whole}.{rest:0DIGITS$}");
        let condition = Condition::Value { field: FIELD.to_owned(), operator, value };
        Self(vec![Filter { scope: None, excluded: false, any_of: vec![condition] }])
    }
}

impl Query {
    /// Returns all filters as a client writes them: those about people, and bounds of the frequency.
    pub fn clauses(&self) -> impl Iterator<Item = Clause> {
        self.filters.clauses().iter().cloned().chain(self.frequencies.iter().copied().map(Into::into))
    }
}

fn names_frequency(clause: &Clause) -> bool {
    let conditions = || clause.0.iter().flat_map(|filter| &filter.any_of);
    let is_frequency = |condition: &Condition| {
        let Condition::Value { field, .. } = condition else { return false };
        [FIELD, PATH].iter().any(|name| name.eq_ignore_ascii_case(field))
    };
    conditions().any(is_frequency)
}

/// Reads a decimal from 0 to 1, exactly.
fn billionths(text: &str) -> Result<u64, InvalidQuery> {
    let reason = || invalid(&format!("`{text}` is no frequency: write 0 to 1, with up to {DIGITS} digits"));
    let (plain, exponent) = match text.split_once(['e', 'E']) {
        Some((plain, exponent)) => (plain, exponent.parse::<i32>().map_err(|_| reason())?),
        None => (text, 0),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 2 * DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(reason());
    }
    let number: u128 = digits.parse().map_err(|_| reason())?;
    let scale = i32::try_from(fraction.len()).map_err(|_| reason())?.checked_sub(exponent);
    let shift = scale.and_then(|scale| 9i32.checked_sub(scale)).ok_or_else(reason)?;
    let power = |n: i32| 10u128.checked_pow(n.unsigned_abs()).ok_or_else(reason);
    let billionths = match shift {
        0.. => number.checked_mul(power(shift)?).ok_or_else(reason)?,
        _ if number.is_multiple_of(power(shift)?) => number / power(shift)?,
        _ => return Err(reason()),
    };
    u64::try_from(billionths).ok().filter(|value| *value <= WHOLE).ok_or_else(reason)
}

fn invalid(reason: &str) -> InvalidQuery {
    InvalidQuery::Parameter { name: "filters", reason: format!("`{FIELD}`: {reason}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter(operator: Operator, value: &str) -> Filters {
        let condition = Condition::Value { field: FIELD.into(), operator, value: value.into() };
        Filters::new(vec![Clause(vec![Filter { scope: None, excluded: false, any_of: vec![condition] }])])
            .unwrap()
    }

    fn read(value: &str) -> Option<u64> {
        let split = FrequencyBound::split(filter(Operator::Less, value), EntryType::GenomicVariant);
        split.ok().map(|(rest, bounds)| {
            assert!(rest.is_empty());
            bounds[0].billionths
        })
    }

    #[test]
    fn decimals_are_read_exactly() {
        for (text, expected) in [
            ("0.001", Some(1_000_000)),
            ("1e-3", Some(1_000_000)),
            ("1E-9", Some(1)),
            ("10e-10", Some(1)),
            ("1", Some(WHOLE)),
            ("0", Some(0)),
            (".5", Some(500_000_000)),
            ("1.0", Some(WHOLE)),
            ("0.0000000001", None),
            ("1.1", None),
            ("-0.1", None),
            ("1e-2147483648", None),
            ("1e99", None),
            ("0.1%", None),
            ("", None),
            ("nan", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_bound_stands_alone_and_is_about_variants() {
        let variants = EntryType::GenomicVariant;
        assert!(FrequencyBound::split(filter(Operator::Less, "0.1"), EntryType::Individual).is_err());
        let changed = |change: fn(&mut Filter)| {
            let mut clauses = filter(Operator::Less, "0.1").clauses().to_vec();
            clauses.iter_mut().flat_map(|clause| &mut clause.0).for_each(change);
            FrequencyBound::split(Filters::new(clauses).unwrap(), variants)
        };
        assert!(changed(|filter| filter.excluded = true).is_err());
        let alternative = |filter: &mut Filter| {
            filter.any_of.push(Condition::Term { id: "HP:1".into(), descendants: true });
        };
        assert!(changed(alternative).is_err());
        let other = Filters::new(vec![Clause(vec![])]).unwrap();
        assert_eq!(FrequencyBound::split(other.clone(), variants), Ok((other, vec![])));
    }

    proptest! {
        #[test]
        fn comparisons_are_those_of_fractions(
            (ac, an) in prop_oneof![(0u64..2000, 0u64..2000), (0u64..1 << 50, 0u64..1 << 50)],
            billionths in 0u64..=WHOLE,
            operator in prop::sample::select(vec![
                Operator::Equal, Operator::NotEqual, Operator::Less, Operator::LessOrEqual,
                Operator::Greater, Operator::GreaterOrEqual,
            ]),
        ) {
            let bound = FrequencyBound { operator, billionths };
            let written = Filters::new(vec![bound.into()]).unwrap();
            prop_assert_eq!(
                FrequencyBound::split(written, EntryType::GenomicVariant).unwrap().1, vec![bound]
            );
            if an == 0 {
                prop_assert!(!bound.holds(ac, an));
            } else if (ac as f64 / an as f64 - billionths as f64 / 1e9).abs() > 1e-9 {
                let (have, asked) = (ac as f64 / an as f64, billionths as f64 / 1e9);
                prop_assert_eq!(bound.holds(ac, an), operator.holds(have.total_cmp(&asked)));
            }
        }
    }
}
