//! Random sets, edits and rows.

use std::fmt::Write;

use crate::systems::labelling::label::rules::RowLabels;
use crate::systems::labelling::rules::language::{parse, rule_id};
use crate::systems::labelling::rules::matching::samples::{empty_set, expression, filter, rule};
use crate::systems::labelling::rules::matching::{Row, check};
use crate::systems::labelling::rules::set::{Field, Fields, FilterAction, Label, Rule, RuleSet};

/// The same numbers after the same seed.
pub struct Random(pub u64);

/// Titles and contents.
pub type Texts = (Option<String>, Option<String>);

const TERMS: &[&str] = &[
    "a",
    "b",
    "ab",
    "ba",
    "cab",
    "word:a",
    "word:ab",
    "start:b",
    "end:a",
    "raw:B",
    "/a.b/",
    "/c+/",
    "title:a",
    "title:word:b",
    "content:c",
    "list:l",
    "list:m",
    "absolutely:ab",
];
const WORDS: &[&str] = &[
    "a", "b", "ab", "ba", "cab", "B", "x", "ccc", "axb", " ", "drop",
];

impl Random {
    pub fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % count as u64) as usize
    }

    fn term(&mut self) -> &'static str {
        TERMS[self.below(TERMS.len())]
    }

    fn text(&mut self) -> String {
        let (one, other, third) = (self.term(), self.term(), self.term());
        match self.below(8) {
            0 => format!("{one} AND {other}"),
            1 => format!("{one} OR {other}"),
            2 => format!("{one} AND NOT {other}"),
            3 => format!("a NEAR/{} b", self.below(3)),
            4 => format!("2 OF ({one}, {other}, {third})"),
            _ => one.to_owned(),
        }
    }

    /// An expression that can stand where rules stand.
    fn rule(&mut self, label: &str) -> Rule {
        loop {
            let text = self.text();
            if parse(&text).is_ok() {
                let mut rule = rule(label, &text);
                if self.below(4) == 0 {
                    rule.fields = Some(Fields::one(Field::Title));
                    rule.id = rule_id(label, &rule.tree, rule.fields);
                }
                return rule;
            }
        }
    }

    pub fn label(&mut self, name: &str) -> Label {
        let mut label = Label {
            name: name.to_owned(),
            rules: Vec::new(),
            except: Vec::new(),
        };
        for _ in 0..1 + self.below(5) {
            self.add_rule(&mut label);
        }
        if self.below(3) == 0 {
            let text = self.rule(name).text;
            label.except.push(expression(&text));
        }
        label
    }

    fn add_rule(&mut self, label: &mut Label) {
        let rule = self.rule(&label.name);
        if label.rules.iter().all(|other| other.id != rule.id) {
            let place = self.below(label.rules.len() + 1);
            label.rules.insert(place, rule);
        }
    }

    pub fn set(&mut self) -> RuleSet {
        loop {
            let mut set = empty_set();
            set.fields = Fields::one(Field::Title).with(Field::Content);
            set.lists = ["l", "m"]
                .map(|name| (name.to_owned(), vec![parse(self.word()).unwrap()]))
                .into();
            if self.below(2) == 0 {
                set.filters.push(filter(FilterAction::Cut, "x"));
            }
            if self.below(2) == 0 {
                set.filters.push(filter(FilterAction::Drop, "drop AND a"));
            }
            set.row_labels = match self.below(2) {
                0 => RowLabels::First,
                _ => RowLabels::All,
            };
            for name in ["one", "two", "three"] {
                let label = self.label(name);
                set.labels.push(label);
            }
            if check(&set).is_empty() {
                return set;
            }
        }
    }

    fn word(&mut self) -> &'static str {
        ["a", "b", "cab", "word:ba", "ccc"][self.below(5)]
    }

    /// One to three edits.
    pub fn edited(&mut self, set: &RuleSet) -> RuleSet {
        loop {
            let mut edited = set.clone();
            for _ in 0..1 + self.below(3) {
                self.edit(&mut edited);
            }
            if check(&edited).is_empty() {
                return edited;
            }
        }
    }

    fn edit(&mut self, set: &mut RuleSet) {
        let place = self.below(set.labels.len().max(1));
        let Some(label) = set.labels.get_mut(place) else {
            let label = self.label("one");
            return set.labels.push(label);
        };
        match self.below(24) {
            0..6 => self.add_rule(label),
            6..11 if !label.rules.is_empty() => {
                let rule = self.below(label.rules.len());
                label.rules.remove(rule);
            }
            11..14 if label.rules.len() > 1 => {
                let (one, other) = (self.below(label.rules.len()), self.below(label.rules.len()));
                label.rules.swap(one, other);
            }
            14..16 => {
                let text = self.rule("x").text;
                let except = self.below(label.except.len() + 1);
                label.except.insert(except, expression(&text));
            }
            16..18 if !label.except.is_empty() => {
                let except = self.below(label.except.len());
                label.except.remove(except);
            }
            18 => {
                let list = self.below(set.lists.len());
                set.lists[list].1.push(parse(self.word()).unwrap());
            }
            19 => {
                let mut name = "label".to_owned();
                write!(name, "{}", self.below(1_000_000)).unwrap();
                let label = self.label(&name);
                set.labels.insert(place, label);
            }
            20 => {
                set.labels.remove(place);
            }
            21 => {
                // The same rule by another name.
                if let Some(rule) = label.rules.first_mut() {
                    rule.id = format!("id{}", self.below(1_000_000));
                }
            }
            22 if self.below(4) == 0 => {
                let other = self.below(set.labels.len());
                set.labels.swap(place, other);
            }
            23 if self.below(4) == 0 => set.filters.push(filter(FilterAction::Drop, "ccc")),
            _ => {}
        }
    }

    fn written(&mut self) -> Option<String> {
        let words = self.below(6);
        let words = (0..words).map(|_| WORDS[self.below(WORDS.len())]);
        let words: Vec<_> = words.collect();
        Some(words.join(["", " "][self.below(2)])).filter(|_| self.below(10) > 0)
    }

    pub fn texts(&mut self) -> Texts {
        (self.written(), self.written())
    }
}

pub fn row(texts: &Texts) -> Row<'_> {
    Row::default()
        .with(Field::Title, texts.0.as_deref())
        .with(Field::Content, texts.1.as_deref())
}
