//! The secret from which a node draws noise: whoever has it takes the noise off what was told, so it lies where the
//! state's key lies, and never leaves.

use std::fmt;

use blake3::Hasher;

/// Random bits for anything, always the same for the same. All replicas of a node draw the same.
#[derive(Clone)]
pub struct NoiseSecret([u8; 32]);

impl fmt::Debug for NoiseSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoiseSecret")
    }
}

impl NoiseSecret {
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// Returns bits without end for something that is named in parts.
    pub fn bits(&self, parts: &[&[u8]]) -> impl Iterator<Item = u64> + use<> {
        let mut hasher = Hasher::new_keyed(&self.0);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        let mut bytes = hasher.finalize_xof();
        std::iter::repeat_with(move || {
            let mut word = [0; 8];
            bytes.fill(&mut word);
            u64::from_le_bytes(word)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_of_the_same_secret_give_the_same_bits() {
        let bits = |secret, parts: &[&str]| -> Vec<u64> {
            let parts: Vec<_> = parts.iter().map(|part| part.as_bytes()).collect();
            NoiseSecret::new([secret; 32]).bits(&parts).take(9).collect()
        };
        assert_eq!(bits(1, &["AB", "C"]), bits(1, &["AB", "C"]));
        let others = [bits(1, &["A", "BC"]), bits(1, &["AB", "C", ""]), bits(2, &["AB", "C"])];
        assert!(others.iter().all(|other| *other != bits(1, &["AB", "C"])));
        assert_eq!(bits(1, &[]).into_iter().collect::<std::collections::BTreeSet<_>>().len(), 9);
        assert_eq!(format!("{:?}", NoiseSecret::new([1; 32])), "NoiseSecret");
    }
}
