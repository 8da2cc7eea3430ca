//! Looks through a text once for all terms of an engine.

use daachorse::charwise::iter::FindOverlappingStepper;

use super::engine::{Condition, Engine, Place, Target, Use};
use super::state::{FoldedHit, PatternFound, PatternMark, State, TrueRule};
use super::texts::FieldText;
use crate::systems::labelling::rules::folding::is_inside_word;
use crate::systems::labelling::rules::set::{Field, MatchType};

/// The text that is looked through.
#[derive(Clone, Copy)]
pub(super) struct Scanned<'t> {
    pub field: Field,
    pub slot: usize,
    pub text: &'t FieldText,
    pub original: &'t str,
}

impl Engine {
    /// Records which words and patterns are in a text, and which programs have to be evaluated for
    /// that. The text is folded; if the engine has raw texts, its origins are known.
    pub fn scan(&self, scanned: Scanned<'_>, state: &mut State) {
        state.begin_field();
        if let Some(automaton) = &self.automaton {
            let mut stepper = automaton.find_overlapping_stepper();
            for c in scanned.text.folded().text().chars() {
                stepper.consume(c);
                self.note_words(&stepper, scanned, state);
            }
            self.note_endings(&stepper, scanned, state);
        }
        self.note_groups(scanned, state);
    }

    /// Records the words that end here.
    #[inline]
    fn note_words(
        &self,
        stepper: &FindOverlappingStepper<'_, u32>,
        scanned: Scanned<'_>,
        state: &mut State,
    ) {
        for found in stepper.matches() {
            let word = found.value();
            let seen = &mut state.seen[word as usize];
            let is_first = *seen != state.field_round;
            *seen = state.field_round;
            if !is_first {
                let of_word = self.words[word as usize];
                // The words that follow are endings of this one: they were seen with it.
                if !of_word.chain_wants_all {
                    return;
                }
                if !of_word.wants_all {
                    continue;
                }
            }
            let (start, end) = (found.start() as u32, found.end() as u32);
            for of_word in self.uses.of(word) {
                if of_word.fields.contains(scanned.field) {
                    self.note_use(of_word, is_first, start, end, scanned, state);
                }
            }
        }
    }

    #[inline]
    fn note_use(
        &self,
        of_word: &Use,
        is_first: bool,
        start: u32,
        end: u32,
        scanned: Scanned<'_>,
        state: &mut State,
    ) {
        match of_word.target {
            Target::Rule { label, rule, place } => {
                let counts = match place {
                    Place::Anywhere => is_first,
                    Place::Start => start == 0,
                    Place::End | Place::Whole => false,
                };
                if counts {
                    let field = scanned.field;
                    let hit = FoldedHit { field, start, end };
                    state.plain_rule_is_true(self, TrueRule { label, rule, hit });
                }
            }
            Target::Leaf { leaf, condition } => {
                let is_first_needed = self.leaves[leaf as usize].record.is_none()
                    && condition.raw.is_none()
                    && condition.match_type != MatchType::Word;
                if is_first || !is_first_needed {
                    self.note_leaf(leaf, condition, start, end, scanned, state);
                }
            }
            Target::Pattern(pattern) if is_first => self.note_pattern(pattern, scanned, state),
            Target::Pattern(_) => {}
        }
    }

    fn note_leaf(
        &self,
        leaf: u32,
        condition: Condition,
        start: u32,
        end: u32,
        scanned: Scanned<'_>,
        state: &mut State,
    ) {
        let counts = match condition.match_type {
            MatchType::Partially => true,
            MatchType::Start => start == 0,
            MatchType::Word => {
                let text = scanned.text.folded().text();
                !is_inside_word(text, start as usize) && !is_inside_word(text, end as usize)
            }
            MatchType::End | MatchType::Absolutely => false,
        };
        if counts && self.is_raw(condition, start, end, scanned) {
            self.leaf_is_there(leaf, start, end, scanned, state);
        }
    }

    fn is_raw(&self, condition: Condition, start: u32, end: u32, scanned: Scanned<'_>) -> bool {
        condition.raw.is_none_or(|raw| {
            let span = scanned.text.original_span(start as usize..end as usize);
            scanned.original[span] == self.raw_texts[raw.get() as usize - 1]
        })
    }

    fn leaf_is_there(
        &self,
        leaf: u32,
        start: u32,
        end: u32,
        scanned: Scanned<'_>,
        state: &mut State,
    ) {
        if let Some(record) = self.leaves[leaf as usize].record {
            let record = scanned.slot * self.recorded_leaves + record as usize;
            state.records.add(record, start, end);
        }
        if state.leaf_found(scanned.slot, leaf, start, end) {
            state.leaf_triggers(self.leaf_triggers.of(leaf));
        }
    }

    fn note_pattern(&self, pattern: u32, scanned: Scanned<'_>, state: &mut State) {
        let mark = scanned.slot * self.patterns.len() + pattern as usize;
        state.patterns[mark] = PatternMark {
            round: state.round,
            found: PatternFound::Possible,
        };
        for program in self.pattern_triggers.of(pattern) {
            state.trigger(*program);
        }
    }

    /// Records the words that end where the text ends.
    fn note_endings(
        &self,
        stepper: &FindOverlappingStepper<'_, u32>,
        scanned: Scanned<'_>,
        state: &mut State,
    ) {
        for found in stepper.matches() {
            let (start, end) = (found.start() as u32, found.end() as u32);
            for of_word in self.uses.of(found.value()) {
                if !of_word.fields.contains(scanned.field) {
                    continue;
                }
                match of_word.target {
                    Target::Rule { label, rule, place } => {
                        let counts = match place {
                            Place::End => true,
                            Place::Whole => start == 0,
                            Place::Anywhere | Place::Start => false,
                        };
                        if counts {
                            let field = scanned.field;
                            let hit = FoldedHit { field, start, end };
                            state.plain_rule_is_true(self, TrueRule { label, rule, hit });
                        }
                    }
                    Target::Leaf { leaf, condition } => {
                        let counts = match condition.match_type {
                            MatchType::End => true,
                            MatchType::Absolutely => start == 0,
                            MatchType::Partially | MatchType::Start | MatchType::Word => false,
                        };
                        if counts && self.is_raw(condition, start, end, scanned) {
                            self.leaf_is_there(leaf, start, end, scanned, state);
                        }
                    }
                    Target::Pattern(_) => {}
                }
            }
        }
    }

    /// Finds which patterns match that need no text.
    fn note_groups(&self, scanned: Scanned<'_>, state: &mut State) {
        let text = scanned.text.folded().before_case(scanned.original);
        for (number, group) in self.groups.iter().enumerate() {
            let mut matching =
                std::mem::replace(&mut state.matching, regex_automata::PatternSet::new(0));
            matching.clear();
            group.matching(text, &mut state.group_caches[number], &mut matching);
            for (place, pattern) in group.patterns.iter().enumerate() {
                let is_there = matching.contains(regex_automata::PatternID::must(place));
                let mark = scanned.slot * self.patterns.len() + *pattern as usize;
                if is_there {
                    self.note_pattern(*pattern, scanned, state);
                } else {
                    state.patterns[mark] = PatternMark {
                        round: state.round,
                        found: PatternFound::Nowhere,
                    };
                }
            }
            state.matching = matching;
        }
    }
}
