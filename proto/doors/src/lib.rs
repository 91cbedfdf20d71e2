//! The doors of a Fyr service: Beacon REST and gRPC, over one [`Service`].
//!
//! A node and a broker speak the same way to the outside; only what answers differs. Doors translate and
//! hold no logic. Beside them stands what every service needs around its doors: settings, TLS,
//! listening, starting and stopping, telemetry.

mod credentials;
mod dumps;
mod failure;
mod gate;
mod grpc;
mod listen;
mod monitoring;
mod network;
mod output;
mod policy_view;
mod process;
mod rest;
mod routes;
mod service;
pub mod settings;
mod table;
pub mod telemetry;
#[cfg(test)]
mod test_service;
#[cfg(test)]
mod test_ways_in;
mod tls;

pub use credentials::{Credentials, DPOP, QUERY_PROOF};
pub use dumps::refuse_core_dumps;
pub use failure::Failure;
pub use grpc::{GrpcOptions, grpc};
pub use listen::{Addresses, ListenError, ServeOptions, Serving, check_tls, serve};
pub use network::ClientNetwork;
pub use output::{NotPrinted, all_printed, print_line};
pub use policy_view::PolicyView;
pub use process::{Hangups, stop_signal, write_ready};
pub use rest::{RestOptions, rest};
pub use service::{DatasetInfo, DatasetList, FilteringTerms, Identity, Organisation, Service, TermSelection};
pub use settings::{
    ClientSettings, ClientTlsFiles, ClientView, GrpcSettings, HttpSettings, MonitoringSettings, Mount,
    ServerTlsFiles, Tls,
};
pub use table::{TableFormat, TableStream};
pub use tls::{Link, TlsError};
