//! One action on the jobs that are chosen in the list: says how many there are, asks, and starts it.

use askama::Template;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::asked::{Answer, Asked};
use super::error_page::PageError;
use super::figures;
use super::forms::{find, query};
use super::frame::Frame;
use super::jobs_page::FILTERS;

const CALL: &str = "/v1/jobs/bulk";
const ACTIONS: [&str; 2] = ["cancel", "rerun"];

#[derive(Template)]
#[template(path = "ui/templates/bulk.html")]
struct BulkPage<'a> {
    frame: &'a Frame,
    action: &'static str,
    title: String,
    would_do: u64,
    matched: String,
    refused: Vec<RefusedRow>,
    /// What is sent again when it is started.
    fields: Vec<(String, String)>,
    /// The list from which it was asked for.
    back: String,
    curl: String,
}

struct RefusedRow {
    reason: String,
    jobs: String,
    example: String,
}

/// What `/v1/jobs/bulk/check` answers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Check {
    matched: u64,
    would_do: u64,
    refused: Vec<Refused>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Refused {
    pub reason: String,
    pub jobs: u64,
    pub example: String,
}

/// Asks whether it is to be done.
pub(super) async fn confirm(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let form = asked.form();
    let (action, body) = read(&form)?;
    let answer = asked.post(&format!("{CALL}/check"), Some(&body)).await?;
    let check = Check::deserialize(&answer.body).unwrap_or_default();
    let frame = &asked.frame;
    let filters = FILTERS.map(|name| (name, find(&form, name).unwrap_or_default()));
    let refused = check.refused.iter().map(|refused| RefusedRow {
        reason: refused.reason.clone(),
        jobs: figures::number(refused.jobs),
        example: frame.path(&format!("/jobs/{}", refused.example)),
    });
    Answer::page(&BulkPage {
        frame,
        action,
        title: frame
            .words
            .count(&format!("bulk-ask-{action}"), check.would_do),
        would_do: check.would_do,
        matched: frame.words.count("bulk-matched", check.matched),
        refused: refused.collect(),
        back: frame.path(&format!("/jobs{}", query(&filters))),
        curl: frame.curl_with(CALL, &body),
        fields: form,
    })
}

/// Starts it.
pub(super) async fn start(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let (_, body) = read(&asked.form())?;
    let answer = asked.post(CALL, Some(&body)).await?;
    let job = answer.body["id"].as_str().unwrap_or_default();
    Ok(asked.elsewhere(&format!("/jobs/{job}")))
}

/// The action, and the body of the call.
fn read(form: &[(String, String)]) -> Result<(&'static str, Value), PageError> {
    let given = find(form, "action").unwrap_or_default();
    let mut actions = ACTIONS.into_iter();
    let action = actions.find(|action| *action == given);
    let action = action.ok_or_else(PageError::nothing_here)?;
    if find(form, "all").is_some() {
        let filters = FILTERS.iter().filter_map(|name| {
            let value = find(form, name)?.trim();
            (!value.is_empty()).then(|| ((*name).to_owned(), value.into()))
        });
        let filter: Map<String, Value> = filters.collect();
        return Ok((action, json!({ "action": action, "filter": filter })));
    }
    let jobs = form.iter().filter(|(name, _)| name == "job");
    let jobs: Vec<&str> = jobs.map(|(_, id)| id.as_str()).collect();
    Ok((action, json!({ "action": action, "jobs": jobs })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_jobs_are_those_of_the_filters() {
        let form = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let chosen = [
            ("action", "cancel"),
            ("state", "running"),
            ("queue", " "),
            ("job", "a"),
            ("job", "b"),
        ];
        let (_, body) = read(&form(&chosen)).unwrap();
        assert_eq!(body, json!({ "action": "cancel", "jobs": ["a", "b"] }));
        let all = [&chosen[..], &[("all", "1")]].concat();
        let (_, body) = read(&form(&all)).unwrap();
        assert_eq!(
            body,
            json!({ "action": "cancel", "filter": { "state": "running" } })
        );
        assert!(read(&form(&[("action", "remove")])).is_err());
    }
}
