//! Header lines with fields in angle brackets: `##INFO=<ID=DP,Number=1,…>`.

use crate::vcf::error::{Fault, quote};

/// The fields of a structured line, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Structured<'a> {
    kind: &'a str,
    fields: Vec<(&'a str, Value<'a>)>,
}

/// A value and whether it stood in quotation marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'a> {
    pub(super) text: &'a str,
    pub(super) quoted: bool,
}

impl<'a> Structured<'a> {
    /// Parses what follows `##KIND=`.
    pub(super) fn parse(kind: &'a str, text: &'a str) -> Result<Self, Fault> {
        let fault =
            |message: &str| Fault::new(format!("##{kind}"), format!("{}: {message}", quote(text.as_bytes())));
        let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
        let mut rest = inner.ok_or_else(|| fault("the line must be enclosed in < and >"))?;
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let (key, after) = rest.split_once('=').ok_or_else(|| fault("expected key=value"))?;
            if key.is_empty() || key.contains([',', '"', '<', '>']) || key.contains(char::is_whitespace) {
                return Err(fault("expected key=value; a value with commas needs quotation marks"));
            }
            let (value, after) = take_value(after).ok_or_else(|| fault("a quotation mark is missing"))?;
            fields.push((key, value));
            rest = match after.strip_prefix(',') {
                Some(after) => after,
                None if after.is_empty() => after,
                None => return Err(fault("a quotation mark within a text needs a backslash before it")),
            };
        }
        Ok(Self { kind, fields })
    }

    /// Returns a field.
    pub(super) fn get(&self, key: &str) -> Option<Value<'a>> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    /// Returns a field that must be there.
    pub(super) fn require(&self, key: &str) -> Result<Value<'a>, Fault> {
        let missing =
            || Fault::new(format!("##{}", self.kind), format!("{key} is missing: {:?}", self.describe()));
        self.get(key).filter(|value| !value.text.is_empty()).ok_or_else(missing)
    }

    /// Returns the id, which must be there and have neither white space nor brackets.
    pub(super) fn id(&self) -> Result<&'a str, Fault> {
        let id = self.require("ID")?;
        if id.text.contains(char::is_whitespace) || id.text.contains(['<', '>']) {
            let message = format!("{} is not an ID: no spaces and no brackets", quote(id.text.as_bytes()));
            return Err(Fault::new(format!("##{}", self.kind), message));
        }
        Ok(id.text)
    }

    /// Checks that the description, if there is one, is in quotation marks.
    pub(super) fn check_description(&self) -> Result<(), Fault> {
        match self.get("Description") {
            Some(value) if !value.quoted => Err(Fault::new(
                format!("##{}", self.kind),
                format!("the description {} needs quotation marks", quote(value.text.as_bytes())),
            )),
            _ => Ok(()),
        }
    }

    fn describe(&self) -> Vec<&str> {
        self.fields.iter().map(|(key, _)| *key).collect()
    }
}

/// Takes a quoted value, with backslashes before inner quotation marks, or one up to the next comma.
fn take_value(text: &str) -> Option<(Value<'_>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (text, rest) = text.split_at(text.find(',').unwrap_or(text.len()));
        return Some((Value { text, quoted: false }, rest));
    };
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            '"' if !escaped => {
                let (text, rest) = quoted.split_at(at);
                return Some((Value { text, quoted: true }, rest.strip_prefix('"')?));
            }
            _ => escaped = c == '\\' && !escaped,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_split_outside_of_quotation_marks() {
        let line =
            Structured::parse("INFO", r#"<ID=A,Number=1,Description="a, \"b\" = c",Source=x>"#).unwrap();
        assert_eq!(line.id(), Ok("A"));
        assert_eq!(line.get("Description").map(|v| v.text), Some(r#"a, \"b\" = c"#));
        assert_eq!(line.get("Source"), Some(Value { text: "x", quoted: false }));
    }

    #[test]
    fn broken_lines_are_refused() {
        for (text, fragment) in [
            (r#"<ID=A,Description="x""#, "enclosed"),
            (r#"<ID=A,Description="x>"#, "quotation mark is missing"),
            (r#"<ID=A,Description="x "y" z">"#, "needs a backslash"),
            ("<ID=A,B,Description=\"x\">", "needs quotation marks"),
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
