//! fyr-broker
