//! Finds what a filter cuts out of a text.

use std::cmp::Reverse;
use std::ops::Range;

use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};
use regex_automata::meta::Cache;

use super::error::CompileError;
use super::lists::Lists;
use super::pattern::Pattern;
use super::texts::FieldText;
use crate::systems::labelling::rules::folding::{Folding, is_inside_word, shift};
use crate::systems::labelling::rules::set::{Expression, Fields, Keyword, MatchType, NodeKind};

pub(super) struct Cut {
    pub fields: Fields,
    folding: Folding,
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    /// Those with the same folded text follow each other.
    keywords: Vec<Keyword>,
    /// By the number of the text in the automaton; and the end.
    first_keywords: Vec<u32>,
    patterns: Vec<Pattern>,
}

/// What one thread needs to search.
pub(super) struct CutState {
    caches: Vec<Option<Box<Cache>>>,
}

impl Cut {
    pub fn compile(
        expression: &Expression,
        fields: Fields,
        folding: Folding,
        lists: &Lists<'_>,
    ) -> Result<Self, CompileError> {
        let tree = &expression.tree;
        let terms = match &tree.kind {
            NodeKind::List(name) => lists
                .number(name)
                .map_or_else(Vec::new, |list| lists.terms(list)),
            _ => vec![tree],
        };
        let mut cut = Self {
            fields: tree.fields.unwrap_or(fields),
            folding,
            automaton: None,
            keywords: Vec::new(),
            first_keywords: Vec::new(),
            patterns: Vec::new(),
        };
        let mut texts: Vec<String> = Vec::new();
        for term in terms {
            match &term.kind {
                NodeKind::Keyword(keyword) => {
                    let text = folding.keyword(&keyword.text);
                    if !text.is_empty() {
                        texts.push(text);
                        cut.keywords.push(keyword.clone());
                    }
                }
                NodeKind::Pattern(pattern) => cut.patterns.push(Pattern::new(pattern, folding)),
                _ => {}
            }
        }
        cut.sort_keywords(&mut texts);
        if !texts.is_empty() {
            let build = CharwiseDoubleArrayAhoCorasickBuilder::new().build(&texts);
            cut.automaton = Some(build.map_err(|cause| CompileError::Keywords {
                keywords: texts.len(),
                reason: cause.to_string(),
            })?);
        }
        Ok(cut)
    }

    /// The automaton wants each text once: keywords with the same text follow each other, and
    /// count from the place of their text.
    fn sort_keywords(&mut self, texts: &mut Vec<String>) {
        let mut both: Vec<(String, Keyword)> = std::mem::take(texts)
            .into_iter()
            .zip(self.keywords.drain(..))
            .collect();
        both.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (text, keyword) in both {
            if texts.last() != Some(&text) {
                texts.push(text);
                self.first_keywords.push(self.keywords.len() as u32);
            }
            self.keywords.push(keyword);
        }
        self.first_keywords.push(self.keywords.len() as u32);
    }

    pub fn state(&self) -> CutState {
        CutState {
            caches: self.patterns.iter().map(|_| None).collect(),
        }
    }

    /// Cuts what it finds out of a text.
    pub fn apply(&self, text: &mut FieldText, original: &str, state: &mut CutState) {
        text.fold(self.folding, original);
        text.find_origins(self.folding, original);
        let found = self.find(text, original, state);
        if !found.is_empty() {
            let feeds = between_edges(&found, text.folded().text().len());
            text.cut(original, &found, &feeds);
        }
    }

    /// The leftmost-longest hits that do not overlap, in the folded text.
    fn find(&self, text: &FieldText, original: &str, state: &mut CutState) -> Vec<Range<usize>> {
        let folded = text.folded();
        let mut hits: Vec<Range<usize>> = Vec::new();
        if let Some(automaton) = &self.automaton {
            for found in automaton.find_overlapping_iter(folded.text()) {
                let first = self.first_keywords[found.value() as usize] as usize;
                let end = self.first_keywords[found.value() as usize + 1] as usize;
                let span = found.start()..found.end();
                let mut keywords = self.keywords[first..end].iter();
                if keywords.any(|keyword| counts(keyword, &span, text, original)) {
                    hits.push(span);
                }
            }
        }
        let before_case = folded.before_case(original);
        for (pattern, cache) in self.patterns.iter().zip(&mut state.caches) {
            let mut found = Vec::new();
            let mut from = 0;
            while let Some(span) = pattern.find(before_case, from, cache) {
                from = span.end;
                found.push(span);
            }
            if folded.is_case_shifted {
                shift(&mut found, before_case, folded.text());
            }
            hits.append(&mut found);
        }
        hits.sort_unstable_by_key(|hit| (hit.start, Reverse(hit.end)));
        let mut end = 0;
        hits.retain(|hit| {
            let is_apart = hit.start >= end;
            end = if is_apart { hit.end } else { end };
            is_apart
        });
        hits
    }
}

/// Whether a keyword may stand there.
fn counts(keyword: &Keyword, span: &Range<usize>, text: &FieldText, original: &str) -> bool {
    let folded = text.folded().text();
    let is_in_place = match keyword.match_type {
        MatchType::Partially => true,
        MatchType::Start => span.start == 0,
        MatchType::End => span.end == folded.len(),
        MatchType::Absolutely => span.start == 0 && span.end == folded.len(),
        MatchType::Word => !is_inside_word(folded, span.start) && !is_inside_word(folded, span.end),
    };
    is_in_place && (!keyword.raw || original[text.original_span(span.clone())] == *keyword.text)
}

/// Which hits leave a line feed: all but those in a row at the ends of the text.
fn between_edges(hits: &[Range<usize>], text_len: usize) -> Range<usize> {
    let mut place = 0;
    let mut first = 0;
    while let Some(hit) = hits.get(first).filter(|hit| hit.start == place) {
        place = hit.end;
        first += 1;
    }
    let mut place = text_len;
    let mut end = hits.len();
    while end > first && hits[end - 1].end == place {
        end -= 1;
        place = hits[end].start;
    }
    first..end
}
