//! Enums, which messages carry as numbers.

use fyr_schemas as s;

use crate::{Malformed, v1};

/// Pairs each variant with the one of the same name on the wire, both ways; what else the wire has is left out by
/// name and is none.
macro_rules! paired {
    ($($word:ident { $($variant:ident),* } $(, but { $($other:ident),* })?;)*) => {$(
        impl From<s::$word> for v1::$word {
            fn from(word: s::$word) -> Self {
                match word {
                    $(s::$word::$variant => Self::$variant,)*
                }
            }
        }

        impl TryFrom<v1::$word> for s::$word {
            type Error = Malformed;

            fn try_from(word: v1::$word) -> Result<Self, Malformed> {
                match word {
                    $(v1::$word::$variant => Ok(Self::$variant),)*
                    $($(v1::$word::$other => Err(Malformed::of(concat!("no ", stringify!($word)))),)*)?
                }
            }
        }
    )*};
}

paired! {
    AllowanceKind { Day, Case }, but { Unspecified };
    Coverage { Unknown, None, Partial, Complete };
    DatasetState { Answered, Withheld, NotCounted };
    Granularity { Boolean, Count, Record }, but { Unspecified };
    NodeState { Answered, Excluded, Refused, Unsupported, TimedOut, Unreachable, Failed };
    Precision { Exact, Rounded, Imprecise };
    Release { None, Boolean, Count, Frequency, Record };
    Use { Gru, Hmb, Ds, Poa, Cc }, but { Unspecified };
    Withheld {
        NotPermitted, LessPermitted, CohortBelowMinimum, CountBelowFloor, FilterBelowFloor, RestBelowFloor,
        PartBelowFloor, PopulationBelowFloor, SexBelowFloor, Rounded, Noise, ToldEnough, NotAttributable
    }, but { Unspecified };
    Zygosity { Heterozygous, Homozygous, Hemizygous, Half }, but { Unspecified };
}

/// Reads the number that a message carries for a word.
///
/// # Errors
///
/// A number that the contract does not have, or that stands for nothing.
pub(crate) fn read<W, T>(number: i32) -> Result<T, Malformed>
where
    W: TryFrom<i32>,
    T: TryFrom<W, Error = Malformed>,
{
    let wire = W::try_from(number).map_err(|_| Malformed(format!("{number} stands for nothing")))?;
    T::try_from(wire)
}

/// Reads a release.
///
/// # Errors
///
/// A number that the contract does not have.
pub fn release(number: i32) -> Result<s::Release, Malformed> {
    read::<v1::Release, _>(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_stand_for_nothing_are_refused() {
        for number in [-1, 5, 99, i32::MAX] {
            assert!(release(number).is_err(), "{number}");
        }
        assert!(read::<v1::Zygosity, s::Zygosity>(0).is_err());
        assert!(read::<v1::AllowanceKind, s::AllowanceKind>(0).is_err());
        assert_eq!(release(0), Ok(s::Release::None));
    }
}
