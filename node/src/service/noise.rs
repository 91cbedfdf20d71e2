//! What noise is drawn for: the charge that people bore for one answer.
//!
//! A draw belongs to the charge, and not to the people who were counted: two answers whose draws were equal wherever the
//! same people are counted would tell by that whether somebody was among them in one of both, for nothing. So a charge has
//! a name that no other has, and is named in turn by everything on which a number rests: who asks (in the state), the
//! dataset, what is asked in whichever notation, the data of those who are told of, the release epoch, what people said. Each change of that
//! draws anew and charges anew; who knows an answer of before would otherwise read off who left.

use std::sync::{Arc, Mutex, PoisonError};

use fyr_genome::LocateError;
use fyr_policy::{Accounting, Cost, DatasetPermit, Draws};
use fyr_schemas::{EntryType, Located, LocatedKey, Query};
use fyr_state::NoiseSecret;
use roaring::RoaringBitmap;

use crate::{ServiceError, gate::Stage};

/// The noise of the answer to one question in one dataset. There is none until it is charged.
#[derive(Debug)]
pub(super) struct Noise {
    secret: NoiseSecret,
    item: String,
    charge: Mutex<Option<String>>,
}

impl Noise {
    /// Draws for a charge from now on.
    pub(super) fn charged(&self, charge: Option<String>) {
        *self.charge.lock().unwrap_or_else(PoisonError::into_inner) = charge;
    }

    /// Names what is told, of some terms of filters, for a cost.
    pub(super) fn item(&self, cost: &Cost) -> String {
        format!("{} {}", self.item, cost.form())
    }
}

impl Draws for Noise {
    fn draw(&self, people: &RoaringBitmap) -> Box<dyn Iterator<Item = u64> + '_> {
        let charge = self.charge.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(charge) = charge else { return Box::new(std::iter::empty()) };
        let people: Vec<u8> = people.iter().flat_map(u32::to_le_bytes).collect();
        Box::new(self.secret.bits(&[charge.as_bytes(), self.item.as_bytes(), &people]))
    }
}

/// Returns where the noise of a question in a dataset comes from; none where the plan wants none. `terms` names what terms
/// of filters mean here.
///
/// # Errors
///
/// Which alleles are meant is for data to tell: to tell a number of each would tell which ones are there. Or the data cannot
/// be seen.
pub(super) async fn noise(
    secret: impl FnOnce() -> NoiseSecret,
    stage: &Stage,
    permit: &DatasetPermit,
    (query, located): (&Query, Option<&Located>),
    terms: impl FnOnce() -> String,
) -> Result<Option<Arc<Noise>>, ServiceError> {
    let Accounting::Noise(_) = permit.plan().accounting else { return Ok(None) };
    let of_variants = query.entry_type == EntryType::GenomicVariant;
    if of_variants && located.is_none_or(|located| located.as_sequence().is_none()) {
        return Err(LocateError::NeedsSequence.into());
    }
    let key = LocatedKey::of(permit.id(), query, located);
    let ground = Ground {
        data: stage.view().data_version(permit).await?,
        consents: stage.consent_version(),
        epoch: stage.epoch(permit).map(|epoch| epoch.0),
        terms: terms(),
    };
    let item = named(permit, &key, &ground);
    Ok(Some(Arc::new(Noise { secret: secret(), item, charge: Mutex::default() })))
}

/// What an answer rests on beside the question.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ground {
    data: String,
    consents: u64,
    epoch: Option<u32>,
    terms: String,
}

/// Names all by which the people of an answer are chosen.
fn named(permit: &DatasetPermit, key: &LocatedKey, ground: &Ground) -> String {
    format!("{key} {:?} {:?} {ground:?}", permit.cohort(), permit.plan().needs().fixed)
}

#[cfg(test)]
mod tests {
    use fyr_policy::{
        Asking, ConsentBasis, DatasetRules, Held, Kind, Policy, PolicyConfig, Profile, Requester, authorize,
        no_wider,
    };
    use fyr_schemas::{AlleleQuery, Assembly, Granularity, Release, VariantQuery};
    use fyr_state::State;
    use time::OffsetDateTime;

    use super::*;

    fn key(dataset: &str, text: &str) -> LocatedKey {
        let allele = AlleleQuery::parse(Assembly::GRCH38, text).unwrap();
        let variant = VariantQuery::Allele(allele);
        let located = Located::plain(&variant).unwrap();
        LocatedKey::of(dataset, &Query::variants(variant), Some(&located))
    }

    /// What anybody may ask of people who are there on a ground.
    fn permit(consent: ConsentBasis) -> DatasetPermit {
        let rules = DatasetRules {
            public: Some(Release::Boolean),
            consent: Some(consent),
            data_use: Some(vec!["NRES".parse().unwrap()]),
            noise: Some(vec![Profile::Public]),
            ..DatasetRules::default()
        };
        let policy = Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).unwrap();
        let query = Query { granularity: Granularity::Boolean, ..Query::entries(EntryType::GenomicVariant) };
        let allele = VariantQuery::Allele(AlleleQuery::parse(Assembly::GRCH38, "7-100-A-G").unwrap());
        let query = Query { variant: Some(allele), ..query };
        let (requester, purpose) = (Requester::Public, "GRU".parse().unwrap());
        let asking = Asking::of(&query, Some(&purpose), &requester, no_wider, OffsetDateTime::UNIX_EPOCH);
        let decision = policy.decide(&asking, Held { id: "D", kind: Kind::Individuals });
        authorize(&query, [&decision]).unwrap().datasets()[0].clone()
    }

    #[test]
    fn what_an_answer_rests_on_names_it() {
        let terms = String::from("HP 2026");
        let now = Ground { data: "3".into(), consents: 1, epoch: None, terms };
        let of = |key: LocatedKey, ground: &Ground| named(&permit(ConsentBasis::OptOut), &key, ground);
        let first = of(key("D", "7-100-A-G"), &now);
        assert_eq!(first, of(key("D", "chr7-100-A-G"), &now), "in other words");
        let others = [
            of(key("E", "7-100-A-G"), &now),
            of(key("D", "7-100-A-T"), &now),
            of(key("D", "7-100-A-G"), &Ground { data: "4".into(), ..now.clone() }),
            of(key("D", "7-100-A-G"), &Ground { consents: 2, ..now.clone() }),
            of(key("D", "7-100-A-G"), &Ground { epoch: Some(0), ..now.clone() }),
            of(key("D", "7-100-A-G"), &Ground { terms: "HP 2027".into(), ..now.clone() }),
            named(&permit(ConsentBasis::OptIn), &key("D", "7-100-A-G"), &now),
        ];
        for (at, other) in others.iter().enumerate() {
            assert!(*other != first && !others[..at].contains(other), "{at}");
        }
    }

    #[tokio::test]
    async fn a_charge_has_a_draw_of_its_own_and_without_one_there_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("state.db").display());
        let state = State::open(&url, &directory.path().join("state.key")).await.unwrap();
        let noise = |item: &str| Noise { secret: state.noise(), item: item.into(), charge: Mutex::default() };
        let drawn = |noise: &Noise, charge: Option<&str>, people: &[u32]| -> Vec<u64> {
            noise.charged(charge.map(str::to_owned));
            noise.draw(&people.iter().copied().collect()).take(4).collect()
        };
        let of_a = noise("a");
        assert_eq!(of_a.draw(&RoaringBitmap::new()).count(), 0);
        let first = drawn(&of_a, Some("1"), &[1, 2]);
        assert_eq!(first.len(), 4);
        assert_eq!(drawn(&noise("a"), Some("1"), &[1, 2]), first, "told again");
        let others = [
            drawn(&of_a, Some("2"), &[1, 2]),
            drawn(&of_a, Some("1"), &[1]),
            drawn(&noise("b"), Some("1"), &[1, 2]),
            drawn(&of_a, None, &[1, 2]),
        ];
        assert!(others.iter().all(|other| *other != first));
        assert!(others[3].is_empty());
    }
}
