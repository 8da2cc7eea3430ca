//! The planner: a state machine that asks about instances in batches.
//!
//! ```text
//! new ──▶ questions ──▶ answer ─┐
//!            ▲                  │   until there are no questions
//!            └──────────────────┘
//!         finish ──▶ Plan
//! ```
//!
//! A batch holds all instances that are known to matter, so that there are as many batches as there
//! are levels of requirements. What is complete is not descended below, unless what is stale is looked for;
//! each instance is asked about once.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::catalog::{Catalog, CatalogRequirement, Makes};
use super::graph::{Graph, NOBODY, State};
use super::{MOST_INSTANCES, MOST_NEEDS, Plan, PlanError, PlanProject, Target};
use crate::systems::pipelines::project::Project;
use crate::systems::pipelines::values::ParamValue;

/// What is wanted of a plan, besides its targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Make the targets again.
    pub force: bool,
    /// Make all below them again, too.
    pub force_all: bool,
    /// Make again what is stale, and what needs that.
    pub stale: bool,
    /// Of times the last first.
    pub newest_first: bool,
    /// Incomplete targets.
    pub limit: Option<usize>,
    /// Targets that are made at the same time.
    pub at_once: Option<usize>,
}

/// Numbers an instance for the planner that asks about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct QuestionId(u32);

/// Asks whether the outputs of an instance exist, and whether an unfinished job is to make them.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub id: QuestionId,
    pub project: Arc<Project>,
    /// Place in the project's tasks.
    pub task: usize,
    /// Its name within its project.
    pub identity: Arc<str>,
    /// In the order of the task's parameters.
    pub values: Vec<ParamValue>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub id: QuestionId,
    /// The first output that does not exist, as people read it, e.g. its path.
    pub missing: Option<String>,
    /// There is an unfinished job of this identity.
    pub is_unfinished: bool,
    /// The fingerprint of the task when the instance succeeded last, if that is known.
    pub fingerprint: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Planner {
    pub(super) catalog: Arc<Catalog>,
    pub(super) options: Options,
    pub(super) graph: Graph,
    /// Targets so far, in their order.
    pub(super) targets: Vec<u32>,
    /// Targets that are only planned if the limit leaves room for them.
    later: VecDeque<(u32, Vec<u32>)>,
    /// Targets that are planned next.
    portion: usize,
    /// Instances to ask about.
    to_ask: Vec<u32>,
    asked: usize,
    /// Instances of which more is known than before.
    pub(super) changed: VecDeque<u32>,
    /// Those that need an instance and look whether it is stale.
    pub(super) searched_by: HashMap<u32, Vec<u32>>,
    wanted: usize,
    pub(super) most_needs: usize,
    /// Values by required task and parameter: from declarations.
    pub(super) declared: HashMap<(u32, usize), Arc<[u32]>>,
    /// Values by requiring task, requirement and parameter: those without placeholders.
    pub(super) literal: HashMap<(u32, usize, usize), Arc<[u32]>>,
    /// Values by required task, parameter and value of the requiring instance.
    pub(super) inherited: HashMap<(u32, usize, u32), u32>,
}

/// What is to become of an instance, as far as it is known by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome<'g> {
    Unknown,
    Complete { is_stale: bool },
    Shared,
    Make(Why<'g>),
    Wait(&'g str),
    Missing(&'g str),
    Group,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why<'g> {
    No(&'g str),
    Forced,
    Stale,
}

impl Planner {
    /// Plans targets of `own`; `find` answers other projects by name, `now` is for defaults.
    pub(crate) fn new(
        own: PlanProject,
        find: &dyn Fn(&str) -> Option<PlanProject>,
        targets: &[Target],
        options: Options,
        now: DateTime<Utc>,
    ) -> Result<Self, PlanError> {
        let mut planner = Self {
            catalog: Arc::new(Catalog::new(own, find, now)),
            options,
            graph: Graph::default(),
            targets: Vec::new(),
            later: VecDeque::new(),
            portion: options.limit.unwrap_or(usize::MAX),
            to_ask: Vec::new(),
            asked: 0,
            changed: VecDeque::new(),
            searched_by: HashMap::new(),
            wanted: 0,
            most_needs: MOST_NEEDS,
            declared: HashMap::new(),
            literal: HashMap::new(),
            inherited: HashMap::new(),
        };
        planner.later = planner.all_targets(targets)?;
        planner.add_targets()?;
        Ok(planner)
    }

    /// What has to be looked at next; nothing: the plan is ready.
    pub(crate) fn questions(&mut self) -> Result<Vec<Question>, PlanError> {
        while self.to_ask.is_empty() && self.asked == 0 && self.has_room() {
            self.add_targets()?;
        }
        let numbers = std::mem::take(&mut self.to_ask);
        self.asked += numbers.len();
        Ok(numbers
            .into_iter()
            .map(|number| self.question(number))
            .collect())
    }

    /// Takes answers to any of the questions; others may follow.
    pub(crate) fn answer(
        &mut self,
        answers: impl IntoIterator<Item = Answer>,
    ) -> Result<(), PlanError> {
        for answer in answers {
            let QuestionId(number) = answer.id;
            if self.graph.node(number).state != State::Unknown {
                continue;
            }
            self.asked -= 1;
            let task = self.catalog.task(self.graph.node(number).task);
            self.graph.node_mut(number).state = if answer.is_unfinished {
                State::Unfinished
            } else if let Some(missing) = answer.missing {
                State::Absent(missing.into())
            } else {
                let made = answer.fingerprint;
                State::Complete {
                    is_stale: made.is_some_and(|made| made != task.fingerprint),
                }
            };
            self.changed.push_back(number);
        }
        self.follow()
    }

    /// The plan; everything has been answered.
    pub(crate) fn finish(self) -> Result<Plan, PlanError> {
        super::finish::finish(self)
    }

    pub(super) fn left_later(&self) -> usize {
        self.later.len()
    }

    fn question(&mut self, number: u32) -> Question {
        let identity = self.graph.identity(&self.catalog, number);
        let entry = &self.catalog.tasks[self.graph.node(number).task as usize];
        let values = self.graph.values_of(&self.catalog, number).iter();
        Question {
            id: QuestionId(number),
            project: Arc::clone(&self.catalog.projects[entry.project as usize].project),
            task: entry.place as usize,
            identity,
            values: values
                .map(|value| self.graph.values.get(*value).clone())
                .collect(),
        }
    }

    /// Whether further targets would be planned.
    fn has_room(&self) -> bool {
        let Some(limit) = self.options.limit else {
            return false;
        };
        !self.later.is_empty() && self.incomplete_targets().len() < limit
    }

    /// Plans the next targets: twice as many as the last time, since many may be complete.
    fn add_targets(&mut self) -> Result<(), PlanError> {
        let portion = self.portion.min(self.later.len());
        self.portion = self.portion.saturating_mul(2);
        for (task, values) in self.later.drain(..portion).collect::<Vec<_>>() {
            let number = self.meet(task, &values, NOBODY)?;
            let node = self.graph.node_mut(number);
            if !node.is_target {
                node.is_target = true;
                self.targets.push(number);
                self.want(number)?;
                self.changed.push_back(number);
            }
        }
        self.follow()
    }

    /// The instance of these values; a new one is asked about.
    pub(super) fn meet(
        &mut self,
        task: u32,
        values: &[u32],
        parent: u32,
    ) -> Result<u32, PlanError> {
        let catalog = Arc::clone(&self.catalog);
        let (number, is_new) = self.graph.intern(&catalog, task, values, parent);
        if !is_new {
            return Ok(number);
        }
        // Optional ones that do not exist are not part of the plan, but they take room, too.
        if self.graph.nodes.len() > 2 * MOST_INSTANCES {
            return Err(self.too_many(number));
        }
        if catalog.tasks[task as usize].makes == Makes::Group {
            self.graph.node_mut(number).state = State::Group;
            self.changed.push_back(number);
        } else {
            self.to_ask.push(number);
        }
        Ok(number)
    }

    pub(super) fn want(&mut self, number: u32) -> Result<(), PlanError> {
        let node = self.graph.node_mut(number);
        if node.wanted {
            return Ok(());
        }
        node.wanted = true;
        self.wanted += 1;
        if self.wanted > MOST_INSTANCES {
            return Err(self.too_many(number));
        }
        self.changed.push_back(number);
        Ok(())
    }

    pub(super) fn too_many(&mut self, number: u32) -> PlanError {
        let chain = self.graph.chain(&self.catalog, number);
        PlanError::TooMany {
            most: MOST_INSTANCES,
            chain,
        }
    }

    /// Descends below what has to be made.
    fn follow(&mut self) -> Result<(), PlanError> {
        while let Some(number) = self.changed.pop_front() {
            self.search_stale(number)?;
            let wanted = self.graph.node(number).wanted;
            let descends = match self.outcome(number) {
                Outcome::Group => true,
                Outcome::Make(_) | Outcome::Wait(_) => wanted,
                _ => false,
            };
            if !descends {
                continue;
            }
            if !self.graph.node(number).is_expanded {
                self.expand(number)?;
            }
            if wanted && !self.graph.node(number).has_passed_on {
                self.graph.node_mut(number).has_passed_on = true;
                for place in 0..self.graph.needs_of(number).len() {
                    let need = self.graph.needs_of(number)[place];
                    if !need.optional {
                        self.want(need.on)?;
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn outcome(&self, number: u32) -> Outcome<'_> {
        let node = self.graph.node(number);
        let makes = self.catalog.tasks[node.task as usize].makes;
        match (&node.state, makes) {
            (State::Unknown, _) => Outcome::Unknown,
            (State::Group, _) => Outcome::Group,
            (State::Unfinished, _) => Outcome::Shared,
            (State::Absent(what), Makes::Nothing) => match self.catalog.task(node.task).wait {
                Some(_) => Outcome::Wait(what),
                None => Outcome::Missing(what),
            },
            (State::Absent(what), _) => Outcome::Make(Why::No(what)),
            (State::Complete { is_stale }, Makes::Outputs) if node.wanted => {
                let forced = self.options.force_all || self.options.force && node.is_target;
                match *is_stale || node.needs_stale {
                    _ if forced => Outcome::Make(Why::Forced),
                    true if self.options.stale => Outcome::Make(Why::Stale),
                    is_stale => Outcome::Complete { is_stale },
                }
            }
            (State::Complete { is_stale }, _) => Outcome::Complete {
                is_stale: *is_stale,
            },
        }
    }

    /// The environment of a task is only filled in where a requirement uses it.
    pub(super) fn uses_env(requires: &[CatalogRequirement]) -> bool {
        requires.iter().any(|requirement| requirement.uses_env)
    }
}
