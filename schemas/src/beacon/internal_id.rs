//! The id that a variant has in every dataset, read back: `GRCh38-7-117559590-ATCT-A`.

use crate::{AlleleQuery, Assembly};

/// Returns the question for the variant; none where the text is no such id.
///
/// A symbolic allele has its end behind it, which the question leaves open.
pub(super) fn read(id: &str) -> Option<AlleleQuery> {
    let (assembly, rest) = id.split_once('-')?;
    let assembly: Assembly =
        Assembly::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(assembly))?;
    let text = match rest.find('>') {
        Some(close) => rest.get(..=close)?,
        None => rest,
    };
    AlleleQuery::parse(assembly, text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lead_back_to_their_variants() {
        let allele = read("GRCh38-7-117559590-ATCT-A").unwrap();
        assert_eq!((allele.assembly(), allele.contig().name()), (Assembly::Grch38, "7"));
        assert!(read("GRCh37-1-1000-A-<DEL>-2000").is_some());
        for nonsense in ["", "nonsense", "GRCh38", "GRCh39-7-1-A-C", "GRCh38-7-x-A-C"] {
            assert!(read(nonsense).is_none(), "{nonsense}");
        }
    }
}
