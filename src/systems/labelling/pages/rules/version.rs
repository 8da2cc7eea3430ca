//! The rules of a version, a page at a time, in the order in which they are written.

use askama::Template;
use serde_json::Value;

use crate::ui::{Answer, Asked, Frame, PageError, encoded, number};

/// Rules on a page.
const SHOWN: usize = 200;

/// Forms in which the document can be got.
const FORMS: [&str; 5] = ["yaml", "json", "tsv", "csv", "xlsx"];

#[derive(Template)]
#[template(path = "systems/labelling/pages/rules/version.html")]
struct Page<'a> {
    frame: &'a Frame,
    name: &'a str,
    here: String,
    version: String,
    by: String,
    why: String,
    digest: String,
    /// Name and address.
    forms: Vec<(&'static str, String)>,
    /// Number, label and rule.
    rules: Vec<(String, String, String)>,
    next: Option<String>,
}

pub(super) async fn show(
    asked: &Asked<'_>,
    name: &str,
    version: &str,
) -> Result<Answer, PageError> {
    let set = encoded(name);
    let data = format!("/v1/rule_sets/{set}/versions/{}", encoded(version));
    let view = asked.get(&data).await?;
    let number_of_version = view["version"].to_string();
    let data = format!("/v1/rule_sets/{set}/versions/{number_of_version}");
    let document = asked.get(&format!("{data}?format=json")).await?;
    let frame = &asked.frame.clone().with_data(data.clone());
    let here = frame.path(&format!("/rules/{set}"));
    let skipped = asked.parameter("after").parse::<usize>().unwrap_or(0);
    let mut rules = rules(&document).skip(skipped);
    let shown = (skipped + 1..).zip(rules.by_ref().take(SHOWN));
    let shown = shown.map(|(no, (label, rule))| (number(no as u64), label, rule));
    let shown: Vec<_> = shown.collect();
    let next = rules.next().map(|_| {
        let after = skipped + SHOWN;
        format!("{here}/versions/{number_of_version}?after={after}")
    });
    let text = |member: &str| view[member].as_str().unwrap_or_default().to_owned();
    let forms = FORMS.map(|form| (form, frame.path(&format!("{data}?format={form}"))));
    Answer::page(&Page {
        frame,
        name,
        by: text("by"),
        why: text("why"),
        digest: text("digest"),
        forms: forms.to_vec(),
        rules: shown,
        next,
        here,
        version: number_of_version,
    })
}

/// Label and rule, of all labels. Labels are a list, or a map of lists.
fn rules(document: &Value) -> impl Iterator<Item = (String, String)> {
    let labels = &document["labels"];
    let listed = labels.as_array().into_iter().flatten().map(|label| {
        let name = label["name"].as_str().unwrap_or_default();
        (name.to_owned(), &label["rules"])
    });
    let mapped = labels.as_object().into_iter().flatten();
    let mapped = mapped.map(|(name, rules)| (name.clone(), rules));
    listed.chain(mapped).flat_map(|(label, rules)| {
        let rules = rules.as_array().into_iter().flatten();
        rules.map(move |rule| (label.clone(), written(rule)))
    })
}

/// A rule in a line.
fn written(rule: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match rule {
        Value::Array(parts) => parts.iter().map(text).collect::<Vec<_>>().join(" · "),
        Value::Object(members) => {
            let members = members.iter();
            let members = members.map(|(key, value)| format!("{key}: {}", text(value)));
            members.collect::<Vec<_>>().join(" · ")
        }
        other => text(other),
    }
}
