//! How sure somebody can be, from a table of frequencies, that a person is among the counted.
//!
//! The attacker has the table, a genome, and the frequencies of the population that the people are of, exactly. Of each
//! allele they take how likely the genome is when it is one of the counted (two copies out of the counted ones), and when it
//! is somebody else's (two copies out of the population): the likelihood ratio, which no other reading of independent
//! alleles surpasses. After Sankararaman et al. 2009.
//!
//! It is measured on people who are drawn for it, as many members as others: of each allele of the table the frequency of a
//! population from which such a table may come is drawn first, then the copies of each of them. Alleles are taken as
//! independent, and rounded numbers as if they were exact: that protects hardly. What is not in the table is not used.

mod draws;
mod scores;

use std::collections::BTreeMap;

use fyr_schemas::Group;

use draws::Draw;
pub use scores::{Scores, upper_bound};

/// Share of outsiders who are taken for members.
const FALSE_POSITIVES: f64 = 0.05;
/// The score that so many of the others do not reach, in standard deviations.
const THRESHOLD: f64 = 1.644_853_6;
/// Members, and others, on whom the attack is tried.
const PEOPLE: usize = 500;
/// Share of cases in which the attacker holds the genome for wrong: keeps one odd allele from deciding.
const DOUBT: f64 = 1e-6;

/// What the attack reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct Power {
    /// Alleles of the table.
    pub alleles: u64,
    /// The share of members who are recognised when one outsider in twenty is taken for one.
    pub power: f64,
    /// The upper end of the 95 % interval of that share.
    pub at_most: f64,
    /// Of the group whose members are recognised most easily by its own numbers, its name and their share, by the normal
    /// approximation; none where no groups are told.
    pub worst_group: Option<(Group, f64)>,
}

/// The attack on a table, allele by allele. It takes the same memory for any number of alleles.
#[derive(Clone, Debug)]
pub struct Attack {
    draw: Draw,
    alleles: u64,
    scores: Scores,
    groups: BTreeMap<Group, Separation>,
}

impl Default for Attack {
    fn default() -> Self {
        let scores = Scores { members: vec![0.0; PEOPLE], outsiders: vec![0.0; PEOPLE] };
        Self { draw: Draw::default(), alleles: 0, scores, groups: BTreeMap::new() }
    }
}

impl Attack {
    /// Adds an allele: how many copies of it, of how many, are told of everybody.
    pub fn add(&mut self, copies: u64, of: u64) {
        let Some(site) = Site::new(copies, of, &mut self.draw) else { return };
        self.alleles += 1;
        let Self { draw, scores, .. } = self;
        let drawn = [(&mut scores.members, site.member), (&mut scores.outsiders, site.other)];
        for (scores, chances) in drawn {
            for score in scores {
                *score += site.score(draw.copies(&chances));
            }
        }
    }

    /// Adds what is told of an allele in a group.
    pub fn add_of(&mut self, group: &Group, copies: u64, of: u64) {
        let Some(site) = Site::new(copies, of, &mut self.draw) else { return };
        match self.groups.get_mut(group) {
            Some(separation) => separation.add(&site),
            None => self.groups.entry(group.clone()).or_default().add(&site),
        }
    }

    /// Returns what it reaches.
    pub fn power(&self) -> Power {
        let power = if self.alleles == 0 { FALSE_POSITIVES } else { self.scores.power(FALSE_POSITIVES) };
        let of_groups = self.groups.iter().map(|(group, separation)| (group.clone(), separation.power()));
        Power {
            alleles: self.alleles,
            power,
            at_most: upper_bound(power, PEOPLE).max(power),
            worst_group: of_groups.max_by(|(_, a), (_, b)| a.total_cmp(b)),
        }
    }
}

/// What one allele says about a genome with 0, 1 or 2 copies.
struct Site {
    /// How likely so many copies are for one of the counted.
    member: [f64; 3],
    /// How likely they are for somebody else.
    other: [f64; 3],
    scores: [f64; 3],
}

impl Site {
    /// None where fewer than one person was looked at.
    fn new(copies: u64, of: u64, draw: &mut Draw) -> Option<Self> {
        if of < 2 || copies > of {
            return None;
        }
        let (copies, of) = (copies as f64, of as f64);
        // Populations from which such a table may come, by Jeffreys' prior.
        let frequency = draw.share(copies + 0.5, of - copies + 0.5);
        let pairs = of * (of - 1.0);
        let rest = of - copies;
        let member =
            [rest * (rest - 1.0) / pairs, 2.0 * copies * rest / pairs, copies * (copies - 1.0) / pairs];
        let other = [
            (1.0 - frequency) * (1.0 - frequency),
            2.0 * frequency * (1.0 - frequency),
            frequency * frequency,
        ];
        let score = |of: usize| match (member.get(of), other.get(of)) {
            (Some(member), Some(other)) if *other > 0.0 => {
                (((1.0 - DOUBT) * member.max(0.0) + DOUBT * other) / other).ln()
            }
            _ => 0.0,
        };
        Some(Self { member, other, scores: [score(0), score(1), score(2)] })
    }

    fn score(&self, copies: usize) -> f64 {
        self.scores.get(copies).copied().unwrap_or_default()
    }

    /// The mean and the variance of the score of who has copies with these chances.
    fn moments(&self, chances: &[f64; 3]) -> (f64, f64) {
        let weighted = |power: i32| -> f64 {
            chances.iter().zip(&self.scores).map(|(chance, score)| chance * score.powi(power)).sum()
        };
        let mean = weighted(1);
        (mean, (weighted(2) - mean * mean).max(0.0))
    }
}

/// How far the scores of members lie from those of others, summed over alleles.
#[derive(Clone, Copy, Debug, Default)]
struct Separation {
    distance: f64,
    of_members: f64,
    of_others: f64,
}

impl Separation {
    fn add(&mut self, site: &Site) {
        let (member, of_members) = site.moments(&site.member);
        let (other, of_others) = site.moments(&site.other);
        self.distance += member - other;
        self.of_members += of_members;
        self.of_others += of_others;
    }

    /// The share of members above the threshold, as sums of many alleles are normal.
    fn power(&self) -> f64 {
        if self.of_members <= 0.0 {
            return FALSE_POSITIVES;
        }
        normal((self.distance - THRESHOLD * self.of_others.sqrt()) / self.of_members.sqrt())
    }
}

/// The share of a normal distribution below so many standard deviations; to seven digits (Abramowitz and Stegun 7.1.26).
fn normal(at: f64) -> f64 {
    let x = at.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let terms = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let tail = terms.iter().fold(0.0, |sum, term| (sum + term) * t) * (-x * x).exp() / 2.0;
    if at > 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests;
