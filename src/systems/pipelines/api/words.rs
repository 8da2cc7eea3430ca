//! The closed sets of words that callers read and write.

use entity::{FireState, RunState};

use crate::http::body::Vocabulary;
use crate::systems::pipelines::graph::NodeState;
use crate::systems::pipelines::planning::Action;

pub(super) struct RunStates;

impl Vocabulary for RunStates {
    type Item = RunState;
    const NAME: &'static str = "RunState";
    const DESCRIPTION: &'static str = "Where a run is.";
    const ITEMS: &'static [RunState] = RunState::ALL;
}

/// What a search may name first.
pub(super) struct FirstWords;

impl Vocabulary for FirstWords {
    type Item = &'static str;
    const NAME: &'static str = "FirstWord";
    const DESCRIPTION: &'static str = "What is named of a log: its first `error`.";
    const ITEMS: &'static [&'static str] = &["error"];
}

pub(super) struct FireStates;

impl Vocabulary for FireStates {
    type Item = FireState;
    const NAME: &'static str = "FireState";
    const DESCRIPTION: &'static str = "What has become of a fire: `stored` (not yet decided), `queued` (it waits for \
        the end of an earlier one), `started`, `skipped` (an earlier one still runs), `failed` (it could not be \
        started) or `ignored` (there was nothing to start).";
    const ITEMS: &'static [FireState] = FireState::ALL;
}

pub(super) struct TriggerKinds;

impl Vocabulary for TriggerKinds {
    type Item = &'static str;
    const NAME: &'static str = "TriggerKind";
    const DESCRIPTION: &'static str = "What fires a trigger.";
    const ITEMS: &'static [&'static str] = &["cron", "webhook", "file", "after", "form"];
}

pub(super) struct Overlaps;

impl Vocabulary for Overlaps {
    type Item = &'static str;
    const NAME: &'static str = "Overlap";
    const DESCRIPTION: &'static str = "What becomes of a fire while the run of an earlier one has not ended: `queue` (it \
        waits), `skip`, `cancel` (the earlier one is cancelled) or `allow` (both run).";
    const ITEMS: &'static [&'static str] = &["queue", "skip", "cancel", "allow"];
}

/// What a plan says of an instance.
pub(super) struct Actions;

impl Vocabulary for Actions {
    type Item = &'static str;
    const NAME: &'static str = "PlanAction";
    const DESCRIPTION: &'static str = "What a run does about an instance: `run`, `complete` (it is there), \
        `shared` (another run makes it), `wait` (others make it, and it is waited for), `missing` (others \
        make it, it is not there, and it is not waited for), `blocked` (it needs such) or `group`.";
    const ITEMS: &'static [&'static str] = &[
        Action::Run.as_str(),
        Action::Complete.as_str(),
        Action::Shared.as_str(),
        Action::Wait.as_str(),
        Action::Missing.as_str(),
        Action::Blocked.as_str(),
        Action::Group.as_str(),
    ];
}

/// The word for an action that was stored.
pub(super) fn action(stored: &str) -> Option<&'static str> {
    let mut known = Actions::ITEMS.iter();
    known.find(|word| **word == stored).copied()
}

/// What a graph shows of an instance.
pub(super) struct NodeStates;

impl Vocabulary for NodeStates {
    type Item = NodeState;
    const NAME: &'static str = "GraphState";
    const DESCRIPTION: &'static str = "What is known of an instance: the state of its job; without a job, what \
        the plan has said of it; `group` of a group of which everything is there.";
    const ITEMS: &'static [NodeState] = &NodeState::ALL;
}

impl From<NodeState> for &'static str {
    fn from(state: NodeState) -> Self {
        state.as_str()
    }
}

/// Whether instances of a graph are stacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collapse {
    Auto,
    Never,
}

pub(super) struct Collapses;

impl Vocabulary for Collapses {
    type Item = Collapse;
    const NAME: &'static str = "GraphCollapse";
    const DESCRIPTION: &'static str = "Whether instances of a task in the same layer are one box: `auto`, in a graph of \
        more than 150, or `none`.";
    const ITEMS: &'static [Collapse] = &[Collapse::Auto, Collapse::Never];
}

impl From<Collapse> for &'static str {
    fn from(collapse: Collapse) -> Self {
        match collapse {
            Collapse::Auto => "auto",
            Collapse::Never => "none",
        }
    }
}
