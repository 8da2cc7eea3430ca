//! The newest reviews.

use askama::Template;
use serde_json::Value;

use super::ROOT;
use crate::ui::{Answer, Asked, Frame, PageError, encoded};

#[derive(Template)]
#[template(path = "systems/labelling/pages/reviews/list.html")]
struct Shown<'a> {
    frame: &'a Frame,
    reviews: Vec<ReviewRow>,
}

struct ReviewRow {
    href: String,
    rule_set: String,
    items: String,
    by: String,
    at: String,
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let data = "/v1/reviews";
    let answer = asked.get(data).await?;
    let frame = &asked.frame.clone().with_data(data);
    let reviews = answer["reviews"].as_array().into_iter().flatten();
    let reviews = reviews.map(|review| row(frame, review)).collect();
    Answer::page(&Shown { frame, reviews })
}

fn row(frame: &Frame, review: &Value) -> ReviewRow {
    let text = |name: &str| review[name].as_str().unwrap_or_default().to_owned();
    let version = review["version"].as_i64();
    let version = version.map(|version| format!("@{version}"));
    ReviewRow {
        href: frame.path(&format!("{ROOT}/{}", encoded(&text("id")))),
        rule_set: text("rule_set") + &version.unwrap_or_default(),
        items: review["items"].to_string(),
        by: text("created_by"),
        at: text("created_at"),
    }
}
