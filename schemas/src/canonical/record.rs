//! How fields are written.

/// Fields, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Record(Vec<u8>);

impl Record {
    /// Begins a form.
    pub(super) fn version(version: &str) -> Self {
        Self::default().text("version", version)
    }

    /// Adds a text.
    pub(super) fn text(self, name: &str, value: &str) -> Self {
        self.field(name, value.as_bytes())
    }

    /// Adds a number.
    pub(super) fn number(self, name: &str, value: impl Into<u64>) -> Self {
        self.field(name, value.into().to_string().as_bytes())
    }

    /// Adds a flag where it is set.
    pub(super) fn flag(self, name: &str, value: bool) -> Self {
        if value { self.text(name, "true") } else { self }
    }

    /// Adds what is there of an option.
    pub(super) fn option<T>(
        self,
        name: &str,
        value: Option<T>,
        add: impl FnOnce(Self, &str, T) -> Self,
    ) -> Self {
        match value {
            Some(value) => add(self, name, value),
            None => self,
        }
    }

    /// Adds the text of an option.
    pub(super) fn optional_text(self, name: &str, value: Option<&str>) -> Self {
        self.option(name, value, Self::text)
    }

    /// Adds the number of an option.
    pub(super) fn optional_number(self, name: &str, value: Option<impl Into<u64>>) -> Self {
        self.option(name, value, Self::number)
    }

    /// Adds fields within a field.
    pub(super) fn record(self, name: &str, fields: Self) -> Self {
        self.field(name, &fields.0)
    }

    /// Adds one field of the same name for each element of a list, in its order.
    pub(super) fn records(self, name: &str, all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(self, |record, fields| record.record(name, fields))
    }

    /// Adds one field of the same name for each element of a set.
    pub(super) fn records_as_set(self, name: &str, all: impl IntoIterator<Item = Self>) -> Self {
        let mut all: Vec<Vec<u8>> = all.into_iter().map(Self::into_bytes).collect();
        all.sort_unstable();
        all.dedup();
        all.iter().fold(self, |record, fields| record.field(name, fields))
    }

    /// Adds one field of the same name for each text of a set.
    pub(super) fn texts_as_set(self, name: &str, all: &[String]) -> Self {
        let mut all: Vec<&str> = all.iter().map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().fold(self, |record, text| record.text(name, text))
    }

    /// Returns whether there is no field.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends the form.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn field(mut self, name: &str, value: &[u8]) -> Self {
        self.0.extend_from_slice(name.as_bytes());
        self.0.push(b' ');
        self.0.extend_from_slice(value.len().to_string().as_bytes());
        self.0.push(b'\n');
        self.0.extend_from_slice(value);
        self.0.push(b'\n');
        self
    }
}
