//! What a user of Fyr can observe. One binary, because each would link the whole engine.

mod cohorts;
mod conformance;
mod crash;
mod doors;
mod federation;
mod layout;
mod properties;
mod support;
mod truth;
mod verdicts;
