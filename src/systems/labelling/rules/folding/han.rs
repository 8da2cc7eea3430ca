//! Brings Traditional and Simplified characters to one form, a character at a time.
//!
//! The pairs are those of `han.tsv` beside this file; NOTICE says where they are from.

use std::collections::HashMap;
use std::sync::LazyLock;

const PAIRS: &str = include_str!("han.tsv");

/// The blocks in which nearly all of the pairs are.
const DENSE: std::ops::RangeInclusive<u32> = 0x3400..=0x9fff;

static TABLE: LazyLock<Table> = LazyLock::new(Table::read);

struct Table {
    dense: Vec<char>,
    /// Of rare characters.
    others: HashMap<char, char>,
}

impl Table {
    fn read() -> Self {
        let mut dense: Vec<char> = DENSE.filter_map(char::from_u32).collect();
        let mut others = HashMap::new();
        for (from, to) in pairs() {
            match u32::from(from) {
                code if DENSE.contains(&code) => dense[(code - DENSE.start()) as usize] = to,
                _ => {
                    others.insert(from, to);
                }
            }
        }
        Self { dense, others }
    }
}

/// What a character is compared as.
#[inline]
pub fn han(c: char) -> char {
    match u32::from(c) {
        code if DENSE.contains(&code) => TABLE.dense[(code - DENSE.start()) as usize],
        0..0x3400 => c,
        _ => TABLE.others.get(&c).copied().unwrap_or(c),
    }
}

/// All characters that are compared as another one, with that.
pub fn pairs() -> impl Iterator<Item = (char, char)> {
    PAIRS.lines().filter_map(|line| {
        let mut chars = line.chars();
        match (chars.next()?, chars.next()?, chars.next()?) {
            (from, '\t', to) if chars.next().is_none() => Some((from, to)),
            _ => None,
        }
    })
}
