//! Changes of proteins in one form: `p.(Val600Glu)`, `Val600Glu` and `V600E` are one.

use super::ProteinChange;
use crate::InvalidQuery;

/// Residues in three and in one letter (IUPAC-IUB 1983), the stop codon last.
const RESIDUES: [(&str, char); 24] = [
    ("Ala", 'A'),
    ("Arg", 'R'),
    ("Asn", 'N'),
    ("Asp", 'D'),
    ("Cys", 'C'),
    ("Gln", 'Q'),
    ("Glu", 'E'),
    ("Gly", 'G'),
    ("His", 'H'),
    ("Ile", 'I'),
    ("Leu", 'L'),
    ("Lys", 'K'),
    ("Met", 'M'),
    ("Phe", 'F'),
    ("Pro", 'P'),
    ("Pyl", 'O'),
    ("Sec", 'U'),
    ("Ser", 'S'),
    ("Thr", 'T'),
    ("Trp", 'W'),
    ("Tyr", 'Y'),
    ("Val", 'V'),
    ("Xaa", 'X'),
    ("Ter", '*'),
];

impl ProteinChange {
    /// Reads a change in one- or three-letter code, with or without `p.`, the parentheses of a
    /// prediction, and what it is a change of: `BRAF:p.V600E`, `NP_004324.2:p.(Val600Glu)`.
    ///
    /// # Errors
    ///
    /// What does not begin with a residue and its number.
    pub fn parse(text: &str) -> Result<Self, InvalidQuery> {
        let text = text.trim();
        let (of, change) = match text.rsplit_once(':') {
            Some((of, change)) => (Some(of.split('(').next().unwrap_or(of).to_owned()), change),
            None => (None, text),
        };
        let reason = || format!("`{text}` is no change of a protein: use V600E or p.Val600Glu");
        let wrong = || InvalidQuery::Parameter { name: "aminoacidChange", reason: reason() };
        let change = canonical(change).ok_or_else(wrong)?;
        if of.as_deref().is_some_and(str::is_empty) {
            return Err(wrong());
        }
        Ok(Self { of, change })
    }

    /// Returns whether a change in canonical form is the asked one; `K23fs` is any shift of the frame there.
    pub fn matches(&self, change: &str) -> bool {
        if self.change == change {
            return true;
        }
        let shifted = self.change.strip_suffix("fs");
        shifted.is_some_and(|residue| {
            let rest = change.strip_prefix(residue);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains("fs"))
        })
    }
}

/// Writes a change in one-letter code without prefix and parentheses; none where it is no change of a
/// protein that is known, such as `p.?`.
pub fn canonical(text: &str) -> Option<String> {
    let text = text.strip_prefix("p.").unwrap_or(text);
    let text = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text);
    let text = text.replace("%3D", "=");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let residue = RESIDUES.iter().find(|(long, _)| rest.starts_with(long));
        let length = match residue {
            Some((long, short)) => {
                out.push(*short);
                long.len()
            }
            None => {
                out.push(first);
                first.len_utf8()
            }
        };
        rest = rest.get(length..)?;
    }
    is_change(&out).then_some(out)
}

/// A residue, its number, and something else.
fn is_change(text: &str) -> bool {
    let residue = |c: char| c == '*' || c.is_ascii_uppercase();
    let Some(rest) = text.strip_prefix(residue) else { return false };
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    let what = rest.get(digits..).unwrap_or_default();
    let legal = |c: char| c.is_ascii_alphanumeric() || "*_=?-".contains(c);
    digits > 0
        && !rest.starts_with('0')
        && !what.is_empty()
        && what.chars().all(legal)
        && !what.starts_with('?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notations_of_one_change_are_one() {
        for text in ["V600E", "p.V600E", "p.Val600Glu", "p.(Val600Glu)", "Val600Glu"] {
            assert_eq!(ProteinChange::parse(text).unwrap().change, "V600E", "{text}");
        }
        let with = ProteinChange::parse("NP_004324.2:p.(Val600Glu)").unwrap();
        assert_eq!((with.of.as_deref(), with.change.as_str()), (Some("NP_004324.2"), "V600E"));
        for (text, expected) in [
            ("p.Arg1443Ter", "R1443*"),
            ("p.Gly12_Gly13del", "G12_G13del"),
            ("p.Lys23ArgfsTer12", "K23Rfs*12"),
            ("p.Leu54%3D", "L54="),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn shifts_of_the_frame_match_by_residue() {
        let asked = ProteinChange::parse("Lys23fs").unwrap();
        assert!(asked.matches("K23Rfs*12") && asked.matches("K23fs"));
        assert!(!asked.matches("K230Rfs*12") && !asked.matches("K23R"));
    }

    #[test]
    fn other_texts_are_no_changes() {
        for text in
            ["", "p.", "600", "V", "V600", "p.?", "V0E", "v600e", "V600 E", ":p.V600E", "Val600?", "é1"]
        {
            assert!(ProteinChange::parse(text).is_err(), "{text}");
        }
    }
}
