//! The closed sets of words that callers of this API read and write.

use entity::{JobState, LogLevel};

use crate::access::Role;
use crate::engine::audit::CallEnd;
use crate::engine::runtime::ActorKind;
use crate::engine::timeline::MarkKind;
use crate::http::body::Vocabulary;

pub(crate) struct JobStates;

impl Vocabulary for JobStates {
    type Item = JobState;
    const NAME: &'static str = "JobState";
    const DESCRIPTION: &'static str = "Where a job is.";
    const ITEMS: &'static [JobState] = JobState::ALL;
}

pub(super) struct LogLevels;

impl Vocabulary for LogLevels {
    type Item = LogLevel;
    const NAME: &'static str = "LogLevel";
    const DESCRIPTION: &'static str = "How much a line matters.";
    const ITEMS: &'static [LogLevel] = LogLevel::ALL;
}

pub(super) struct ActorKinds;

impl Vocabulary for ActorKinds {
    type Item = ActorKind;
    const NAME: &'static str = "ActorKind";
    const DESCRIPTION: &'static str = "What actors are.";
    const ITEMS: &'static [ActorKind] = ActorKind::ALL;
}

pub(super) struct MarkKinds;

impl Vocabulary for MarkKinds {
    type Item = MarkKind;
    const NAME: &'static str = "MarkKind";
    const DESCRIPTION: &'static str = "What is marked in a timeline.";
    const ITEMS: &'static [MarkKind] = MarkKind::ALL;
}

pub(super) struct Roles;

impl Vocabulary for Roles {
    type Item = Role;
    const NAME: &'static str = "Role";
    const DESCRIPTION: &'static str =
        "What a caller may do: each may do what the ones before it may.";
    const ITEMS: &'static [Role] = &Role::ALL;
}

pub(super) struct CallResults;

impl Vocabulary for CallResults {
    type Item = &'static str;
    const NAME: &'static str = "CallResult";
    const DESCRIPTION: &'static str = "What came of a call.";
    const ITEMS: &'static [&'static str] = &CallEnd::RESULTS;
}
