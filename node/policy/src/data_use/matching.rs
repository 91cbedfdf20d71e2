//! The truth table: each condition against who asks, and what for.

use std::fmt;

use fyr_schemas::{Purpose, Use};
use time::Date;

use super::{DataUse, Term};
use crate::{ConsentBasis, Requester, Visa, VisaKind, Wider};

/// What a dataset demands.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Its conditions; permissions widen each other, modifiers narrow.
    pub conditions: &'a [DataUse],
    /// On what ground its people are in it; none where nothing is stated.
    pub basis: Option<ConsentBasis>,
    /// Whether it is declared open; then nothing is demanded.
    pub open: bool,
    /// Whether a legal basis for care is configured.
    pub care_legal_basis: bool,
    /// The terms that prove obligations, as the value of an AcceptedTermsAndPolicies visa.
    pub accepted_terms: Option<&'a str>,
}

/// Who asks, what for, and when.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// Who asks.
    pub requester: &'a Requester,
    /// What for; none where nothing was stated.
    pub purpose: Option<&'a Purpose>,
    /// The terms that the diseases of the purpose are narrower than.
    pub wider: &'a Wider,
    /// The day.
    pub today: Date,
}

impl fmt::Debug for Ground<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ground")
            .field("purpose", &self.purpose)
            .field("today", &self.today)
            .finish_non_exhaustive()
    }
}

/// Whether data may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suitability {
    /// Yes.
    Permit,
    /// A human would have to look; until then, no.
    NeedsHuman(Vec<Reason>),
    /// No.
    Deny(Vec<Reason>),
}

/// Why data may not be used for something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason {
    /// The condition that is in the way; none where something is missing altogether.
    pub condition: Option<String>,
    /// Why, for the operator and the person who asks them.
    pub why: &'static str,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.condition {
            Some(condition) => write!(f, "{condition}: {}", self.why),
            None => f.write_str(self.why),
        }
    }
}

impl Suitability {
    /// Returns the word that policies see.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::NeedsHuman(_) => "needs-human",
            Self::Deny(_) => "deny",
        }
    }

    /// Returns what is in the way.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Permit => &[],
            Self::NeedsHuman(reasons) | Self::Deny(reasons) => reasons,
        }
    }
}

/// What one condition says.
enum Check {
    Holds,
    Human(&'static str),
    Fails(&'static str),
}

/// Decides whether data may be used.
pub fn suitability(terms: Terms<'_>, ground: Ground<'_>) -> Suitability {
    if terms.open {
        return Suitability::Permit;
    }
    let (permissions, modifiers): (Vec<_>, Vec<_>) =
        terms.conditions.iter().partition(|condition| is_permission(&condition.term));
    let mut found = vec![permission(terms, &permissions, ground)];
    found
        .extend(modifiers.into_iter().map(|condition| (Some(condition), modifier(condition, terms, ground))));
    let (mut failed, mut human) = (Vec::new(), Vec::new());
    for (condition, check) in found {
        let condition = condition.map(ToString::to_string);
        match check {
            Check::Holds => {}
            Check::Human(why) => human.push(Reason { condition, why }),
            Check::Fails(why) => failed.push(Reason { condition, why }),
        }
    }
    match (failed.is_empty(), human.is_empty()) {
        (true, true) => Suitability::Permit,
        (true, false) => Suitability::NeedsHuman(human),
        (false, _) => Suitability::Deny(failed),
    }
}

fn is_permission(term: &Term) -> bool {
    matches!(term, Term::Nres | Term::Gru | Term::Hmb | Term::Ds | Term::Poa | Term::Cc)
}

/// One permission is enough. Of none that fits, the last one is named.
fn permission<'a>(
    terms: Terms<'_>,
    permissions: &[&'a DataUse],
    ground: Ground<'_>,
) -> (Option<&'a DataUse>, Check) {
    let care = ground.purpose.is_some_and(Purpose::is_care);
    if care && terms.care_legal_basis {
        return (None, Check::Holds);
    }
    // Where the law is the ground, no code is needed for what the law permits: secondary use.
    let by_law = terms.basis == Some(ConsentBasis::OptOut) && !care;
    if permissions.is_empty() {
        let missing = "no permission is stated for the data, and none is permitted by law";
        return (None, if by_law { Check::Holds } else { Check::Fails(missing) });
    }
    let mut last = (None, Check::Fails("no permission is stated"));
    for &condition in permissions {
        match permits(condition, ground) {
            Check::Holds => return (Some(condition), Check::Holds),
            other => last = (Some(condition), other),
        }
    }
    last
}

fn permits(condition: &DataUse, ground: Ground<'_>) -> Check {
    let Some(purpose) = ground.purpose else {
        return match condition.term {
            Term::Nres => Check::Holds,
            _ => Check::Fails("the request states no purpose"),
        };
    };
    let intended = purpose.intended;
    let fits = match condition.term {
        Term::Nres => !purpose.is_care(),
        Term::Gru => !purpose.is_care(),
        Term::Hmb => matches!(intended, Use::Hmb | Use::Ds) && !is_pure_method(purpose),
        Term::Ds => intended == Use::Ds && is_covered(&purpose.diseases, &condition.values, ground.wider),
        Term::Poa => intended == Use::Poa,
        Term::Cc => purpose.is_care(),
        _ => false,
    };
    if fits { Check::Holds } else { Check::Fails("the purpose is another one") }
}

/// Methods that are developed for their own sake are no health research.
fn is_pure_method(purpose: &Purpose) -> bool {
    purpose.methods && purpose.diseases.is_empty()
}

/// Each asked disease must be one of the data's, or narrower. Without any, nothing is covered.
fn is_covered(asked: &[String], consented: &[String], wider: &Wider) -> bool {
    let covers = |disease: &String| {
        consented.contains(disease)
            || wider.than(disease).any(|wider| consented.iter().any(|term| term == wider))
    };
    !asked.is_empty() && asked.iter().all(covers)
}

fn modifier(condition: &DataUse, terms: Terms<'_>, ground: Ground<'_>) -> Check {
    let purpose = ground.purpose;
    let holds = |holds: bool, why| if holds { Check::Holds } else { Check::Fails(why) };
    match &condition.term {
        Term::Nmds => no_methods(terms, ground),
        Term::Npoa => match purpose {
            Some(purpose) => holds(purpose.intended != Use::Poa, "research into ancestry is not permitted"),
            None => Check::Fails("the request states no purpose"),
        },
        Term::Npu => nonprofit(ground.requester),
        Term::Ncu => noncommercial(purpose),
        Term::Npuncu => match nonprofit(ground.requester) {
            Check::Holds => noncommercial(purpose),
            other => other,
        },
        Term::Gs => {
            holds(in_country(ground.requester, &condition.values), "the country is not known, or not listed")
        }
        Term::Is => {
            holds(at_institution(ground.requester, &condition.values), "no verified affiliation is listed")
        }
        Term::Us => holds(is_person(ground.requester, &condition.values), "the person is not listed"),
        Term::Ps => holds(
            in_project(ground, &condition.values),
            "the project is not listed, or membership not verified",
        ),
        Term::Ts => holds(condition.until().is_some_and(|end| ground.today < end), "the time is over"),
        Term::Irb | Term::Pub | Term::Col | Term::Rtn | Term::Mor => {
            if has_accepted(ground.requester, terms.accepted_terms) {
                Check::Holds
            } else {
                Check::Human("no visa proves that the obligation was accepted")
            }
        }
        Term::Rs => Check::Human("the type of research is described in words"),
        Term::Gso => Check::Human("whether the study is a genetic one is for a human to say"),
        _ => Check::Fails("the code is not known here"),
    }
}

/// Methods are permitted where the data are consented for the very disease (DUO's README).
fn no_methods(terms: Terms<'_>, ground: Ground<'_>) -> Check {
    let Some(purpose) = ground.purpose else { return Check::Fails("the request states no purpose") };
    let disease = |condition: &&DataUse| condition.term == Term::Ds;
    let matches = terms
        .conditions
        .iter()
        .filter(disease)
        .any(|condition| matches!(permits(condition, ground), Check::Holds));
    if !purpose.methods || matches { Check::Holds } else { Check::Fails("methods may not be developed") }
}

fn nonprofit(requester: &Requester) -> Check {
    match user(requester).and_then(|user| user.attributes.nonprofit) {
        Some(true) => Check::Holds,
        Some(false) => Check::Fails("the organisation works for profit"),
        None => Check::Fails("the register does not say that the organisation works without profit"),
    }
}

fn noncommercial(purpose: Option<&Purpose>) -> Check {
    match purpose {
        Some(purpose) if purpose.commercial => Check::Fails("the use is commercial"),
        Some(_) => Check::Holds,
        None => Check::Fails("the request states no purpose"),
    }
}

fn user(requester: &Requester) -> Option<&crate::User> {
    match requester {
        Requester::User(user) => Some(user),
        Requester::Public | Requester::Known { .. } | Requester::Owner(_) => None,
    }
}

fn in_country(requester: &Requester, countries: &[String]) -> bool {
    let country = user(requester).and_then(|user| user.attributes.country.as_ref());
    country.is_some_and(|country| countries.contains(country))
}

fn at_institution(requester: &Requester, institutions: &[String]) -> bool {
    user(requester).is_some_and(|user| {
        user.organisations().any(|organisation| institutions.iter().any(|listed| listed == organisation))
    })
}

fn is_person(requester: &Requester, people: &[String]) -> bool {
    let listed = |subject: &crate::Subject| {
        let name = format!("{}|{}", subject.issuer, subject.id);
        people.contains(&name)
    };
    user(requester).is_some_and(|user| listed(&user.subject) || user.linked.iter().any(listed))
}

fn in_project(ground: Ground<'_>, projects: &[String]) -> bool {
    let named = ground.purpose.and_then(|purpose| purpose.project.as_ref());
    named.is_some_and(|project| {
        projects.contains(project) && user(ground.requester).is_some_and(|user| user.is_member_of(project))
    })
}

fn has_accepted(requester: &Requester, terms: Option<&str>) -> bool {
    let proves =
        |visa: &Visa| visa.kind == VisaKind::AcceptedTermsAndPolicies && Some(visa.value.as_str()) == terms;
    user(requester).is_some_and(|user| user.visas.iter().any(proves))
}

#[cfg(test)]
mod tests;
