//! Calls below `/api`, whose wire format callers knew before there was a `/v1`.

mod audience;
mod create_task;
mod examples;
mod models;
mod status;

use crate::http::{About, Surface};

pub(crate) use audience::TasksApi;

/// What the document says of itself.
pub(crate) fn about() -> About {
    About {
        name: "compat",
        label: "labelling (compat)",
        help: "The one of the calls under /api/tasks",
        title: "Audience tasks",
        description: "Labels tables of posts and publishes audience panels. An operation that was \
            carried out, or that could not be for a reason named below, answers with HTTP status \
            200 and an `error_code` in the body; a body that does not validate is answered with \
            422. Every path works with and without a slash at its end.",
        surface: Surface::Codes,
        spelled,
        guarded: "/api/",
        examples: examples::examples(),
    }
}

/// A path as the document shows it: with a slash at the end, but for that of one task.
fn spelled(path: &str) -> String {
    let task = path.strip_prefix("/api/tasks/{");
    if task.is_some_and(|rest| !rest.contains('/')) {
        path.to_owned()
    } else {
        format!("{path}/")
    }
}
