//! Asking a node or a broker, through either door.

mod grpc;
mod rest;

pub use grpc::{Ask, GrpcClient};
pub use rest::RestClient;
