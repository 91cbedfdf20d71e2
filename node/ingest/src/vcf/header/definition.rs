//! What INFO and FORMAT lines promise of their values.

use super::structured::Structured;
use crate::vcf::error::{Fault, quote};

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

/// The reserved keys that Fyr reads (VCF specification, sections 1.6.1 and 1.6.2): a file that means
/// something else by them cannot be understood. AC is `.` in some files that predate Number=A.
const READ: [(&str, &str, &[&str], Type); 4] = [
    ("FORMAT", "GT", &["1"], Type::String),
    ("INFO", "AC", &["A", "."], Type::Integer),
    ("INFO", "AN", &["1", "A", "."], Type::Integer),
    ("INFO", "END", &["1", "."], Type::Integer),
];

/// Reads an INFO or FORMAT line.
pub(super) fn parse(kind: &str, line: &Structured<'_>) -> Result<(String, Definition), Fault> {
    let id = line.id()?;
    let (number, type_name) = (line.require("Number")?.text, line.require("Type")?.text);
    let definition = Definition { number: parse_number(kind, number)?, kind: parse_type(kind, type_name)? };
    line.check_description()?;
    check_flag(kind, id, definition)?;
    for (reserved_kind, key, numbers, reserved_type) in READ {
        let same = reserved_kind == kind && key == id;
        if same && (definition.kind != reserved_type || !numbers.contains(&number)) {
            let message = format!(
                "Number={number}, Type={type_name} contradict the reserved meaning of {id}: Number={}, \
                 Type={reserved_type:?}",
                numbers.first().unwrap_or(&".")
            );
            return Err(Fault::new(format!("##{kind} {id}"), message));
        }
    }
    Ok((id.to_owned(), definition))
}

fn parse_number(kind: &str, text: &str) -> Result<Number, Fault> {
    match text {
        // VCF 4.0 wrote -1 for the number that is not known.
        "A" | "R" | "G" | "." | "-1" => Ok(Number::Varying),
        // VCF 4.4 and 4.5: ploidy, local alleles, base modifications.
        "P" | "LA" | "LR" | "LG" | "M" if kind == "FORMAT" => Ok(Number::Varying),
        _ => text.parse().map(Number::Exactly).map_err(|_| {
            let message = format!("{} is not a Number: use a number, A, R, G or .", quote(text.as_bytes()));
            Fault::new(format!("##{kind}"), message)
        }),
    }
}

fn parse_type(kind: &str, text: &str) -> Result<Type, Fault> {
    match text {
        "Integer" => Ok(Type::Integer),
        "Float" => Ok(Type::Float),
        "Flag" if kind == "INFO" => Ok(Type::Flag),
        "Character" => Ok(Type::Character),
        "String" => Ok(Type::String),
        _ => {
            let names =
                if kind == "INFO" { "Integer, Float, Flag, Character" } else { "Integer, Float, Character" };
            let message = format!("{} is not a Type: use {names} or String", quote(text.as_bytes()));
            Err(Fault::new(format!("##{kind}"), message))
        }
    }
}

/// No values and a type other than Flag contradict each other.
fn check_flag(kind: &str, id: &str, definition: Definition) -> Result<(), Fault> {
    if definition.number == Number::Exactly(0) && definition.kind != Type::Flag {
        let message = format!("Number=0 needs Type=Flag, not {:?}", definition.kind);
        return Err(Fault::new(format!("##{kind} {id}"), message));
    }
    Ok(())
}
