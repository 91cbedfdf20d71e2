//! One byte string a question, whatever door it came through: what audit digests and clients sign.

use crate::{EntryType, Interbase, Query, VariantQuery};

impl Query {
    /// Writes what is asked about in a form in which different questions differ.
    ///
    /// Each part is preceded by its length, so that no two lists of parts read the same. How much is asked
    /// for, of which datasets, on which page and for what is not part of it.
    pub fn canonical(&self) -> Vec<u8> {
        joined(&parts(self))
    }

    /// Writes the whole question: what it is about, how much it asks for, what for, and of which datasets.
    ///
    /// This is what a client signs (`fyr_identity` checks it), so it can only grow under another version.
    pub fn signable(&self) -> Vec<u8> {
        let mut all = vec!["fyr-query-v1".to_owned(), self.granularity.to_string()];
        all.push(self.purpose.as_ref().map(ToString::to_string).unwrap_or_default());
        all.push(self.test_mode.to_string());
        for list in [&self.datasets.only, &self.datasets.exclude, &self.datasets.exclude_nodes] {
            let mut sorted = list.clone();
            sorted.sort_unstable();
            all.push(sorted.len().to_string());
            all.extend(sorted);
        }
        all.extend(parts(self));
        joined(&all)
    }
}

fn joined(parts: &[String]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
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
    parts.extend(query.frequencies.iter().map(|bound| format!("{bound:?}")));
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
    use crate::{AlleleQuery, Assembly};

    fn allele(assembly: Assembly, text: &str) -> Vec<u8> {
        Query::variants(VariantQuery::Allele(AlleleQuery::parse(assembly, text).unwrap())).canonical()
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
