//! What a user of Fyr can observe. One binary, because each would link the whole engine.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and says what it leaves out"
)]

mod accounts;
mod assemblies;
mod calls;
mod canary;
mod cohorts;
mod compaction;
mod concurrency;
mod consent;
mod crash;
mod denominators;
mod doors;
mod entries;
mod entry_types;
mod example;
mod federation;
mod frequency;
mod identity;
mod if_shared_data;
mod inference;
mod layout;
mod mounts;
mod nightly;
mod owner;
mod properties;
mod publish;
mod reload;
mod samples;
mod silence;
mod support;
mod tags;
mod traps;
mod variants;
