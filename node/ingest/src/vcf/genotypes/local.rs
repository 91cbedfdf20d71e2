//! Local genotypes (LGT), which name the alleles that LAA lists for a sample (VCF specification, section 1.6.2, LAA).

use super::too_many_keys;
use crate::vcf::error::{Fault, quote};

/// Writes the sample columns anew, with GT alone, by what LGT and LAA say. Allele 0 is the reference in both.
///
/// # Errors
///
/// A FORMAT with LGT and without LAA, and an allele that one of them does not have, with its column.
pub(crate) fn globalise(columns: &[u8], keys: &[&str], alternates: u16) -> Result<Vec<u8>, (usize, Fault)> {
    let place = |key| keys.iter().position(|other| *other == key);
    let Some((genotype, alleles)) = place("LGT").zip(place("LAA")) else {
        let message = "LGT without LAA does not say which alleles it names: write GT, or LAA beside it";
        return Err((0, Fault::new("FORMAT", message)));
    };
    let mut text = Vec::with_capacity(columns.len());
    for (column, sample) in columns.split(|b| *b == b'\t').enumerate() {
        let values: Vec<&[u8]> = sample.split(|b| *b == b':').collect();
        if values.len() > keys.len() {
            return Err((column, too_many_keys(values.len(), keys.len())));
        }
        let value = |at: usize| values.get(at).copied().unwrap_or(b".");
        if column > 0 {
            text.push(b'\t');
        }
        let listed = read_alleles(value(alleles), alternates).map_err(|fault| (column, fault))?;
        write_genotype(value(genotype), &listed, &mut text).map_err(|fault| (column, fault))?;
    }
    Ok(text)
}

/// Reads which ALT alleles a sample's local ones are.
fn read_alleles(text: &[u8], alternates: u16) -> Result<Vec<u16>, Fault> {
    if text == b"." {
        return Ok(Vec::new());
    }
    let read = |part: &[u8]| {
        let number = number(part).filter(|number| (1..=alternates).contains(number));
        let message = || format!("{} does not list ALT alleles from 1 to {alternates}", quote(text));
        number.ok_or_else(|| Fault::new("LAA", message()))
    };
    text.split(|b| *b == b',').map(read).collect()
}

/// Writes a genotype with the numbers of the record. What is no number is left to the reader of GT.
fn write_genotype(local: &[u8], listed: &[u16], text: &mut Vec<u8>) -> Result<(), Fault> {
    for part in local.split_inclusive(|b| matches!(b, b'/' | b'|')) {
        let (allele, phase) = match part.split_last() {
            Some((phase @ (b'/' | b'|'), allele)) => (allele, Some(*phase)),
            _ => (part, None),
        };
        match number(allele) {
            Some(0) | None => text.extend_from_slice(allele),
            Some(number) => {
                let message =
                    || format!("{} names allele {number}, but LAA lists {}", quote(local), listed.len());
                let global = listed.get(usize::from(number) - 1);
                let global = global.ok_or_else(|| Fault::new("LGT", message()))?;
                text.extend_from_slice(global.to_string().as_bytes());
            }
        }
        text.extend(phase);
    }
    Ok(())
}

fn number(text: &[u8]) -> Option<u16> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn globalised(columns: &str, keys: &[&str], alternates: u16) -> Result<String, (usize, String)> {
        let text = globalise(columns.as_bytes(), keys, alternates);
        let named = |(column, fault): (usize, Fault)| (column, format!("{}: {}", fault.field, fault.message));
        text.map(|text| String::from_utf8(text).unwrap()).map_err(named)
    }

    /// A genotype of a sample as both keys have it: the alleles that it lists, and its genotype by their places.
    fn sample() -> impl Strategy<Value = (String, String)> {
        let listed = prop::sample::subsequence((1u16..=12).collect::<Vec<_>>(), 0..=5);
        let called = (any::<prop::sample::Index>(), 0..8u8, prop_oneof![Just("/"), Just("|")]);
        (listed, prop::collection::vec(called, 1..3), any::<bool>()).prop_map(|(listed, called, is_long)| {
            let (mut local, mut global) = (String::new(), String::new());
            for (at, (index, missing, phase)) in called.iter().enumerate() {
                if at > 0 {
                    local += phase;
                    global += phase;
                }
                if *missing == 0 {
                    local += ".";
                    global += ".";
                    continue;
                }
                let place = index.index(listed.len() + 1);
                local += &place.to_string();
                global += &place.checked_sub(1).map_or(0, |place| listed[place]).to_string();
            }
            let names: Vec<String> = listed.iter().map(u16::to_string).collect();
            let names = if names.is_empty() { ".".to_owned() } else { names.join(",") };
            let rest = if is_long { ":9,8,7" } else { "" };
            (format!("{local}:{names}{rest}"), global)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn local_genotypes_say_what_those_of_the_record_say(samples in prop::collection::vec(sample(), 1..30)) {
            let (local, global): (Vec<_>, Vec<_>) = samples.into_iter().unzip();
            prop_assert_eq!(globalised(&local.join("\t"), &["LGT", "LAA", "LAD"], 12), Ok(global.join("\t")));
        }

        #[test]
        fn no_bytes_make_it_panic(columns in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = globalise(&columns, &["LGT", "LAA"], 3);
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter_and_values_may_be_left_out() {
        let text = globalised("7:2:0/1\t8:.:0/0\t.\t9:3,1:2|1", &["DP", "LAA", "LGT"], 3);
        assert_eq!(text, Ok("0/2\t0/0\t.\t1|3".to_owned()));
    }

    #[test]
    fn what_is_not_listed_is_refused() {
        for (columns, keys, column, fragment) in [
            ("0/1", &["LGT", "DP"][..], 0, "without LAA"),
            ("0/0:.\t0/1:.", &["LGT", "LAA"], 1, "names allele 1, but LAA lists 0"),
            ("0/2:1", &["LGT", "LAA"], 0, "names allele 2, but LAA lists 1"),
            ("0/1:4", &["LGT", "LAA"], 0, "ALT alleles from 1 to 3"),
            ("0/1:0", &["LGT", "LAA"], 0, "ALT alleles from 1 to 3"),
            ("0/1:x", &["LGT", "LAA"], 0, "ALT alleles from 1 to 3"),
            ("0/1:1:2", &["LGT", "LAA"], 0, "3 values"),
        ] {
            let (at, message) = globalised(columns, keys, 3).unwrap_err();
            assert!(at == column && message.contains(fragment), "{columns}: {at} {message}");
        }
    }
}
