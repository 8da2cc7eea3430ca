//! Finds what a set holds that cannot be compiled: all of it at once.

use std::collections::{HashMap, HashSet};

use super::lists::Lists;
use super::pattern::{self, PATTERNS_BYTES_MAX};
use crate::systems::labelling::rules::folding::Folding;
use crate::systems::labelling::rules::language::{Fault, FaultCode, shown};
use crate::systems::labelling::rules::set::{FilterAction, Keyword, Node, NodeKind, RuleSet};

/// A fault, and which part of the set has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetFault {
    pub part: SetPart,
    pub fault: Fault,
}

/// By their places in the set, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SetPart {
    List { list: usize, term: usize },
    Filter(usize),
    Rule { label: usize, rule: usize },
    Except { label: usize, except: usize },
}

pub const KEYWORD_CHARS_MAX: usize = 1_000;
/// Of the folded texts, each once: their automaton takes up to 130 bytes a character while it is
/// built.
pub const ALL_KEYWORDS_CHARS_MAX: usize = 3_000_000;
pub const PATTERN_CHARS_MAX: usize = 4_000;
pub const PATTERNS_MAX: usize = 5_000;

/// All faults of a set whose expressions have been parsed.
pub fn check(set: &RuleSet) -> Vec<SetFault> {
    let mut check = Check {
        set,
        folding: Folding::of(set),
        lists: Lists::of(set),
        keywords: HashSet::new(),
        keyword_chars: 0,
        patterns: 0,
        known_patterns: HashMap::new(),
        pattern_bytes: 0,
        faults: Vec::new(),
    };
    check.all_lists();
    for (filter, of_filter) in set.filters.iter().enumerate() {
        let tree = &of_filter.expression.tree;
        let part = SetPart::Filter(filter);
        if of_filter.action == FilterAction::Cut && !is_term(tree) {
            check.add(
                part,
                Fault::new(
                    FaultCode::E05,
                    tree.column,
                    "cut takes one term",
                    "write a keyword, a pattern or list:name; several cuts can follow each other",
                ),
            );
        }
        check.node(part, tree);
    }
    for (label, of_label) in set.labels.iter().enumerate() {
        for (rule, of_rule) in of_label.rules.iter().enumerate() {
            check.node(SetPart::Rule { label, rule }, &of_rule.tree);
        }
        for (except, expression) in of_label.except.iter().enumerate() {
            check.node(SetPart::Except { label, except }, &expression.tree);
        }
    }
    check.faults
}

/// Whether a tree is a keyword, a pattern or a list.
pub fn is_term(tree: &Node) -> bool {
    matches!(
        tree.kind,
        NodeKind::Keyword(_) | NodeKind::Pattern(_) | NodeKind::List(_)
    )
}

struct Check<'s> {
    set: &'s RuleSet,
    folding: Folding,
    lists: Lists<'s>,
    /// Each text once.
    keywords: HashSet<&'s str>,
    keyword_chars: usize,
    patterns: usize,
    /// Those that were compiled, each with what is wrong with it.
    known_patterns: HashMap<&'s str, Option<String>>,
    pattern_bytes: usize,
    faults: Vec<SetFault>,
}

impl<'s> Check<'s> {
    fn add(&mut self, part: SetPart, fault: Fault) {
        self.faults.push(SetFault { part, fault });
    }

    fn all_lists(&mut self) {
        let reach = self.lists.reach();
        for (list, (name, terms)) in self.set.lists.iter().enumerate() {
            for (term, node) in terms.iter().enumerate() {
                let part = SetPart::List { list, term };
                if !is_term(node) || node.fields.is_some() {
                    self.add(
                        part,
                        Fault::new(
                            FaultCode::E05,
                            node.column,
                            "a list holds terms without fields",
                            "write one keyword or pattern an element; fields stand before list:",
                        ),
                    );
                }
                self.node(part, node);
                if let NodeKind::List(other) = &node.kind
                    && let Some(other) = self.lists.number(other)
                    && (other == list || reach.holds(other, list))
                {
                    self.add(
                        part,
                        Fault::new(
                            FaultCode::E06,
                            node.column,
                            format!("list {} holds itself", shown(name)),
                            "take this element out",
                        ),
                    );
                }
            }
        }
    }

    fn node(&mut self, part: SetPart, node: &'s Node) {
        match &node.kind {
            NodeKind::Keyword(keyword) => self.keyword(part, node.column, keyword),
            NodeKind::Pattern(pattern) => self.pattern(part, node.column, pattern),
            NodeKind::List(name) => self.list(part, node.column, name),
            NodeKind::And(operands)
            | NodeKind::Or(operands)
            | NodeKind::AtLeast { operands, .. } => {
                for operand in operands {
                    self.node(part, operand);
                }
            }
            NodeKind::Not(inner) | NodeKind::Group(inner) => self.node(part, inner),
            NodeKind::Near(near) => {
                self.node(part, &near.left);
                self.node(part, &near.right);
            }
        }
    }

    fn keyword(&mut self, part: SetPart, column: u32, keyword: &'s Keyword) {
        if exceeds(&keyword.text, KEYWORD_CHARS_MAX) {
            let message = format!(
                "{:?} has more than {KEYWORD_CHARS_MAX} characters",
                shown(&keyword.text)
            );
            let advice = "keep what tells it from other texts";
            self.add(part, Fault::new(FaultCode::E08, column, message, advice));
            return;
        }
        let folded = self.folding.keyword(&keyword.text);
        if folded.is_empty() {
            let message = match keyword.text.is_empty() {
                true => "the text is empty".to_owned(),
                false => "nothing is left of the text: its characters are not seen".to_owned(),
            };
            let advice = "write a text, or set normalize: none to look for such characters";
            self.add(part, Fault::new(FaultCode::E03, column, message, advice));
        } else if self.keyword_chars <= ALL_KEYWORDS_CHARS_MAX
            && self.keywords.insert(&keyword.text)
        {
            self.keyword_chars += folded.chars().count();
            if self.keyword_chars > ALL_KEYWORDS_CHARS_MAX {
                let message = format!(
                    "the keywords up to this one have more than {ALL_KEYWORDS_CHARS_MAX} characters \
                     together"
                );
                let advice = "make two sets of it";
                self.add(part, Fault::new(FaultCode::E08, column, message, advice));
            }
        }
    }

    fn pattern(&mut self, part: SetPart, column: u32, pattern: &'s str) {
        self.patterns += 1;
        if self.patterns == PATTERNS_MAX + 1 {
            let message = format!("there are more than {PATTERNS_MAX} patterns");
            let advice = "write keywords, AND, OR and NEAR, which cost less";
            self.add(part, Fault::new(FaultCode::E08, column, message, advice));
        }
        if self.patterns > PATTERNS_MAX {
            return;
        }
        if exceeds(pattern, PATTERN_CHARS_MAX) {
            let message = format!(
                "{:?} has more than {PATTERN_CHARS_MAX} characters",
                shown(pattern)
            );
            let advice = "make several patterns of it, or a list of keywords";
            self.add(part, Fault::new(FaultCode::E08, column, message, advice));
        } else if let Some(reason) = self.fault_of_pattern(part, column, pattern) {
            let message = format!("/{}/: {reason}", shown(pattern));
            let advice = advice_for(&reason);
            self.add(part, Fault::new(FaultCode::E04, column, message, advice));
        }
    }

    /// What is wrong with a pattern alone. Each is compiled once, and none any more when all that
    /// were take too much.
    fn fault_of_pattern(&mut self, part: SetPart, column: u32, pattern: &'s str) -> Option<String> {
        if let Some(known) = self.known_patterns.get(pattern) {
            return known.clone();
        }
        if self.pattern_bytes > PATTERNS_BYTES_MAX {
            return None;
        }
        let checked = pattern::check(pattern, self.folding);
        if let Ok(cost) = &checked {
            self.pattern_bytes += cost.bytes;
            if self.pattern_bytes > PATTERNS_BYTES_MAX {
                let most = PATTERNS_BYTES_MAX >> 20;
                let message = format!("the patterns up to this one take more than {most} MiB");
                let advice = "make the numbers of repetitions smaller, or take patterns out";
                self.add(part, Fault::new(FaultCode::E08, column, message, advice));
            }
        }
        let fault = checked.err();
        self.known_patterns.insert(pattern, fault.clone());
        fault
    }

    fn list(&mut self, part: SetPart, column: u32, name: &str) {
        if self.lists.number(name).is_none() {
            let known: Vec<&str> = self.set.lists.iter().map(|(name, _)| &**name).collect();
            let message = format!("unknown list {:?}", shown(name));
            let advice = match known.is_empty() {
                true => "the set has no lists: write them under `lists`".to_owned(),
                false => format!("lists are {}", shown(&known.join(", "))),
            };
            self.add(part, Fault::new(FaultCode::E06, column, message, advice));
        }
    }
}

fn exceeds(text: &str, chars_max: usize) -> bool {
    text.len() > chars_max && text.chars().nth(chars_max).is_some()
}

fn advice_for(reason: &str) -> &'static str {
    if reason.contains("match nothing") {
        "write + for *, or a text that has to be there"
    } else if reason.contains("MiB") {
        "make the numbers of repetitions smaller"
    } else {
        "see https://docs.rs/regex/latest/regex/#syntax; \\ stands before a sign that is meant as \
         itself"
    }
}
