//! What rules are called, in few allocations: of all rules of a large set only some are reported.

use crate::systems::labelling::rules::set::RuleSet;

pub(super) struct RuleNames {
    /// Ids and texts, one behind the other.
    bytes: String,
    /// By rule, counted over all labels: where its id and its text end.
    ends: Vec<(u32, u32)>,
    match_types: Vec<&'static str>,
    /// By label.
    first_rule: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RuleName<'n> {
    pub id: &'n str,
    pub text: &'n str,
    pub match_type: &'static str,
}

impl RuleNames {
    pub fn of(set: &RuleSet) -> Self {
        let mut names = Self {
            bytes: String::new(),
            ends: Vec::new(),
            match_types: Vec::new(),
            first_rule: Vec::new(),
        };
        for label in &set.labels {
            names.first_rule.push(names.ends.len() as u32);
            for rule in &label.rules {
                names.bytes.push_str(&rule.id);
                let end_of_id = names.bytes.len() as u32;
                names.bytes.push_str(&rule.text);
                names.ends.push((end_of_id, names.bytes.len() as u32));
                names.match_types.push(rule.tree.match_type());
            }
        }
        names.bytes.shrink_to_fit();
        names
    }

    pub fn of_rule(&self, label: u16, rule: u32) -> RuleName<'_> {
        let number = (self.first_rule[usize::from(label)] + rule) as usize;
        let start = number
            .checked_sub(1)
            .map_or(0, |before| self.ends[before].1);
        let (end_of_id, end) = self.ends[number];
        RuleName {
            id: &self.bytes[start as usize..end_of_id as usize],
            text: &self.bytes[end_of_id as usize..end as usize],
            match_type: self.match_types[number],
        }
    }

    pub fn heap_bytes(&self) -> usize {
        self.bytes.len() + self.ends.len() * 24 + self.first_rule.len() * 4
    }
}
