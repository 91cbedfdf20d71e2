//! The table of results: what was measured, beside what, and whether the target is met.

use std::fmt;

use comfy_table::{ContentArrangement, Table, presets};
use serde::{Serialize, Serializer};

/// A number with its unit.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Quantity {
    /// A duration.
    Seconds(f64),
    /// Requests a second.
    Rate(f64),
    /// Bytes.
    Bytes(f64),
}

/// How Fyr and a peer are compared, and how the ratio should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// Fyr's number divided by the peer's is at most this.
    AtMost(f64),
    /// Fyr's number divided by the peer's is at least this.
    AtLeast(f64),
    /// Fyr is this many times faster.
    TimesFaster(f64),
    /// Fyr's number, in the unit's own size, is below this.
    Below(f64),
    /// Fyr's number divided by the peer's, without a target.
    None,
}

/// One thing that was measured.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    /// What was done.
    pub(crate) what: String,
    /// What Fyr needed.
    pub(crate) fyr: Option<Quantity>,
    /// Name of the peer.
    pub(crate) peer: String,
    /// What the peer needed; none where it is not there.
    pub(crate) other: Option<Quantity>,
    /// What to expect.
    #[serde(serialize_with = "as_text")]
    pub(crate) target: Target,
}

impl Quantity {
    fn number(self) -> f64 {
        match self {
            Self::Seconds(number) | Self::Rate(number) | Self::Bytes(number) => number,
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match *self {
            Self::Seconds(seconds) if seconds < 1e-3 => (seconds * 1e6, "µs"),
            Self::Seconds(seconds) if seconds < 1.0 => (seconds * 1e3, "ms"),
            Self::Seconds(seconds) => (seconds, "s"),
            Self::Rate(rate) => return write!(f, "{rate:.0} req/s"),
            Self::Bytes(bytes) => (bytes / 1e6, "MB"),
        };
        let digits = if number < 10.0 { 2 } else { usize::from(number < 100.0) };
        write!(f, "{number:.digits$} {unit}")
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit) => write!(f, "≤ {limit} ×"),
            Self::AtLeast(limit) => write!(f, "≥ {limit} ×"),
            Self::TimesFaster(limit) => write!(f, "≥ {limit} × faster"),
            Self::Below(limit) => write!(f, "< {limit}"),
            Self::None => Ok(()),
        }
    }
}

fn as_text<S: Serializer>(target: &Target, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(target)
}

impl Row {
    /// Compares Fyr with a peer.
    pub(crate) fn new(
        what: impl Into<String>,
        fyr: Quantity,
        (peer, other): (&str, Quantity),
        target: Target,
    ) -> Self {
        Self { what: what.into(), fyr: Some(fyr), peer: peer.to_owned(), other: Some(other), target }
    }

    /// Holds a number of Fyr against a limit.
    pub(crate) fn alone(what: impl Into<String>, fyr: Quantity, target: Target) -> Self {
        Self { what: what.into(), fyr: Some(fyr), peer: String::new(), other: None, target }
    }

    /// Says that a peer could not be asked.
    pub(crate) fn not_available(what: impl Into<String>, peer: &str) -> Self {
        let peer = format!("{peer}: not available");
        Self { what: what.into(), fyr: None, peer, other: None, target: Target::None }
    }

    /// Returns the ratio as the target means it.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let (fyr, other) = (self.fyr?.number(), self.other?.number());
        Some(if matches!(self.target, Target::TimesFaster(_)) { other / fyr } else { fyr / other })
    }

    /// Returns whether the target is met; none where there is none.
    pub(crate) fn is_met(&self) -> Option<bool> {
        let display = |quantity: Quantity| match quantity {
            Quantity::Bytes(bytes) => bytes / 1e6,
            other => other.number(),
        };
        match self.target {
            Target::AtMost(limit) => self.ratio().map(|ratio| ratio <= limit),
            Target::AtLeast(limit) | Target::TimesFaster(limit) => self.ratio().map(|ratio| ratio >= limit),
            Target::Below(limit) => self.fyr.map(|fyr| display(fyr) < limit),
            Target::None => None,
        }
    }

    fn cells(&self) -> [String; 7] {
        let text = |quantity: Option<Quantity>| quantity.map(|q| q.to_string()).unwrap_or_default();
        let met = self.is_met().map(|met| if met { "met" } else { "missed" });
        let ratio = self.ratio().map(|ratio| match ratio {
            ratio if ratio >= 100.0 => format!("{ratio:.0} ×"),
            ratio => format!("{ratio:.2} ×"),
        });
        [
            self.what.clone(),
            text(self.fyr),
            self.peer.clone(),
            text(self.other),
            ratio.unwrap_or_default(),
            self.target.to_string(),
            met.unwrap_or_default().to_owned(),
        ]
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cells().join("  "))
    }
}

const HEADER: [&str; 7] = ["work", "Fyr", "peer", "its", "ratio", "target", ""];

/// Draws the rows for a terminal, or as Markdown.
pub(crate) fn draw(rows: &[Row], markdown: bool) -> String {
    let mut table = Table::new();
    table.load_preset(if markdown { presets::ASCII_MARKDOWN } else { presets::UTF8_HORIZONTAL_ONLY });
    if !markdown {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.set_header(HEADER);
    for row in rows {
        table.add_row(row.cells());
    }
    table.to_string()
}
