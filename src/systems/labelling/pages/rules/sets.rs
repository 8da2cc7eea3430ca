//! The rule sets of the server, by name.

use askama::Template;
use serde_json::Value;

use crate::ui::{Answer, Asked, Frame, PageError, encoded};

#[derive(Template)]
#[template(path = "systems/labelling/pages/rules/sets.html")]
struct Shown<'a> {
    frame: &'a Frame,
    /// Name, and where it is edited.
    sets: Vec<(String, String)>,
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let data = "/v1/rule_sets";
    let answer = asked.get(data).await?;
    let frame = &asked.frame.clone().with_data(data);
    let sets = answer["rule_sets"].as_array().into_iter().flatten();
    let sets = sets.filter_map(|set| name(set)).map(|name| {
        let href = frame.path(&format!("/rules/{}/edit", encoded(name)));
        (name.to_owned(), href)
    });
    Answer::page(&Shown {
        frame,
        sets: sets.collect(),
    })
}

/// A set is a name, or has one.
fn name(set: &Value) -> Option<&str> {
    set.as_str().or_else(|| set["name"].as_str())
}
