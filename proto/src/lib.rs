//! The gRPC contract of Fyr and its conversions to and from the words of `fyr-schemas`.
//!
//! What comes from the wire is checked here, in [`from_wire`]; nothing else reads raw messages.

pub mod entries;
pub mod from_wire;
mod purpose;
mod status;
mod to_wire;
mod variants;

#[cfg(test)]
mod signable;

/// The generated messages, client and server.
pub mod v1 {
    #![allow(missing_docs, unreachable_pub, reason = "generated; documented in fyr/v1/fyr.proto")]
    #![allow(clippy::all, clippy::unwrap_used, clippy::indexing_slicing, reason = "generated")]
    tonic::include_proto!("fyr.v1");
}

/// The encoded descriptors of the contract, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/fyr_descriptor.bin"));

pub use from_wire::Malformed;
pub use purpose::purpose;
pub use status::{code_of, grpc_code, status};
