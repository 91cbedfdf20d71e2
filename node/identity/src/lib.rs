//! Who asks: tokens, passports and proofs, verified.
