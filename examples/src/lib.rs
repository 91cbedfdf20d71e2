//! fyr-examples
