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

/// Reads where the mate of a paired breakend lies; none for anything else. `<BND:17:198982>` is one whose sides are not
/// known.
pub fn mate(alternate: &str) -> Option<BreakendMate> {
    let without_sides = || alternate.strip_prefix("<BND:")?.strip_suffix('>');
    let place = alternate.split(['[', ']']).nth(1).or_else(without_sides)?;
    let (name, position) = place.rsplit_once(':')?;
    let name = name.trim_start_matches('<').trim_end_matches('>');
    Some(BreakendMate {
        contig: Contig::of_any(name).ok()?,
        start: position.parse::<u32>().ok()?.checked_sub(1)?,
    })
}

/// Writes a breakend with upper-case bases and the one name of its mate's sequence, so that one adjacency is one allele
/// whatever a file calls its sequences: `g[chr17:5[` is `G[17:5[`. A sequence in angle brackets, which belongs to no
/// assembly, keeps its name, and anything but a breakend is left as it is.
///
/// # Errors
///
/// What the given function says of the name.
pub fn canonical_breakend<E>(
    alternate: &str,
    name: impl FnOnce(&str) -> Result<Contig, E>,
) -> Result<String, E> {
    if alternate.starts_with('<') {
        return match alternate.strip_prefix("<BND:").and_then(|rest| rest.strip_suffix('>')?.rsplit_once(':'))
        {
            Some((mate, position)) => Ok(format!("<BND:{}:{position}>", name(mate)?)),
            None => Ok(alternate.to_owned()),
        };
    }
    let bracket = if alternate.contains('[') { '[' } else { ']' };
    let parts: Vec<&str> = alternate.split(bracket).collect();
    let &[before, place, after] = parts.as_slice() else { return Ok(alternate.to_ascii_uppercase()) };
    let (before, after) = (before.to_ascii_uppercase(), after.to_ascii_uppercase());
    let place = match place.rsplit_once(':') {
        Some((mate, position)) if !mate.starts_with('<') => format!("{}:{position}", name(mate)?),
        _ => place.to_owned(),
    };
    Ok(format!("{before}{bracket}{place}{bracket}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Assembly;
    use proptest::prelude::*;

    fn canonical(text: &str) -> Result<String, crate::InvalidContig> {
        canonical_breakend(text, |name| Contig::resolve(name, Assembly::GRCH38))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn one_adjacency_is_one_text(
            name in prop::sample::select(vec!["17", "chr17", "CHR17", "NC_000017.11", "CM000679.2"]),
            position in 1u32..80_000_000,
            bases in "[ACGTNacgtn]{1,4}",
            shape in 0..5usize,
        ) {
            let write = |name: &str, bases: &str| match shape {
                0 => format!("{bases}[{name}:{position}["),
                1 => format!("{bases}]{name}:{position}]"),
                2 => format!("[{name}:{position}[{bases}"),
                3 => format!("]{name}:{position}]{bases}"),
                _ => format!("<BND:{name}:{position}>"),
            };
            let text = canonical(&write(name, &bases)).unwrap();
            prop_assert_eq!(&text, &write("17", &bases.to_ascii_uppercase()));
            prop_assert_eq!(canonical(&text).unwrap(), text.clone());
            prop_assert_eq!(mate(&text), mate(&write(name, &bases)));
        }
    }

    #[test]
    fn what_has_no_mate_in_the_assembly_keeps_its_name() {
        for (text, expected) in [
            (".tgca", ".TGCA"),
            ("t.", "T."),
            ("t[<ctg1>:5[", "T[<ctg1>:5["),
            ("<DEL>", "<DEL>"),
            ("<BND>", "<BND>"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(expected));
        }
        assert!(canonical("T[NC_000017.10:5[").is_err());
    }

    #[test]
    fn mates_are_read() {
        for text in [
            "G]17:198982]",
            "]chr17:198982]A",
            "[NC_000017.11:198982[T",
            "T[17:198982[",
            "<BND:chr17:198982>",
        ] {
            let mate = mate(text).unwrap();
            assert_eq!((mate.contig.name(), mate.start), ("17", 198_981), "{text}");
        }
        for text in ["<DEL>", "A", ".A", "G]17:0]", "<BND>", "<BND:17>", "<BND:17:0>", "<DEL:17:5>"] {
            assert_eq!(mate(text), None, "{text}");
        }
    }
}
