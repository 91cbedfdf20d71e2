//! The command line client: asks a broker or a node over gRPC and shows the answer.
//!
//! What is shown was permitted by the nodes; the client decides only how it looks and how the process
//! ends. It computes nothing but the allele frequency.

pub mod cli;
mod connection;
mod error;
mod output;
mod rows;
mod sentence;
mod signing;
mod table;
mod tsv;
mod verdict;

pub use error::ClientError;
pub use verdict::{Verdict, Word};
