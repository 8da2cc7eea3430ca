//! Calls below `/api`, whose wire format callers knew before there was a `/v1`.

mod bodies;
mod calls;
mod examples;
mod models;

use poem::http::Method;

use crate::http::{About, Detour, Surface};

pub(crate) use calls::DispatchApi;

/// Starts tasks of another system, with a slash at its end, or lists those for outside workers,
/// without.
const TASKS_PATH: &str = "/api/tasks";

/// What the document of the calls about tasks for outside workers says of itself.
pub(crate) fn about() -> About {
    About {
        name: "dispatch",
        label: "dispatch (compat)",
        help: "The one of the calls about tasks for outside workers",
        title: "Audience dispatch",
        description: "Long-running tasks for outside workers. Every answer says `result`: `ok`, or \
            `exception` with a `message`, beside an honest HTTP status. A body that does not fit \
            is an `Invalid parameter`, whose `detail` names the field and what was expected.",
        surface: Surface::Results,
        spelled: |path| path.replace(calls::LIST_PATH, TASKS_PATH),
        guarded: "/api/",
        examples: examples::examples(),
    }
}

/// Leads a request to `/api/tasks` that asks for a list of tasks for outside workers there; what
/// starts another task has other members, or a slash at the end of its path.
pub(crate) fn detour() -> Detour {
    Detour {
        method: Method::POST,
        path: TASKS_PATH,
        to: calls::LIST_PATH,
        is_for: bodies::asks_for_list,
    }
}
