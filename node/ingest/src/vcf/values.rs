//! Whether the values of INFO are what the header, or the specification, says they are.
//!
//! What is read is checked strictly, what is not read is counted: nobody is served by a file that is refused for a
//! value that nobody looks at. A key that is read stands there once, without blanks around it.
//!
//! Keys that the header does not define are taken as they are, apart from the reserved ones: tools drop header lines
//! more often than they write nonsense. The number of values is checked only for reserved keys that have one: gnomAD's
//! and GATK's own files break their headers' promises for others, and records that were split keep the lists of the
//! whole.

use std::collections::HashMap;

use super::{
    error::{Fault, quote},
    header::{Definition, Number, Type},
    info::Info,
};

/// Reserved keys whose values are checked also where the header says nothing of them.
fn reserved(key: &str) -> Option<Definition> {
    let (number, kind) = match key {
        "AC" => (Number::Varying, Type::Integer),
        "AF" => (Number::Varying, Type::Float),
        "AN" | "DP" | "END" | "MQ0" | "NS" => (Number::Exactly(1), Type::Integer),
        "BQ" | "MQ" => (Number::Exactly(1), Type::Float),
        "AA" => (Number::Exactly(1), Type::String),
        "CIGAR" => (Number::Varying, Type::String),
        "DB" | "H2" | "H3" | "SOMATIC" | "VALIDATED" | "1000G" => (Number::Exactly(0), Type::Flag),
        _ => return None,
    };
    Some(Definition { number, kind })
}

/// Reserved keys that count or measure something, and so are not negative.
const NOT_NEGATIVE: [&str; 7] = ["AC", "AF", "AN", "DP", "END", "MQ0", "NS"];

/// Keys of symbolic alleles. What their values are, is checked where an allele has them.
const OF_ALLELES: [&str; 7] = ["SVLEN", "SVTYPE", "CHR2", "END2", "POS2", "STRANDS", "CT"];

/// Checks all fields of a record, and returns how many break what is promised of them while nobody reads them.
pub(crate) fn check(
    info: Info<'_>,
    header: &HashMap<String, Definition>,
    is_read: impl Fn(&str) -> bool,
) -> Result<u64, Fault> {
    let mut unread = 0;
    if info.0.is_empty() {
        return Err(Fault::new("INFO", "the column is empty: use `.` for nothing"));
    }
    for (key, value) in info.fields() {
        if key.is_empty() && value.is_none() {
            // A `;` too many, as many tools write at the end.
            continue;
        }
        let (is_checked, name) = (is_read(key.trim()), key.trim());
        let outcome = check_key(key, info);
        if is_checked || OF_ALLELES.contains(&name) {
            outcome.clone()?;
        }
        match outcome.and_then(|()| check_field(key, value, header.get(key).copied())) {
            Err(fault) if is_checked => return Err(fault),
            outcome => unread += u64::from(outcome.is_err()),
        }
    }
    Ok(unread)
}

fn check_field(key: &str, value: Option<&str>, defined: Option<Definition>) -> Result<(), Fault> {
    let reserved = reserved(key);
    // What a reserved key is, the specification says, whatever the header calls it.
    if let Some(definition) = reserved.or(defined) {
        check_value(key, value, definition)?;
    }
    match (value, reserved) {
        (Some(value), Some(definition)) => check_number(key, value, definition.number),
        _ => Ok(()),
    }
}

fn check_key(key: &str, info: Info<'_>) -> Result<(), Fault> {
    if key.is_empty() || key.contains(char::is_whitespace) {
        return Err(Fault::new("INFO", format!("{} is not a key", quote(key.as_bytes()))));
    }
    let is_single = reserved(key).is_some() || OF_ALLELES.contains(&key);
    if is_single && info.fields().filter(|(other, _)| *other == key).count() > 1 {
        return Err(Fault::new(format!("INFO/{key}"), "stands there twice: leave one out"));
    }
    Ok(())
}

fn check_value(key: &str, value: Option<&str>, definition: Definition) -> Result<(), Fault> {
    let fault = |message: String| Err(Fault::new(format!("INFO/{key}"), message));
    let Some(value) = value else {
        return if definition.kind == Type::Flag {
            Ok(())
        } else {
            fault(format!("a value of Type={:?} is missing", definition.kind))
        };
    };
    if definition.number == Number::Exactly(0) && !matches!(value, "0" | "1") {
        return fault(format!("{} is the value of a flag, which has none", quote(value.as_bytes())));
    }
    if value == "." {
        return Ok(());
    }
    for value in value.split(',').filter(|value| *value != ".") {
        if !is_of_type(value, definition.kind) {
            return fault(format!("{} is not of Type={:?}", quote(value.as_bytes()), definition.kind));
        }
        if value.starts_with('-') && NOT_NEGATIVE.contains(&key) {
            return fault(format!("{} is negative", quote(value.as_bytes())));
        }
        if key == "CIGAR" && !is_cigar(value) {
            return fault(format!("{} is not a CIGAR string", quote(value.as_bytes())));
        }
    }
    Ok(())
}

fn check_number(key: &str, value: &str, number: Number) -> Result<(), Fault> {
    let found = value.split(',').count();
    if number != Number::Exactly(1) || found == 1 {
        return Ok(());
    }
    let message = format!("{found} values ({}), but {key} has one", quote(value.as_bytes()));
    Err(Fault::new(format!("INFO/{key}"), message))
}

fn is_of_type(value: &str, kind: Type) -> bool {
    match kind {
        Type::Integer => value.parse::<i64>().is_ok(),
        Type::Float => value.parse::<f64>().is_ok(),
        Type::Character => value.chars().count() == 1,
        Type::Flag | Type::String => true,
    }
}

/// Pairs of a length and an operation (SAM specification, section 1.4).
fn is_cigar(value: &str) -> bool {
    let mut digits = false;
    for b in value.bytes() {
        match b {
            b'0'..=b'9' => digits = true,
            b'M' | b'I' | b'D' | b'N' | b'S' | b'H' | b'P' | b'X' | b'=' if digits => digits = false,
            _ => return false,
        }
    }
    !digits && !value.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn defined() -> HashMap<String, Definition> {
        let definition = |number, kind| Definition { number, kind };
        HashMap::from([
            ("I".to_owned(), definition(Number::Exactly(1), Type::Integer)),
            ("A".to_owned(), definition(Number::Varying, Type::Float)),
            ("R".to_owned(), definition(Number::Varying, Type::String)),
            ("F".to_owned(), definition(Number::Exactly(0), Type::Flag)),
        ])
    }

    #[test]
    fn values_that_keep_the_promise_pass() {
        for info in [
            ".",
            "I=1",
            "I=.",
            "A=1e-3,.",
            "R=a,b,c",
            "F",
            "X=anything",
            "X",
            "DB;AC=1,2",
            "F=1",
            "R=a",
            "CIGAR=1M54D,3M",
            "I=1;",
        ] {
            assert_eq!(check(Info(info), &defined(), |_| true), Ok(0), "{info}");
        }
    }

    #[test]
    fn values_that_break_it_are_refused() {
        for (info, fragment) in [
            ("", "empty"),
            ("I=x", "not of Type=Integer"),
            ("I=1.5", "not of Type=Integer"),
            ("I", "value of Type=Integer is missing"),
            ("AN=1,2", "2 values (`1,2`), but AN has one"),
            ("F=2", "value of a flag"),
            ("DB=2", "value of a flag"),
            ("AC=-1,1", "negative"),
            ("DP=x", "not of Type=Integer"),
            ("CIGAR=M1,3M", "not a CIGAR"),
            ("A B=1", "not a key"),
            ("DP=1;AC=1;DP=1", "stands there twice"),
        ] {
            let fault = check(Info(info), &defined(), |_| true).unwrap_err();
            assert!(fault.message.contains(fragment), "{info}: {}", fault.message);
        }
    }

    #[test]
    fn what_is_not_read_is_counted() {
        let check = |info| check(Info(info), &defined(), |key| key == "END");
        assert_eq!(check("I=x;DP=-1;DB=2;A=0.5;END=7"), Ok(3));
        assert!(check("I=x;END=y").unwrap_err().field.contains("END"));
        assert_eq!(check("A B=1;=2;NOTE=text; and more;DP=1;DP=2"), Ok(5));
        for info in ["DP=1; END=5", "END =5", "END=5;END=6", "SVLEN=5;SVLEN=6", "A=1; CHR2=5"] {
            assert!(check(info).is_err(), "{info}: it cannot be told what is meant");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn a_key_that_is_not_read_stops_no_file(
            fields in prop::collection::vec(("[A-Z0-9 ._]{0,4}", prop::option::of("[^\t;]{0,8}")), 1..8),
            end in prop::option::of(0..99u32),
        ) {
            let written = fields.iter().map(|(key, value)| match value {
                Some(value) => format!("{key}={value}"),
                None => key.clone(),
            });
            let own = end.map(|end| format!("END={end}"));
            let info = written.filter(|field| !field.contains("END")).chain(own).collect::<Vec<_>>().join(";");
            prop_assume!(!info.is_empty());
            prop_assert!(check(Info(&info), &defined(), |key| key == "END").is_ok(), "{}", info);
        }

        #[test]
        fn a_key_that_is_read_is_what_it_must_be(value in "[^\t;,]{1,6}", before in "[A-C]=[a-z]{1,3};") {
            prop_assume!(value != "." && value.parse::<u32>().is_err());
            let info = format!("{before}END={value}");
            prop_assert!(check(Info(&info), &defined(), |key| key == "END").is_err(), "{}", info);
        }
    }
}
