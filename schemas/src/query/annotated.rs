//! Questions that an annotation answers: genes, consequences, changes of proteins.

use super::{Narrowing, ProteinChange};
use crate::Effect;

impl Narrowing {
    /// Returns whether an effect is of the kind that is asked for, and on the gene if one is named.
    pub fn matches_effect(&self, effect: &Effect, gene: Option<&str>) -> bool {
        gene.is_none_or(|gene| is_same(&effect.gene, gene))
            && self.protein_change.as_ref().is_none_or(|asked| is_change(effect, asked))
            && self.effect.as_deref().is_none_or(|asked| effect.has_consequence(asked))
    }
}

fn is_change(effect: &Effect, asked: &ProteinChange) -> bool {
    let is_of = asked.of.as_deref().is_none_or(|of| {
        is_same(&effect.gene, of) || is_version(&effect.transcript, of) || is_version(&effect.protein, of)
    });
    is_of && effect.protein_change.as_deref().is_some_and(|change| asked.matches(change))
}

fn is_same(have: &Option<String>, asked: &str) -> bool {
    have.as_deref().is_some_and(|have| have.eq_ignore_ascii_case(asked))
}

/// An accession is asked for with its version or without.
fn is_version(have: &Option<String>, asked: &str) -> bool {
    let without = have.as_deref().and_then(|have| have.split_once('.'));
    is_same(have, asked) || without.is_some_and(|(id, _)| id == asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_matched_by_gene_change_and_consequence() {
        let effect = Effect {
            gene: Some("BRAF".into()),
            transcript: Some("NM_004333.6".into()),
            consequences: vec!["missense_variant".into()],
            protein_change: Some("V600E".into()),
            ..Effect::default()
        };
        let matches = |asked: &Narrowing, gene| asked.matches_effect(&effect, gene);
        let asks = |change: Option<&str>, consequence: Option<&str>| Narrowing {
            protein_change: change.map(|text| ProteinChange::parse(text).unwrap()),
            effect: consequence.map(str::to_owned),
            ..Narrowing::default()
        };
        assert!(matches(&asks(Some("V600E"), Some("SO:0001583")), Some("braf")));
        assert!(matches(&asks(Some("NM_004333:p.Val600Glu"), Some("missense_variant")), None));
        assert!(!matches(&asks(Some("NM_0043:p.Val600Glu"), None), None));
        assert!(!matches(&asks(Some("V600K"), None), None));
        assert!(!matches(&asks(Some("V600E"), None), Some("KRAS")));
        assert!(!matches(&asks(None, Some("stop_gained")), None));
    }
}
