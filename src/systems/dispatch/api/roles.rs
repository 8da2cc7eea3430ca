//! The role that each call needs.

use crate::access::Role;

pub(crate) const V1: &[(&str, Role)] = &[
    ("lease_tasks", Role::Operator),
    ("renew_lease", Role::Operator),
    ("complete_task", Role::Operator),
    ("list_services", Role::Viewer),
    ("list_dead_letters", Role::Viewer),
    ("replay_dead_letter", Role::Operator),
    ("replay_dead_letters", Role::Operator),
];

/// Calls that show what belongs to all.
pub(crate) const OF_EVERYTHING: &[&str] = &[
    "list_dead_letters",
    "replay_dead_letter",
    "replay_dead_letters",
];

pub(crate) const COMPAT: &[(&str, Role)] = &[
    ("dispatch_create_task", Role::Operator),
    ("status_task", Role::Viewer),
    ("update_status_task", Role::Operator),
    ("result_task", Role::Viewer),
    ("tasks", Role::Viewer),
    ("start_task", Role::Operator),
    ("update_task", Role::Operator),
    ("service_task", Role::Viewer),
];
