//! A row filled in by hand, and what a model answers.

use askama::Template;
use serde_json::{Value, json};

use super::super::data::read;
use super::data::{Model, Predicted, Prediction};
use super::features::{FeatureField, fields, row};
use super::room::{model_calls, model_path};
use super::sending::is_mended_here;
use crate::ui::{Answer, Asked, Frame, PageError, find, query};

#[derive(Template)]
#[template(path = "systems/prediction/pages/models/predict.html")]
struct PredictPage<'a> {
    frame: &'a Frame,
    name: String,
    model: String,
    action: String,
    fault: Option<&'a str>,
    /// Aliases and versions that can be asked, and whether it is the one that was chosen.
    choices: Vec<(String, String, bool)>,
    fields: Vec<FeatureField>,
    answer: Option<Shown>,
    curl: String,
}

/// An answer.
struct Shown {
    version: i32,
    /// The label or the value.
    answer: String,
    /// Labels with their scores, the best one first.
    scores: Vec<(String, String)>,
}

pub(super) async fn show(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let chosen = asked.parameter("of");
    page(asked, name, &[("of".to_owned(), chosen)], None, None).await
}

/// Asks the model.
pub(super) async fn ask(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let filled = asked.file_form().await?.fields;
    let model: Model = read(asked.get(&model_calls(name)).await?);
    let schema = model.schema.unwrap_or_default();
    let body = json!({ "rows": [row(&fields(&schema, &filled))] });
    let chosen = find(&filled, "of").unwrap_or_default();
    let which = match chosen.parse::<i32>() {
        Ok(_) => ("version", chosen),
        Err(_) => ("alias", chosen),
    };
    let path = format!("{}/predict{}", model_calls(name), query(&[which]));
    match asked.post(&path, Some(&body)).await {
        Ok(answer) => {
            let predicted: Predicted = read(answer.body);
            let version = predicted.version;
            let first = predicted.predictions.into_iter().next();
            let shown = first.map(|first| shown(version, first));
            page(asked, name, &filled, None, shown).await
        }
        Err(error) if is_mended_here(&error) => {
            page(asked, name, &filled, Some(&error), None).await
        }
        Err(error) => Err(error),
    }
}

async fn page(
    asked: &Asked<'_>,
    name: &str,
    filled: &[(String, String)],
    fault: Option<&PageError>,
    answer: Option<Shown>,
) -> Result<Answer, PageError> {
    let data = model_calls(name);
    let model: Model = read(asked.get(&data).await?);
    let frame = &asked.frame.clone().with_data(data.as_str());
    let chosen = find(filled, "of").unwrap_or_default();
    let aliases = model.aliases.iter().map(|alias| {
        let shown = format!("{} · {}", alias.alias, alias.version);
        (alias.alias.clone(), shown)
    });
    let versions = model.versions.iter().filter(|row| row.state != "refused");
    let versions = versions.map(|row| {
        let version = row.version.to_string();
        let shown = frame.words.with("models-version-no", "version", &version);
        (version, shown)
    });
    let choices = aliases.chain(versions).map(|(value, shown)| {
        let is_chosen = value == chosen;
        (value, shown, is_chosen)
    });
    let fields = fields(&model.schema.clone().unwrap_or_default(), filled);
    let body = json!({ "rows": [row(&fields)] });
    let path = model_path(&model.name);
    let template = PredictPage {
        frame,
        model: frame.path(&path),
        action: frame.path(&format!("{path}/predict")),
        fault: fault.map(|fault| fault.detail.as_str()),
        choices: choices.collect(),
        curl: frame.curl_with(&format!("{data}/predict"), &body),
        fields,
        answer,
        name: model.name,
    };
    Answer::page_or_fault(&template, fault)
}

fn shown(version: i32, prediction: Prediction) -> Shown {
    let answer = match (&prediction.label, prediction.value) {
        (Some(Value::String(label)), _) => label.clone(),
        (Some(label), _) => label.to_string(),
        (None, Some(value)) => value.to_string(),
        (None, None) => "–".to_owned(),
    };
    let scores = prediction.scores.into_iter();
    let scores = scores.map(|(label, score)| (label, score.as_f64().unwrap_or_default()));
    let mut scores: Vec<(String, f64)> = scores.collect();
    scores.sort_by(|one, other| other.1.total_cmp(&one.1));
    let scores = scores.into_iter();
    let scores = scores
        .map(|(label, score)| (label, format!("{score:.4}")))
        .collect();
    Shown {
        version,
        answer,
        scores,
    }
}
