//! How sure somebody can be, from told numbers, that a person is among the counted: the likelihood ratio of what was
//! told, with and without the person, and what its power is.
//!
//! The attacker knows reference frequencies, the size of the dataset and the rules of disclosure; sites are taken as
//! independent. After Sankararaman et al. 2009 (frequencies) and Shringarpure & Bustamante 2015 (presence).

mod binomial;
mod evidence;

pub use binomial::Binomial;
pub use evidence::{Evidence, Observation};
pub use fyr_policy::{Scores, upper_bound};
