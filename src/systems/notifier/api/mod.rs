//! The HTTP calls of notifications.

mod bell;
mod examples;
mod models;
mod rules;

use poem_openapi::Tags;

use crate::access::Role;
use crate::engine::audit::Recording;
use crate::http::{Api, Routes};

pub(super) use bell::BellCalls;
pub(super) use rules::RuleCalls;

#[derive(Tags)]
enum Groups {
    /// Learning that a job is done, or that it is not.
    Notifications,
}

pub(super) fn apis() -> Vec<Api> {
    vec![
        Api::v1::<BellCalls>(examples::bell)
            .with_roles(&[
                ("list_notifications", Role::Viewer),
                ("read_notification", Role::Viewer),
                ("read_all_notifications", Role::Viewer),
                ("watch_notifications", Role::Viewer),
                ("get_follow", Role::Viewer),
                ("follow_job", Role::Viewer),
                ("unfollow_job", Role::Viewer),
            ])
            // They change nothing for anybody else.
            .recorded(&[
                ("read_notification", Recording::ByHour),
                ("read_all_notifications", Recording::ByHour),
            ]),
        Api::v1::<RuleCalls>(examples::rules)
            .with_roles(&[
                ("list_notification_rules", Role::Viewer),
                ("put_notification_rule", Role::Admin),
                ("remove_notification_rule", Role::Admin),
                ("test_notification_rule", Role::Admin),
                ("list_notification_deliveries", Role::Operator),
                ("replay_notification_delivery", Role::Operator),
            ])
            // They are told of jobs of all.
            .showing_everything(&[
                "list_notification_rules",
                "put_notification_rule",
                "remove_notification_rule",
                "test_notification_rule",
                "list_notification_deliveries",
                "replay_notification_delivery",
            ]),
    ]
}

/// The same calls, to be called.
pub(super) fn routes(bell: BellCalls, rules: RuleCalls) -> Routes {
    Routes::of(bell).and(Routes::of(rules))
}
