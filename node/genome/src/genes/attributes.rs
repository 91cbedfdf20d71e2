//! The last column of GFF3 (`key=value,value;…`) and of GTF (`key "value"; …`).

use std::collections::BTreeMap;

/// What a line says of its feature: the values of each key.
pub(super) struct Attributes {
    values: BTreeMap<String, Vec<String>>,
    is_gtf: bool,
}

impl Attributes {
    /// Reads a column; which of the two formats it is shows behind its first key.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let is_gtf = text.find([' ', '=']).is_some_and(|at| text[at..].starts_with(' '));
        let mut attributes = Self { values: BTreeMap::new(), is_gtf };
        if is_gtf {
            attributes.read_gtf(text)?
        } else {
            attributes.read_gff3(text)
        }
        attributes.is_gtf |= ["ID", "Parent"].iter().all(|name| !attributes.values.contains_key(*name))
            && attributes.values.contains_key("gene_id");
        Ok(attributes)
    }

    fn read_gtf(&mut self, text: &str) -> Result<(), String> {
        let mut rest = text.trim_start_matches([' ', ';']);
        while let Some((key, value)) = rest.split_once(' ') {
            let value = value.trim_start();
            let (value, behind) = match value.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or("a quote of the attributes does not end")?,
                None => value.split_once(';').unwrap_or((value, "")),
            };
            self.values.entry(key.to_owned()).or_default().push(value.trim().to_owned());
            rest = behind.trim_start_matches([' ', ';']);
        }
        Ok(())
    }

    fn read_gff3(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (field, behind) = next_field(rest);
            rest = behind;
            let Some((key, value)) = field.trim().split_once('=') else { continue };
            let values = value.trim().trim_matches('"').split(',').map(decoded);
            self.values.entry(key.to_owned()).or_default().extend(values);
        }
    }

    /// Returns the values of a key.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values.get(name).into_iter().flatten().map(String::as_str)
    }

    /// Returns the first value of a key.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.all(name).next().map(str::to_owned)
    }

    /// Returns whether features are parts of what their own line names, as in GTF.
    pub(super) fn is_gtf(&self) -> bool {
        self.is_gtf
    }

    /// Returns the symbol of the gene.
    pub(super) fn symbol(&self) -> Option<String> {
        let symbol = self.get("gene_name").or_else(|| self.get("gene"));
        symbol.or_else(|| self.get("gene_id").filter(|_| self.is_gtf))
    }

    /// Returns whether it is the transcript of its gene that MANE Select names.
    pub(super) fn is_mane_select(&self) -> bool {
        self.all("tag").any(|tag| tag.replace('_', " ") == "MANE Select")
    }
}

/// Takes off the first field. A semicolon within a value that is quoted as a whole does not end it.
fn next_field(text: &str) -> (&str, &str) {
    if let Some(value) = text.find('=').map(|at| at + 1)
        && text.get(value..).is_some_and(|quoted| quoted.starts_with('"'))
        && let Some(length) = text.get(value + 1..).and_then(|quoted| quoted.find('"'))
        && let Some((field, behind)) = text.split_at_checked(value + length + 2)
        && (behind.is_empty() || behind.starts_with(';'))
        && !text.get(..value).unwrap_or_default().contains(';')
    {
        return (field, behind.trim_start_matches(';'));
    }
    text.split_once(';').unwrap_or((text, ""))
}

/// Reads what GFF3 writes as `%` and two digits, such as the comma in a value.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let code = std::str::from_utf8(behind.get(..2).unwrap_or_default()).ok();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_are_read_with_what_their_values_hold() {
        for (text, key, expected) in [
            ("ID=a;Parent=x,y;Note=1%2C2%3B3", "Parent", &["x", "y"][..]),
            ("ID=a;Parent=x,y;Note=1%2C2%3B3", "Note", &["1,2;3"]),
            ("ID=a;Note=\"one; two\";Parent=x", "Parent", &["x"]),
            ("ID=a;Note=\"one; two\";Parent=x", "Note", &["one; two"]),
            ("ID=a;Note=5\" end;Parent=x", "Parent", &["x"]),
            ("ID=a;Note=100%;Parent=x", "Note", &["100%"]),
            (
                "gene_id \"A\"; note \"one; two = 3\"; tag \"basic\"; tag \"MANE_Select\";",
                "note",
                &["one; two = 3"],
            ),
            (
                "gene_id \"A\"; exon_number 3; tag \"basic\"; tag \"MANE_Select\";",
                "tag",
                &["basic", "MANE_Select"],
            ),
            ("gene_id \"A\"; exon_number 3; tag \"basic\"", "exon_number", &["3"]),
        ] {
            let attributes = Attributes::read(text).unwrap();
            assert_eq!(attributes.all(key).collect::<Vec<_>>(), expected, "{text}");
            assert_eq!(attributes.is_gtf(), text.starts_with("gene_id"), "{text}");
        }
        assert!(Attributes::read("gene_id \"A; b").is_err());
    }
}
