//! The doors of a Fyr service: Beacon REST and gRPC, over one [`Service`].
//!
//! A node and a broker speak the same way to the outside; only what answers differs. Doors translate and
//! hold no logic. Beside them stands what every service needs around its doors: settings, TLS,
//! listening, telemetry.

mod service;

pub use service::{Credentials, DatasetInfo, DatasetList, Failure, Identity, Organisation, Service};
