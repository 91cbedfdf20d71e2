//! Laws that hold for all alleles and coordinates, on random references full of repeats.

use fyr_schemas::{
    AlleleQuery, Assembly, Contig, Interbase, Position, ReferenceSequence, Variant, left_align, trim,
};
use proptest::prelude::*;

#[derive(Debug)]
struct Text(String);

impl Text {
    fn slice(&self, start: usize, end: usize) -> &str {
        &self.0[start..end]
    }

    /// The sequence that a person with this allele has.
    fn with(&self, start: usize, reference: &str, alternate: &str) -> String {
        format!("{}{alternate}{}", &self.0[..start], &self.0[start + reference.len()..])
    }
}

impl ReferenceSequence for Text {
    fn bases(&self, _: &Contig, interval: Interbase) -> Option<Vec<u8>> {
        let range = interval.start() as usize..interval.end() as usize;
        self.0.as_bytes().get(range).map(<[u8]>::to_vec)
    }
}

fn contig() -> Contig {
    Contig::resolve("7", Assembly::GRCH38).unwrap()
}

fn normalise(text: &Text, start: usize, reference: &str, alternate: &str) -> (usize, String, String) {
    let (start, r, a) = left_align(&contig(), start as u32, reference, alternate, text).unwrap();
    (start as usize, r, a)
}

/// A reference of two or four letters, and an allele on it that changes something.
fn allele() -> impl Strategy<Value = (Text, usize, String, String)> {
    let reference = prop_oneof!["[AC]{20,40}", "[ACGT]{20,40}", "(AC|ACG){10,14}"];
    (reference, 2usize..15, 1usize..5, "[AC]{1,4}|[ACGT]{1,4}").prop_filter_map(
        "the allele is the reference",
        |(text, start, length, alternate)| {
            let reference = text[start..start + length].to_owned();
            (reference != alternate).then_some((Text(text), start, reference, alternate))
        },
    )
}

/// Every way to write a mutated sequence as one allele of up to five reference bases.
fn notations(text: &Text, mutated: &str) -> Vec<(usize, String, String)> {
    let mut notations = Vec::new();
    for start in 0..text.0.len() {
        for end in start + 1..=text.0.len().min(start + 5) {
            let reference = text.slice(start, end);
            let alternate = (end + mutated.len()).checked_sub(text.0.len());
            let alternate = alternate.and_then(|end| mutated.get(start..end)).unwrap_or_default();
            if !alternate.is_empty() && text.with(start, reference, alternate) == mutated {
                notations.push((start, reference.to_owned(), alternate.to_owned()));
            }
        }
    }
    notations
}

proptest! {
    #[test]
    fn normalising_keeps_the_sequence((text, start, r, a) in allele()) {
        let (new_start, new_r, new_a) = normalise(&text, start, &r, &a);
        prop_assert_eq!(text.with(new_start, &new_r, &new_a), text.with(start, &r, &a));
        prop_assert!(!new_r.is_empty() && !new_a.is_empty());
    }

    #[test]
    fn normalising_twice_is_normalising_once((text, start, r, a) in allele()) {
        let once = normalise(&text, start, &r, &a);
        let twice = normalise(&text, once.0, &once.1, &once.2);
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn padding_changes_nothing((text, start, r, a) in allele(), left in 0usize..3, right in 0usize..3) {
        let end = start + r.len();
        prop_assume!(end + right <= text.0.len());
        let (before, after) = (text.slice(start - left, start), text.slice(end, end + right));
        let padded = |allele: &str| format!("{before}{allele}{after}");
        prop_assert_eq!(
            normalise(&text, start - left, &padded(&r), &padded(&a)),
            normalise(&text, start, &r, &a),
        );
    }

    #[test]
    fn every_notation_of_a_sequence_has_one_normal_form((text, start, r, a) in allele()) {
        let expected = normalise(&text, start, &r, &a);
        for (start, r, a) in notations(&text, &text.with(start, &r, &a)) {
            prop_assert_eq!(&normalise(&text, start, &r, &a), &expected, "{} {} {}", start, r, a);
        }
    }

    #[test]
    fn nothing_can_be_moved_further_left((text, start, r, a) in allele()) {
        let (start, r, a) = normalise(&text, start, &r, &a);
        let same_end = r.as_bytes().last() == a.as_bytes().last();
        // An equal last base could be dropped and one taken from the left, unless the sequence starts here.
        prop_assert!(!same_end || start == 0, "{start} {r} {a}");
        prop_assert_eq!(trim(start as u32, &r, &a), (start as u32, r.as_str(), a.as_str()));
    }

    /// Without a reference at hand, this can hold for alleles in normal form only.
    #[test]
    fn padded_notations_of_a_normal_form_are_one_question(
        (text, start, r, a) in allele(),
        left in 0usize..3,
        right in 0usize..3,
    ) {
        let (start, r, a) = normalise(&text, start, &r, &a);
        prop_assume!(start >= left && start + r.len() + right <= text.0.len());
        prop_assume!(r.as_bytes().last() != a.as_bytes().last());
        let end = start + r.len();
        let (before, after) = (text.slice(start - left, start), text.slice(end, end + right));
        let ask = |start: usize, r: &str, a: &str| {
            AlleleQuery::new(Assembly::GRCH38, contig(), start as u64, r, a).unwrap()
        };
        let (r_padded, a_padded) = (format!("{before}{r}{after}"), format!("{before}{a}{after}"));
        prop_assert_eq!(ask(start - left, &r_padded.to_lowercase(), &a_padded), ask(start, &r, &a));
    }

    #[test]
    fn positions_and_interbase_coordinates_round_trip(position in 1u64..=u64::from(u32::MAX >> 1)) {
        let start = Position::new(position).unwrap().interbase_start();
        prop_assert_eq!(u64::from(start) + 1, position);
        let interval = Interbase::new(start.into(), position).unwrap();
        prop_assert_eq!(u64::from(interval.end() - interval.start()), 1);
    }

    #[test]
    fn overlap_is_symmetric_and_means_a_shared_base(
        (a, b, c, d) in (0u64..40, 1u64..10, 0u64..40, 1u64..10),
    ) {
        let (x, y) = (Interbase::new(a, a + b).unwrap(), Interbase::new(c, c + d).unwrap());
        let shared = (a..a + b).any(|base| (c..c + d).contains(&base));
        prop_assert_eq!(x.overlaps(y), shared);
        prop_assert_eq!(y.overlaps(x), shared);
    }
}

#[test]
fn variants_sort_as_genomes_do() {
    let variant = |contig: &str, start: u64| Variant {
        contig: Contig::resolve(contig, Assembly::GRCH38).unwrap(),
        interval: Interbase::new(start, start + 1).unwrap(),
        reference_bases: "A".to_owned(),
        alternate_bases: "G".to_owned(),
        variant_type: fyr_schemas::VariantType::Snp,
        sv_length: None,
    };
    let sorted = [variant("2", 900), variant("10", 5), variant("X", 1), variant("Y", 1), variant("MT", 1)];
    assert!(sorted.is_sorted_by_key(|v| v.contig.clone()));
    assert!(sorted.windows(2).all(|pair| pair[0].key() < pair[1].key()));
}
