//! The rows of a review, one after the other: the first that the visitor has not judged is shown.

use askama::Template;
use serde_json::{Value, json};

use super::ROOT;
use super::marked::marked;
use crate::ui::{Answer, Asked, Frame, PageError, encoded, number, percent};

/// What a person may say, with its key.
const VERDICTS: [(&str, &str); 3] = [("1", "right"), ("2", "wrong"), ("3", "unsure")];

/// Rows that are looked through at once.
const ROWS_AT_ONCE: u32 = 500;

#[derive(Template)]
#[template(path = "systems/labelling/pages/reviews/judge.html")]
struct Shown<'a> {
    frame: &'a Frame,
    reviews_href: String,
    job_href: String,
    rule_set: String,
    /// Of how many, and how many people have judged.
    progress: String,
    /// A label, its precision and the interval.
    labels: Vec<(String, String, String)>,
    item: Option<ItemShown>,
    action: String,
    /// Key, value, word.
    verdicts: Vec<(&'static str, &'static str, String)>,
}

struct ItemShown {
    n: String,
    id: String,
    time: String,
    label: String,
    /// A field with its text in parts.
    fields: Vec<(String, Vec<(String, bool)>)>,
}

pub(super) async fn show(asked: &Asked<'_>, review: &str) -> Result<Answer, PageError> {
    let path = format!("/v1/reviews/{}", encoded(review));
    let state = asked.get(&path).await?;
    let item = next_item(asked, &path).await?;
    let frame = &asked.frame.clone().with_data(path);
    let text = |name: &str| state[name].as_str().unwrap_or_default();
    let judged = state["judged"].as_u64().unwrap_or_default();
    let items = state["items"].as_u64().unwrap_or_default();
    Answer::page(&Shown {
        frame,
        reviews_href: frame.path(ROOT),
        job_href: frame.path(&format!("/jobs/{}", encoded(text("job")))),
        rule_set: text("rule_set").to_owned(),
        progress: format!("{} / {}", number(judged), number(items)),
        labels: labels(&state),
        item: item.as_ref().map(shown_item),
        action: frame.path(&format!("{ROOT}/{}/judge", encoded(review))),
        verdicts: VERDICTS
            .map(|(key, verdict)| (key, verdict, frame.say(&format!("review-{verdict}"))))
            .to_vec(),
    })
}

/// Stores what the visitor says, and shows the next row.
pub(super) async fn judge(asked: &Asked<'_>, review: &str) -> Result<Answer, PageError> {
    let fields = asked.form();
    let field = |name: &str| {
        let found = fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    };
    let optional = |name: &str| Some(field(name)).filter(|text| !text.is_empty());
    let path = format!(
        "/v1/reviews/{}/items/{}",
        encoded(review),
        encoded(field("n"))
    );
    let mut said = json!({ "verdict": field("verdict") });
    for name in ["label", "note"] {
        if let Some(text) = optional(name) {
            said[name] = text.into();
        }
    }
    asked.put(&path, &said).await?;
    Ok(asked.elsewhere(&format!("{ROOT}/{}", encoded(review))))
}

/// The first row that the visitor has not judged.
async fn next_item(asked: &Asked<'_>, path: &str) -> Result<Option<Value>, PageError> {
    let mut after = 0;
    loop {
        let page = format!("{path}/items?limit={ROWS_AT_ONCE}&after={after}");
        let mut page = asked.get(&page).await?;
        let mut items = page["items"].as_array_mut().into_iter().flatten();
        if let Some(item) = items.find(|item| item["said"].is_null()) {
            return Ok(Some(item.take()));
        }
        match page["next"].as_i64() {
            Some(next) => after = next,
            None => return Ok(None),
        }
    }
}

fn shown_item(item: &Value) -> ItemShown {
    let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let fields = item["fields"].as_object().into_iter().flatten();
    ItemShown {
        n: item["n"].to_string(),
        id: text("id"),
        time: text("post_time"),
        label: text("label"),
        fields: fields
            .map(|(field, value)| {
                let value = value.as_str().unwrap_or_default();
                (field.clone(), marked(value, field, &item["hits"]))
            })
            .collect(),
    }
}

fn labels(state: &Value) -> Vec<(String, String, String)> {
    let labels = state["labels"].as_object().into_iter().flatten();
    let mut labels: Vec<_> = labels
        .map(|(label, found)| {
            let share = |name: &str| percent(found[name].as_f64().unwrap_or_default());
            let interval = format!("{} – {}", share("lower"), share("upper"));
            (label.clone(), share("precision"), interval)
        })
        .collect();
    labels.sort();
    labels
}
