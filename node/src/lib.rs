//! fyr-node
