//! fyr
