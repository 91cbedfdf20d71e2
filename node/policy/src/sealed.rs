//! The two seals on the way from data to answer.

/// A true result that nobody outside this crate can read.
#[derive(Debug)]
pub struct Undisclosed<T>(T);

impl<T> Undisclosed<T> {
    /// Seals a result.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    pub(crate) fn peek(&self) -> &T {
        &self.0
    }

    pub(crate) fn open(self) -> T {
        self.0
    }
}

/// A result that the policy let out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosed<T>(T);

impl<T> Disclosed<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }

    /// Returns the released result.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// Takes the released result out.
    pub fn into_inner(self) -> T {
        self.0
    }
}
