//! fyr-tests
