//! Two ports, TLS, stop.
