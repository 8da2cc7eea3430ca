//! Finds which keywords of a brief a text fulfils.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use unicode_normalization::UnicodeNormalization;

use super::grammar::Keyword;

/// As texts and terms are compared: NFKC and lower case.
pub(crate) fn fold(text: &str) -> String {
    let folded: String = text.nfkc().collect();
    folded.to_lowercase()
}

/// One automaton over the terms of all keywords of a brief.
#[derive(Clone, Debug)]
pub(crate) struct Matcher {
    automaton: AhoCorasick,
    /// By the number of the keyword.
    keywords: Vec<Terms>,
    terms: usize,
}

/// The terms of a keyword, by their numbers.
#[derive(Clone, Debug)]
struct Terms {
    groups: Vec<Vec<usize>>,
    excluded: Vec<usize>,
}

/// Which terms a text holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found(Vec<bool>);

impl Matcher {
    pub fn new(keywords: &[Keyword]) -> Self {
        let mut terms: Vec<String> = Vec::new();
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let mut number = |term: &String| {
            let folded = fold(term);
            *numbers.entry(folded).or_insert_with_key(|folded| {
                terms.push(folded.clone());
                terms.len() - 1
            })
        };
        let keywords = keywords
            .iter()
            .map(|keyword| Terms {
                groups: keyword
                    .groups
                    .iter()
                    .map(|group| group.iter().map(&mut number).collect())
                    .collect(),
                excluded: keyword.excluded.iter().map(&mut number).collect(),
            })
            .collect();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&terms)
            .expect("a brief has at most 100 keywords of 100 characters");
        Self {
            automaton,
            keywords,
            terms: terms.len(),
        }
    }

    /// Looks for all terms in a text that [`fold`] has made.
    pub fn find(&self, folded: &str) -> Found {
        let mut found = vec![false; self.terms];
        for place in self.automaton.find_overlapping_iter(folded) {
            found[place.pattern().as_usize()] = true;
        }
        Found(found)
    }

    /// The numbers of the keywords that are fulfilled, in their order.
    pub fn fulfilled<'f>(&'f self, found: &'f Found) -> impl Iterator<Item = usize> + 'f {
        let keywords = self.keywords.iter().enumerate();
        keywords.filter_map(|(number, terms)| {
            let has = |term: &usize| found.0[*term];
            let is_fulfilled = terms.groups.iter().all(|group| group.iter().any(has))
                && !terms.excluded.iter().any(has);
            is_fulfilled.then_some(number)
        })
    }

    /// Whether an exclusion of a keyword is found.
    pub fn is_excluded(&self, keyword: usize, found: &Found) -> bool {
        let excluded = &self.keywords[keyword].excluded;
        excluded.iter().any(|term| found.0[*term])
    }
}
