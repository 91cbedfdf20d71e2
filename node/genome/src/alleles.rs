//! One allele in all its notations, by the reference sequence.

use fyr_schemas::{AlleleForm, AlleleQuery, Contig, NormaliseError, left_align};

use crate::Sequences;

/// Most notations of one allele that are looked for; longer repeats are left to data in normal form.
const MOST_FORMS: usize = 256;

/// An allele in normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Normal {
    pub(crate) query: AlleleQuery,
    /// All parsimonious notations, the normal form first.
    pub(crate) forms: Vec<AlleleForm>,
}

/// Aligns an allele of sequences; none where its reference sequence is not known.
pub(crate) fn normalise(
    sequences: &Sequences,
    query: &AlleleQuery,
) -> Result<Option<Normal>, NormaliseError> {
    let contig = query.contig();
    let known = |start, end| sequences.slice(contig, start, end);
    let (mut start, mut r, mut a) =
        (query.start(), query.reference_bases().to_owned(), query.alternate_bases().to_owned());
    if sequences.get(contig).is_none() {
        return Ok(None);
    }
    if r.is_empty() || a.is_empty() {
        let Some(anchor) = start.checked_sub(1).and_then(|before| known(before, start)) else {
            return Err(outside(contig, start));
        };
        let anchor = String::from_utf8_lossy(anchor).into_owned();
        (start, r, a) = (start - 1, format!("{anchor}{r}"), format!("{anchor}{a}"));
    }
    let (start, r, a) = left_align(contig, start, &r, &a, sequences)?;
    let Ok(query) = AlleleQuery::new(query.assembly(), contig.clone(), start.into(), &r, &a) else {
        return Ok(None);
    };
    let forms = rolled(sequences, contig, (start, r, a));
    Ok(Some(Normal { query, forms }))
}

fn outside(contig: &Contig, start: u32) -> NormaliseError {
    NormaliseError::OutsideReference { contig: contig.clone(), position: start + 1 }
}

/// Moves an indel in normal form to the right as far as it stays the same.
fn rolled(sequences: &Sequences, contig: &Contig, normal: AlleleForm) -> Vec<AlleleForm> {
    let (mut start, r, a) = normal.clone();
    let mut forms = vec![normal];
    let anchored = r.as_bytes().first() == a.as_bytes().first() && (r.len() == 1) != (a.len() == 1);
    if !anchored {
        return forms;
    }
    let is_insertion = r.len() == 1;
    let moved = if is_insertion { &a } else { &r };
    let mut unit: Vec<u8> = moved.bytes().skip(1).collect();
    while forms.len() < MOST_FORMS {
        // The base behind the event must be the one that the event begins with.
        let behind = if is_insertion { start + 1 } else { start + 1 + unit.len() as u32 };
        let Some(&[next]) = sequences.slice(contig, behind, behind + 1) else { break };
        if unit.first() != Some(&next) {
            break;
        }
        let anchor = next;
        unit.rotate_left(1);
        start += 1;
        let text = |bases: &[u8]| String::from_utf8_lossy(bases).into_owned();
        let long = text(&[&[anchor], unit.as_slice()].concat());
        let short = text(&[anchor]);
        forms.push(if is_insertion { (start, short, long) } else { (start, long, short) });
    }
    forms
}
