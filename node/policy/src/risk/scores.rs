//! How well scores tell members from others.

/// Scores of those who are in a dataset and of those who are not: the higher, the more likely a member.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// Of members.
    pub members: Vec<f64>,
    /// Of others, drawn from the same population.
    pub outsiders: Vec<f64>,
}

impl Scores {
    /// Returns the share of members above the threshold that a share `false_positives` of the others exceeds.
    /// Whoever sits on the threshold itself is called a member as often as is needed for exactly that share.
    pub fn power(&self, false_positives: f64) -> f64 {
        let mut others = self.outsiders.clone();
        others.sort_by(|a, b| b.total_cmp(a));
        let allowed = false_positives * others.len() as f64;
        let Some(&threshold) = others.get(allowed as usize) else { return 0.0 };
        let above = others.iter().filter(|score| **score > threshold).count() as f64;
        let at = others.iter().filter(|score| **score == threshold).count() as f64;
        let share_at = ((allowed - above) / at).clamp(0.0, 1.0);
        let called = |score: &f64| match score.total_cmp(&threshold) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => share_at,
            std::cmp::Ordering::Less => 0.0,
        };
        self.members.iter().map(called).sum::<f64>() / (self.members.len() as f64).max(1.0)
    }

    /// Returns the probability that a member scores higher than another; a draw counts half.
    pub fn area(&self) -> f64 {
        let mut others = self.outsiders.clone();
        others.sort_by(f64::total_cmp);
        let wins = |score: &f64| {
            let below = others.partition_point(|other| other < score);
            let not_above = others.partition_point(|other| other <= score);
            (below + not_above) as f64 / 2.0
        };
        let pairs = (self.members.len() * others.len()) as f64;
        if pairs == 0.0 { 0.5 } else { self.members.iter().map(wins).sum::<f64>() / pairs }
    }
}

/// Returns the upper end of the 95 % interval of a share that was seen in so many tries (Wilson).
pub fn upper_bound(share: f64, tries: usize) -> f64 {
    const Z: f64 = 1.96;
    let tries = tries as f64;
    if tries == 0.0 {
        return 1.0;
    }
    let spread = (share * (1.0 - share) / tries + Z * Z / (4.0 * tries * tries)).sqrt();
    (share + Z * Z / (2.0 * tries) + Z * spread) / (1.0 + Z * Z / tries)
}
