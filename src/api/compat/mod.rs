//! The wire formats that callers knew before there was a `/v1`: mapping only.

mod audience;
mod create_task;
mod examples;
mod models;
mod status;

use poem::Request;
use poem::http::Uri;
use poem::http::uri::PathAndQuery;

use super::document::About;
use super::error::Surface;

pub(super) use audience::TasksApi;

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

/// Takes the slash off the end of a path: callers write it or not, and routes have none.
pub(super) fn without_slash(request: &mut Request) {
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
