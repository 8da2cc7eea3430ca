//! `audience rules explain RULES --title … --content …`

use std::path::Path;

use clap::Args;
use serde_json::{Map, Value, json};

use super::given::GivenRules;
use super::outcome::{Outcome, read_good};
use super::server::{ServerArguments, post};
use crate::printable::printable;
use crate::systems::Program;
use crate::systems::labelling::PredictType;
use crate::systems::labelling::rules::explain::{ExplainedHit, ExplainedRow, Explainer};
use crate::systems::labelling::rules::matching::{Compiled, Row};
use crate::systems::labelling::rules::set::{Field, Fields, RuleSet};

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// A .yaml, .json, .csv, .xlsx, .tsv or .zip file, a directory of TSV files, or NAME[@VERSION] of a set in the
    /// store
    #[arg(value_name = "RULES")]
    rules: String,
    /// The author of the row
    #[arg(long, value_name = "TEXT")]
    author: Option<String>,
    /// The title of the row
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The content of the row
    #[arg(long, value_name = "TEXT")]
    content: Option<String>,
    /// The area of the row
    #[arg(long, value_name = "TEXT")]
    s_area_id: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const NOTHING: &str =
    "nothing to explain; expected one of --author, --title, --content, --s-area-id";

impl ExplainArguments {
    fn texts(&self) -> [(Field, Option<&str>); Field::COUNT] {
        [
            (Field::Author, self.author.as_deref()),
            (Field::Title, self.title.as_deref()),
            (Field::Content, self.content.as_deref()),
            (Field::SAreaId, self.s_area_id.as_deref()),
        ]
    }
}

/// By a server, by a set in the store, or by a file.
pub(super) async fn anywhere(
    arguments: &ExplainArguments,
    program: &dyn Program,
) -> anyhow::Result<Outcome> {
    let rules = GivenRules::of(&arguments.rules);
    let texts = arguments.texts();
    let given = texts.iter().find_map(|(field, text)| text.map(|_| *field));
    let Some(first) = given else {
        return Ok(Outcome::bad_usage(NOTHING));
    };
    if let Some(server) = arguments.server.of(program)? {
        let rules = match rules.body() {
            Ok(rules) => rules,
            Err(outcome) => return Ok(outcome),
        };
        let row = texts
            .iter()
            .filter_map(|(field, text)| Some((field.as_str().to_owned(), (*text)?.into())));
        let row: Map<String, Value> = row.collect();
        let body = json!({ "rules": rules, "row": row });
        let answer = post(&*server, "/v1/rules/explain", body).await?;
        return Ok(match answer {
            Ok(answer) if arguments.json => Outcome {
                document: Some(answer.to_string()),
                ..Outcome::default()
            },
            Ok(answer) => Outcome {
                lines: answer_lines(&answer),
                ..Outcome::default()
            },
            Err(outcome) => outcome,
        });
    }
    if matches!(rules, GivenRules::Path(_)) {
        return Ok(run(arguments));
    }
    let predict_type = match first {
        Field::Author => PredictType::AuthorName,
        Field::Title => PredictType::Title,
        Field::Content => PredictType::Content,
        Field::SAreaId => PredictType::SAreaId,
    };
    let rules = match rules.ready(predict_type, program).await? {
        Ok(rules) => rules,
        Err(outcome) => return Ok(outcome),
    };
    let row = texts
        .into_iter()
        .fold(Row::default(), |row, (field, text)| row.with(field, text));
    let explained = Explainer::new(&rules.set, &rules.compiled).explain(row)?;
    let mut shown = shape(&rules.set, &explained);
    if let Some(version) = rules.version {
        shown["set"]["version"] = version.into();
    }
    Ok(match arguments.json {
        true => Outcome {
            document: Some(shown.to_string()),
            ..Outcome::default()
        },
        false => Outcome {
            lines: lines(&rules.set, &explained),
            ..Outcome::default()
        },
    })
}

/// What a server says, in words.
fn answer_lines(answer: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut lines = Vec::new();
    if !answer["dropped"].is_null() {
        lines.push("dropped by a filter: no label is given".to_owned());
    }
    for label in list(&answer["labels"]) {
        if label["outcome"] == "no" {
            continue;
        }
        lines.push(format!(
            "{}: {}; {}",
            text(&label["label"]),
            text(&label["outcome"]),
            text(&label["why"])
        ));
        for hit in list(&label["rules"]) {
            let (start, end) = (&hit["span"][0], &hit["span"][1]);
            lines.push(format!(
                "  {} in {} at bytes {start}–{end}",
                text(&hit["rule"]),
                text(&hit["field"])
            ));
        }
    }
    let given: Vec<String> = list(&answer["given"]).iter().map(text).collect();
    match given.is_empty() {
        true => lines.push("no label is given".to_owned()),
        false => lines.push(format!("given: {}", given.join(", "))),
    }
    for miss in list(&answer["misses"]) {
        lines.push(format!(
            "nearly {}: {}",
            text(&miss["label"]),
            text(&miss["sentence"])
        ));
    }
    lines
        .iter()
        .map(|line| printable(line).into_owned())
        .collect()
}

pub(super) fn run(arguments: &ExplainArguments) -> Outcome {
    let texts = arguments.texts();
    let given: Fields = texts
        .iter()
        .filter_map(|(field, text)| text.map(|_| *field))
        .collect();
    if given.is_empty() {
        return Outcome::bad_usage(NOTHING);
    }
    let mut document = match read_good(Path::new(&arguments.rules), arguments.json) {
        Ok(document) => document,
        Err(outcome) => return outcome,
    };
    // A set without fields has those of its job.
    if document.set.fields.is_empty() {
        document.set.fields = given;
    }
    let row = texts
        .into_iter()
        .fold(Row::default(), |row, (field, text)| row.with(field, text));
    let explained = Compiled::of(&document.set)
        .and_then(|compiled| Explainer::new(&document.set, &compiled).explain(row));
    match explained {
        Ok(explained) if arguments.json => Outcome {
            document: Some(shape(&document.set, &explained).to_string()),
            ..Outcome::default()
        },
        Ok(explained) => Outcome {
            lines: lines(&document.set, &explained),
            ..Outcome::default()
        },
        Err(error) => Outcome::bad_usage(&error.to_string()),
    }
}

/// `set` stands before what is explained. A set in a file has no version.
fn shape(set: &RuleSet, explained: &ExplainedRow) -> Value {
    let mut shape = json!({"set": {"name": set.name}});
    let explained = serde_json::to_value(explained).unwrap_or_default();
    if let (Some(shape), Value::Object(explained)) = (shape.as_object_mut(), explained) {
        shape.extend(explained);
    }
    shape
}

fn lines(set: &RuleSet, explained: &ExplainedRow) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(dropped) = &explained.dropped {
        let filter = set.filters.get(dropped.filter);
        let text = filter.map_or("", |filter| filter.expression.text.as_str());
        lines.push(format!("dropped by {text}: no label is given"));
    }
    for label in &explained.labels {
        // Labels of which nothing is true are many.
        if label.outcome == "no" {
            continue;
        }
        lines.push(format!("{}: {}; {}", label.label, label.outcome, label.why));
        lines.extend(label.rules.iter().map(|hit| said(set, hit)));
        if let Some(except) = &label.excepted_by {
            lines.push(format!("  taken away by {}", except.expression));
        }
    }
    match explained.given[..] {
        [] => lines.push("no label is given".to_owned()),
        _ => lines.push(format!("given: {}", explained.given.join(", "))),
    }
    for miss in &explained.misses {
        lines.push(format!("nearly {}: {}", miss.label, miss.sentence));
    }
    lines
        .iter()
        .map(|line| printable(line).into_owned())
        .collect()
}

/// A rule that is true, and the bytes of the text where it is.
fn said(set: &RuleSet, hit: &ExplainedHit) -> String {
    let label = set.labels.iter().find(|label| label.name == hit.label);
    let rule = label.and_then(|label| label.rules.iter().find(|rule| rule.id == hit.rule));
    let (text, place) = match rule {
        Some(rule) => (rule.text.as_str(), rule.place.to_string()),
        None => (hit.rule.as_str(), String::new()),
    };
    let [start, end] = hit.span;
    format!("  {text} ({place}) in {} at bytes {start}–{end}", hit.field)
}
