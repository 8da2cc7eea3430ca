//! N-grams of characters, found by an automaton over the vocabulary: one pass over a text finds all of them.

use std::collections::HashMap;

use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};

use crate::models::refusal::Refusal;

pub(super) struct Grams {
    /// Terms that are as long as n-grams may be. None if there are none.
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    /// Shorter ones: a word that is shorter than the shortest n-gram counts as a whole.
    short: HashMap<Box<str>, u32>,
    shortest: usize,
}

impl Grams {
    /// Terms that cannot occur are left out.
    pub fn new(
        vocabulary: &[String],
        (shortest, longest): (usize, usize),
        may_occur: impl Fn(&str) -> bool,
    ) -> Result<Self, Refusal> {
        let mut patterns = Vec::with_capacity(vocabulary.len());
        let mut short = HashMap::new();
        for (term, index) in vocabulary.iter().zip(0..) {
            let length = term.chars().take(longest + 1).count();
            if length == 0 || length > longest || !may_occur(term) {
                continue;
            }
            if length < shortest {
                short.insert(term.as_str().into(), index);
            } else {
                patterns.push((term, index));
            }
        }
        let build = |patterns| {
            let builder = CharwiseDoubleArrayAhoCorasickBuilder::new();
            builder.build_with_values(patterns).map_err(|error| {
                Refusal::new(format!("vocabulary: cannot be searched for: {error}"))
            })
        };
        Ok(Self {
            automaton: (!patterns.is_empty())
                .then(|| build(patterns))
                .transpose()?,
            short,
            shortest,
        })
    }

    /// All n-grams of a text.
    pub fn all(&self, text: &str, mut take: impl FnMut(u32)) {
        if let Some(automaton) = &self.automaton {
            for found in automaton.find_overlapping_iter(text) {
                take(found.value());
            }
        }
    }

    /// Those of a word, which counts as a whole if it is shorter than they are.
    pub fn of_word(&self, word: &str, mut take: impl FnMut(u32)) {
        let is_short = self.shortest > 1 && word.chars().nth(self.shortest - 1).is_none();
        if is_short {
            self.short.get(word).copied().into_iter().for_each(take);
        } else {
            self.all(word, &mut take);
        }
    }
}
