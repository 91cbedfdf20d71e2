//! The command line client: asks a broker or a node over gRPC and shows the answer.
//!
//! What is shown was permitted by the nodes; the client decides only how it looks and how the process
//! ends. It computes nothing but the allele frequency. [`AskedArgs`] and [`ShownArgs`] are for every program that asks and
//! shows on a command line.

mod asked;
pub mod cli;
mod connection;
mod error;
mod output;
mod rows;
mod sentence;
mod shown;
mod signing;
mod table;
mod tsv;
mod verdict;

pub use asked::{AskedArgs, WrittenQuestion};
pub use error::ClientError;
pub use shown::ShownArgs;
pub use verdict::Word;
