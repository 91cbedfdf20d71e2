//! Values by number, where numbers are given one after the other from 0.

/// A map whose keys are numbers of people or of entries. Quick to make: there may be 100,000 of them, and a
/// withdrawal waits for it.
#[derive(Clone, Debug)]
pub struct Numbered<T> {
    slots: Vec<Option<T>>,
}

impl<T> Numbered<T> {
    /// Sets the value of a number; returns the former.
    pub fn insert(&mut self, number: u32, value: T) -> Option<T> {
        self.slot(number).replace(value)
    }

    /// Returns the value of a number, that of `new` if it had none.
    pub fn get_or_insert_with(&mut self, number: u32, new: impl FnOnce() -> T) -> &mut T {
        self.slot(number).get_or_insert_with(new)
    }

    fn slot(&mut self, number: u32) -> &mut Option<T> {
        let at = number as usize;
        if self.slots.len() <= at {
            self.slots.resize_with(at + 1, || None);
        }
        #[expect(clippy::indexing_slicing, reason = "the line above made room")]
        &mut self.slots[at]
    }

    /// Returns the value of a number.
    pub fn get(&self, number: u32) -> Option<&T> {
        self.slots.get(number as usize)?.as_ref()
    }

    /// Returns the values with their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.slots).filter_map(|(number, value)| Some((number, value.as_ref()?)))
    }

    /// Returns the values, in the order of their numbers.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }

    /// Returns the values, in the order of their numbers.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().flatten()
    }
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_in_the_order_of_their_numbers() {
        let mut map = Numbered::default();
        assert_eq!((map.insert(3, 'c'), map.insert(1, 'a'), map.insert(3, 'd')), (None, None, Some('c')));
        assert_eq!(*map.get_or_insert_with(2, || 'b'), 'b');
        assert_eq!((map.get(0), map.get(1), map.get(9)), (None, Some(&'a'), None));
        assert_eq!(map.iter().collect::<Vec<_>>(), [(1, &'a'), (2, &'b'), (3, &'d')]);
    }
}
