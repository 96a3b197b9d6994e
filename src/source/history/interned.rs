//! Values kept once each, by number, without a second copy of any as a key.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::borrow::Borrow;
use std::hash::{BuildHasher as _, Hash};

/// Different values, numbered in the order in which they came.
pub(super) struct Interned<T> {
    list: Vec<T>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            numbers: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl<T: Eq + Hash> Interned<T> {
    /// The number of a value, and whether it is new.
    pub(super) fn number<Q>(&mut self, value: &Q) -> (u32, bool)
    where
        T: Borrow<Q>,
        Q: ToOwned<Owned = T> + Eq + Hash + ?Sized,
    {
        let Self {
            list,
            numbers,
            hasher,
        } = self;
        let hash = |value: &Q| hasher.hash_one(value);
        let value_at = |number: u32| list.get(number as usize).map(Borrow::borrow);
        if let Some(number) = numbers.find(hash(value), |number| value_at(*number) == Some(value)) {
            return (*number, false);
        }
        let number = list.len() as u32;
        let hash_at = |number: &u32| value_at(*number).map_or(0, hash);
        numbers.insert_unique(hash(value), number, hash_at);
        list.push(value.to_owned());
        (number, true)
    }
}

impl<T> Interned<T> {
    /// The value with a number.
    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.list.get(number as usize)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// All values, in the order of their numbers.
    pub(super) fn into_list(self) -> Vec<T> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_one_number() {
        let mut names = Interned::<Vec<u8>>::default();
        // Enough for the table to grow several times.
        let name = |number: u32| format!("name {number}").into_bytes();
        for number in 0..1000 {
            assert_eq!(names.number(name(number).as_slice()), (number, true));
        }
        for number in 0..1000 {
            assert_eq!(names.number(name(number).as_slice()), (number, false));
            assert_eq!(names.get(number), Some(&name(number)));
        }
        assert_eq!((names.len(), names.get(1000)), (1000, None));
        assert!(names.into_list().into_iter().eq((0..1000).map(name)));
    }
}
