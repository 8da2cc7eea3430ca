//! Texts to terms of the vocabulary.

use super::file::{AnalyzerName, File};
use super::grams::Grams;
use super::pattern::{DEFAULT_PATTERN, TokenPattern};
use super::terms::Terms;
use super::tokens::Tokens;
use crate::models::refusal::Refusal;
use crate::text::{is_space, words};

pub(super) enum Analyzer {
    Word {
        pattern: TokenPattern,
        terms: Terms,
        ngrams: (usize, usize),
    },
    Jieba {
        terms: Terms,
        ngrams: (usize, usize),
    },
    Char(Grams),
    CharWb(Grams),
}

impl Analyzer {
    pub fn new(file: &File) -> Result<Self, Refusal> {
        let ngrams = file.ngrams;
        Ok(match file.analyzer {
            AnalyzerName::Word => {
                let pattern = file.token_pattern.as_deref().unwrap_or(DEFAULT_PATTERN);
                Self::Word {
                    pattern: TokenPattern::new(pattern)?,
                    terms: Terms::new(&file.vocabulary),
                    ngrams,
                }
            }
            AnalyzerName::Jieba => Self::Jieba {
                terms: Terms::new(&file.vocabulary),
                ngrams,
            },
            AnalyzerName::Char => Self::Char(Grams::new(&file.vocabulary, ngrams, |_| true)?),
            AnalyzerName::CharWb => {
                Self::CharWb(Grams::new(&file.vocabulary, ngrams, may_be_in_word)?)
            }
        })
    }

    /// Gives `take` each term of a text, as often as it is there.
    pub fn terms(&self, text: &str, buffer: &mut String, mut take: impl FnMut(u32)) {
        match self {
            Self::Word {
                pattern,
                terms,
                ngrams,
            } => {
                let mut tokens = Tokens::new(buffer);
                pattern.tokens(text, |token| tokens.add(token));
                tokens.ngrams(*ngrams, |ngram| {
                    terms.get(ngram).into_iter().for_each(&mut take)
                });
            }
            Self::Jieba { terms, ngrams } => {
                let mut tokens = Tokens::new(buffer);
                words(text, |token| tokens.add(token));
                tokens.ngrams(*ngrams, |ngram| {
                    terms.get(ngram).into_iter().for_each(&mut take)
                });
            }
            Self::Char(grams) => grams.all(with_single_spaces(text, buffer), take),
            Self::CharWb(grams) => {
                for word in text.split(is_space).filter(|word| !word.is_empty()) {
                    buffer.clear();
                    buffer.push(' ');
                    buffer.push_str(word);
                    buffer.push(' ');
                    grams.of_word(buffer, &mut take);
                }
            }
        }
    }
}

/// Whether a term can be part of a word between two spaces.
fn may_be_in_word(term: &str) -> bool {
    let is_inside = |index: usize| index > 0 && index + 1 < term.chars().count();
    let mut spaces = term
        .chars()
        .enumerate()
        .filter(|(_, character)| is_space(*character));
    term != "  " && !spaces.any(|(index, character)| is_inside(index) || character != ' ')
}

/// Each run of two or more white spaces as one space; a single one stays as it is.
fn with_single_spaces<'t>(text: &'t str, buffer: &'t mut String) -> &'t str {
    let mut is_behind_space = false;
    let has_run = text.chars().any(|character| {
        let was = std::mem::replace(&mut is_behind_space, is_space(character));
        was && is_behind_space
    });
    if !has_run {
        return text;
    }
    buffer.clear();
    let mut rest = text;
    while let Some(start) = rest.find(is_space) {
        buffer.push_str(&rest[..start]);
        let behind = rest[start..].trim_start_matches(is_space);
        let run = &rest[start..rest.len() - behind.len()];
        buffer.push_str(if run.chars().nth(1).is_some() {
            " "
        } else {
            run
        });
        rest = behind;
    }
    buffer.push_str(rest);
    buffer
}
