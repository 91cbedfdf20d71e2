//! The genotypes of a BCF record as text (VCF specification, sections 6.3.3 and 6.3.3.9).

use std::io;

use super::invalid;

/// Writes FORMAT and the sample columns; of the FORMAT keys only GT, if there is one.
pub(super) fn write_samples(
    mut bytes: &[u8],
    samples: usize,
    gt: Option<usize>,
    text: &mut Vec<u8>,
) -> io::Result<()> {
    while !bytes.is_empty() {
        let key = take_integer(&mut bytes)?;
        let (kind, length) = take_type(&mut bytes)?;
        let size = kind.size() * length;
        let values = take(&mut bytes, size.checked_mul(samples).ok_or_else(|| invalid("too many values"))?)?;
        if gt.is_some_and(|gt| i64::try_from(gt) == Ok(i64::from(key))) {
            text.extend_from_slice(b"GT");
            return write_genotypes(values, kind, size, text);
        }
    }
    text.push(b'.');
    for _ in 0..samples {
        text.extend_from_slice(b"\t.");
    }
    Ok(())
}

fn write_genotypes(values: &[u8], kind: Kind, size: usize, text: &mut Vec<u8>) -> io::Result<()> {
    if size == 0 {
        return Err(invalid("GT has no values"));
    }
    for genotype in values.chunks_exact(size) {
        text.push(b'\t');
        match genotype {
            // Two one-digit alleles, as most genotypes are.
            &[a @ 2..=21, b @ 2..=21] if kind == Kind::Int8 => {
                text.extend_from_slice(&[b'0' + (a >> 1) - 1, separator(b.into()), b'0' + (b >> 1) - 1]);
            }
            _ => write_genotype(genotype, kind, text)?,
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

/// The type of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Nothing,
    Int8,
    Int16,
    Int32,
    Float,
    Character,
}

impl Kind {
    fn size(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Int8 | Self::Character => 1,
            Self::Int16 => 2,
            Self::Int32 | Self::Float => 4,
        }
    }

    fn missing(self) -> i32 {
        match self {
            Self::Int8 => i8::MIN.into(),
            Self::Int16 => i16::MIN.into(),
            _ => i32::MIN,
        }
    }

    fn end_of_vector(self) -> i32 {
        self.missing() + 1
    }

    /// Reads one number; none where this is no integer type.
    fn integer(self, bytes: &[u8]) -> io::Result<Option<i32>> {
        match (self, bytes) {
            (Self::Int8, &[a]) => Ok(Some(i8::from_le_bytes([a]).into())),
            (Self::Int16, &[a, b]) => Ok(Some(i16::from_le_bytes([a, b]).into())),
            (Self::Int32, &[a, b, c, d]) => Ok(Some(i32::from_le_bytes([a, b, c, d]))),
            (Self::Int8 | Self::Int16 | Self::Int32, _) => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(None),
        }
    }
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

    fn text(bytes: &[u8], samples: usize) -> io::Result<String> {
        let mut text = Vec::new();
        write_samples(bytes, samples, Some(3), &mut text)?;
        Ok(String::from_utf8(text).unwrap())
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
            assert_eq!(text(bytes, samples).unwrap(), expected, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn damaged_records_are_errors_and_no_panics(bytes in prop::collection::vec(any::<u8>(), 0..40), n in 0usize..5) {
            let _ = text(&bytes, n);
        }
    }
}
