//! What noise is drawn for: everything that must be the same for a draw to be the same.

use std::sync::Arc;

use fyr_policy::{Accounting, DatasetPermit, Draws};
use fyr_schemas::{EntryType, Epoch, Located, LocatedKey, Query};
use fyr_state::NoiseSecret;
use roaring::RoaringBitmap;

use crate::gate::Stage;

/// The noise of one allele, or of people without one, in one dataset, under one version of what its people said. Each
/// change of that draws all noise anew: who knows an answer of before would otherwise read off who left.
#[derive(Debug)]
struct Noise {
    secret: NoiseSecret,
    about: Vec<u8>,
}

impl Draws for Noise {
    fn draw(&self, people: &RoaringBitmap) -> Box<dyn Iterator<Item = u64> + '_> {
        let people: Vec<u8> = people.iter().flat_map(u32::to_le_bytes).collect();
        Box::new(self.secret.bits(&[&self.about, &people]))
    }
}

/// Returns where the noise of a question in a dataset comes from; none where the plan wants none, or which alleles are
/// meant is for data to tell: then nothing can be told, or it would be told which ones are there.
pub(super) fn draws(
    secret: impl FnOnce() -> NoiseSecret,
    stage: &Stage,
    permit: &DatasetPermit,
    (query, located): (&Query, Option<&Located>),
) -> Option<Arc<dyn Draws>> {
    let Accounting::Noise(_) = permit.plan().accounting else { return None };
    let of_variants = query.entry_type == EntryType::GenomicVariant;
    if of_variants && located.is_none_or(|located| located.as_sequence().is_none())
        || matches!(located, Some(Located::Digest(..)))
    {
        return None;
    }
    let about = about(permit.id(), stage.epoch(), stage.consent_version(), located);
    Some(Arc::new(Noise { secret: secret(), about }))
}

/// Names all that a draw depends on but the people. Filters choose those, so they are no part of it: the same people in
/// other words are the same.
fn about(dataset: &str, epoch: Option<Epoch>, consents: u64, located: Option<&Located>) -> Vec<u8> {
    let allele = LocatedKey::of(dataset, &Query::entries(EntryType::GenomicVariant), located);
    let epoch = epoch.map(|Epoch(epoch)| epoch.to_string()).unwrap_or_default();
    format!("{consents}\n{epoch}\n{allele}").into_bytes()
}

#[cfg(test)]
mod tests {
    use fyr_schemas::{AlleleQuery, Assembly, VariantQuery};

    use super::*;

    fn located(text: &str) -> Located {
        let allele = AlleleQuery::parse(Assembly::GRCH38, text).unwrap();
        Located::plain(&VariantQuery::Allele(allele)).unwrap()
    }

    #[test]
    fn a_draw_depends_on_dataset_epoch_consents_and_allele() {
        let (here, elsewhere) = (located("7-100-A-G"), located("7-100-A-T"));
        let first = about("a", None, 1, Some(&here));
        assert_eq!(first, about("a", None, 1, Some(&located("chr7-100-A-G"))), "in other words");
        let others = [
            about("b", None, 1, Some(&here)),
            about("a", Some(Epoch(0)), 1, Some(&here)),
            about("a", None, 2, Some(&here)),
            about("a", None, 1, Some(&elsewhere)),
            about("a", None, 1, None),
        ];
        for (at, other) in others.iter().enumerate() {
            assert!(*other != first && !others[..at].contains(other), "{at}");
        }
    }
}
