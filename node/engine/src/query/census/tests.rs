//! Every interval of a small place, over pages of few rows, against a count row by row.

use proptest::prelude::*;
use test_alleles::{alleles, intervals, written};

use super::*;

#[path = "../../../../store/src/file/test_alleles.rs"]
mod test_alleles;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn every_interval_is_counted_as_row_by_row(
        alleles in alleles(),
        kind in prop_oneof![Just(DatasetKind::Individual), Just(DatasetKind::Frequency)],
    ) {
        let part = Arc::new(written(&alleles, kind));
        let census = Census { kind, bounds: Vec::new(), is_given_up: Arc::default() };
        for (start, end) in intervals() {
            let there = alleles.iter().filter(|allele| allele.overlaps(start, end));
            let carried = there.filter(|allele| allele.carriers > 0).count() as u64;
            let interval = Interbase::new(start.into(), end.into()).unwrap();
            prop_assert_eq!(census.count(&[(Arc::clone(&part), interval)]).unwrap(), carried, "{}-{}", start, end);
        }
    }
}
