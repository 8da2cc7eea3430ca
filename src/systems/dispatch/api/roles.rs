//! Which calls there are, the role that each needs, and how it is recorded.

use super::compat::{self, DispatchApi};
use super::v1::examples;
use super::v1::new_task::NewTaskApi;
use super::v1::operators::OperatorsApi;
use super::v1::tasks::TasksApi;
use super::v1::workers::WorkersApi;
use crate::access::Role;
use crate::engine::audit::Recording;
use crate::http::Api;

pub(crate) fn apis() -> Vec<Api> {
    vec![
        Api::v1::<(WorkersApi, OperatorsApi, TasksApi, NewTaskApi)>(examples::examples)
            .with_roles(V1)
            .recorded(RECORDED)
            .showing_everything(OF_EVERYTHING),
        Api::compat::<DispatchApi>(compat::about)
            .with_roles(COMPAT)
            .recorded(RECORDED),
    ]
}

const V1: &[(&str, Role)] = &[
    ("create_dispatch_task", Role::Operator),
    ("lease_tasks", Role::Operator),
    ("renew_lease", Role::Operator),
    ("complete_task", Role::Operator),
    ("list_services", Role::Viewer),
    ("list_tasks", Role::Viewer),
    ("list_dead_letters", Role::Viewer),
    ("replay_dead_letter", Role::Operator),
    ("replay_dead_letters", Role::Operator),
];

/// The calls of workers: what each of them did stands in the history of its task, and in the audit only
/// which workers there were.
const RECORDED: &[(&str, Recording)] = &[
    ("lease_tasks", Recording::ByHour),
    ("renew_lease", Recording::ByHour),
    ("complete_task", Recording::ByHour),
    ("update_status_task", Recording::ByHour),
];

/// Calls that show what belongs to all.
const OF_EVERYTHING: &[&str] = &["replay_dead_letters"];

const COMPAT: &[(&str, Role)] = &[
    ("dispatch_create_task", Role::Operator),
    ("status_task", Role::Viewer),
    ("update_status_task", Role::Operator),
    ("result_task", Role::Viewer),
    ("tasks", Role::Viewer),
    ("start_task", Role::Operator),
    ("update_task", Role::Operator),
    ("service_task", Role::Viewer),
];
