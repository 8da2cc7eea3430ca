//! Chooses the terms without which an expression cannot be true: only where one of them is there,
//! the expression is evaluated.

use std::cmp::Reverse;

use super::build::Builder;
use super::engine::{Op, Operands};

/// A leaf that a program waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trigger {
    pub leaf: u32,
    /// Another one without which it cannot be true: who comes last of the two triggers it.
    pub other: Option<u32>,
}

/// How rarely a term is likely to be found; more is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rarity(u32);

impl Rarity {
    /// Of a leaf that nothing was added to.
    pub const NEVER: Self = Self(u32::MAX);

    /// A long text is rarer than a short one, and a Chinese character than a letter.
    pub fn add_text(&mut self, text: &str) {
        // A list is as frequent as its terms together: about one step less for each.
        let of_text = 8 * text.len().min(1_000) as u32;
        self.0 = self.0.min(of_text).saturating_sub(1);
    }

    /// One that needs no text is looked for in every row.
    pub fn add_pattern(&mut self, required: Option<&[String]>) {
        match required {
            Some(texts) => texts.iter().for_each(|text| self.add_text(text)),
            None => self.0 = 0,
        }
    }
}

/// What an expression waits for, and how rare the most frequent of it is.
struct Choice {
    leaves: Vec<u32>,
    rarity: Rarity,
}

impl Builder<'_> {
    /// If the program with this root is true, one of these is there.
    pub(super) fn triggers_of(&self, root: u32) -> Vec<Trigger> {
        if let Some((one, other)) = self.pair(root) {
            let trigger = |leaf, other| Trigger {
                leaf,
                other: Some(other),
            };
            return vec![trigger(one, other), trigger(other, one)];
        }
        let leaves = self
            .choice(root)
            .map_or_else(Vec::new, |choice| choice.leaves);
        let mut triggers: Vec<Trigger> = leaves
            .into_iter()
            .map(|leaf| Trigger { leaf, other: None })
            .collect();
        triggers.sort_unstable();
        triggers.dedup();
        triggers
    }

    /// The two rarest of the terms that an expression needs, if it needs so many. Patterns are not
    /// among them: they are looked for later.
    fn pair(&self, root: u32) -> Option<(u32, u32)> {
        let near;
        let operands = match self.ops[root as usize] {
            Op::And(operands) => self.operands_of(operands),
            Op::Near { near: of_near, .. } => {
                near = [of_near.left, of_near.right];
                &near
            }
            _ => return None,
        };
        let mut leaves: Vec<u32> = operands
            .iter()
            .filter_map(|operand| match self.ops[*operand as usize] {
                Op::Leaf { leaf, .. } if !self.leaves[leaf as usize].has_patterns => Some(leaf),
                _ => None,
            })
            .collect();
        leaves.sort_unstable_by_key(|leaf| (Reverse(self.rarities[*leaf as usize]), *leaf));
        leaves.dedup();
        match leaves[..] {
            [one, other, ..] => Some((one, other)),
            _ => None,
        }
    }

    /// `None` of a part that can be true without any term.
    fn choice(&self, op: u32) -> Option<Choice> {
        match self.ops[op as usize] {
            Op::Leaf { leaf, .. } => Some(Choice {
                leaves: vec![leaf],
                rarity: self.rarities[leaf as usize],
            }),
            Op::And(operands) => self
                .choices(operands)
                .into_iter()
                .flatten()
                .max_by_key(rarity),
            Op::Or(operands) => united(self.choices(operands)),
            Op::AtLeast { count, operands } => {
                // If so many are true, one of any others but so many less one is.
                let mut choices = self.choices(operands);
                choices.sort_by_key(|choice| choice.as_ref().map(rarity));
                let spared = (count as usize)
                    .saturating_sub(1)
                    .min(choices.len().saturating_sub(1));
                united(choices.split_off(spared))
            }
            Op::Not(_) => None,
            Op::Near { near, .. } => [near.left, near.right]
                .into_iter()
                .filter_map(|operand| self.choice(operand))
                .max_by_key(rarity),
        }
    }

    fn choices(&self, operands: Operands) -> Vec<Option<Choice>> {
        let operands = self.operands_of(operands).iter();
        operands.map(|operand| self.choice(*operand)).collect()
    }

    fn operands_of(&self, operands: Operands) -> &[u32] {
        let first = operands.first as usize;
        &self.operands[first..first + operands.len as usize]
    }
}

fn rarity(choice: &Choice) -> Rarity {
    choice.rarity
}

fn united(choices: Vec<Option<Choice>>) -> Option<Choice> {
    let mut united = Choice {
        leaves: Vec::new(),
        rarity: Rarity::NEVER,
    };
    for choice in choices {
        let choice = choice?;
        united.leaves.extend(choice.leaves);
        united.rarity = united.rarity.min(choice.rarity);
    }
    Some(united)
}
