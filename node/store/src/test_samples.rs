//! A store handles one sample at a time: what is refused, what takes the place of what, and what is left.

mod laws;
mod loads;
mod model;
mod rules;
