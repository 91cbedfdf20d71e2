//! What INFO and FORMAT lines promise of their values.

use super::structured::Structured;
use crate::vcf::error::Fault;

/// How many values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// So many.
    Exactly(usize),
    /// As many as there are alleles or genotypes, or as it likes.
    Varying,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Integer,
    Float,
    Flag,
    Character,
    String,
}

/// The promise of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) number: Number,
    pub(crate) kind: Type,
}

/// Reads an INFO or FORMAT line.
pub(super) fn parse(line: &Structured<'_>) -> Result<(String, Definition), Fault> {
    let id = line.id()?;
    let (number, type_name) = (line.require("Number")?, line.require("Type")?);
    let definition = Definition { number: parse_number(number), kind: parse_type(type_name) };
    Ok((id.to_owned(), definition))
}

/// Reads how many there are; any number, where it cannot be read.
fn parse_number(text: &str) -> Number {
    text.parse().map_or(Number::Varying, Number::Exactly)
}

/// Reads what a value is; a text, where it cannot be read.
fn parse_type(text: &str) -> Type {
    match text {
        "Integer" => Type::Integer,
        "Float" => Type::Float,
        "Flag" => Type::Flag,
        "Character" => Type::Character,
        _ => Type::String,
    }
}
