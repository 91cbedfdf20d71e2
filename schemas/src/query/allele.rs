//! The exact question: is this allele seen?

use crate::{
    Alternate, Assembly, BreakendMate, Contig, Interbase, InvalidQuery, Position, Variant,
    canonical_breakend, is_sequence, mate, trim,
};

/// What only symbolic alleles and breakends are written with.
const SYMBOLIC: [char; 4] = ['<', '[', ']', '.'];

/// One allele, trimmed. Padded notations of an allele are equal as queries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlleleQuery {
    assembly: Assembly,
    contig: Contig,
    start: u32,
    reference_bases: String,
    alternate_bases: String,
}

impl AlleleQuery {
    /// Creates a question from an interbase start and alleles in any letter case, padded or not.
    /// One of the two alleles may be empty, as Beacon and SPDI write insertions and deletions.
    ///
    /// # Errors
    ///
    /// Alleles that are equal or cannot be read, wildcards (N), and coordinates out of range.
    pub fn new(
        assembly: Assembly,
        contig: Contig,
        start: u64,
        reference_bases: &str,
        alternate_bases: &str,
    ) -> Result<Self, InvalidQuery> {
        let symbolic = alternate_bases.contains(SYMBOLIC);
        let (reference, alternate) = if symbolic {
            Alternate::parse(alternate_bases)?;
            let alternate = canonical_breakend(alternate_bases, |name| Contig::asked(name, assembly))?;
            // Files of structural variants often have REF N, which is then no wildcard.
            (literal_bases("referenceBases", reference_bases)?, alternate)
        } else {
            (bases("referenceBases", reference_bases)?, bases("alternateBases", alternate_bases)?)
        };
        if reference == alternate {
            return Err(invalid("alternateBases", "is the same as `referenceBases`"));
        }
        let interval = Interbase::new(start, start.saturating_add(reference.len() as u64))?;
        let start = interval.start();
        let (start, r, a) =
            if symbolic { (start, &*reference, &*alternate) } else { trim(start, &reference, &alternate) };
        if start == 0 && (r.is_empty() || a.is_empty()) {
            return Err(invalid("start", "an indel at the first base needs its anchor base"));
        }
        let (reference_bases, alternate_bases) = (r.to_owned(), a.to_owned());
        Ok(Self { assembly, contig, start, reference_bases, alternate_bases })
    }

    /// Reads the notation of gnomAD with a 1-based position: `7-117559590-ATCT-A`, also with
    /// colons, blanks, slashes or `>` between the parts.
    ///
    /// # Errors
    ///
    /// Anything but four parts, and what [`AlleleQuery::new`] refuses.
    pub fn parse(assembly: Assembly, text: &str) -> Result<Self, InvalidQuery> {
        let parts = if text.contains("--") { Vec::new() } else { Self::parts(text) };
        let &[contig, position, reference, alternate] = parts.as_slice() else {
            return Err(invalid(
                "variant",
                &format!("`{text}` is not chromosome-position-reference-alternate"),
            ));
        };
        let contig = Contig::asked(contig, assembly)?;
        let position =
            position.parse().map_err(|_| invalid("variant", &format!("`{position}` is not a position")))?;
        let start = Position::new(position)?.interbase_start();
        Self::new(assembly, contig, start.into(), reference, alternate)
    }

    /// Splits a notation at its separators.
    pub(super) fn parts(text: &str) -> Vec<&str> {
        let separator = |c: char| matches!(c, '-' | ':' | '/' | '>' | ',') || c.is_whitespace();
        // A symbolic allele may hold separators: `<INS:ME:ALU>`.
        let (site, symbolic) = text.split_at(text.find('<').unwrap_or(text.len()));
        site.split(separator).chain([symbolic.trim()]).filter(|part| !part.is_empty()).collect()
    }

    /// Returns the assembly of the coordinates.
    pub fn assembly(&self) -> Assembly {
        self.assembly
    }

    /// Returns the reference sequence.
    pub fn contig(&self) -> &Contig {
        &self.contig
    }

    /// Returns the interbase start.
    pub fn start(&self) -> u32 {
        self.start
    }

    /// Returns the reference bases; empty for an insertion without anchor.
    pub fn reference_bases(&self) -> &str {
        &self.reference_bases
    }

    /// Returns whether the alternate allele is a symbol or a breakend, of which several may begin at one place.
    pub fn is_symbolic(&self) -> bool {
        self.alternate_bases.contains(SYMBOLIC)
    }

    /// Returns the alternate bases or the symbolic allele; empty for a deletion without anchor.
    pub fn alternate_bases(&self) -> &str {
        &self.alternate_bases
    }

    /// Returns all that it is made of: assembly, sequence, interbase start, reference and alternate bases.
    pub(crate) fn members(&self) -> (Assembly, &Contig, u32, &str, &str) {
        let Self { assembly, contig, start, reference_bases, alternate_bases } = self;
        (*assembly, contig, *start, reference_bases, alternate_bases)
    }

    /// Returns the stored forms that mean this allele, as (start, reference, alternate).
    ///
    /// Stored indels carry the base before them. A question without it matches whichever of the four
    /// bases stands there: a genome has only one. Stores before format 6 name the mate of a breakend as the file did,
    /// which is mostly with `chr`.
    pub fn candidates(&self) -> Vec<(u32, String, String)> {
        let (r, a) = (&self.reference_bases, &self.alternate_bases);
        if let Some(BreakendMate { contig, .. }) = mate(a) {
            let name = format!("{}:", contig.name());
            let forms = [a.clone(), a.replacen(&name, &format!("chr{name}"), 1)];
            return forms.map(|form| (self.start, r.clone(), form)).into();
        }
        if !r.is_empty() && !a.is_empty() {
            return vec![(self.start, r.clone(), a.clone())];
        }
        let anchored = |base| (self.start.saturating_sub(1), format!("{base}{r}"), format!("{base}{a}"));
        ["A", "C", "G", "T"].map(anchored).into()
    }

    /// Returns the variant that is asked for, for an answer that found none stored.
    pub fn as_variant(&self) -> Option<Variant> {
        let interval =
            Interbase::new(self.start.into(), u64::from(self.start) + self.reference_bases.len() as u64);
        let variant_type = match Alternate::parse(&self.alternate_bases) {
            Ok(alternate) => alternate.variant_type(&self.reference_bases),
            Err(_) => crate::VariantType::of_bases(&self.reference_bases, &self.alternate_bases),
        };
        Some(Variant {
            contig: self.contig.clone(),
            interval: interval.ok()?,
            reference_bases: self.reference_bases.clone(),
            alternate_bases: self.alternate_bases.clone(),
            variant_type,
            sv_length: None,
        })
    }
}

/// Reads a sequence in which N stands for itself.
fn literal_bases(name: &'static str, text: &str) -> Result<String, InvalidQuery> {
    if is_sequence(text) {
        return Ok(text.to_ascii_uppercase());
    }
    Err(invalid(name, &format!("`{text}` is not a sequence of A, C, G, T and N")))
}

/// Reads A, C, G and T in either letter case; nothing and `-` mean no base.
fn bases(name: &'static str, text: &str) -> Result<String, InvalidQuery> {
    if text.is_empty() || text == "-" {
        return Ok(String::new());
    }
    if text.bytes().any(|b| b.eq_ignore_ascii_case(&b'N')) && is_sequence(text) {
        return Err(invalid(name, "wildcards name several alleles: name the bases"));
    }
    if !is_sequence(text) {
        return Err(invalid(name, &format!("`{text}` is not a sequence of A, C, G and T")));
    }
    Ok(text.to_ascii_uppercase())
}

fn invalid(name: &'static str, reason: &str) -> InvalidQuery {
    InvalidQuery::Parameter { name, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<AlleleQuery, InvalidQuery> {
        AlleleQuery::parse(Assembly::GRCH38, text)
    }

    #[test]
    fn notations_of_one_allele_are_one_question() {
        let expected = parse("7-117559590-ATCT-A").unwrap();
        for text in [
            "chr7:117559590:ATCT:A",
            "7 117559590 atct a",
            "NC_000007.14-117559590-ATCT-A",
            "7:117559590 ATCT>A",
            "7-117559589-GATCT-GA",
            "7-117559590-ATCTG-AG",
        ] {
            assert_eq!(parse(text).as_ref(), Ok(&expected), "{text}");
        }
    }

    #[test]
    fn symbolic_alleles_are_taken_literally() {
        for (text, reference, alternate) in
            [("22-16050654-A-<CN0>", "A", "<CN0>"), ("chr1:1000:N:<INS:ME:ALU>", "N", "<INS:ME:ALU>")]
        {
            let query = parse(text).unwrap();
            assert_eq!((query.reference_bases(), query.alternate_bases()), (reference, alternate), "{text}");
        }
    }

    #[test]
    fn the_mate_of_a_breakend_is_named_as_its_sequence_is() {
        let ask = |alternate| {
            let contig = Contig::resolve("7", Assembly::GRCH38).unwrap();
            AlleleQuery::new(Assembly::GRCH38, contig, 5, "G", alternate)
        };
        let expected = ask("G[17:5[").unwrap();
        for text in ["G[chr17:5[", "g[NC_000017.11:5["] {
            assert_eq!(ask(text).as_ref(), Ok(&expected), "{text}");
        }
        for (text, reason) in [("G[chr99:5[", "chr99"), ("G[NC_000017.10:5[", "GRCh37")] {
            assert!(ask(text).unwrap_err().to_string().contains(reason), "{text}");
        }
    }

    #[test]
    fn a_breakend_is_found_as_older_stores_name_its_mate_too() {
        let contig = || Contig::resolve("7", Assembly::GRCH38).unwrap();
        let forms = |alternate| {
            let query = AlleleQuery::new(Assembly::GRCH38, contig(), 5, "G", alternate).unwrap();
            query.candidates().into_iter().map(|(_, _, form)| form).collect::<Vec<_>>()
        };
        assert_eq!(forms("G[chr17:5["), ["G[17:5[", "G[chr17:5["]);
        assert_eq!(forms("]X:9]G"), ["]X:9]G", "]chrX:9]G"]);
        assert_eq!(forms("<DEL>"), ["<DEL>"]);
    }

    #[test]
    fn an_unanchored_indel_fits_each_anchor() {
        let contig = Contig::resolve("7", Assembly::GRCH38).unwrap();
        let query = AlleleQuery::new(Assembly::GRCH38, contig, 117_559_590, "TCT", "").unwrap();
        let anchored = (117_559_589, "ATCT".to_owned(), "A".to_owned());
        assert_eq!(query.candidates().len(), 4);
        assert!(query.candidates().contains(&anchored));
    }

    #[test]
    fn what_cannot_be_evaluated_is_refused() {
        for text in [
            "",
            "7",
            "7-1-A",
            "7-x-A-G",
            "7-0-A-G",
            "7-1-A-A",
            "7-1-A-N",
            "7-1-AX-G",
            "7-99999999999-A-G",
            "7-1-A-<",
            "7-1-A-G-T",
            "<7>-1-A-G",
            "NC_000007.13-1-A-G",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
