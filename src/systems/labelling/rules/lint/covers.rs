//! Which keywords are true on every text on which a keyword is true.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};

use crate::systems::labelling::rules::set::{Fields, MatchType};

/// A keyword that may cover others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cover {
    /// The label that has it.
    pub label: usize,
    /// Its number there: of a rule, or of an `except`.
    pub rule: usize,
    pub match_type: MatchType,
    pub fields: Fields,
}

/// A keyword that may be covered, folded.
#[derive(Clone, Copy)]
pub(super) struct Covered<'k> {
    pub text: &'k str,
    pub match_type: MatchType,
    pub fields: Fields,
}

/// Keywords by their folded texts.
#[derive(Default)]
pub(super) struct CoverTexts {
    numbers: HashMap<String, u32>,
    /// Of a text: those that differ in label, type or fields; the first of the same.
    of_label: HashMap<(u32, usize), Vec<Cover>>,
    /// Of a text: those that differ in type or fields; of the same the one in the first label.
    earliest: Vec<Vec<Cover>>,
}

/// The same, ready to be searched.
pub(super) struct Covers {
    texts: CoverTexts,
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    /// The number of the search in which a text was seen last.
    seen: Vec<u32>,
    search: u32,
}

/// Whose keywords are asked for.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    Label(usize),
    /// Any label before this one.
    Before(usize),
}

impl CoverTexts {
    /// Labels have to come in their order.
    pub fn add(&mut self, text: String, cover: Cover) {
        let next = self.earliest.len() as u32;
        let number = match self.numbers.entry(text) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => {
                self.earliest.push(Vec::new());
                *vacant.insert(next)
            }
        };
        let is_same =
            |known: &Cover| known.match_type == cover.match_type && known.fields == cover.fields;
        let earliest = &mut self.earliest[number as usize];
        if !earliest.iter().any(is_same) {
            earliest.push(cover);
        }
        let of_label = self.of_label.entry((number, cover.label)).or_default();
        if !of_label.iter().any(is_same) {
            of_label.push(cover);
        }
    }

    pub fn build(self) -> Covers {
        let texts = self.numbers.iter().map(|(text, number)| (text, *number));
        // Nothing covers anything if there is nothing.
        let automaton = CharwiseDoubleArrayAhoCorasickBuilder::new()
            .use_prefilter(false)
            .build_with_values(texts)
            .ok();
        Covers {
            seen: vec![0; self.earliest.len()],
            search: 0,
            automaton,
            texts: self,
        }
    }
}

impl Covers {
    /// A keyword of an owner that is true wherever the covered one is. `accept` may refuse some of them.
    pub fn find(
        &mut self,
        covered: Covered<'_>,
        owner: Owner,
        accept: impl Fn(&Cover) -> bool,
    ) -> Option<Cover> {
        let automaton = self.automaton.as_ref()?;
        self.search += 1;
        let mut stepper = automaton.find_overlapping_stepper();
        let mut position = 0;
        for character in covered.text.chars() {
            stepper.consume(character);
            position += character.len_utf8();
            let is_end = position == covered.text.len();
            for found in stepper.matches() {
                let number = found.value();
                let last = std::mem::replace(&mut self.seen[number as usize], self.search);
                let is_new = last != self.search;
                // What ends with it was seen with it too, but may matter at the end.
                if !is_new && !is_end {
                    break;
                }
                let starts = found.start() == 0;
                let fits = |cover: &Cover| covers(cover, covered, starts, is_end) && accept(cover);
                if let Some(cover) = self.texts.of(number, owner).find(|cover| fits(cover)) {
                    return Some(*cover);
                }
            }
        }
        None
    }
}

impl CoverTexts {
    fn of(&self, number: u32, owner: Owner) -> impl Iterator<Item = &Cover> {
        let (covers, before) = match owner {
            Owner::Label(label) => (self.of_label.get(&(number, label)), usize::MAX),
            Owner::Before(label) => (self.earliest.get(number as usize), label),
        };
        let covers = covers.into_iter().flatten();
        covers.filter(move |cover| cover.label < before)
    }
}

/// Whether a keyword at the edges of another one or inside it is true whenever that one is.
fn covers(cover: &Cover, covered: Covered<'_>, starts: bool, ends: bool) -> bool {
    let by_type = match cover.match_type {
        MatchType::Partially => true,
        MatchType::Start => {
            starts && matches!(covered.match_type, MatchType::Start | MatchType::Absolutely)
        }
        MatchType::End => {
            ends && matches!(covered.match_type, MatchType::End | MatchType::Absolutely)
        }
        same @ (MatchType::Absolutely | MatchType::Word) => {
            starts && ends && covered.match_type == same
        }
    };
    by_type && includes(cover.fields, covered.fields)
}

/// Without fields a set has those of a job, which are not known yet.
fn includes(fields: Fields, others: Fields) -> bool {
    match others.is_empty() || fields.is_empty() {
        true => fields == others,
        false => fields.includes(others),
    }
}
