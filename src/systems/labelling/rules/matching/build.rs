//! Builds an engine from trees.

use std::collections::HashMap;

use daachorse::CharwiseDoubleArrayAhoCorasickBuilder;

use super::allowance::Allowance;
use super::engine::{
    Condition, Engine, Grouped, Leaf, NO_LEAF, NO_PROGRAM, NearOp, Op, Operands, Owner, Place,
    Program, Target, Use, Waiting, Word,
};
use super::error::CompileError;
use super::lists::Lists;
use super::pattern::{Group, Pattern};
use super::triggers::{Rarity, Trigger};
use crate::systems::labelling::rules::folding::Folding;
use crate::systems::labelling::rules::set::{
    Field, Fields, Keyword, MatchType, Near, Node, NodeKind,
};

/// Collects what an engine is made of.
pub(super) struct Builder<'s> {
    pub(super) folding: Folding,
    pub(super) lists: &'s Lists<'s>,
    pub(super) words: HashMap<String, u32>,
    pub(super) uses: Vec<(u32, Use)>,
    pub(super) leaves: Vec<Leaf>,
    pub(super) keyword_leaves: HashMap<(u32, MatchType, Option<&'s str>), u32>,
    pub(super) list_leaves: HashMap<usize, u32>,
    pub(super) pattern_leaves: HashMap<u32, u32>,
    pub(super) leaf_uses: Vec<LeafUse>,
    pub(super) leaf_patterns: Vec<(u32, u32)>,
    pub(super) rarities: Vec<Rarity>,
    pub(super) raw_texts: Vec<&'s str>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) pattern_numbers: HashMap<&'s str, u32>,
    pub(super) required: Vec<Option<Vec<String>>>,
    pub(super) programs: Vec<Program>,
    pub(super) ops: Vec<Op>,
    pub(super) operands: Vec<u32>,
    pub(super) triggers: Vec<(Trigger, u32)>,
    pub(super) fields: Fields,
    pub(super) rules_of_labels: Vec<u32>,
    /// Counted in each list that holds them.
    pub(super) listed_terms: usize,
}

/// Lists can hold each other: what a small document says may be large.
pub(super) const LISTED_TERMS_MAX: usize = 2_000_000;

/// An occurrence of a word that a leaf counts; the fields are known when all trees are built.
pub(super) struct LeafUse {
    pub word: u32,
    pub leaf: u32,
    pub condition: Condition,
}

impl<'s> Builder<'s> {
    /// For labels with so many rules each.
    pub fn new(folding: Folding, lists: &'s Lists<'s>, rules_of_labels: Vec<u32>) -> Self {
        Self {
            folding,
            lists,
            words: HashMap::new(),
            uses: Vec::new(),
            leaves: Vec::new(),
            keyword_leaves: HashMap::new(),
            list_leaves: HashMap::new(),
            pattern_leaves: HashMap::new(),
            leaf_uses: Vec::new(),
            leaf_patterns: Vec::new(),
            rarities: Vec::new(),
            raw_texts: Vec::new(),
            patterns: Vec::new(),
            pattern_numbers: HashMap::new(),
            required: Vec::new(),
            programs: Vec::new(),
            ops: Vec::new(),
            operands: Vec::new(),
            triggers: Vec::new(),
            fields: Fields::default(),
            rules_of_labels,
            listed_terms: 0,
        }
    }

    /// Adds what decides `owner`; `fields` are those that apply around the tree.
    pub fn add(&mut self, owner: Owner, tree: &'s Node, fields: Fields) {
        let inner = tree.fields.unwrap_or(fields);
        if let (Owner::Rule { label, rule }, NodeKind::Keyword(keyword)) = (owner, &tree.kind)
            && let Some(place) = plain_place(keyword)
        {
            self.fields = self.fields.union(inner);
            if let Some(word) = self.word(self.folding.keyword(&keyword.text)) {
                let target = Target::Rule { label, rule, place };
                let fields = inner;
                self.uses.push((word, Use { fields, target }));
            }
            return;
        }
        let root = self.node(tree, fields, false);
        let program = self.programs.len() as u32;
        self.programs.push(Program { root, owner });
        for trigger in self.triggers_of(root) {
            self.triggers.push((trigger, program));
        }
    }

    /// `None` of an empty text, which is found nowhere.
    pub(super) fn word(&mut self, folded: String) -> Option<u32> {
        if folded.is_empty() {
            return None;
        }
        let next = self.words.len() as u32;
        Some(*self.words.entry(folded).or_insert(next))
    }

    fn node(&mut self, node: &'s Node, fields: Fields, in_near: bool) -> u32 {
        let fields = node.fields.unwrap_or(fields);
        let op = match &node.kind {
            NodeKind::Keyword(_) | NodeKind::Pattern(_) | NodeKind::List(_) => {
                let leaf = self.leaf(node);
                self.fields = self.fields.union(fields);
                let of_leaf = &mut self.leaves[leaf as usize];
                of_leaf.fields = of_leaf.fields.union(fields);
                if in_near {
                    // Numbers are given when all trees are built.
                    of_leaf.record = Some(0);
                }
                Op::Leaf { leaf, fields }
            }
            NodeKind::And(operands) => Op::And(self.nodes(operands, fields, in_near)),
            NodeKind::Or(operands) => Op::Or(self.nodes(operands, fields, in_near)),
            NodeKind::AtLeast { count, operands } => Op::AtLeast {
                count: *count,
                operands: self.nodes(operands, fields, in_near),
            },
            NodeKind::Not(operand) => Op::Not(self.node(operand, fields, in_near)),
            NodeKind::Group(inner) => return self.node(inner, fields, in_near),
            NodeKind::Near(near) => self.near(near, fields),
        };
        self.ops.push(op);
        (self.ops.len() - 1) as u32
    }

    fn nodes(&mut self, nodes: &'s [Node], fields: Fields, in_near: bool) -> Operands {
        let built: Vec<u32> = nodes
            .iter()
            .map(|node| self.node(node, fields, in_near))
            .collect();
        let first = self.operands.len() as u32;
        self.operands.extend(&built);
        Operands {
            first,
            len: built.len() as u32,
        }
    }

    fn near(&mut self, near: &'s Near, fields: Fields) -> Op {
        let left = self.node(&near.left, fields, true);
        let right = self.node(&near.right, fields, true);
        let near = NearOp {
            left,
            right,
            distance: near.distance,
            unit: near.unit,
            ordered: near.ordered,
        };
        Op::Near { near, fields }
    }

    /// `None`: there is nothing to look for.
    pub fn finish(mut self, allowance: &Allowance) -> Result<Option<Engine>, CompileError> {
        if self.listed_terms > LISTED_TERMS_MAX {
            return Err(CompileError::Lists {
                terms_max: LISTED_TERMS_MAX,
            });
        }
        if self.programs.is_empty() && self.uses.is_empty() {
            return Ok(None);
        }
        let mut recorded_leaves = 0;
        for leaf in &mut self.leaves {
            if let Some(record) = &mut leaf.record {
                *record = recorded_leaves;
                recorded_leaves += 1;
            }
        }
        self.add_leaf_uses();
        let (leaf_triggers, pattern_triggers) = self.grouped_triggers();
        self.add_required_texts();
        let groups = self.groups(&pattern_triggers, allowance)?;
        allowance.check_time()?;
        let texts = texts_in_order(std::mem::take(&mut self.words));
        let automaton = match texts.is_empty() {
            true => None,
            false => Some(
                CharwiseDoubleArrayAhoCorasickBuilder::new()
                    // Only searches of slices use it.
                    .use_prefilter(false)
                    .build(&texts)
                    .map_err(|cause| CompileError::Keywords {
                        keywords: texts.len(),
                        reason: cause.to_string(),
                    })?,
            ),
        };
        let mut first_rule = vec![0];
        for rules in &self.rules_of_labels {
            first_rule.push(first_rule[first_rule.len() - 1] + rules);
        }
        let mut engine = Engine {
            automaton,
            words: self.words_that_want_all(texts.len()),
            uses: Grouped::new(texts.len(), &self.uses),
            leaf_triggers,
            leaf_patterns: Grouped::new(self.leaves.len(), &self.leaf_patterns),
            leaves: self.leaves,
            raw_texts: self.raw_texts.into_iter().map(str::to_owned).collect(),
            pattern_triggers,
            has_required: self.required.iter().map(Option::is_some).collect(),
            patterns: self.patterns,
            groups,
            rule_programs: rule_programs(&self.programs, &first_rule),
            programs: self.programs,
            ops: self.ops,
            operands: self.operands,
            slots: slots(self.fields),
            fields: self.fields,
            labels: self.rules_of_labels.len(),
            rules: first_rule[self.rules_of_labels.len()] as usize,
            first_rule,
            recorded_leaves: recorded_leaves as usize,
        };
        engine.mark_chains(&texts);
        Ok(Some(engine))
    }

    fn add_leaf_uses(&mut self) {
        for LeafUse {
            word,
            leaf,
            condition,
        } in std::mem::take(&mut self.leaf_uses)
        {
            let fields = self.leaves[leaf as usize].fields;
            let target = Target::Leaf { leaf, condition };
            self.uses.push((word, Use { fields, target }));
        }
    }

    fn grouped_triggers(&mut self) -> (Grouped<Waiting>, Grouped<u32>) {
        let mut of_leaves = Vec::new();
        let mut of_patterns = Vec::new();
        let patterns = Grouped::new(self.leaves.len(), &self.leaf_patterns);
        for (Trigger { leaf, other }, program) in std::mem::take(&mut self.triggers) {
            let other = other.unwrap_or(NO_LEAF);
            of_leaves.push((leaf, Waiting { program, other }));
            let of_leaf = patterns.of(leaf).iter();
            of_patterns.extend(of_leaf.map(|pattern| (*pattern, program)));
        }
        (
            Grouped::new(self.leaves.len(), &of_leaves),
            Grouped::new(self.patterns.len(), &of_patterns),
        )
    }

    /// Each pattern that needs a text looks for it in all fields of its leaves.
    fn add_required_texts(&mut self) {
        let mut fields = vec![Fields::default(); self.patterns.len()];
        for (leaf, pattern) in &self.leaf_patterns {
            let of_pattern = &mut fields[*pattern as usize];
            *of_pattern = of_pattern.union(self.leaves[*leaf as usize].fields);
        }
        let required = std::mem::take(&mut self.required);
        for (pattern, texts) in required.iter().enumerate() {
            for text in texts.iter().flatten() {
                let target = Target::Pattern(pattern as u32);
                let fields = fields[pattern];
                if let Some(word) = self.word(text.clone()) {
                    self.uses.push((word, Use { fields, target }));
                }
            }
        }
        self.required = required;
    }

    fn groups(
        &self,
        triggers: &Grouped<u32>,
        allowance: &Allowance,
    ) -> Result<Vec<Group>, CompileError> {
        let needed: Vec<(u32, &Pattern)> = (0_u32..)
            .zip(&self.patterns)
            .filter(|(number, _)| self.required[*number as usize].is_none())
            .filter(|(number, _)| !triggers.of(*number).is_empty())
            .collect();
        Group::compile(&needed, allowance)
    }

    fn words_that_want_all(&self, words: usize) -> Vec<Word> {
        let mut all = vec![Word::default(); words];
        for (word, of_word) in &self.uses {
            let Target::Leaf { leaf, condition } = of_word.target else {
                continue;
            };
            let is_recorded = self.leaves[leaf as usize].record.is_some();
            let is_conditional = condition.raw.is_some() || condition.match_type == MatchType::Word;
            all[*word as usize].wants_all |= is_recorded || is_conditional;
        }
        all
    }
}

impl Engine {
    /// Finds the words that end with one of which all places are wanted.
    fn mark_chains(&mut self, texts: &[String]) {
        let Some(automaton) = &self.automaton else {
            return;
        };
        if !self.words.iter().any(|word| word.wants_all) {
            return;
        }
        for (word, text) in texts.iter().enumerate() {
            let mut stepper = automaton.find_overlapping_stepper();
            text.chars().for_each(|c| stepper.consume(c));
            let mut chain = stepper.matches();
            self.words[word].chain_wants_all =
                chain.any(|found| self.words[found.value() as usize].wants_all);
        }
    }
}

/// The place of a keyword that needs nothing else.
fn plain_place(keyword: &Keyword) -> Option<Place> {
    match (keyword.raw, keyword.match_type) {
        (true, _) | (false, MatchType::Word) => None,
        (false, MatchType::Partially) => Some(Place::Anywhere),
        (false, MatchType::Start) => Some(Place::Start),
        (false, MatchType::End) => Some(Place::End),
        (false, MatchType::Absolutely) => Some(Place::Whole),
    }
}

fn rule_programs(programs: &[Program], first_rule: &[u32]) -> Vec<u32> {
    let rules = first_rule.last().copied().unwrap_or(0) as usize;
    let mut of_rules = vec![NO_PROGRAM; if programs.is_empty() { 0 } else { rules }];
    for (program, number) in programs.iter().zip(0..) {
        if let Owner::Rule { label, rule } = program.owner {
            of_rules[(first_rule[usize::from(label)] + rule) as usize] = number;
        }
    }
    of_rules
}

fn slots(fields: Fields) -> [u8; Field::COUNT] {
    let mut slots = [0; Field::COUNT];
    for (field, slot) in fields.iter().zip(0..) {
        slots[field.index()] = slot;
    }
    slots
}

fn texts_in_order(words: HashMap<String, u32>) -> Vec<String> {
    let mut texts = vec![String::new(); words.len()];
    for (text, word) in words {
        texts[word as usize] = text;
    }
    texts
}
