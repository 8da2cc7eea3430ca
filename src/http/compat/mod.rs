//! The wire formats that callers knew before there was a `/v1`, as far as systems share them: a
//! slash at the end of a path, paths that two systems have, and bodies that are JSON by another name.

use std::sync::Arc;

use poem::http::uri::PathAndQuery;
use poem::http::{HeaderValue, Uri, header};
use poem::{FromRequest, Request, RequestBody};

use super::error::Surface;
use super::operations::Detour;
use super::surface::Forms;

/// The forms of errors below `/api`: each API's own, and where none is known one for all.
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
        usual: Surface::Shared,
        by_call: by_call.collect(),
        by_pattern,
    }
}

/// Brings the path and the content type of a request into the form that routes have, where no paths are shared.
pub(super) async fn tidy(mut request: Request) -> poem::Result<Request> {
    name_json(&mut request);
    without_slash(&mut request);
    Ok(request)
}

/// The same where systems share paths.
pub(super) async fn lead(mut request: Request, detours: Arc<Vec<Detour>>) -> poem::Result<Request> {
    name_json(&mut request);
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

/// Calls JSON by its name: `curl -d` says that any body is a form, others that it is plain text, or
/// nothing.
/// A browser that says so may be on a page of others, which could not send JSON without a preflight.
fn name_json(request: &mut Request) {
    const OTHER_NAMES: [&str; 2] = ["application/x-www-form-urlencoded", "text/plain"];
    let essence = request
        .content_type()
        .and_then(|name| name.split(';').next());
    let is_other = essence.is_none_or(|essence| {
        let mut names = OTHER_NAMES.iter();
        names.any(|name| name.eq_ignore_ascii_case(essence.trim()))
    });
    let headers = request.headers_mut();
    let by_browser = headers
        .keys()
        .any(|name| *name == header::ORIGIN || name.as_str().starts_with("sec-fetch-"));
    if is_other && !by_browser {
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
    }
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
    fn a_body_of_a_program_is_json_by_whatever_name() {
        let named = |content_type: &str, header: Option<&str>| {
            let mut request = Request::builder().header("content-type", content_type);
            if let Some(header) = header {
                request = request.header(header, "https://other.example");
            }
            let mut request = request.finish();
            name_json(&mut request);
            request.content_type().unwrap_or_default().to_owned()
        };
        for other in [
            "application/x-www-form-urlencoded",
            "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
            "text/plain",
            "text/plain;charset=UTF-8",
        ] {
            assert_eq!(named(other, None), "application/json");
            for browser in ["Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode"] {
                assert_eq!(named(other, Some(browser)), other);
            }
        }
        for other in ["multipart/form-data", "text/html", "application/xml"] {
            assert_eq!(named(other, None), other);
        }
    }

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
