//! The genotypes of a BCF record as text (VCF specification, sections 6.3.3 and 6.3.3.9).

use std::io;

use super::{
    invalid,
    values::{Kind, Values, write_value},
};

/// A key of FORMAT that is read.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: String,
    /// Its number in the dictionary of strings.
    pub(super) number: usize,
}

/// Writes FORMAT and the sample columns; of the FORMAT keys those that are read, in their order, which GT begins.
pub(super) fn write_samples(
    bytes: &[u8],
    samples: usize,
    keys: &[Key],
    text: &mut Vec<u8>,
) -> io::Result<()> {
    let found = find(bytes, samples, keys)?;
    match found.as_slice() {
        [(Key { name, .. }, genotypes), others @ ..] if name == "GT" => {
            let names = found.iter().map(|(key, _)| key.name.as_str());
            text.extend_from_slice(names.collect::<Vec<_>>().join(":").as_bytes());
            write_columns(*genotypes, others, text)
        }
        _ => {
            text.push(b'.');
            (0..samples).for_each(|_| text.extend_from_slice(b"\t."));
            Ok(())
        }
    }
}

/// Finds the values of the keys that are read; if there is no other than GT, only up to it.
fn find<'a, 'k>(
    mut bytes: &'a [u8],
    samples: usize,
    keys: &'k [Key],
) -> io::Result<Vec<(&'k Key, Values<'a>)>> {
    let mut found = Vec::new();
    while !bytes.is_empty() && found.len() < keys.len() {
        let number = take_integer(&mut bytes)?;
        let (kind, length) = take_type(&mut bytes)?;
        let size = kind.size() * length;
        let bytes = take(&mut bytes, size.checked_mul(samples).ok_or_else(|| invalid("too many values"))?)?;
        let place = keys.iter().position(|key| i64::try_from(key.number) == Ok(i64::from(number)));
        if let Some(place) = place {
            found.push((place, Values { kind, size, bytes }));
        }
    }
    found.sort_by_key(|(place, _)| *place);
    Ok(found.into_iter().filter_map(|(place, values)| Some((keys.get(place)?, values))).collect())
}

fn write_columns(genotypes: Values<'_>, others: &[(&Key, Values<'_>)], text: &mut Vec<u8>) -> io::Result<()> {
    let Values { kind, size, bytes } = genotypes;
    if size == 0 {
        return Err(invalid("GT has no values"));
    }
    for (sample, genotype) in bytes.chunks_exact(size).enumerate() {
        text.push(b'\t');
        match genotype {
            // Two one-digit alleles, as most genotypes are.
            &[a @ 2..=21, b @ 2..=21] if kind == Kind::Int8 => {
                text.extend_from_slice(&[b'0' + (a >> 1) - 1, separator(b.into()), b'0' + (b >> 1) - 1]);
            }
            _ => write_genotype(genotype, kind, text)?,
        }
        for (_, values) in others {
            text.push(b':');
            write_value(*values, sample, text)?;
        }
    }
    Ok(())
}

fn write_genotype(genotype: &[u8], kind: Kind, text: &mut Vec<u8>) -> io::Result<()> {
    let mut first = true;
    for value in genotype.chunks_exact(kind.size()) {
        let value = match kind.integer(value)? {
            Some(value) if value == kind.end_of_vector() => break,
            Some(value) if value == kind.missing() => 0,
            Some(value) => value,
            None => return Err(invalid("GT is not of an integer type")),
        };
        if !first {
            text.push(separator(value));
        }
        first = false;
        match value >> 1 {
            0 => text.push(b'.'),
            allele if allele > 0 => text.extend_from_slice((allele - 1).to_string().as_bytes()),
            _ => return Err(invalid("GT has a negative allele")),
        }
    }
    if first {
        text.push(b'.');
    }
    Ok(())
}

fn separator(value: i32) -> u8 {
    if value & 1 == 1 { b'|' } else { b'/' }
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> io::Result<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or(io::ErrorKind::UnexpectedEof)?;
    *bytes = rest;
    Ok(taken)
}

/// Takes a type descriptor: the type in the lower half, the number of values in the upper half or, where
/// that is 15, in an integer of its own.
fn take_type(bytes: &mut &[u8]) -> io::Result<(Kind, usize)> {
    let descriptor = take(bytes, 1)?.first().copied().unwrap_or_default();
    let kind = match descriptor & 0x0f {
        0 => Kind::Nothing,
        1 => Kind::Int8,
        2 => Kind::Int16,
        3 => Kind::Int32,
        5 => Kind::Float,
        7 => Kind::Character,
        other => return Err(invalid(format!("unknown type {other}"))),
    };
    let length = match descriptor >> 4 {
        15 => usize::try_from(take_integer(bytes)?).map_err(|_| invalid("a negative length"))?,
        length => length.into(),
    };
    Ok((kind, length))
}

/// Takes an integer with its type before it.
fn take_integer(bytes: &mut &[u8]) -> io::Result<i32> {
    let descriptor = take(bytes, 1)?.first().copied().unwrap_or_default();
    let kind = match descriptor {
        0x11 => Kind::Int8,
        0x12 => Kind::Int16,
        0x13 => Kind::Int32,
        _ => return Err(invalid("expected an integer")),
    };
    let value = take(bytes, kind.size())?;
    kind.integer(value)?.ok_or_else(|| invalid("expected an integer"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(bytes: &[u8], samples: usize, names: &[&str]) -> io::Result<String> {
        let numbers = [("GT", 3), ("GQ", 4), ("FT", 5)];
        let keys = numbers.into_iter().filter(|(name, _)| names.contains(name));
        let keys: Vec<Key> = keys.map(|(name, number)| Key { name: name.to_owned(), number }).collect();
        let mut text = Vec::new();
        write_samples(bytes, samples, &keys, &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    #[test]
    fn genotypes_of_every_width_are_written() {
        for (bytes, samples, expected) in [
            (&[0x11, 3, 0x21, 2, 5, 4, 4][..], 2, "GT\t0|1\t1/1"),
            (&[0x11, 3, 0x21, 2, 0x81, 0, 0], 2, "GT\t0\t./."),
            (&[0x11, 3, 0x11, 0x80], 1, "GT\t."),
            (&[0x11, 3, 0x22, 202, 0, 203, 0], 1, "GT\t100|100"),
            (&[0x11, 3, 0x22, 4, 0, 1, 0x80], 1, "GT\t1"),
            (&[0x11, 9, 0x11, 7, 0x11, 3, 0x21, 2, 3], 1, "GT\t0|0"),
            (&[0x11, 9, 0x11, 7, 8], 2, ".\t.\t."),
            (&[0x11, 3, 0x31, 2, 3, 4], 1, "GT\t0|0/1"),
        ] {
            assert_eq!(text(bytes, samples, &["GT"]).unwrap(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn values_that_are_read_stand_beside_genotypes() {
        let genotypes = [0x11, 3, 0x21, 2, 3, 2, 5];
        for (others, expected) in [
            (&[0x11, 4, 0x11, 7, 99][..], "GT:GQ\t0|0:7\t0|1:99"),
            (&[0x11, 4, 0x11, 0x80, 0x81], "GT:GQ\t0|0:.\t0|1:."),
            (&[0x11, 4, 0x12, 44, 1, 0, 0x80], "GT:GQ\t0|0:300\t0|1:."),
            (&[0x11, 4, 0x21, 1, 2, 3, 0x81], "GT:GQ\t0|0:1,2\t0|1:3"),
            (&[0x11, 4, 0x15, 0, 0, 0x20, 0x41, 1, 0, 0x80, 0x7f], "GT:GQ\t0|0:10\t0|1:."),
            (&[0x11, 5, 0x37, b'q', b'1', b'0', b'.', 0, 0], "GT:FT\t0|0:q10\t0|1:."),
            (
                &[0x11, 5, 0x17, b'q', 0, 0x11, 9, 0x11, 1, 1, 0x11, 4, 0x11, 7, 8],
                "GT:GQ:FT\t0|0:7:q\t0|1:8:.",
            ),
        ] {
            for bytes in [[&genotypes, others].concat(), [others, &genotypes].concat()] {
                assert_eq!(text(&bytes, 2, &["GT", "GQ", "FT"]).unwrap(), expected, "{bytes:?}");
                assert_eq!(text(&bytes, 2, &["GT"]).unwrap(), "GT\t0|0\t0|1");
            }
        }
        let separated = [&genotypes[..], &[0x11, 5, 0x17, b':', b'q']].concat();
        assert!(text(&separated, 2, &["GT", "FT"]).is_err());
        assert_eq!(text(&[0x11, 4, 0x11, 7, 8], 2, &["GT", "GQ"]).unwrap(), ".\t.\t.");
    }

    proptest! {
        #[test]
        fn damaged_records_are_errors_and_no_panics(bytes in prop::collection::vec(any::<u8>(), 0..40), n in 0usize..5) {
            let _ = text(&bytes, n, &["GT", "GQ", "FT"]);
        }
    }
}
