//! What a user of the crate can observe: rows in, counts out, whatever happens in between.

mod answers;
mod anywhere;
mod assumptions;
mod brute_force;
mod census;
mod compaction;
mod consent;
mod denominators;
mod families;
mod fixture;
mod frequencies;
mod lifecycle;
mod metadata;
mod published;
mod purge;
mod without;
mod world;
