//! Header lines with fields in angle brackets: `##INFO=<ID=DP,Number=1,…>`.

use crate::vcf::error::{Fault, quote};

/// The fields of a structured line, in order, without their quotation marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Structured<'a> {
    kind: &'a str,
    fields: Vec<(&'a str, &'a str)>,
}

impl<'a> Structured<'a> {
    /// Parses what follows `##KIND=`. A value lasts until the next key begins, so that blanks after commas, texts
    /// without quotation marks and quotation marks within texts are read.
    pub(super) fn parse(kind: &'a str, text: &'a str) -> Result<Self, Fault> {
        let fault =
            |message: &str| Fault::new(format!("##{kind}"), format!("{}: {message}", quote(text.as_bytes())));
        let inner = text.trim().strip_prefix('<').and_then(|text| text.strip_suffix('>'));
        let mut rest = inner.ok_or_else(|| fault("the line must be enclosed in < and >"))?;
        let mut fields = Vec::new();
        while !rest.trim().is_empty() {
            let (key, after) = rest.split_once('=').ok_or_else(|| fault("expected key=value"))?;
            let key = key.trim();
            if !is_key(key) {
                return Err(fault("expected key=value; a value with commas needs quotation marks"));
            }
            let (value, after) = take_value(after).ok_or_else(|| fault("a quotation mark is missing"))?;
            fields.push((key, value));
            rest = after.trim_start().strip_prefix(',').unwrap_or_default();
        }
        Ok(Self { kind, fields })
    }

    /// Returns a field.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    /// Returns a field that must be there.
    pub(super) fn require(&self, key: &str) -> Result<&'a str, Fault> {
        let missing =
            || Fault::new(format!("##{}", self.kind), format!("{key} is missing: {:?}", self.describe()));
        self.get(key).filter(|value| !value.is_empty()).ok_or_else(missing)
    }

    /// Returns the id, which must be there and have neither white space nor brackets.
    pub(super) fn id(&self) -> Result<&'a str, Fault> {
        let id = self.require("ID")?;
        if id.contains(char::is_whitespace) || id.contains(['<', '>']) {
            let message = format!("{} is not an ID: no spaces and no brackets", quote(id.as_bytes()));
            return Err(Fault::new(format!("##{}", self.kind), message));
        }
        Ok(id)
    }

    fn describe(&self) -> Vec<&str> {
        self.fields.iter().map(|(key, _)| *key).collect()
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && !text.contains([',', '"', '<', '>']) && !text.contains(char::is_whitespace)
}

/// Takes a value, up to where the next field begins, and what comes after it; none where a quotation mark is missing.
fn take_value(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.match_indices(',').map(|(at, _)| at).find(|at| ends(text.get(*at..)));
        let (value, rest) = text.split_at(end.unwrap_or(text.len()));
        return Some((value.trim_end(), rest));
    };
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        if c == '"' && !escaped && ends(quoted.get(at + 1..)) {
            let (text, rest) = quoted.split_at(at);
            return Some((text, rest.strip_prefix('"')?));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// Returns whether a value has ended before what comes: nothing, or a comma and another field.
fn ends(rest: Option<&str>) -> bool {
    let rest = rest.unwrap_or_default().trim_start();
    let field = rest.strip_prefix(',').and_then(|field| field.split_once('='));
    rest.is_empty() || field.is_some_and(|(key, _)| is_key(key.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lasts_until_the_next_field() {
        for (text, description, source) in [
            (r#"<ID=A,Number=1,Description="a, \"b\" = c",Source=x>"#, r#"a, \"b\" = c"#, Some("x")),
            (r#"<ID=A, Number=1, Description="a" , Source=x>"#, "a", Some("x")),
            (r#"<ID=A,Description=Total depth, filtered,Source=x>"#, "Total depth, filtered", Some("x")),
            (
                r#"<ID=A,Description="the "best" one, of two",Source=x>"#,
                r#"the "best" one, of two"#,
                Some("x"),
            ),
            (r#"<ID=A,Description="x">"#, "x", None),
            (r#"<ID=A,Description="">"#, "", None),
            (r#"<ID=A,Description="Format: a|b,c">"#, "Format: a|b,c", None),
        ] {
            let line = Structured::parse("INFO", text).unwrap();
            assert_eq!(line.id(), Ok("A"), "{text}");
            assert_eq!((line.get("Description"), line.get("Source")), (Some(description), source), "{text}");
        }
    }

    #[test]
    fn broken_lines_are_refused() {
        for (text, fragment) in [
            (r#"<ID=A,Description="x""#, "enclosed"),
            (r#"<ID=A,Description="x>"#, "quotation mark is missing"),
            ("<A,ID=B>", "needs quotation marks"),
            ("<ID>", "key=value"),
        ] {
            let fault = Structured::parse("INFO", text).unwrap_err();
            assert!(fault.message.contains(fragment), "{text}: {}", fault.message);
        }
        for text in ["<Number=1>", "<ID=A B>", "<ID=A>B>"] {
            assert!(Structured::parse("INFO", text).unwrap().id().is_err(), "{text}");
        }
    }
}
