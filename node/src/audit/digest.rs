//! One byte string a question, whatever door it came through.

use fyr_schemas::{EntryType, Interbase, Query, VariantQuery};

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
    let assembly = query.assembly().map(|assembly| assembly.to_string()).unwrap_or_default();
    let mut parts = vec![query.kind().to_owned(), assembly];
    match query {
        VariantQuery::Allele(allele) => parts.extend([
            allele.contig().to_string(),
            allele.start().to_string(),
            allele.reference_bases().to_owned(),
            allele.alternate_bases().to_owned(),
        ]),
        VariantQuery::Name(name) => parts.push(name.text()),
        VariantQuery::Range(range) => {
            parts.extend([range.contig.to_string(), interval(range.interval)]);
            parts.push(format!("{:?}", range.reciprocal_overlap));
            parts.push(format!("{:?}", range.narrowing));
        }
        VariantQuery::Bracket(bracket) => {
            parts.extend([bracket.contig.to_string(), interval(bracket.start), interval(bracket.end)]);
            parts.push(format!("{:?}", bracket.narrowing));
        }
        VariantQuery::Gene(gene) => {
            parts.extend([gene.gene().unwrap_or_default().to_owned(), format!("{:?}", gene.narrowing)]);
        }
    }
    parts
}

fn interval(interval: Interbase) -> String {
    format!("{}-{}", interval.start(), interval.end())
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
