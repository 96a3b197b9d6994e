//! What is in memory of a value while it is looked for, and afterwards: the process reads its own.

use super::tests::known;
use super::{Known, Watch};
use crate::finding::Secret;
use crate::memory;
use crate::policy::Policy;
use crate::secrets::Scanner;
use std::fs::{File, read_to_string};
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use zeroize::Zeroizing;

/// Turns bytes into others and back, so that what is looked for stands nowhere by the search itself.
const MASK: u8 = 0xA5;
/// Read at once, in bytes.
const CHUNK: usize = 1 << 20;
/// Bytes of a value that count as a trace of it; hashing alone holds seven for a moment.
const PART: usize = 8;

/// In how many places parts of a value stand, in pages that are locked and in others. `parts` are masked.
fn traces(parts: &[Vec<u8>]) -> (usize, usize) {
    let memory = File::open("/proc/self/mem").expect("a process may read itself");
    let mut chunk = vec![0_u8; CHUNK];
    let own = chunk.as_ptr() as usize..chunk.as_ptr() as usize + CHUNK;
    let (mut locked, mut open) = (0, 0);
    for (range, is_locked) in mappings() {
        let mut at = range.start;
        while at < range.end {
            let length = CHUNK.min(range.end - at);
            // What the chunk held before is no memory of anybody's.
            let aside = at < own.end && own.start < at + length;
            if !aside
                && memory
                    .read_exact_at(&mut chunk[..length], at as u64)
                    .is_ok()
            {
                let read = &mut chunk[..length];
                read.iter_mut().for_each(|byte| *byte ^= MASK);
                let found: usize = parts
                    .iter()
                    .map(|part| memchr::memmem::find_iter(read, part).count())
                    .sum();
                if is_locked {
                    locked += found;
                } else {
                    open += found;
                }
            }
            at += length;
        }
    }
    (locked, open)
}

/// What of this process can be written, and whether it is locked.
fn mappings() -> Vec<(Range<usize>, bool)> {
    let mut found: Vec<(Range<usize>, bool)> = Vec::new();
    let mut writable = false;
    for line in read_to_string("/proc/self/smaps")
        .expect("Linux tells")
        .lines()
    {
        let head = line.split_whitespace().next().unwrap_or_default();
        if let Some(flags) = line.strip_prefix("VmFlags:") {
            if let Some((_, locked)) = found.last_mut().filter(|_| writable) {
                *locked = flags.split_whitespace().any(|flag| flag == "lo");
            }
        } else if let Some((from, to)) = head.split_once('-') {
            writable = line
                .split_whitespace()
                .nth(1)
                .is_some_and(|rights| rights.starts_with("rw"));
            let number = |text| usize::from_str_radix(text, 16).expect("an address");
            if writable {
                found.push((number(from)..number(to), false));
            }
        }
    }
    found
}

/// A value nobody else has, in no memory but what is returned, and parts of it, masked.
fn drawn() -> (Zeroizing<Vec<u8>>, Vec<Vec<u8>>) {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut value = Zeroizing::new(Vec::with_capacity(40));
    for at in 0..40 {
        let drawn = RandomState::new().hash_one(at);
        value.push(letters[usize::try_from(drawn % 62).expect("small")]);
    }
    let part = |from: usize| {
        value[from..from + PART]
            .iter()
            .map(|byte| byte ^ MASK)
            .collect()
    };
    let parts = (0..=40 - PART).step_by(4).map(part).collect();
    (value, parts)
}

#[test]
fn a_value_is_locked_while_it_is_known_and_wiped_afterwards() {
    let (value, parts) = drawn();
    let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
    let one = Known {
        value: Secret::locked(&value),
        ..known("API_KEY", "")
    };
    let copy = one.clone();
    drop(value);
    let watch = Watch::new(vec![one, copy]);
    assert_eq!(watch.len(), 1);
    let scanner = Scanner::new(&watch.policy(&policy)).expect("the rules can be run");
    assert!(
        scanner
            .scan(b"API_KEY=none\n", None, &|_| Vec::new())
            .0
            .is_empty()
    );

    let (locked, open) = traces(&parts);
    assert!(locked + open > 0, "it is known, so it is somewhere");
    if memory::is_kept() {
        assert_eq!(open, 0, "of {locked} traces");
    }
    drop((watch, scanner));
    assert_eq!(traces(&parts), (0, 0), "it is wiped");
}
