//! The rule sets of the server, by name.

use askama::Template;
use serde_json::Value;

use crate::ui::{Answer, Asked, Frame, PageError, encoded};

#[derive(Template)]
#[template(path = "systems/labelling/pages/rules/sets.html")]
struct Shown<'a> {
    frame: &'a Frame,
    /// Name, and its page.
    sets: Vec<(String, String)>,
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let data = "/v1/rule_sets";
    let answer = asked.get(data).await?;
    let frame = &asked.frame.clone().with_data(data);
    let rows = |member: &str| answer[member].as_array().into_iter().flatten();
    let has_versions = |name: &str| rows("versioned").any(|set| set["name"] == name);
    let sets = rows("rule_sets").filter_map(Value::as_str).map(|name| {
        let page = match has_versions(name) {
            true => format!("/rules/{}", encoded(name)),
            // Of one without versions there is nothing but what can be tried.
            false => format!("/rules/{}/edit", encoded(name)),
        };
        (name.to_owned(), frame.path(&page))
    });
    Answer::page(&Shown {
        frame,
        sets: sets.collect(),
    })
}
