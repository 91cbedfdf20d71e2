//! Every interval of a small place, over pages of few rows, against a look at each row.

use proptest::prelude::*;

use super::PageRows;
use crate::{
    DatasetKind,
    file::{
        count_schema, decode,
        test_alleles::{
            Allele, ROWS_OF_A_GROUP, ROWS_OF_A_PAGE, STARTS, alleles, contig, intervals, written,
        },
    },
};

/// Returns the alleles of some pages.
fn on(pages: &[PageRows], alleles: &[Allele]) -> Vec<Allele> {
    assert!(pages.iter().all(|page| page.count <= ROWS_OF_A_PAGE));
    let rows = pages.iter().flat_map(|page| {
        let first = page.row_group * ROWS_OF_A_GROUP + page.first;
        alleles[first..first + page.count].iter().cloned()
    });
    rows.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_pages_of_every_interval_have_what_is_there(
        alleles in alleles(),
        kind in prop_oneof![Just(DatasetKind::Individual), Just(DatasetKind::Frequency)],
    ) {
        let part = written(&alleles, kind);
        for (start, end) in intervals() {
            let there: Vec<_> = alleles.iter().filter(|allele| allele.overlaps(start, end)).collect();
            let found = on(&part.locator().overlapping(end.into(), start.into()), &alleles);
            let found: Vec<_> = found.iter().filter(|allele| allele.overlaps(start, end)).collect();
            prop_assert_eq!(&found, &there, "{}-{}", start, end);
            let carried = there.iter().filter(|allele| allele.carriers > 0).count() as u64;
            let (known, others) = part.locator().seen(end.into(), start.into());
            let others = on(&others, &alleles);
            let others = others.iter().filter(|allele| allele.overlaps(start, end) && allele.carriers > 0);
            prop_assert_eq!(known + others.count() as u64, carried, "{}-{}", start, end);
        }
    }

    #[test]
    fn an_allele_is_looked_up_on_whichever_page_it_is(alleles in alleles()) {
        let part = written(&alleles, DatasetKind::Individual);
        let schema = count_schema(DatasetKind::Individual);
        for start in 0..=STARTS {
            let found = part.find(&[(start, "A".into(), "<DEL>".into())], &schema).unwrap();
            let found = found.map_or(Vec::new(), |batch| decode(&batch, Some(&contig())).unwrap());
            let expected = alleles.iter().filter(|allele| allele.start == start);
            let found = found.into_iter().map(|row| row.variant.interval.end());
            prop_assert!(found.eq(expected.map(|allele| allele.end)), "{}", start);
        }
    }
}
