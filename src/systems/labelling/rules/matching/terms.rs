//! Makes the leaves of an engine: keywords, patterns and lists, each once.

use std::num::NonZeroU32;

use super::build::{Builder, LISTED_TERMS_MAX, LeafUse};
use super::engine::{Condition, Leaf};
use super::pattern::Pattern;
use super::triggers::Rarity;
use crate::systems::labelling::rules::set::{Fields, Keyword, Node, NodeKind};

impl<'s> Builder<'s> {
    pub(super) fn leaf(&mut self, node: &'s Node) -> u32 {
        match &node.kind {
            NodeKind::Keyword(keyword) => {
                let Some(word) = self.word(self.folding.keyword(&keyword.text)) else {
                    return self.new_leaf();
                };
                let raw = keyword.raw.then_some(&*keyword.text);
                let key = (word, keyword.match_type, raw);
                if let Some(leaf) = self.keyword_leaves.get(&key) {
                    return *leaf;
                }
                let leaf = self.new_leaf();
                self.keyword_leaves.insert(key, leaf);
                self.add_keyword(leaf, word, keyword);
                leaf
            }
            NodeKind::Pattern(pattern) => {
                let pattern = self.pattern(pattern);
                if let Some(leaf) = self.pattern_leaves.get(&pattern) {
                    return *leaf;
                }
                let leaf = self.new_leaf();
                self.pattern_leaves.insert(pattern, leaf);
                self.add_pattern(leaf, pattern);
                leaf
            }
            NodeKind::List(name) => self.list_leaf(name),
            _ => self.new_leaf(),
        }
    }

    fn list_leaf(&mut self, name: &'s str) -> u32 {
        let Some(list) = self.lists.number(name) else {
            return self.new_leaf();
        };
        if let Some(leaf) = self.list_leaves.get(&list) {
            return *leaf;
        }
        let leaf = self.new_leaf();
        self.list_leaves.insert(list, leaf);
        let terms = self.lists.terms(list);
        self.listed_terms += terms.len();
        if self.listed_terms > LISTED_TERMS_MAX {
            return leaf;
        }
        for term in terms {
            match &term.kind {
                NodeKind::Keyword(keyword) => {
                    if let Some(word) = self.word(self.folding.keyword(&keyword.text)) {
                        self.add_keyword(leaf, word, keyword);
                    }
                }
                NodeKind::Pattern(pattern) => {
                    let pattern = self.pattern(pattern);
                    self.add_pattern(leaf, pattern);
                }
                _ => {}
            }
        }
        leaf
    }

    fn new_leaf(&mut self) -> u32 {
        self.leaves.push(Leaf {
            record: None,
            fields: Fields::default(),
            has_patterns: false,
        });
        self.rarities.push(Rarity::NEVER);
        (self.leaves.len() - 1) as u32
    }

    fn add_keyword(&mut self, leaf: u32, word: u32, keyword: &'s Keyword) {
        let raw = keyword.raw.then(|| {
            self.raw_texts.push(&keyword.text);
            self.raw_texts.len() as u32
        });
        let raw = raw.and_then(NonZeroU32::new);
        let condition = Condition {
            match_type: keyword.match_type,
            raw,
        };
        self.rarities[leaf as usize].add_text(&keyword.text);
        self.leaf_uses.push(LeafUse {
            word,
            leaf,
            condition,
        });
    }

    fn add_pattern(&mut self, leaf: u32, pattern: u32) {
        self.leaf_patterns.push((leaf, pattern));
        self.leaves[leaf as usize].has_patterns = true;
        let required = self.required[pattern as usize].as_deref();
        self.rarities[leaf as usize].add_pattern(required);
    }

    fn pattern(&mut self, text: &'s str) -> u32 {
        if let Some(pattern) = self.pattern_numbers.get(text) {
            return *pattern;
        }
        let pattern = Pattern::new(text, self.folding);
        self.required.push(pattern.required());
        self.patterns.push(pattern);
        let number = (self.patterns.len() - 1) as u32;
        self.pattern_numbers.insert(text, number);
        number
    }
}
