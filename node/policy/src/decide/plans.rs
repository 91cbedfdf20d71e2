//! Which release plans are proposed to the policies, and in which order.

use fyr_schemas::Release;

use crate::{Accounting, Asking, Bounds, Kind, Measure, Profile, ReleasePlan, Rounding, rules::Effective};

/// All plans that could be proposed for a question, the most precise first.
///
/// Each profile is proposed with its shipped bounds and with those of the rules; what goes too far is for the
/// policies to refuse.
pub(super) fn plans(asking: &Asking, rules: &Effective<'_>, kind: Kind) -> Vec<ReleasePlan> {
    // Rules of a published table permit nothing of anything else, and other rules nothing of one.
    if rules.is_published() != (kind == Kind::Publication) {
        return Vec::new();
    }
    let most = Release::ceiling(asking.extent.granularity).min(asking.at_most);
    let levels = [Release::Boolean, Release::Count, Release::Frequency, Release::Record];
    let mut plans = Vec::new();
    for profile in Profile::ALL {
        let effective = rules.bounds(profile);
        if effective.release == Release::None {
            continue;
        }
        let accounting = accounting(rules, profile, kind);
        let most = if accounting == Accounting::None { most } else { most.min(Release::Count) };
        let shipped = Bounds { rounding: effective.rounding, ..profile.bounds() };
        for (bounds, release) in [shipped, effective].into_iter().flat_map(|b| levels.map(|level| (b, level)))
        {
            if release <= most {
                plans.push(accounted(plan(profile, bounds, release, rules), accounting));
            }
        }
    }
    plans.sort_by_key(precision);
    plans.dedup();
    plans
}

/// The key by which the most precise plan comes first.
fn precision(plan: &ReleasePlan) -> impl Ord + use<> {
    let release = std::cmp::Reverse(plan.release);
    (release, plan.minimum_carriers, plan.minimum_cohort, plan.rounding, plan.profile)
}

/// Frequencies have nobody to charge, so where accounts are demanded nothing is told of them but what is declared open.
fn accounting(rules: &Effective<'_>, profile: Profile, kind: Kind) -> Accounting {
    let is_demanded = rules.reference().is_some() || rules.accounts() == Some(true);
    match (rules.accounting(profile), kind) {
        (Accounting::Unpriced, Kind::Frequencies) if !is_demanded => Accounting::None,
        (Accounting::Thresholds { .. } | Accounting::Noise(_), Kind::Frequencies) => Accounting::Unpriced,
        (accounting, _) => accounting,
    }
}

/// Accounts tell of carriers alone. What noise hides need not be rounded, and is told as it was drawn.
fn accounted(plan: ReleasePlan, accounting: Accounting) -> ReleasePlan {
    let measure = if accounting == Accounting::None { plan.measure } else { Measure::Carriers };
    let is_noisy = matches!(accounting, Accounting::Noise(_));
    let rounding = if is_noisy { Rounding::Exact } else { plan.rounding };
    ReleasePlan { accounting, measure, rounding, cases: plan.cases && accounting == Accounting::None, ..plan }
}

fn plan(profile: Profile, bounds: Bounds, release: Release, rules: &Effective<'_>) -> ReleasePlan {
    ReleasePlan {
        profile,
        release,
        measure: Measure::under(rules.bounds(profile).release),
        minimum_carriers: bounds.minimum_carriers,
        minimum_cohort: bounds.minimum_cohort,
        rounding: bounds.rounding,
        accounting: Accounting::None,
        questions: rules.questions(profile),
        // Numbers of families beside numbers of people tell who is related: where anything is hidden, that is.
        cases: rules.open() && (bounds.minimum_carriers, bounds.minimum_cohort) == (0, 0),
        published: rules.is_published(),
        attributable: rules.attributable(),
        silent: rules.silent(),
    }
}
