//! The INFO column: looking values up.

/// The INFO column of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Info<'a>(pub(crate) &'a str);

impl<'a> Info<'a> {
    /// Returns keys and values in order; a flag has no value.
    pub(crate) fn fields(self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        let is_empty = self.0 == ".";
        self.0.split(';').filter(move |_| !is_empty).map(|field| match field.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (field, None),
        })
    }

    /// Returns the value of a key; none when it is absent, a flag, or `.`.
    pub(crate) fn value(self, key: &str) -> Option<&'a str> {
        self.fields().find(|(k, _)| *k == key).and_then(|(_, value)| value).filter(|value| *value != ".")
    }

    /// Returns the value for the allele at a 0-based position of ALT, or the only value there is.
    pub(crate) fn value_of_allele(self, key: &str, allele: usize) -> Option<&'a str> {
        let values = self.value(key)?;
        let value = if values.contains(',') { values.split(',').nth(allele)? } else { values };
        Some(value).filter(|value| *value != ".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found() {
        let info = Info("DB;END=7;SVLEN=5,.;AC=.");
        assert_eq!(info.value("END"), Some("7"));
        assert_eq!((info.value("DB"), info.value("AC"), info.value("ND")), (None, None, None));
        assert_eq!(info.value_of_allele("SVLEN", 0), Some("5"));
        assert_eq!(info.value_of_allele("SVLEN", 1), None);
        assert_eq!(info.value_of_allele("END", 3), Some("7"));
        assert_eq!(Info(".").fields().count(), 0);
    }
}
