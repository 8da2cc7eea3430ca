//! Which of the known instances are part of the plan.

use super::Planner;
use super::graph::Edge;
use super::planner::Outcome;

/// For each known instance: whether it is part of the plan, and whether nothing of it is to be done.
#[derive(Debug)]
pub(super) struct Kept {
    pub targets: Vec<u32>,
    pub left_out: usize,
    pub is_kept: Vec<bool>,
    pub is_complete: Vec<bool>,
}

impl Planner {
    /// Targets that are not complete, in their order.
    pub(super) fn incomplete_targets(&self) -> Vec<u32> {
        let is_complete = self.complete();
        let targets = self.targets.iter().copied();
        targets
            .filter(|target| !is_complete[*target as usize])
            .collect()
    }

    /// Which instances are complete; groups are if what they require is.
    pub(super) fn complete(&self) -> Vec<bool> {
        let count = self.graph.nodes.len();
        let mut is_complete = vec![true; count];
        let mut incomplete = Vec::new();
        let mut groups_above: Vec<Vec<u32>> = vec![Vec::new(); count];
        for number in 0..super::catalog::to_u32(count) {
            match self.outcome(number) {
                Outcome::Complete { .. } => {}
                Outcome::Group => {
                    for need in self
                        .graph
                        .needs_of(number)
                        .iter()
                        .filter(|need| !need.optional)
                    {
                        groups_above[need.on as usize].push(number);
                    }
                }
                _ => {
                    is_complete[number as usize] = false;
                    incomplete.push(number);
                }
            }
        }
        while let Some(number) = incomplete.pop() {
            for group in &groups_above[number as usize] {
                if std::mem::replace(&mut is_complete[*group as usize], false) {
                    incomplete.push(*group);
                }
            }
        }
        is_complete
    }

    pub(super) fn kept(&self) -> Kept {
        let is_complete = self.complete();
        let mut room = self.options.limit.unwrap_or(usize::MAX);
        let (mut targets, mut left_out) = (Vec::new(), self.left_later());
        for target in &self.targets {
            if is_complete[*target as usize] {
                targets.push(*target);
            } else if room > 0 {
                room -= 1;
                targets.push(*target);
            } else {
                left_out += 1;
            }
        }
        let mut is_kept = vec![false; self.graph.nodes.len()];
        let mut kept = Vec::new();
        self.keep(&mut is_kept, &mut kept, targets.clone());
        // Optional ones that are not planned anyway: used if they exist, waited for if they run.
        let mut at = 0;
        while let Some(number) = kept.get(at) {
            let optional: Vec<u32> = self
                .descended(*number)
                .iter()
                .filter(|need| need.optional && !is_kept[need.on as usize])
                .map(|need| need.on)
                .filter(|on| is_complete[*on as usize] || self.outcome(*on) == Outcome::Shared)
                .collect();
            self.keep(&mut is_kept, &mut kept, optional);
            at += 1;
        }
        Kept {
            targets,
            left_out,
            is_kept,
            is_complete,
        }
    }

    /// Keeps these and all that they require.
    fn keep(&self, is_kept: &mut [bool], kept: &mut Vec<u32>, mut open: Vec<u32>) {
        open.reverse();
        while let Some(number) = open.pop() {
            if std::mem::replace(&mut is_kept[number as usize], true) {
                continue;
            }
            kept.push(number);
            let required = self.descended(number).iter().filter(|need| !need.optional);
            open.extend(required.map(|need| need.on));
        }
    }

    /// What an instance needs, as far as the plan goes below it.
    pub(super) fn descended(&self, number: u32) -> &[Edge] {
        match self.outcome(number) {
            Outcome::Make(_) | Outcome::Wait(_) | Outcome::Group => self.graph.needs_of(number),
            _ => &[],
        }
    }
}
