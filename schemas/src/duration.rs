//! ISO 8601 durations, as ages are written: `P32Y6M`, `P10D`, `PT6H`, `P2W`.

/// Days of a year, and months of it, in the mean over the Gregorian cycle.
const DAYS_PER_YEAR: f64 = 365.2425;

/// Returns the years of a duration; none where the text is no duration.
pub fn years(text: &str) -> Option<f64> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let month = 1.0 / 12.0;
    let day = 1.0 / DAYS_PER_YEAR;
    let date = sum(date, &[('Y', 1.0), ('M', month), ('W', 7.0 * day), ('D', day)])?;
    let hour = day / 24.0;
    let time = sum(time, &[('H', hour), ('M', hour / 60.0), ('S', hour / 3600.0)])?;
    Some(date + time)
}

/// Adds numbers with units, each unit at most once and in order.
fn sum(mut text: &str, units: &[(char, f64)]) -> Option<f64> {
    let mut total = 0.0;
    let mut units = units.iter();
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, rest) = text.split_at(end);
        let unit = rest.chars().next()?;
        let (_, factor) = units.find(|(name, _)| *name == unit)?;
        total += number.parse::<f64>().ok()? * factor;
        text = rest.get(unit.len_utf8()..)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_years() {
        for (text, expected) in
            [("P32Y", 32.0), ("P6M", 0.5), ("P1Y6M", 1.5), ("P40Y1M1D", 40.0 + 1.0 / 12.0 + 1.0 / 365.2425)]
        {
            assert!((years(text).unwrap() - expected).abs() < 1e-9, "{text}");
        }
        assert!((years("P52W").unwrap() - 364.0 / 365.2425).abs() < 1e-9);
        assert!((years("PT24H").unwrap() - years("P1D").unwrap()).abs() < 1e-12);
    }

    #[test]
    fn other_texts_are_no_durations() {
        for text in
            ["", "P", "PT", "32", "P32", "PY", "P1D1Y", "P1Y1Y", "21.00:00:00", "P-3Y", "P1.2.3Y", "p1y"]
        {
            assert_eq!(years(text), None, "{text}");
        }
    }
}
