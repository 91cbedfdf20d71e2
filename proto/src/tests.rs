//! Laws of the conversions.

mod answers;
mod messages;
mod questions;
