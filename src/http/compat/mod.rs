//! The wire formats that callers knew before there was a `/v1`: mapping only.

use poem::http::uri::PathAndQuery;
use poem::http::{Method, Uri};
use poem::{FromRequest, Request, RequestBody};

use super::document::About;
use super::error::Surface;

use crate::systems::dispatch::api::compat as dispatch_compat;
pub(super) use crate::systems::dispatch::api::compat::calls::DispatchApi;
pub(super) use crate::systems::labelling::api::compat::audience::TasksApi;
use crate::systems::labelling::api::compat::examples;

/// What the document says of itself.
pub(super) fn about() -> About {
    About {
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

/// What the document of the calls about tasks for outside workers says of itself.
pub(super) fn about_dispatch() -> About {
    About {
        title: "Audience dispatch",
        description: "Long-running tasks for outside workers. Every answer says `result`: `ok`, or \
            `exception` with a `message`, beside an honest HTTP status. A body that does not fit \
            is an `Invalid parameter`, whose `detail` names the field and what was expected.",
        surface: Surface::Results,
        spelled: |path| path.replace(dispatch_compat::calls::LIST_PATH, TASKS_PATH),
        guarded: "/api/",
        examples: dispatch_compat::examples::examples(),
    }
}

/// Starts labelling tasks, with a slash at its end, or lists tasks for outside workers, without.
const TASKS_PATH: &str = "/api/tasks";

const DISPATCH_PATHS: [&str; 7] = [
    "/api/create_task",
    "/api/status_task",
    "/api/update_status_task",
    "/api/result_task",
    "/api/start_task",
    "/api/update_task",
    "/api/service_task",
];

/// Whose form the answers to a request have. `dispatches`: services are set.
pub(super) fn surface(method: &Method, path: &str, dispatches: bool) -> Surface {
    let trimmed = path.trim_end_matches('/');
    let lists = dispatches && method == Method::POST && path == TASKS_PATH;
    if lists || trimmed == dispatch_compat::calls::LIST_PATH || DISPATCH_PATHS.contains(&trimmed) {
        Surface::Results
    } else {
        Surface::Codes
    }
}

/// Leads a request to `/api/tasks` that asks for a list of tasks for outside workers there; what
/// starts a labelling task has other members, or a slash at the end of its path.
pub(super) async fn lead(mut request: Request, dispatches: bool) -> poem::Result<Request> {
    let lists =
        dispatches && request.method() == Method::POST && request.uri().path() == TASKS_PATH;
    if !lists {
        without_slash(&mut request);
        return Ok(request);
    }
    let mut body = RequestBody::new(request.take_body());
    let bytes = <Vec<u8> as FromRequest>::from_request(&request, &mut body).await?;
    if dispatch_compat::bodies::asks_for_list(&bytes) {
        *request.uri_mut() = Uri::from_static(dispatch_compat::calls::LIST_PATH);
    }
    request.set_body(bytes);
    Ok(request)
}

/// Takes the slash off the end of a path: callers write it or not, and routes have none.
fn without_slash(request: &mut Request) {
    let path = request.uri().path().trim_end_matches('/');
    let trimmed = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = trimmed.parse::<PathAndQuery>().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_makes_no_difference() {
        for (given, expected) in [
            ("/api/tasks", "/api/tasks"),
            ("/api/tasks/", "/api/tasks"),
            (
                "/api/tasks/a/sample/?table_name=b/",
                "/api/tasks/a/sample?table_name=b/",
            ),
        ] {
            let mut request = Request::builder().uri(given.parse().unwrap()).finish();
            without_slash(&mut request);
            assert_eq!(request.uri(), expected);
        }
    }
}
