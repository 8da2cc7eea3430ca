//! The form that submits a brief.

use askama::Template;
use serde_json::{Value, json};

use super::data::{PlatformList, read};
use super::entered::{Entered, FIELDS};
use super::fault::Fault;
use super::room::{PLATFORMS, ROOT};
use super::shown::brief_path;
use crate::ui::{Answer, Asked, Frame, Markup, PageError};

#[derive(Template)]
#[template(path = "systems/briefs/pages/new.html")]
struct NewPage<'a> {
    frame: &'a Frame,
    form: Markup,
    fault: Option<&'a Fault>,
    curl: String,
}

/// The fields, for new briefs and for those that are changed.
#[derive(Template)]
#[template(path = "systems/briefs/pages/form.html")]
struct Form<'a> {
    frame: &'a Frame,
    action: String,
    entered: &'a Entered,
    fault: Option<&'a Fault>,
    platforms: Vec<PlatformChoice>,
    /// Of the dates.
    zone: Option<String>,
    /// A brief that is there has all that may be left out.
    is_change: bool,
}

struct PlatformChoice {
    name: String,
    label: String,
    is_chosen: bool,
    /// Why it cannot be chosen.
    off: Option<String>,
}

impl Form<'_> {
    /// What a field is described by, and whether it is faulty.
    fn fault_at(&self, field: &str) -> Option<&Fault> {
        self.fault.filter(|fault| fault.is_at(field))
    }
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    // The address holds what is filled in, so that a link can be shared.
    page(asked, &Entered::of(&asked.parameters()), None).await
}

pub(super) async fn submit(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let entered = Entered::of(&asked.file_form().await?.fields);
    let body = json!({ "brief": entered.request() });
    match asked.post("/v1/jobs", Some(&body)).await {
        Ok(answer) => {
            let id = answer.body["job_id"].as_str();
            let id = id.or(answer.body["id"].as_str()).unwrap_or_default();
            Ok(asked.elsewhere(&brief_path(id)))
        }
        Err(error) if error.is_of_request() => page(asked, &entered, Some(&error)).await,
        Err(error) => Err(error),
    }
}

async fn page(
    asked: &Asked<'_>,
    entered: &Entered,
    error: Option<&PageError>,
) -> Result<Answer, PageError> {
    let fault = error.map(|error| Fault::of(error, &FIELDS, &entered.lines()));
    let action = format!("{ROOT}/new");
    let form = form(asked, &action, entered, fault.as_ref(), false).await;
    let frame = &asked.frame.clone().with_data(PLATFORMS);
    let body: Value = json!({ "brief": entered.request() });
    let template = NewPage {
        frame,
        form,
        fault: fault.as_ref(),
        curl: frame.curl_with("/v1/jobs", &body),
    };
    Answer::page_or_fault(&template, error)
}

/// The form with what is filled in.
pub(super) async fn form(
    asked: &Asked<'_>,
    action: &str,
    entered: &Entered,
    fault: Option<&Fault>,
    is_change: bool,
) -> Markup {
    let known: PlatformList = read(asked.get_part(PLATFORMS).await);
    let platforms = known.platforms.into_iter().map(|known| PlatformChoice {
        is_chosen: entered.has_platform(&known.platform),
        off: (!known.on).then(|| known.reason.unwrap_or_default()),
        label: match known.label.is_empty() {
            true => known.platform.clone(),
            false => known.label,
        },
        name: known.platform,
    });
    Markup::rendered(&Form {
        frame: &asked.frame,
        action: asked.frame.path(action),
        entered,
        fault,
        platforms: platforms.collect(),
        zone: known.time_zone,
        is_change,
    })
}
