//! How rare words are in usual texts.

use std::collections::HashMap;

use jieba_rs::{Jieba, KeywordExtract, TfIdf};

use super::words::is_of_block;

/// A word that no table knows.
const UNKNOWN: &str = "囗囗囗囗";

/// Characters of the longest word that is looked up. The table has none that is longer, and cutting takes time that grows
/// with the square of the length of a word.
const LENGTH_MAX: usize = 40;

/// jieba's inverse document frequency of each word; its median for words that it does not know. The library gives
/// them only as a part of weights, so each word is weighed beside one that nobody knows.
pub fn inverse_frequencies(words: &[&str]) -> Vec<f64> {
    // Its table takes some 30 MB, for as long as this takes.
    let table = TfIdf::default();
    let mut known = Jieba::empty();
    // Others would be cut into pieces, and the table has none of them.
    let mut asked: Vec<&str> = words.to_vec();
    asked.retain(|word| word.chars().all(is_of_block) && word.chars().count() <= LENGTH_MAX);
    asked.push(UNKNOWN);
    for word in &asked {
        known.add_word(word, Some(1_000), None);
    }
    let weighed = table.extract_keywords(&known, &asked.join("\n"), asked.len(), Vec::new());
    let total = weighed.len() as f64;
    let weights: HashMap<String, f64> = weighed
        .into_iter()
        .map(|found| (found.keyword, found.weight * total))
        .collect();
    let median = weights.get(UNKNOWN).copied().unwrap_or(1.0);
    let found = words.iter().map(|word| weights.get(*word).copied());
    found.map(|weight| weight.unwrap_or(median)).collect()
}
