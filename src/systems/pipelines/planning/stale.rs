//! Finds what is stale, also below what is complete.
//!
//! What needs something that is made again is made again, too: it was made of what stood there before. So
//! everything between a target and a stale instance is part of the plan. Below what is complete nothing else
//! is made: an output that is missing there is not needed.

use super::catalog::Makes;
use super::graph::State;
use super::{PlanError, Planner};

impl Planner {
    /// Called whenever more is known of an instance.
    pub(super) fn search_stale(&mut self, number: u32) -> Result<(), PlanError> {
        let node = self.graph.node(number);
        let is_reached = node.wanted || node.is_searched;
        if !self.options.stale || !is_reached || !self.is_looked_through(number) {
            return Ok(());
        }
        if !node.has_searched {
            self.graph.node_mut(number).has_searched = true;
            if !self.graph.node(number).is_expanded {
                self.expand(number)?;
            }
            for place in 0..self.graph.needs_of(number).len() {
                let need = self.graph.needs_of(number)[place];
                if need.optional {
                    continue;
                }
                self.searched_by.entry(need.on).or_default().push(number);
                if self.is_stale(need.on) {
                    self.graph.node_mut(number).needs_stale = true;
                }
                let needed = self.graph.node_mut(need.on);
                if !needed.is_searched {
                    needed.is_searched = true;
                    self.changed.push_back(need.on);
                }
            }
        }
        if self.is_stale(number) {
            if self.graph.node(number).state != State::Group {
                self.want(number)?;
            }
            for above in self.searched_by.remove(&number).unwrap_or_default() {
                let node = self.graph.node_mut(above);
                if !node.needs_stale {
                    node.needs_stale = true;
                    self.changed.push_back(above);
                }
            }
        }
        Ok(())
    }

    fn is_looked_through(&self, number: u32) -> bool {
        let node = self.graph.node(number);
        match node.state {
            State::Group => true,
            State::Complete { .. } => {
                self.catalog.tasks[node.task as usize].makes == Makes::Outputs
            }
            State::Unknown | State::Absent(_) | State::Unfinished => false,
        }
    }

    fn is_stale(&self, number: u32) -> bool {
        let node = self.graph.node(number);
        let is_stale = matches!(node.state, State::Complete { is_stale: true });
        self.is_looked_through(number) && (is_stale || node.needs_stale)
    }
}
