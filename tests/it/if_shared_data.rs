//! Tests on real data. They run where `FYR_SHARED` names the directory of the data; without it they pass
//! because they were not run, and say so: in this part of their names, and in a line each.

pub(crate) mod conformance;
mod field;
mod field_genes;
mod joint;
mod metadata;
mod published;
mod scan;
mod truth;
mod verdicts;
