//! The menu of filters that the visitor keeps, and what saves and removes them.

use askama::Template;
use poem::http::Method;
use serde::Deserialize;
use serde_json::json;

use super::asked::{Answer, Asked};
use super::error_page::PageError;
use super::forms::{self, encoded, find};
use super::frame::Frame;
use super::markup::Markup;

/// What `/v1/views` answers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ViewList {
    views: Vec<View>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct View {
    name: String,
    query: String,
}

#[derive(Template)]
#[template(path = "ui/templates/saved-views.html")]
struct ViewMenu<'a> {
    frame: &'a Frame,
    views: Vec<Entry>,
    /// The filters of the page; empty: there are none to save.
    query: String,
}

struct Entry {
    name: String,
    href: String,
    is_current: bool,
}

/// `query`: the filters of the page, with a `?` unless there are none.
pub(super) async fn menu(asked: &Asked<'_>, frame: &Frame, query: &str) -> Markup {
    let known = asked.get_part("/v1/views").await;
    let known = ViewList::deserialize(&known).unwrap_or_default();
    let query = query.trim_start_matches('?');
    let own = pairs(query);
    let entry = |view: View| Entry {
        href: frame.path(&format!("/jobs?{}", view.query)),
        is_current: pairs(&view.query) == own,
        name: view.name,
    };
    Markup::rendered(&ViewMenu {
        frame,
        views: known.views.into_iter().map(entry).collect(),
        query: query.to_owned(),
    })
}

/// In an order that does not matter.
fn pairs(query: &str) -> Vec<(String, String)> {
    let mut pairs = forms::pairs(query.as_bytes());
    pairs.sort();
    pairs
}

pub(super) async fn save(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let form = asked.form();
    let (path, query) = (path_of(&form), find(&form, "query").unwrap_or_default());
    let body = json!({ "query": query });
    let answer = asked.visit.call(Method::PUT, &path, Some(&body)).await;
    match answer.status.is_success() {
        // Written anew: what was sent could lead away.
        true => Ok(asked.elsewhere(&format!("/jobs{}", forms::query(&pairs(query))))),
        false => Err(PageError::of(&answer)),
    }
}

pub(super) async fn remove(asked: &Asked<'_>) -> Result<Answer, PageError> {
    asked.delete(&path_of(&asked.form())).await?;
    Ok(asked.elsewhere("/jobs"))
}

fn path_of(form: &[(String, String)]) -> String {
    let name = find(form, "name").unwrap_or_default().trim();
    format!("/v1/views/{}", encoded(name))
}
