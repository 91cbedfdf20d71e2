//! The lines of a chain file, as UCSC's own programs read them: words lie between blanks or tabs, empty lines and
//! those that begin with `#` may stand anywhere, and a chain may have no id.
//!
//! ```text
//! chain score tName tSize tStrand tStart tEnd qName qSize qStrand qStart qEnd [id]
//! length dt dq
//! length
//! ```

use std::io::BufRead;

/// A sequence of a chain, with its whole size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) name: String,
    pub(super) size: u32,
    /// What the chain covers, interbase, on its strand.
    start: u32,
    end: u32,
}

/// The first line of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The sequence that is lifted from.
    pub(super) source: Side,
    /// The one that is lifted to.
    pub(super) target: Side,
    /// Whether the strand of the target is turned round: its coordinates then count from its end.
    pub(super) reverse: bool,
}

/// A run of bases that correspond one to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) length: u32,
    /// Interbase start in the source.
    pub(super) at: u32,
    /// Interbase start in the target, on the strand of the chain.
    pub(super) there: u32,
}

/// A chain whose last line has not been read yet.
struct Open {
    /// The number of its first line.
    line: u64,
    header: Header,
    pieces: Vec<Piece>,
    at: u32,
    there: u32,
}

/// Reads all chains, each with its pieces.
///
/// # Errors
///
/// The first line that is not as the format has it, or that the taker refuses.
pub(super) fn read(
    reader: impl BufRead,
    mut take: impl FnMut(&Header, &[Piece]) -> Result<(), String>,
) -> Result<(), String> {
    let mut open: Option<Open> = None;
    let mut number = 0_u64;
    for line in reader.lines() {
        number += 1;
        let at = |message: String| format!("line {number}: {message}");
        let line = line.map_err(|error| at(error.to_string()))?;
        let words: Vec<&str> = line.trim_start_matches('\u{feff}').split_ascii_whitespace().collect();
        if words.first().is_none_or(|word| word.starts_with('#')) {
            continue;
        }
        open = match open {
            None => Some(Open::of(number, header(&words).map_err(at)?)),
            Some(mut chain) => match chain.extend(&words).map_err(at)? {
                true => Some(chain),
                false => {
                    take(&chain.header, &chain.pieces)
                        .map_err(|message| format!("line {}: {message}", chain.line))?;
                    None
                }
            },
        };
    }
    match open {
        Some(_) => Err(format!("line {number}: the last chain does not end: the file is cut off")),
        None => Ok(()),
    }
}

fn header(words: &[&str]) -> Result<Header, String> {
    let &[
        "chain",
        score,
        t,
        t_size,
        t_strand,
        t_start,
        t_end,
        q,
        q_size,
        q_strand,
        q_start,
        q_end,
        ref id @ ..,
    ] = words
    else {
        return Err("this is no line `chain` with its 11 or 12 words: is this a chain file?".into());
    };
    if id.len() > 1 || score.parse::<f64>().is_err() {
        return Err("this is no line `chain` with its 11 or 12 words: is this a chain file?".into());
    }
    if t_strand != "+" || !["+", "-"].contains(&q_strand) {
        return Err(format!(
            "the strands are `{t_strand}` and `{q_strand}`: the first must be +, the other + or -"
        ));
    }
    let side = |name: &str, size, start, end| {
        let side = Side { name: name.to_owned(), size: count(size)?, start: count(start)?, end: count(end)? };
        let fits = side.start < side.end && side.end <= side.size;
        fits.then_some(side)
            .ok_or_else(|| format!("`{name}` from {start} to {end} is no part of its {size} bases"))
    };
    Ok(Header {
        source: side(t, t_size, t_start, t_end)?,
        target: side(q, q_size, q_start, q_end)?,
        reverse: q_strand == "-",
    })
}

impl Open {
    fn of(line: u64, header: Header) -> Self {
        Self { line, at: header.source.start, there: header.target.start, pieces: Vec::new(), header }
    }

    /// Takes a line of lengths; returns whether further ones follow.
    fn extend(&mut self, words: &[&str]) -> Result<bool, String> {
        let (length, gaps) = match words {
            [length] => (count(length)?, None),
            [length, dt, dq] => (count(length)?, Some((count(dt)?, count(dq)?))),
            _ => return Err("a line of a chain has one length, or a length and two gaps".into()),
        };
        if length > 0 {
            self.pieces.push(Piece { length, at: self.at, there: self.there });
        }
        let (dt, dq) = gaps.unwrap_or_default();
        let moved = |from: u32, gap: u32, side: &Side| {
            let end = from.checked_add(length).and_then(|end| end.checked_add(gap));
            end.filter(|end| *end <= side.end)
                .ok_or_else(|| format!("the chain goes beyond its end on `{}`", side.name))
        };
        self.at = moved(self.at, dt, &self.header.source)?;
        self.there = moved(self.there, dq, &self.header.target)?;
        match gaps {
            Some(_) => Ok(true),
            None if self.at == self.header.source.end && self.there == self.header.target.end => Ok(false),
            None => {
                Err("the lengths of the chain do not add up to where its first line says that it ends".into())
            }
        }
    }
}

fn count(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{text}` is no number of bases"))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    type Chain = (Header, Vec<Piece>);

    fn all(text: &str) -> Result<Vec<Chain>, String> {
        let mut chains = Vec::new();
        read(text.as_bytes(), |header, pieces| {
            chains.push((header.clone(), pieces.to_vec()));
            Ok(())
        })?;
        Ok(chains)
    }

    /// What stands between words, and lines that say nothing.
    const BLANKS: [&str; 4] = [" ", "\t", "  ", " \t "];
    const NOTHING: [&str; 5] = ["", "\n", "# a comment\n", "##matrix=axtChain 16 91\n", "  \t\n"];

    proptest! {
        /// However its words are set apart and whatever stands between its lines, a file is the same chains.
        #[test]
        fn layout_makes_no_difference(
            chains in prop::collection::vec(
                (prop::collection::vec((1u32..50, 0u32..9, 0u32..9), 1..5), 0u32..99, 0u32..99, any::<bool>()), 1..4),
            choices in prop::collection::vec(0usize..20, 60),
            end in prop_oneof![Just("\n"), Just("\r\n"), Just(" \n")],
            with_id: bool,
        ) {
            let mut next = choices.iter().cycle();
            let mut choose = |from: &[&'static str]| from[*next.next().unwrap() % from.len()];
            let (mut text, mut expected) = (String::from(choose(&NOTHING)), Vec::new());
            for (lines, at, there, reverse) in &chains {
                let (mut t, mut q, mut pieces, mut body) = (*at, *there, Vec::new(), String::new());
                for (n, (length, dt, dq)) in lines.iter().enumerate() {
                    pieces.push(Piece { length: *length, at: t, there: q });
                    (t, q) = (t + length, q + length);
                    let blank = choose(&BLANKS);
                    match n + 1 == lines.len() {
                        true => write!(body, "{length}{end}").unwrap(),
                        false => {
                            write!(body, "{length}{blank}{dt}{blank}{dq}{end}{}", choose(&NOTHING)).unwrap();
                            (t, q) = (t + dt, q + dq);
                        }
                    }
                }
                let side = |name: &str, size, start, end| Side { name: name.to_owned(), size, start, end };
                let strand = if *reverse { "-" } else { "+" };
                let (a, b, id) = (t + 7, q + 3, if with_id { "12" } else { "" });
                let line = format!("chain 9.5 chr1 {a} + {at} {t} 2 {b} {strand} {there} {q} {id}");
                write!(text, "{}{end}{body}{}", line.trim_end().replace(' ', choose(&BLANKS)), choose(&NOTHING)).unwrap();
                let header =
                    Header { source: side("chr1", a, *at, t), target: side("2", b, *there, q), reverse: *reverse };
                expected.push((header, pieces));
            }
            prop_assert_eq!(all(&text), Ok(expected), "{}", text);
        }
    }

    #[test]
    fn faults_name_their_line() {
        let first = "chain 1 chr1 100 + 10 30 chr2 200 - 0 20 1";
        for (text, hint) in [
            ("hello\n", "line 1: this is no line `chain`"),
            ("# x\nchain 1 chr1\n", "line 2: this is no line `chain`"),
            ("chain x chr1 100 + 10 30 chr2 200 - 0 20 1\n20\n", "line 1"),
            ("chain 1 chr1 100 - 10 30 chr2 200 - 0 20 1\n20\n", "line 1: the strands"),
            ("chain 1 chr1 100 + 30 10 chr2 200 - 0 20 1\n20\n", "line 1: `chr1` from 30 to 10"),
            ("chain 1 chr1 20 + 10 30 chr2 200 - 0 20 1\n20\n", "of its 20 bases"),
            (&format!("{first}\n20 1\n"), "line 2: a line of a chain"),
            (&format!("{first}\n10\n"), "line 2: the lengths of the chain"),
            (&format!("{first}\n15\t0\t0\n6\n"), "line 3: the chain goes beyond its end on `chr1`"),
            (&format!("{first}\n15\t0\t0\n-5\n"), "line 3: `-5` is no number"),
            (&format!("{first}\n10\t0\t0\n\n"), "line 3: the last chain does not end"),
            (&format!("{first}\n20\n\n{first}\n"), "line 4: the last chain does not end"),
        ] {
            let error = all(text).unwrap_err();
            assert!(error.contains(hint), "{text}: {error}");
        }
        let refused = read(format!("{first}\n20\n").as_bytes(), |_, _| Err("no".into()));
        assert_eq!(refused, Err("line 1: no".into()));
    }
}
