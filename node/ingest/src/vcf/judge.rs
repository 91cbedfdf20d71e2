//! Which samples of a record were called.

use super::{
    calls::{CallRule, DEPTH, FILTER, FilterRule, QUALITY},
    cohort::Person,
    error::{Fault, quote},
    genotypes::{Copies, Genotype},
    report::Uncalled,
};

/// What the samples of a record are judged by, and where in their columns it stands.
pub(crate) struct Judge<'a> {
    filter: Option<(&'a FilterRule, usize)>,
    quality: Option<Lowest>,
    depth: Option<Lowest>,
}

/// The lowest that a value may be.
struct Lowest {
    lowest: f64,
    /// Names and places of the keys; the first that has a value counts.
    keys: Vec<(&'static str, usize)>,
}

/// Why a genotype is no call.
enum Reason {
    Filter,
    Quality,
    Depth,
    NoQuality,
    NoDepth,
}

impl<'a> Judge<'a> {
    /// Returns what a record with these keys of FORMAT is judged by; none where all that is written is a call.
    pub(crate) fn of(rule: &'a CallRule, keys: &[&str]) -> Option<Self> {
        let place = |key: &str| keys.iter().position(|other| *other == key);
        let filter = place(FILTER).map(|at| (&rule.filter, at)).filter(|(rule, _)| **rule != FilterRule::Any);
        let lowest = |lowest: u32, names: [&'static str; 3]| {
            let keys = names.into_iter().filter_map(|name| Some((name, place(name)?))).collect();
            (lowest > 0).then_some(Lowest { lowest: lowest.into(), keys })
        };
        let (quality, depth) = (lowest(rule.min_gq, QUALITY), lowest(rule.min_dp, DEPTH));
        let is_needed = filter.is_some() || quality.is_some() || depth.is_some();
        is_needed.then_some(Self { filter, quality, depth })
    }

    /// Returns why the genotype of a sample column is no call.
    fn reason(&self, column: &[u8]) -> Result<Option<Reason>, Fault> {
        if let Some((rule, at)) = self.filter
            && !rule.takes_sample(&String::from_utf8_lossy(value(column, at)))
        {
            return Ok(Some(Reason::Filter));
        }
        for (lowest, below, missing) in [
            (&self.quality, Reason::Quality, Reason::NoQuality),
            (&self.depth, Reason::Depth, Reason::NoDepth),
        ] {
            let Some(lowest) = lowest else { continue };
            match lowest.value(column)? {
                Some(value) if value >= lowest.lowest => {}
                Some(_) => return Ok(Some(below)),
                None => return Ok(Some(missing)),
            }
        }
        Ok(None)
    }
}

impl Lowest {
    /// Reads the first value that is there.
    fn value(&self, column: &[u8]) -> Result<Option<f64>, Fault> {
        let mut values = self.keys.iter().map(|(key, at)| (*key, value(column, *at)));
        let Some((key, text)) = values.find(|(_, text)| *text != b".") else {
            return Ok(None);
        };
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
        number.filter(|number| number.is_finite()).map(Some).ok_or_else(|| {
            Fault::new(key, format!("{} is not a number, and is compared with one", quote(text)))
        })
    }
}

/// Returns a value of a sample column; values at its end may be left out.
fn value(column: &[u8], at: usize) -> &[u8] {
    column.split(|byte| *byte == b':').nth(at).unwrap_or(b".")
}

/// Reads what is no call as if it were `./.`: `found` are the genotypes that are not `0/0`, in the order of the columns.
///
/// # Errors
///
/// A value that is no number, with its column.
pub(crate) fn leave_out(
    judge: &Judge<'_>,
    columns: &[u8],
    (people, copies): (&[Option<Person>], Copies),
    found: &mut Vec<(usize, Genotype)>,
) -> Result<Uncalled, (usize, Fault)> {
    let mut uncalled = Uncalled::default();
    let written = std::mem::take(found);
    let mut written = written.into_iter().peekable();
    for ((column, text), person) in columns.split(|byte| *byte == b'\t').enumerate().zip(people) {
        let genotype = written.next_if(|(at, _)| *at == column).map(|(_, genotype)| genotype);
        let is_call = genotype.is_none_or(Genotype::is_call)
            && person.is_some_and(|person| copies.of(person.sex) != Some(0));
        let reason = if is_call { judge.reason(text).map_err(|fault| (column, fault))? } else { None };
        if let Some(reason) = reason {
            *uncalled.by(&reason) += 1;
            found.push((column, Genotype::UNCALLED));
        } else if let Some(genotype) = genotype {
            found.push((column, genotype));
        }
    }
    Ok(uncalled)
}

impl Uncalled {
    fn by(&mut self, reason: &Reason) -> &mut u64 {
        match reason {
            Reason::Filter => &mut self.filtered,
            Reason::Quality => &mut self.low_quality,
            Reason::Depth => &mut self.low_depth,
            Reason::NoQuality => &mut self.without_quality,
            Reason::NoDepth => &mut self.without_depth,
        }
    }
}
