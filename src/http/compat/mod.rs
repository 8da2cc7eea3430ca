//! The wire formats that callers knew before there was a `/v1`, as far as systems share them: a
//! slash at the end of a path, and paths that two systems have.

use std::sync::Arc;

use poem::http::Uri;
use poem::http::uri::PathAndQuery;
use poem::{FromRequest, Request, RequestBody};

use super::error::Surface;
use super::operations::Detour;
use super::surface::Forms;

/// The forms of errors below `/api`: each API's own, and where none is known that of the callers of
/// `/api/tasks`.
pub(super) fn forms(apis: Vec<(Vec<String>, Surface)>, detours: &[Detour]) -> Forms {
    let by_pattern: Vec<(String, Surface)> = apis
        .into_iter()
        .flat_map(|(patterns, surface)| patterns.into_iter().map(move |pattern| (pattern, surface)))
        .collect();
    let by_call = detours.iter().map(|detour| {
        let mut known = by_pattern.iter();
        let target = known.find(|(pattern, _)| pattern == detour.to);
        let (_, surface) = target.expect("a detour leads to an operation");
        (detour.method.clone(), detour.path.to_owned(), *surface)
    });
    Forms {
        usual: Surface::Codes,
        by_call: by_call.collect(),
        by_pattern,
    }
}

/// Brings the path of a request into the form that routes have.
pub(super) async fn lead(mut request: Request, detours: Arc<Vec<Detour>>) -> poem::Result<Request> {
    let is_there = |detour: &&Detour| {
        detour.method == *request.method() && detour.path == request.uri().path()
    };
    let Some(detour) = detours.iter().find(is_there) else {
        without_slash(&mut request);
        return Ok(request);
    };
    let mut body = RequestBody::new(request.take_body());
    let bytes = <Vec<u8> as FromRequest>::from_request(&request, &mut body).await?;
    if (detour.is_for)(&bytes) {
        *request.uri_mut() = Uri::from_static(detour.to);
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
