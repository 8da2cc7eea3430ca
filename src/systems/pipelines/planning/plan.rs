//! What is to be done, in which order, and why.

use std::fmt;
use std::sync::Arc;

use super::{PlanProject, lack};
use crate::systems::pipelines::project::{Project, Task};
use crate::systems::pipelines::values::ParamValue;

/// Instances and what they need. What an instance needs stands before it; among those that could
/// stand next, the order is that of the file and of the values.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The planned project, then those whose tasks it requires.
    pub projects: Vec<PlanProject>,
    pub instances: Vec<Instance>,
    /// Places of what was asked for, in the order of the request.
    pub targets: Vec<u32>,
    pub counts: Counts,
    /// Incomplete targets beyond the limit, which are not in the plan.
    pub left_out: usize,
    /// All values, each once.
    pub(super) values: Arc<[ParamValue]>,
}

#[derive(Clone, Debug)]
pub(crate) struct Instance {
    /// Place in [`Plan::projects`].
    pub project: u32,
    /// Place in the project's tasks.
    pub task: u32,
    /// Its name within its project.
    pub identity: Arc<str>,
    pub action: Action,
    pub reason: Option<Reason>,
    /// In the order of the task's `requires`, each instance once.
    pub needs: Vec<Need>,
    /// Targets that have to end before this one begins, so that no more than `at_once` of them are
    /// made at the same time.
    pub after: Vec<u32>,
    pub is_target: bool,
    /// The greatest of its own and of those that need it.
    pub priority: i32,
    /// Its place by the order of file and values alone.
    pub rank: u32,
    pub(super) values: Box<[u32]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// Place in [`Plan::instances`].
    pub on: u32,
    /// It is waited for, but may fail.
    pub optional: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Action {
    Run,
    Complete,
    /// An unfinished job of it is waited for.
    Shared,
    /// Others make it; it is waited for.
    Wait,
    /// Others make it, it is not there, and it is not waited for.
    Missing,
    /// It needs something that is missing.
    Blocked,
    Group,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// An output that does not exist.
    No(String),
    Forced,
    /// What it does or needs has changed since it was made.
    Stale,
    /// Place of the instance that is missing or blocked.
    Needs(u32),
}

/// How many instances there are of each action, and requirements between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub run: usize,
    pub complete: usize,
    pub shared: usize,
    pub wait: usize,
    pub missing: usize,
    pub blocked: usize,
    pub group: usize,
    pub needs: usize,
}

impl Plan {
    pub(crate) fn project(&self, instance: &Instance) -> &Project {
        &self.projects[instance.project as usize].project
    }

    pub(crate) fn task(&self, instance: &Instance) -> &Task {
        &self.project(instance).tasks[instance.task as usize]
    }

    /// The values of all parameters, in the order of the task's.
    pub(crate) fn values<'p>(
        &'p self,
        instance: &'p Instance,
    ) -> impl Iterator<Item = &'p ParamValue> {
        instance
            .values
            .iter()
            .map(|value| &self.values[*value as usize])
    }

    /// Names and values of all parameters, in the order of the task's.
    pub(crate) fn params<'p>(
        &'p self,
        instance: &'p Instance,
    ) -> impl Iterator<Item = (&'p str, &'p ParamValue)> {
        let names = self
            .task(instance)
            .params
            .iter()
            .map(|param| param.name.as_str());
        names.zip(self.values(instance))
    }

    /// The identity; of another project's instance with the project: `other/day_log(…)`.
    pub(crate) fn name(&self, instance: &Instance) -> String {
        match instance.project {
            0 => instance.identity.to_string(),
            _ => format!("{}/{}", self.project(instance).name, instance.identity),
        }
    }

    /// The reason as people read it.
    pub(crate) fn reason(&self, instance: &Instance) -> Option<String> {
        Some(match instance.reason.as_ref()? {
            Reason::No(what) => lack(what),
            Reason::Forced => "forced".to_owned(),
            Reason::Stale => "stale".to_owned(),
            Reason::Needs(on) => format!("needs {}", self.name(&self.instances[*on as usize])),
        })
    }
}

impl Action {
    pub(crate) const ALL: [Self; 7] = [
        Self::Run,
        Self::Complete,
        Self::Shared,
        Self::Wait,
        Self::Missing,
        Self::Blocked,
        Self::Group,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Complete => "complete",
            Self::Shared => "shared",
            Self::Wait => "wait",
            Self::Missing => "missing",
            Self::Blocked => "blocked",
            Self::Group => "group",
        }
    }

    /// Whether the run needs a job for it that does not exist yet.
    pub(crate) fn needs_job(self) -> bool {
        matches!(self, Self::Run | Self::Wait)
    }
}

impl Counts {
    pub(super) fn add(&mut self, instance: &Instance) {
        let count = match instance.action {
            Action::Run => &mut self.run,
            Action::Complete => &mut self.complete,
            Action::Shared => &mut self.shared,
            Action::Wait => &mut self.wait,
            Action::Missing => &mut self.missing,
            Action::Blocked => &mut self.blocked,
            Action::Group => &mut self.group,
        };
        *count += 1;
        self.needs += instance.needs.len();
    }

    #[cfg(test)]
    pub(crate) fn instances(&self) -> usize {
        self.by_action().into_iter().map(|(_, count)| count).sum()
    }

    pub(crate) fn by_action(&self) -> [(Action, usize); 7] {
        [
            (Action::Run, self.run),
            (Action::Complete, self.complete),
            (Action::Shared, self.shared),
            (Action::Wait, self.wait),
            (Action::Missing, self.missing),
            (Action::Blocked, self.blocked),
            (Action::Group, self.group),
        ]
    }
}

/// `55 to run, 48 complete`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&in_words(|action| match action {
            Action::Run => self.run,
            Action::Complete => self.complete,
            Action::Shared => self.shared,
            Action::Wait => self.wait,
            Action::Missing => self.missing,
            Action::Blocked => self.blocked,
            Action::Group => self.group,
        }))
    }
}

/// `55 to run, 48 complete`.
pub(crate) fn in_words(count_of: impl Fn(Action) -> usize) -> String {
    let mut words = format!("{} to run", count_of(Action::Run));
    for action in Action::ALL {
        let count = count_of(action);
        let word = match action {
            Action::Run => continue,
            Action::Wait => "to wait for",
            Action::Group if count != 1 => "groups",
            action => action.as_str(),
        };
        if count > 0 {
            words.push_str(&format!(", {count} {word}"));
        }
    }
    words
}
