//! Finds keywords: one automaton for all labels and match types, fed with folded characters.
//!
//! Every distinct folded text is one pattern of the automaton; its targets are the rules that have
//! this text. `start`, `end` and `absolutely` are occurrences with a condition on where they begin
//! and end. An occurrence counts the first time only: a later one of the same pattern begins later,
//! and so do those of the patterns it ends with. So the work of a row is linear in its text,
//! however many rules overlap.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use daachorse::charwise::iter::FindOverlappingStepper;
use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};

use super::allowance::Allowance;
use super::compile::Hit;
use super::finding::RuleSetError;
use super::fold::{Fold, Lowered};
use super::segment::nfkc;
use super::set::{MatchType, RowLabels, Rule, RuleSet};
use super::span::map_to_original;

/// The keywords of a set, ready to be found.
pub(super) struct Keywords {
    automaton: CharwiseDoubleArrayAhoCorasick<u32>,
    /// The targets of pattern `p` are `targets[first_target[p]..first_target[p + 1]]`.
    first_target: Vec<u32>,
    targets: Vec<Target>,
    labels: usize,
    /// How many labels there are to find before the rest of a text cannot matter.
    labels_to_find: usize,
    /// With `RowLabels::First`, the label that no other can precede.
    first_label: Option<u16>,
    longest: usize,
    fold: Fold,
}

#[derive(Clone, Copy)]
struct Target {
    label: u16,
    match_type: MatchType,
    rule: u32,
}

/// What one thread remembers about the current row. A mark of another round than this row's is
/// outdated.
pub(super) struct Marks {
    round: u32,
    patterns: Vec<u32>,
    labels: Vec<u32>,
    best: Vec<Candidate>,
    matched: Vec<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    start: usize,
    /// Counted backwards, so that the longest of those that begin together is the least.
    end: std::cmp::Reverse<usize>,
    rule: u32,
}

impl Keywords {
    pub fn compile(set: &RuleSet, allowance: &Allowance) -> Result<Self, RuleSetError> {
        let fold = Fold::of(set);
        let patterns = Patterns::collect(set, fold)?;
        allowance.check_time()?;
        let automaton = CharwiseDoubleArrayAhoCorasickBuilder::new()
            // Only searches in a slice use it, and ours come as characters.
            .use_prefilter(false)
            .build(&patterns.texts)
            .map_err(|cause| RuleSetError::Keywords {
                rules: patterns.texts.len(),
                reason: cause.to_string(),
            })?;
        allowance.check_time()?;
        allowance.check_memory(automaton.heap_bytes())?;
        let with_rules = |label: &usize| !set.labels[*label].rules.is_empty();
        let labels_with_rules: Vec<usize> = (0..set.labels.len()).filter(with_rules).collect();
        let (labels_to_find, first_label) = match set.row_labels {
            RowLabels::All => (labels_with_rules.len(), None),
            RowLabels::First => (1, labels_with_rules.first().map(|label| *label as u16)),
        };
        let longest = patterns.texts.iter().map(String::len).max().unwrap_or(0);
        let (first_target, targets) = patterns.targets();
        Ok(Self {
            automaton,
            first_target,
            targets,
            labels: set.labels.len(),
            labels_to_find,
            first_label,
            longest,
            fold,
        })
    }

    pub fn marks(&self) -> Marks {
        Marks {
            round: 0,
            patterns: vec![0; self.first_target.len() - 1],
            labels: vec![0; self.labels],
            best: vec![Candidate::NONE; self.labels],
            matched: Vec::new(),
        }
    }

    /// Adds the leftmost hit of each matching label to `hits`, in the order of the set.
    pub fn find(&self, text: &str, marks: &mut Marks, hits: &mut Vec<Hit>) {
        marks.begin_row();
        let fold = self.fold.needed_for(text);
        let has_shifted = match (fold.nfkc, fold.lower) {
            (false, false) => {
                self.scan(&mut text.chars(), marks);
                false
            }
            (false, true) => {
                let mut chars = Lowered::new(text.chars());
                self.scan(&mut chars, marks);
                chars.has_shifted()
            }
            (true, false) => {
                self.scan(&mut nfkc(text), marks);
                true
            }
            (true, true) => {
                self.scan(&mut Lowered::new(nfkc(text)), marks);
                true
            }
        };
        self.collect(marks, hits);
        if has_shifted && !hits.is_empty() {
            map_to_original(text, fold, hits);
        }
    }

    /// Feeds the automaton until the text ends, or until the rest cannot matter.
    fn scan(&self, chars: &mut impl Iterator<Item = char>, marks: &mut Marks) {
        let mut stepper = self.automaton.find_overlapping_stepper();
        let mut position = 0;
        let mut enough_at = usize::MAX;
        for c in chars {
            if position >= enough_at {
                return;
            }
            stepper.consume(c);
            position += c.len_utf8();
            if self.note_occurrences(&stepper, marks) && enough_at == usize::MAX {
                enough_at = self.enough_at(marks);
            }
        }
        self.note_endings(&stepper, marks);
    }

    /// Records the patterns that end here for the first time. Returns whether there were any.
    #[inline]
    fn note_occurrences(
        &self,
        stepper: &FindOverlappingStepper<'_, u32>,
        marks: &mut Marks,
    ) -> bool {
        let mut is_new = false;
        for found in stepper.matches() {
            // The patterns that follow are endings of this one: they were recorded with it.
            if !marks.is_first_time(found.value()) {
                break;
            }
            is_new = true;
            for target in self.targets_of(found.value()) {
                let counts = match target.match_type {
                    MatchType::Partially => true,
                    MatchType::Start => found.start() == 0,
                    MatchType::End | MatchType::Absolutely => false,
                };
                if counts {
                    marks.note(target, found.start(), found.end());
                }
            }
        }
        is_new
    }

    /// Records the patterns that end where the text ends.
    fn note_endings(&self, stepper: &FindOverlappingStepper<'_, u32>, marks: &mut Marks) {
        for found in stepper.matches() {
            for target in self.targets_of(found.value()) {
                let counts = match target.match_type {
                    MatchType::End => true,
                    MatchType::Absolutely => found.start() == 0,
                    MatchType::Partially | MatchType::Start => false,
                };
                if counts {
                    marks.note(target, found.start(), found.end());
                }
            }
        }
    }

    /// The position from which on no better hit can come, if all labels that matter are found.
    fn enough_at(&self, marks: &Marks) -> usize {
        let starts = match self.first_label {
            Some(first) if marks.has(first) => marks.best[usize::from(first)].start,
            None if marks.matched.len() == self.labels_to_find => marks.last_start(),
            Some(_) | None => return usize::MAX,
        };
        starts.saturating_add(self.longest)
    }

    fn collect(&self, marks: &mut Marks, hits: &mut Vec<Hit>) {
        marks.matched.sort_unstable();
        if self.first_label.is_some() {
            marks.matched.truncate(1);
        }
        hits.extend(marks.matched.iter().map(|label| {
            let best = marks.best[usize::from(*label)];
            Hit {
                label: *label,
                rule: best.rule,
                start: best.start,
                end: best.end.0,
            }
        }));
    }

    fn targets_of(&self, pattern: u32) -> &[Target] {
        let pattern = pattern as usize;
        let first = self.first_target[pattern] as usize;
        let end = self.first_target[pattern + 1] as usize;
        &self.targets[first..end]
    }
}

impl Candidate {
    const NONE: Self = Self {
        start: 0,
        end: std::cmp::Reverse(0),
        rule: 0,
    };
}

impl Marks {
    fn begin_row(&mut self) {
        self.matched.clear();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            // All numbers of rounds are used up: an old mark must not look like a new one.
            self.patterns.fill(0);
            self.labels.fill(0);
            self.round = 1;
        }
    }

    #[inline]
    fn is_first_time(&mut self, pattern: u32) -> bool {
        let mark = &mut self.patterns[pattern as usize];
        let is_first = *mark != self.round;
        *mark = self.round;
        is_first
    }

    fn note(&mut self, target: &Target, start: usize, end: usize) {
        let label = usize::from(target.label);
        let candidate = Candidate {
            start,
            end: std::cmp::Reverse(end),
            rule: target.rule,
        };
        if self.labels[label] != self.round {
            self.labels[label] = self.round;
            self.best[label] = candidate;
            self.matched.push(target.label);
        } else if candidate < self.best[label] {
            self.best[label] = candidate;
        }
    }

    fn has(&self, label: u16) -> bool {
        self.labels[usize::from(label)] == self.round
    }

    /// Where the last of the best hits begins.
    fn last_start(&self) -> usize {
        let start = |label: &u16| self.best[usize::from(*label)].start;
        self.matched.iter().map(start).max().unwrap_or(0)
    }
}

/// The distinct folded texts and which rules have them.
struct Patterns {
    texts: Vec<String>,
    rules: Vec<(u32, Target)>,
}

impl Patterns {
    fn collect(set: &RuleSet, fold: Fold) -> Result<Self, RuleSetError> {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut texts = Vec::new();
        let mut rules = Vec::new();
        for (label, of_label) in set.labels.iter().enumerate() {
            for (rule, given) in of_label.rules.iter().enumerate() {
                let Rule::Keyword(text, match_type) = given else {
                    return Err(stored(format!("{:?} is not a keyword", given.text())));
                };
                let folded = fold.text(text);
                if folded.is_empty() {
                    return Err(stored(format!("keyword {text:?} is empty")));
                }
                let target = Target {
                    label: label as u16,
                    match_type: *match_type,
                    rule: rule as u32,
                };
                let next = texts.len() as u32;
                let number = match numbers.entry(folded) {
                    Entry::Occupied(number) => *number.get(),
                    Entry::Vacant(vacant) => {
                        texts.push(vacant.key().clone());
                        *vacant.insert(next)
                    }
                };
                rules.push((number, target));
            }
        }
        Ok(Self { texts, rules })
    }

    /// The targets in the order of their patterns, and where those of each pattern begin.
    fn targets(mut self) -> (Vec<u32>, Vec<Target>) {
        self.rules.sort_by_key(|(pattern, _)| *pattern);
        let mut first_target = vec![0; self.texts.len() + 1];
        for (pattern, _) in &self.rules {
            first_target[*pattern as usize + 1] += 1;
        }
        for pattern in 1..first_target.len() {
            first_target[pattern] += first_target[pattern - 1];
        }
        let targets = self.rules.into_iter().map(|(_, target)| target).collect();
        (first_target, targets)
    }
}

fn stored(reason: String) -> RuleSetError {
    RuleSetError::Stored { reason }
}
