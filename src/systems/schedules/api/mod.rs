//! The HTTP calls of schedules.

mod body;
mod calls;
mod examples;
mod hooks;
mod view;

use crate::access::Role;
use crate::engine::audit::Recording;
use crate::http::{Api, Routes};

pub(super) use calls::ScheduleCalls;
pub(super) use hooks::ScheduleHooks;

pub(super) fn apis() -> Vec<Api> {
    vec![
        Api::v1::<ScheduleCalls>(examples::examples)
            .with_roles(ROLES)
            // They start flows of all systems.
            .showing_everything(ALL),
        Api::v1::<ScheduleHooks>(examples::hooks)
            .open_to_anybody(&["receive_schedule_hook"])
            .recorded(&[("receive_schedule_hook", Recording::ByHour)]),
    ]
}

/// The same calls, to be called.
pub(super) fn routes(calls: ScheduleCalls, hooks: ScheduleHooks) -> Routes {
    Routes::of(calls).and(Routes::of(hooks))
}

const ROLES: &[(&str, Role)] = &[
    ("list_schedules", Role::Viewer),
    ("get_schedule", Role::Viewer),
    ("put_schedule", Role::Admin),
    ("remove_schedule", Role::Admin),
    ("fire_schedule", Role::Operator),
    ("pause_schedule", Role::Operator),
    ("resume_schedule", Role::Operator),
];

const ALL: &[&str] = &[
    "list_schedules",
    "get_schedule",
    "put_schedule",
    "remove_schedule",
    "fire_schedule",
    "pause_schedule",
    "resume_schedule",
];
