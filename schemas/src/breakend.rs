//! The other end of a breakend (VCF 4.4, section 5.4).

use crate::Contig;

/// One end of an adjacency.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BreakendMate {
    /// The sequence it lies on.
    pub contig: Contig,
    /// Interbase start of the base that is joined.
    pub start: u32,
}

/// Reads where the mate of a paired breakend lies; none for anything else.
pub fn mate(alternate: &str) -> Option<BreakendMate> {
    let mut parts = alternate.split(['[', ']']);
    let (_, place, _) = (parts.next()?, parts.next()?, parts.next()?);
    let (name, position) = place.rsplit_once(':')?;
    let name = name.trim_start_matches('<').trim_end_matches('>');
    Some(BreakendMate {
        contig: Contig::of_any(name).ok()?,
        start: position.parse::<u32>().ok()?.checked_sub(1)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mates_are_read() {
        for text in ["G]17:198982]", "]chr17:198982]A", "[NC_000017.11:198982[T", "T[17:198982["] {
            let mate = mate(text).unwrap();
            assert_eq!((mate.contig.name(), mate.start), ("17", 198_981), "{text}");
        }
        for text in ["<DEL>", "A", ".A", "G]17:0]"] {
            assert_eq!(mate(text), None, "{text}");
        }
    }
}
