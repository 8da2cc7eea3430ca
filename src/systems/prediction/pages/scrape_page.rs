//! A scrape: its text with versions, its times, its runs; it is run, tried and extracted again here.

use askama::Template;
use http::{Method, StatusCode, header};
use serde_json::{Map, Value};

use super::super::scraping::FLOW;
use super::data::read;
use super::scrape_data::{About, RunPage, Scrape, Trial};
use super::scrape_shown::{FreshnessShown, RunRow, scrape_path};
use super::shown::{mapping_path, moment};
use super::trial;
use super::upload_page::accepted;
use super::versioned::{Kind, Seen, TextForm, entered};
use super::waiting::waiting;
use crate::clock;
use crate::http::{V1Answer, V1Call};
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, find, query};

pub(super) const SCRAPES: Kind = Kind {
    calls: "/v1/scrapes",
    pages: "/imports/scrapes",
    key: "scrape",
    word: "scrapes-scrape",
    save: "scrapes-save",
    name_help: "scrapes-name-help",
    name_needed: "scrapes-name-needed",
    name_taken: "scrapes-name-taken",
};

#[derive(Template)]
#[template(path = "systems/prediction/pages/scrape.html")]
struct ScrapePage<'a> {
    frame: &'a Frame,
    /// `None`: it is new.
    known: Option<Known>,
    said: Markup,
    text: Markup,
    /// What has come of trying it.
    trial: Markup,
}

/// A scrape that is stored.
struct Known {
    name: String,
    version: i32,
    by: String,
    ago: Markup,
    exact: Markup,
    freshness: FreshnessShown,
    /// Names and values.
    facts: Vec<(String, String)>,
    /// What says where rows go, and where that is shown.
    mapping: Option<(String, String)>,
    is_paused: bool,
    next: Vec<Markup>,
    waiting: Markup,
    runs: Vec<RunRow>,
    /// Of the runs before these.
    earlier_runs: Option<String>,
    versions: Markup,
    run: String,
    replay: String,
    remove: String,
    question: String,
    /// Of what is there, to remove it.
    tag: String,
}

/// What somebody begins with.
const BEGINNING: &str = "scrape: \nrequest: {url: \"https://\"}\nextract:\n  html:\n    rows: \"table tbody tr\"\n    \
                         fields:\n      name: {css: \"td\"}\ninto: {table: , key: [day, name]}\n";

/// Where a new one is stored.
const NEW: &str = "/imports/new-scrape";

/// Runs on a page.
const RUNS: u32 = 20;

pub(super) fn show_new(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let form = TextForm {
        text: BEGINNING.to_owned(),
        ..TextForm::default()
    };
    new_page(asked, &form, None)
}

pub(super) async fn show(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let (seen, form) = SCRAPES.look(asked, name).await?;
    page(asked, seen, &form, None).await
}

/// Stores a new scrape under the name in its text, or tries it.
pub(super) async fn add(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let (mut form, fields) = entered(asked).await?;
    if is_to_try(&fields) {
        let name = encoded(&SCRAPES.name_in(&form.text));
        let trial = try_out(asked, &name, &mut form, &fields).await?;
        return new_page(asked, &form, trial);
    }
    match SCRAPES.add(asked, &mut form).await? {
        Some(done) => Ok(done),
        None => new_page(asked, &form, None),
    }
}

/// Stores another text, or tries it.
pub(super) async fn change(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let (mut form, fields) = entered(asked).await?;
    let trial = match is_to_try(&fields) {
        true => try_out(asked, name, &mut form, &fields).await?,
        false => match SCRAPES.change(asked, name, &mut form).await? {
            Some(done) => return Ok(done),
            None => None,
        },
    };
    page(asked, SCRAPES.stored(asked, name).await?, &form, trial).await
}

/// Removes a scrape that has not changed since it was seen.
pub(super) async fn remove(asked: &Asked<'_>, name: &str) -> Result<Answer, PageError> {
    let (mut form, _) = entered(asked).await?;
    match SCRAPES.remove(asked, name, &mut form).await? {
        Some(done) => Ok(done),
        None => page(asked, SCRAPES.stored(asked, name).await?, &form, None).await,
    }
}

/// Runs it for a day, or extracts kept pages again: a job does, and is shown.
pub(super) async fn start(
    asked: &Asked<'_>,
    name: &str,
    call: &str,
    members: &[&str],
) -> Result<Answer, PageError> {
    let (_, fields) = entered(asked).await?;
    let body = body(&fields, members);
    match accepted(post(asked, name, call, body).await)? {
        Ok(answer) => {
            let job = answer.body["job_id"].as_str().unwrap_or_default();
            Ok(asked.elsewhere(&format!("/jobs/{job}")))
        }
        Err(answer) => {
            let (seen, mut form) = SCRAPES.look(asked, name).await?;
            form.refuse(answer.status, answer.detail().to_owned());
            page(asked, seen, &form, None).await
        }
    }
}

fn is_to_try(fields: &[(String, String)]) -> bool {
    find(fields, "do") == Some("try")
}

/// What comes of the text in the form, for the day in it; the form says what is wrong with it.
async fn try_out(
    asked: &Asked<'_>,
    name: &str,
    form: &mut TextForm,
    fields: &[(String, String)],
) -> Result<Option<Trial>, PageError> {
    let mut body = body(fields, &["day"]);
    body.insert("scrape".to_owned(), Value::from(form.text.as_str()));
    // The text is what counts, whatever is stored under the name.
    let name = if name.is_empty() { "-" } else { name };
    match accepted(post(asked, name, "test", body).await)? {
        Ok(answer) => Ok(Some(read(answer.body))),
        Err(answer) => {
            form.refuse_text(&asked.frame, &answer);
            Ok(None)
        }
    }
}

/// The members that were filled in.
fn body(fields: &[(String, String)], members: &[&str]) -> Map<String, Value> {
    let filled = members.iter().filter_map(|member| {
        let value = find(fields, member)?.trim();
        (!value.is_empty()).then(|| ((*member).to_owned(), Value::from(value)))
    });
    filled.collect()
}

async fn post(asked: &Asked<'_>, name: &str, call: &str, body: Map<String, Value>) -> V1Answer {
    let uri = format!("{}/{name}/{call}", SCRAPES.calls);
    asked
        .send(V1Call {
            method: Method::POST,
            uri: &uri,
            headers: vec![(header::CONTENT_TYPE, "application/json".to_owned())],
            body: Value::Object(body).to_string().into_bytes(),
        })
        .await
}

fn new_page(asked: &Asked<'_>, form: &TextForm, trial: Option<Trial>) -> Result<Answer, PageError> {
    let frame = &asked.frame.clone().with_data(SCRAPES.calls);
    let template = ScrapePage {
        frame,
        known: None,
        said: SCRAPES.said(frame, "", form),
        text: SCRAPES.card(frame, NEW, form, trial::button(frame, trial.as_ref())),
        trial: tried(frame, trial.as_ref()),
    };
    answer(&template, form.status)
}

async fn page(
    asked: &Asked<'_>,
    (seen, tag): Seen,
    form: &TextForm,
    trial: Option<Trial>,
) -> Result<Answer, PageError> {
    let scrape: Scrape = read(seen);
    let data = format!("{}/{}", SCRAPES.calls, encoded(&scrape.definition.name));
    let frame = &asked.frame.clone().with_data(data);
    let here = scrape_path(&scrape.definition.name);
    let template = ScrapePage {
        frame,
        said: SCRAPES.said(frame, &scrape.definition.name, form),
        text: SCRAPES.card(frame, &here, form, trial::button(frame, trial.as_ref())),
        trial: tried(frame, trial.as_ref()),
        known: Some(known(asked, frame, scrape, tag, form).await),
    };
    answer(&template, form.status)
}

fn tried(frame: &Frame, trial: Option<&Trial>) -> Markup {
    trial.map_or_else(Markup::default, |trial| trial::shown(frame, trial))
}

fn answer(template: &ScrapePage<'_>, status: Option<StatusCode>) -> Result<Answer, PageError> {
    let fault = status.map(PageError::of_status);
    Answer::page_or_fault(template, fault.as_ref())
}

async fn known(
    asked: &Asked<'_>,
    frame: &Frame,
    scrape: Scrape,
    tag: String,
    form: &TextForm,
) -> Known {
    let definition = &scrape.definition;
    let name = &definition.name;
    let here = frame.path(&scrape_path(name));
    let filters = [
        ("limit", RUNS.to_string()),
        ("after", asked.parameter("runs_after")),
    ];
    let calls = format!("{}/{}", SCRAPES.calls, encoded(name));
    let runs = format!("{calls}/runs{}", query(&filters));
    let runs: RunPage = read(asked.get_part(&runs).await);
    let about = About::of(&definition.text);
    let schedule = about.schedule.as_ref();
    let schedule = schedule.map(|(pattern, zone)| format!("{pattern} {zone}"));
    let schedule = schedule.unwrap_or_else(|| frame.say("scrapes-no-schedule"));
    let facts = [
        ("scrapes-fetches", about.host),
        ("imports-table", about.table),
        ("scrapes-schedule", Some(schedule)),
    ];
    let facts = facts.into_iter();
    let facts = facts.filter_map(|(word, value)| Some((frame.say(word), value?)));
    let next = scrape.next.iter().filter_map(|next| clock::parse(next));
    let (ago, exact) = moment(frame, &definition.changed_at);
    Known {
        version: definition.version,
        by: definition.changed_by.clone(),
        ago,
        exact,
        freshness: FreshnessShown::of(frame, &scrape),
        facts: facts.collect(),
        mapping: about.mapping.map(|mapping| {
            let href = frame.path(&mapping_path(&mapping));
            (mapping, href)
        }),
        is_paused: scrape.paused,
        next: next.map(|next| frame.exact(next)).collect(),
        waiting: waiting(asked, FLOW, "scrapes-scrape", Some(name)).await,
        runs: runs.runs.iter().map(|run| RunRow::of(frame, run)).collect(),
        earlier_runs: runs
            .next
            .map(|next| format!("{here}{}#runs", query(&[("runs_after", next)]))),
        versions: SCRAPES.versions(asked, definition, form).await,
        run: format!("{here}/run"),
        replay: format!("{here}/replay"),
        remove: format!("{here}/remove"),
        question: frame.words.with("scrapes-remove-ask", "name", name),
        name: name.clone(),
        tag,
    }
}
