//! Values of a BCF record as text (VCF specification, section 6.3.3).

use std::io;

use super::invalid;

/// The values of a key of FORMAT, for one sample after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    pub(super) kind: Kind,
    /// Bytes of a sample.
    pub(super) size: usize,
    pub(super) bytes: &'a [u8],
}

/// What a missing number of 32 bits with a fraction is.
const MISSING_FLOAT: u32 = 0x7f80_0001;

/// What stands behind the last of such numbers.
const END_OF_FLOATS: u32 = 0x7f80_0002;

/// Writes what a sample has, `.` where it has nothing.
pub(super) fn write_value(values: Values<'_>, sample: usize, text: &mut Vec<u8>) -> io::Result<()> {
    let Values { kind, size, bytes } = values;
    let own = bytes.get(sample * size..(sample + 1) * size).ok_or(io::ErrorKind::UnexpectedEof)?;
    if kind == Kind::Character {
        let end = own.iter().position(|byte| *byte == 0).unwrap_or(size);
        return write_text(own.get(..end).unwrap_or_default(), text);
    }
    let start = text.len();
    for value in own.chunks_exact(kind.size().max(1)) {
        if text.len() > start {
            text.push(b',');
        }
        match kind.number(value)? {
            Number::End => {
                text.truncate(text.len() - usize::from(text.len() > start));
                break;
            }
            Number::Missing => text.push(b'.'),
            Number::Is(number) => text.extend_from_slice(number.as_bytes()),
        }
    }
    if text.len() == start {
        text.push(b'.');
    }
    Ok(())
}

/// Writes a text, which cannot hold what columns and keys are separated by.
fn write_text(own: &[u8], text: &mut Vec<u8>) -> io::Result<()> {
    if own.iter().any(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b':')) {
        return Err(invalid("a text of a sample has a separator in it"));
    }
    text.extend_from_slice(if own.is_empty() { b"." } else { own });
    Ok(())
}

/// One number.
enum Number {
    Is(String),
    Missing,
    /// There are no more.
    End,
}

/// The type of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nothing,
    Int8,
    Int16,
    Int32,
    Float,
    Character,
}

impl Kind {
    pub(super) fn size(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Int8 | Self::Character => 1,
            Self::Int16 => 2,
            Self::Int32 | Self::Float => 4,
        }
    }

    pub(super) fn missing(self) -> i32 {
        match self {
            Self::Int8 => i8::MIN.into(),
            Self::Int16 => i16::MIN.into(),
            _ => i32::MIN,
        }
    }

    pub(super) fn end_of_vector(self) -> i32 {
        self.missing() + 1
    }

    /// Reads one number, of whichever type.
    fn number(self, bytes: &[u8]) -> io::Result<Number> {
        if let (Self::Float, &[a, b, c, d]) = (self, bytes) {
            return Ok(match u32::from_le_bytes([a, b, c, d]) {
                MISSING_FLOAT => Number::Missing,
                END_OF_FLOATS => Number::End,
                bits => Number::Is(f32::from_bits(bits).to_string()),
            });
        }
        Ok(match self.integer(bytes)? {
            Some(value) if value == self.end_of_vector() => Number::End,
            Some(value) if value == self.missing() => Number::Missing,
            Some(value) => Number::Is(value.to_string()),
            None => Number::Missing,
        })
    }

    /// Reads one number; none where this is no integer type.
    pub(super) fn integer(self, bytes: &[u8]) -> io::Result<Option<i32>> {
        match (self, bytes) {
            (Self::Int8, &[a]) => Ok(Some(i8::from_le_bytes([a]).into())),
            (Self::Int16, &[a, b]) => Ok(Some(i16::from_le_bytes([a, b]).into())),
            (Self::Int32, &[a, b, c, d]) => Ok(Some(i32::from_le_bytes([a, b, c, d]))),
            (Self::Int8 | Self::Int16 | Self::Int32, _) => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(None),
        }
    }
}
