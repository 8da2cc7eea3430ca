//! Filters of the list of jobs that callers keep under names.

use entity::{JobState, saved_view};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Deserialize;
use url::form_urlencoded;

use super::Groups;
use crate::clock;
use crate::engine::store::audit;
use crate::http::body::{Body, JsonBody};
use crate::http::error::Failure;
use crate::http::{Services, Who};

/// Views of one owner.
const VIEWS_MAX: u64 = 50;
const NAME_CHARS_MAX: usize = 64;
const VALUE_CHARS_MAX: usize = 255;
const TEXT_CHARS_MAX: usize = 200;
/// Of a query, as it is stored.
const QUERY_BYTES_MAX: usize = 1_000;

/// Parameters of `GET /v1/jobs` that can be kept.
const FILTERS: [&str; 7] = ["state", "flow", "queue", "started_by", "q", "from", "to"];

/// The operations.
pub(crate) struct SavedViewsApi(pub(super) Services);

/// Filters to be kept.
#[derive(Object, Deserialize)]
struct NewView {
    /// The query of `GET /v1/jobs`, e.g. `state=failed&flow=labelling`. Its parameters may be `state`,
    /// `flow`, `queue`, `started_by`, `q`, `from` and `to`, each once.
    #[oai(validator(min_length = 1, max_length = 1000))]
    query: String,
}

impl Body for NewView {}

/// Filters that are kept under a name.
#[derive(Object)]
struct SavedView {
    name: String,
    /// The query of `GET /v1/jobs`.
    query: String,
    /// RFC 3339.
    saved_at: String,
}

/// All views of the caller.
#[derive(Object)]
struct SavedViewList {
    /// By their names.
    views: Vec<SavedView>,
}

#[derive(ApiResponse)]
enum Removed {
    /// There is no such view any more.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(tag = "Groups::Jobs")]
impl SavedViewsApi {
    /// List saved views
    ///
    /// Filters of the list of jobs that the caller keeps; nobody sees those of others.
    #[oai(path = "/v1/views", method = "get", operation_id = "list_views")]
    async fn list_views(&self, who: Who) -> poem::Result<Json<SavedViewList>> {
        let views = self.0.store.saved_views().of(who.name()).await;
        let views = views.map_err(Failure::from)?;
        Ok(Json(SavedViewList {
            views: views.into_iter().map(SavedView::of).collect(),
        }))
    }

    /// Save a view
    ///
    /// In the place of one of the same name. A caller keeps 50 at most.
    #[oai(path = "/v1/views/:name", method = "put", operation_id = "put_view")]
    async fn put_view(
        &self,
        who: Who,
        /// Up to 64 characters.
        name: Path<String>,
        body: JsonBody<NewView>,
    ) -> poem::Result<Json<SavedView>> {
        let view = saved_view::Model {
            who: who.name().to_owned(),
            name: checked_name(&name)?,
            query: checked_query(&body.value.query)?,
            at: clock::now_micros(),
        };
        audit::about(&view.name);
        let put = self
            .0
            .store
            .saved_views()
            .put(view.clone(), VIEWS_MAX)
            .await;
        if !put.map_err(Failure::from)? {
            let detail = format!("{VIEWS_MAX} views are kept at most: remove one first");
            return Err(Failure::conflict(detail).into());
        }
        Ok(Json(SavedView::of(view)))
    }

    /// Remove a saved view
    ///
    /// Only the caller's own; the jobs stay as they are.
    #[oai(
        path = "/v1/views/:name",
        method = "delete",
        operation_id = "remove_view"
    )]
    async fn remove_view(
        &self,
        who: Who,
        /// Up to 64 characters.
        name: Path<String>,
    ) -> poem::Result<Removed> {
        audit::about(&name.0);
        let removed = self.0.store.saved_views().remove(who.name(), &name).await;
        match removed.map_err(Failure::from)? {
            true => Ok(Removed::Done),
            false => Err(Failure::not_found(format!("there is no view {}", name.0)).into()),
        }
    }
}

impl SavedView {
    fn of(view: saved_view::Model) -> Self {
        Self {
            name: view.name,
            query: view.query,
            saved_at: clock::rfc3339(view.at),
        }
    }
}

fn checked_name(name: &str) -> Result<String, Failure> {
    let is_short = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    let is_plain = name.trim() == name && !name.contains(|letter: char| letter.is_control());
    match is_short && is_plain {
        true => Ok(name.to_owned()),
        false => Err(Failure::invalid(format!(
            "name: expected 1 to {NAME_CHARS_MAX} characters, none of them a control character, without \
             spaces around them"
        ))),
    }
}

/// The same filters, written in one way.
fn checked_query(query: &str) -> Result<String, Failure> {
    let wrong = |reason: String| Failure::invalid(format!("query: {reason}"));
    let mut kept = form_urlencoded::Serializer::new(String::new());
    let mut names = Vec::new();
    for (name, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
        let Some(known) = FILTERS.iter().find(|known| **known == name) else {
            let known = FILTERS.join(", ");
            return Err(wrong(format!(
                "`{name}`: unknown filter; expected one of {known}"
            )));
        };
        if names.contains(&known) {
            return Err(wrong(format!("`{name}`: expected once")));
        }
        let expected = match *known {
            "state" => value.parse::<JobState>().is_err().then(|| {
                let all: Vec<&str> = JobState::ALL.iter().map(|state| state.as_str()).collect();
                format!("one of {}", all.join(", "))
            }),
            "from" | "to" => clock::parse(&value)
                .is_none()
                .then(|| "a date or a moment (RFC 3339)".to_owned()),
            other => {
                let most = if other == "q" {
                    TEXT_CHARS_MAX
                } else {
                    VALUE_CHARS_MAX
                };
                let fits = (1..=most).contains(&value.chars().count());
                (!fits).then(|| format!("1 to {most} characters"))
            }
        };
        if let Some(expected) = expected {
            return Err(wrong(format!("`{name}`: expected {expected}")));
        }
        names.push(known);
        kept.append_pair(&name, &value);
    }
    let kept = kept.finish();
    match kept.len() {
        0 => Err(wrong("expected at least one filter".to_owned())),
        1..=QUERY_BYTES_MAX => Ok(kept),
        _ => Err(wrong(format!("expected at most {QUERY_BYTES_MAX} bytes"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_filters_of_jobs() {
        let query = "?state=failed&q=a%20b+c&started_by=nightly/7";
        assert_eq!(
            checked_query(query).unwrap(),
            "state=failed&q=a+b+c&started_by=nightly%2F7"
        );
        let long = format!("q={}", "界".repeat(200));
        for (query, expected) in [
            ("", "expected at least one filter"),
            (
                "after=x",
                "`after`: unknown filter; expected one of state, ",
            ),
            ("q=a&q=b", "`q`: expected once"),
            ("state=done", "`state`: expected one of "),
            ("from=soon", "`from`: expected a date or a moment"),
            ("queue=", "`queue`: expected 1 to 255 characters"),
            (&long, "expected at most 1000 bytes"),
        ] {
            let refused = checked_query(query).unwrap_err();
            assert!(
                refused.detail.starts_with(&format!("query: {expected}")),
                "{}",
                refused.detail
            );
        }
    }

    #[test]
    fn names_are_short_and_plain() {
        for name in ["a", "失敗的工作", "<b>"] {
            assert!(checked_name(name).is_ok(), "{name}");
        }
        for name in ["", " a", "a\n", &"x".repeat(65)] {
            assert!(checked_name(name).is_err(), "{name}");
        }
    }
}
