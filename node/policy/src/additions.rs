//! Additions by epoch: who comes to a dataset is told of together with others who came, never alone.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// The units in which a time is written, with their seconds.
const UNITS: [(&str, u32); 3] = [("day", 86_400), ("hour", 3_600), ("minute", 60)];

/// When those who came to a dataset are released: told of below open from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Additions {
    /// How many must have come, at least; relatives count once.
    pub at_least: u64,
    /// How much time must have passed since the last release; none where they are released as soon as enough have come.
    pub every: Option<Every>,
}

/// A time between two releases: a whole number of days, hours or minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every {
    number: u32,
    unit: (&'static str, u32),
}

impl Every {
    /// Returns it in seconds.
    pub fn seconds(self) -> i64 {
        i64::from(self.number) * i64::from(self.unit.1)
    }
}

impl FromStr for Every {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused =
            || format!("`{text}` is no time between releases: write `30 days`, `12 hours` or `45 minutes`");
        let (number, unit) = text.split_once(' ').ok_or_else(refused)?;
        let number: u32 = number.parse().ok().filter(|number| *number > 0).ok_or_else(refused)?;
        let unit = unit.strip_suffix('s').unwrap_or(unit);
        let unit = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(refused)?;
        Ok(Self { number, unit })
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.number == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.number, self.unit.0)
    }
}

impl Serialize for Every {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Every {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_is_read() {
        for (text, seconds) in
            [("30 days", 2_592_000), ("1 day", 86_400), ("12 hours", 43_200), ("1 minute", 60)]
        {
            let every: Every = text.parse().unwrap();
            assert_eq!((every.seconds(), every.to_string().as_str()), (seconds, text));
            assert_eq!(serde_json::to_value(every).unwrap(), text);
        }
        for text in ["", "30", "0 days", "-1 days", "30days", "1 week", "1.5 hours"] {
            assert!(text.parse::<Every>().unwrap_err().contains("`30 days`"), "{text}");
        }
    }
}
