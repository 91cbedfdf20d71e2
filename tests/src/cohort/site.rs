//! Where a cohort varies, and how often.

use rand::{Rng, seq::IndexedRandom};

use super::{CohortSpec, Planted, Window};
use crate::AlleleKey;

/// One alternate allele of a site.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteAllele {
    /// The allele in normal form.
    pub key: AlleleKey,
    /// How the record writes it, beside the site's reference bases.
    pub alternate: String,
    /// Allele frequency in this cohort.
    pub frequency: f64,
}

/// One record to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// 1-based position.
    pub position: u32,
    /// Reference bases of the record.
    pub reference: String,
    /// Alternate alleles, in the order of the record.
    pub alleles: Vec<SiteAllele>,
}

/// Sites keep this distance, so that no two records can mean overlapping alleles.
const SPACING: u32 = 16;

/// Draws the sites of a window in ascending order. The same seed gives the same sites in every
/// region; `drift` moves the frequencies.
pub(super) fn sites(
    spec: &CohortSpec,
    window: &Window,
    rng: &mut impl Rng,
    drift: &mut impl Rng,
) -> Vec<Site> {
    let planted: Vec<&Planted> = spec.planted.iter().filter(|p| window.holds(&p.key)).collect();
    let near = |position: u32| planted.iter().any(|p| p.key.position.abs_diff(position) < SPACING);
    let mut sites: Vec<Site> = planted.iter().map(|p| planted_site(p)).collect();
    for position in positions(window, rng) {
        let mut site = random_site(&window.contig, position, rng);
        for allele in &mut site.alleles {
            allele.frequency *= drift.random_range(0.3..1.7);
        }
        if !near(position) {
            sites.push(site);
        }
    }
    sites.sort_by_key(|site| site.position);
    sites
}

/// Draws one position from each of equal slices of the window.
fn positions(window: &Window, rng: &mut impl Rng) -> Vec<u32> {
    let (first, last) = window.positions;
    let slice = (last - first) / window.sites.max(1);
    let room = slice.saturating_sub(SPACING).max(1);
    (0..window.sites).map(|i| first + i * slice + rng.random_range(0..room)).collect()
}

fn planted_site(planted: &Planted) -> Site {
    let allele = SiteAllele {
        key: planted.key.clone(),
        alternate: planted.key.alternate.clone(),
        frequency: planted.frequency,
    };
    Site { position: planted.key.position, reference: planted.key.reference.clone(), alleles: vec![allele] }
}

/// Draws a record: mostly SNVs, some indels with their anchor base, some with two alternates.
fn random_site(contig: &str, position: u32, rng: &mut impl Rng) -> Site {
    let base = random_base(rng, &[]);
    let other = random_base(rng, &[base]);
    let third = random_base(rng, &[base, other]);
    let tail = random_bases(rng);
    let long = format!("{base}{tail}");
    // Per allele: normal form, and how the record writes it.
    let (reference, alleles) = match rng.random_range(0..100) {
        0..82 => (base.to_string(), vec![(base.to_string(), other.to_string(), other.to_string())]),
        82..88 => (base.to_string(), vec![(base.to_string(), long.clone(), long)]),
        88..94 => (long.clone(), vec![(long, base.to_string(), base.to_string())]),
        94..97 => {
            let snv = |alt: char| (base.to_string(), alt.to_string(), alt.to_string());
            (base.to_string(), vec![snv(other), snv(third)])
        }
        // A deletion and an SNV in one record: the SNV carries bases that normalising has to remove.
        _ => {
            let deletion = (long.clone(), base.to_string(), base.to_string());
            let snv = (base.to_string(), other.to_string(), format!("{other}{tail}"));
            (long, vec![deletion, snv])
        }
    };
    let allele = |(r, a, alternate): (String, String, String)| SiteAllele {
        key: AlleleKey::new(contig, position, &r, &a),
        alternate,
        frequency: random_frequency(rng),
    };
    Site { position, reference, alleles: alleles.into_iter().map(allele).collect() }
}

/// Draws from the 1/x spectrum of a neutral population: half of the alleles are rarer than 1 in 70.
fn random_frequency(rng: &mut impl Rng) -> f64 {
    const RAREST: f64 = 0.0004;
    const COMMONEST: f64 = 0.5;
    RAREST * (COMMONEST / RAREST).powf(rng.random::<f64>())
}

fn random_base(rng: &mut impl Rng, not: &[char]) -> char {
    let bases: Vec<char> = "ACGT".chars().filter(|base| !not.contains(base)).collect();
    bases.choose(rng).copied().unwrap_or('A')
}

fn random_bases(rng: &mut impl Rng) -> String {
    (0..rng.random_range(1..8)).map(|_| random_base(rng, &[])).collect()
}
