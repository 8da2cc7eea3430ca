//! What a task does, and how that is written. A way of writing it is a file here and a line in
//! [`KINDS`]; it comes to one of what can be executed.

mod exec;
mod run;
mod sql;
mod uses;

pub(super) use sql::check as check_sql;

use serde_json::Value;

use super::fault::Faults;
use super::shape::Key;
use super::spot::Spot;
use super::task::TaskScope;
use crate::systems::pipelines::values::Template;

/// All ways of writing a body.
static KINDS: &[Kind] = &[run::KIND, exec::KIND, sql::KIND, uses::KIND];

#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// Scripts for the task's shell, one after the other; nothing in them is replaced.
    Run(Vec<String>),
    /// A program and its arguments.
    Exec(Vec<Template>),
    /// Statements in one transaction.
    Sql { connection: String, run: String },
    /// A flow of another system; the texts in `with` are templates.
    Uses { flow: String, with: Value },
}

impl Body {
    /// What callers call it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Exec(_) => "exec",
            Self::Sql { .. } => "sql",
            Self::Uses { .. } => "uses",
        }
    }
}

/// A way of writing a body.
struct Kind {
    /// The first one chooses this kind.
    keys: &'static [Key],
    /// Reads it from the task; `None` after a fault.
    read: fn(&Spot<'_>, &TaskScope<'_>, &mut Faults) -> Option<Body>,
}

/// The keys of each kind.
pub(super) fn keys() -> Vec<&'static [Key]> {
    KINDS.iter().map(|kind| kind.keys).collect()
}

/// Whether a task has a body, good or not.
pub(super) fn is_there(task: &Spot<'_>) -> bool {
    kind(task).is_some()
}

pub(super) fn read(task: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) -> Option<Body> {
    (kind(task)?.read)(task, scope, faults)
}

fn kind(task: &Spot<'_>) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| task.node.entry(kind.keys[0].name).is_some())
}
