//! One byte string a question, whatever door it came through.

use fyr_schemas::{EntryType, Query, VariantQuery};

/// Writes what is asked about in a form in which different questions differ.
///
/// Each part is preceded by its length, so that no two lists of parts read the same.
pub(super) fn canonical(query: &Query) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts(query) {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

/// A plain question for variants is its coordinates alone; what else is asked comes behind them.
fn parts(query: &Query) -> Vec<String> {
    let mut parts = query.variant.as_ref().map(variant).unwrap_or_default();
    if query.entry_type != EntryType::GenomicVariant || query.is_about_people() {
        parts.push(query.entry_type.id().to_owned());
        parts.extend(
            query.within.iter().flat_map(|within| [within.entry_type.to_string(), within.id.clone()]),
        );
        parts.push(format!("{:?}", query.filters));
    }
    parts
}

fn variant(query: &VariantQuery) -> Vec<String> {
    let mut parts = vec![query.kind().to_owned(), query.assembly().to_string(), query.contig().to_string()];
    match query {
        VariantQuery::Allele(allele) => parts.extend([
            allele.start().to_string(),
            allele.reference_bases().to_owned(),
            allele.alternate_bases().to_owned(),
        ]),
        VariantQuery::Range(range) => {
            let text = |value: Option<String>| value.map_or_else(String::new, |value| format!("={value}"));
            parts.extend([
                range.interval.start().to_string(),
                range.interval.end().to_string(),
                text(range.variant_type.map(|kind| kind.to_string())),
                text(range.reference_bases.clone()),
                text(range.alternate_bases.clone()),
                text(range.minimum_length.map(|length| length.to_string())),
                text(range.maximum_length.map(|length| length.to_string())),
            ]);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use fyr_schemas::{AlleleQuery, Assembly};

    fn allele(assembly: Assembly, text: &str) -> Vec<u8> {
        canonical(&Query::variants(VariantQuery::Allele(AlleleQuery::parse(assembly, text).unwrap())))
    }

    #[test]
    fn padded_notations_of_an_allele_are_one_question() {
        let plain = allele(Assembly::Grch38, "7-117559590-ATCT-A");
        assert_eq!(plain, allele(Assembly::Grch38, "chr7:117559589:GATCT:GA"));
    }

    #[test]
    fn other_questions_differ() {
        let plain = allele(Assembly::Grch38, "7-117559590-ATCT-A");
        for (assembly, text) in [
            (Assembly::Grch37, "7-117559590-ATCT-A"),
            (Assembly::Grch38, "8-117559590-ATCT-A"),
            (Assembly::Grch38, "7-117559591-ATCT-A"),
            (Assembly::Grch38, "7-117559590-ATCA-A"),
        ] {
            assert_ne!(plain, allele(assembly, text), "{assembly} {text}");
        }
    }
}
