//! The gRPC contract of Fyr and its conversions to and from the words of `fyr-schemas`.
//!
//! Each word has one message and is converted both ways by taking it apart, so that a new part of either does not
//! compile unless it is carried. What comes from the wire is checked here; nothing else reads raw messages.

mod answer;
mod enums;
mod filters;
mod malformed;
mod purpose;
mod question;
mod status;
mod terms;
mod unreached;
mod variants;

#[cfg(test)]
mod tests;

/// The generated messages, client and server.
pub mod v1 {
    #![allow(missing_docs, unreachable_pub, reason = "generated; documented in fyr/v1/fyr.proto")]
    #![allow(clippy::all, clippy::unwrap_used, clippy::indexing_slicing, reason = "generated")]
    tonic::include_proto!("fyr.v1");
}

/// The encoded descriptors of the contract, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/fyr_descriptor.bin"));

pub use answer::document;
pub use enums::release;
pub use malformed::Malformed;
pub use purpose::purpose;
pub use question::entry_type;
pub use status::{code_of, grpc_code, remedy_of, status, with_remedy};
pub use unreached::Unreached;
