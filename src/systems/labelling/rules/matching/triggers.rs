//! Chooses the terms without which an expression cannot be true: only where one of them is there,
//! the expression is evaluated.

use super::build::Builder;
use super::engine::{Op, Operands};

/// A leaf that a program waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trigger(pub u32);

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
        let mut triggers: Vec<Trigger> = match self.choice(root) {
            Some(choice) => choice.leaves.into_iter().map(Trigger).collect(),
            None => Vec::new(),
        };
        triggers.sort_unstable();
        triggers.dedup();
        triggers
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
        let first = operands.first as usize;
        let operands = &self.operands[first..first + operands.len as usize];
        operands
            .iter()
            .map(|operand| self.choice(*operand))
            .collect()
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
