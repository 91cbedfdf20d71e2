use super::*;

fn known(people: &[u32]) -> People {
    People::Known(Arc::new(people.iter().copied().collect()))
}

fn of_nobody() -> Count {
    Count::of(Arc::new(Nobody))
}

#[test]
fn a_figure_is_assumed_if_somebody_of_those_who_are_asked_about_is() {
    let assuming = |people: &[u32]| of_nobody().assuming(people.iter().copied().collect());
    let among = |assumed: &[u32], asked: &[u32]| assuming(assumed).among(known(&[1, 2, 3]), known(asked));
    assert!(among(&[1, 2], &[2, 3]).is_assumed());
    assert!(!among(&[1], &[2, 3]).is_assumed(), "of others only");
    assert!(!among(&[], &[2, 3]).is_assumed());
    assert!(assuming(&[1]).is_assumed(), "of all, where nobody says who is asked about");
    assert!(!assuming(&[]).is_assumed());
}

#[test]
fn relatives_consent_as_one_family() {
    let families = Arc::new(Families::new([(1, 7), (2, 7)]));
    let count = of_nobody().among(known(&[1, 2, 3]), known(&[1]));
    assert_eq!(count.consenting_families(), 3, "nobody is known to be related");
    assert_eq!(count.clone().related(&families).consenting_families(), 2);
    assert_eq!(count.related(&Arc::default()).consenting_families(), 3);
    let numbers = of_nobody().among(People::AtLeast(5), People::AtLeast(5)).related(&families);
    assert_eq!(numbers.consenting_families(), 5, "who they are is not known");
}

#[test]
fn something_is_known_of_all_unless_of_one_who_is_asked_about_nothing_is() {
    let count = |people: &[u32]| {
        of_nobody().among(known(&[1, 2]), known(&[1, 2])).knowing(people.iter().copied().collect())
    };
    assert!(count(&[1, 2, 3]).is_of_all() && of_nobody().is_of_all());
    assert!(!count(&[1, 3]).is_of_all());
}
