//! Folds a text character by character; each folded character knows which bytes gave it.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::char::{canonical_combining_class, compose, decompose_compatible};

use super::Folding;
use super::properties::{is_default_ignorable, lowered};

static HAN: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let table = include_str!("../../../../src/systems/labelling/rules/folding/han.tsv");
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let (from, to) = line.split_once('\t')?;
            Some((from.chars().next()?, to.chars().next()?))
        })
        .collect()
});

/// One character of a folded text.
#[derive(Clone, Debug)]
pub struct Letter {
    /// As patterns see it: not in lower case yet.
    pub cased: char,
    /// As keywords see it.
    pub folded: char,
    /// The original bytes: those of the first and behind the last character that gave it.
    pub from: usize,
    pub to: usize,
}

/// A field of a row, as it was and as rules see it.
#[derive(Clone, Debug)]
pub struct Text {
    pub original: String,
    pub letters: Vec<Letter>,
}

impl Text {
    pub fn fold(original: &str, folding: Folding) -> Self {
        let mut letters: Vec<Letter> = original
            .char_indices()
            .map(|(from, character)| Letter {
                cased: character,
                folded: character,
                from,
                to: from + character.len_utf8(),
            })
            .collect();
        if folding.nfkc {
            letters.retain(|letter| !is_default_ignorable(letter.cased));
            letters = composed(in_canonical_order(decomposed(&letters)));
        }
        for letter in &mut letters {
            if folding.han {
                letter.cased = han(letter.cased);
            }
            letter.folded = if folding.case_sensitive {
                letter.cased
            } else {
                lowered(letter.cased)
            };
        }
        Self {
            original: original.to_owned(),
            letters,
        }
    }

    /// The smallest run of original characters that gave the letters, in bytes.
    pub fn span(&self, start: usize, end: usize) -> (usize, usize) {
        let letters = &self.letters[start..end];
        let from = letters.iter().map(|letter| letter.from).min();
        let to = letters.iter().map(|letter| letter.to).max();
        (from.unwrap_or(0), to.unwrap_or(0))
    }

    /// Puts a line feed for each of the letters `hits`, which do not overlap, but none at the ends.
    pub fn cut(&mut self, hits: &[(usize, usize)]) {
        let mut kept: Vec<Letter> = Vec::new();
        let mut position = 0;
        // Behind the last letter of the text itself in `kept`.
        let mut text_end = 0;
        for (start, end) in hits {
            kept.extend_from_slice(&self.letters[position..*start]);
            if *start > position {
                text_end = kept.len();
            }
            position = *end;
            if text_end > 0 {
                let (from, to) = self.span(*start, *end);
                kept.push(Letter {
                    cased: '\n',
                    folded: '\n',
                    from,
                    to,
                });
            }
        }
        kept.extend_from_slice(&self.letters[position..]);
        if position == self.letters.len() {
            kept.truncate(text_end);
        }
        self.letters = kept;
    }
}

/// A character as it is compared in both scripts.
pub fn han(character: char) -> char {
    HAN.get(&character).copied().unwrap_or(character)
}

fn decomposed(letters: &[Letter]) -> Vec<Letter> {
    let mut parts = Vec::new();
    for letter in letters {
        decompose_compatible(letter.cased, |part| {
            parts.push(Letter {
                cased: part,
                ..letter.clone()
            });
        });
    }
    parts
}

/// Sorts each run of marks by its combining class.
fn in_canonical_order(mut letters: Vec<Letter>) -> Vec<Letter> {
    let is_mark = |letter: &Letter| canonical_combining_class(letter.cased) != 0;
    let mut start = 0;
    while start < letters.len() {
        let marks = letters[start..].iter().take_while(|l| is_mark(l)).count();
        letters[start..start + marks].sort_by_key(|l| canonical_combining_class(l.cased));
        start += marks + 1;
    }
    letters
}

/// The composition of Unicode: a mark joins the last starter unless something blocks it.
fn composed(letters: Vec<Letter>) -> Vec<Letter> {
    let mut done: Vec<Letter> = Vec::new();
    let mut starter: Option<usize> = None;
    for letter in letters {
        let class = canonical_combining_class(letter.cased);
        if let Some(starter) = starter {
            let between = &done[starter + 1..];
            let is_blocked = between
                .last()
                .is_some_and(|last| canonical_combining_class(last.cased) >= class);
            if !is_blocked && let Some(whole) = compose(done[starter].cased, letter.cased) {
                let first = &mut done[starter];
                first.cased = whole;
                first.from = first.from.min(letter.from);
                first.to = first.to.max(letter.to);
                continue;
            }
        }
        if class == 0 {
            starter = Some(done.len());
        }
        done.push(letter);
    }
    done
}
