//! The form that changes what a brief looks for.

use askama::Template;
use http::{Method, StatusCode, header};
use serde_json::Value;

use super::data::{Brief, read};
use super::entered::{Entered, FIELDS};
use super::fault::Fault;
use super::new_page::form;
use super::shown::{brief_calls, brief_path};
use crate::http::V1Call;
use crate::ui::{Answer, Asked, Frame, Markup, PageError};

#[derive(Template)]
#[template(path = "systems/briefs/pages/change.html")]
struct ChangePage<'a> {
    frame: &'a Frame,
    brief: &'a Brief,
    back: String,
    form: Markup,
    fault: Option<&'a Fault>,
}

pub(super) async fn show(asked: &Asked<'_>, id: &str) -> Result<Answer, PageError> {
    let brief: Brief = read(asked.get(&brief_calls(id)).await?);
    page(asked, &brief, &Entered::of_brief(&brief), None).await
}

/// Sends what differs from the brief.
pub(super) async fn change(asked: &Asked<'_>, id: &str) -> Result<Answer, PageError> {
    let entered = Entered::of(&asked.file_form().await?.fields);
    let uri = brief_calls(id);
    let brief: Brief = read(asked.get(&uri).await?);
    let changes = entered.changes(&brief);
    if changes.is_empty() {
        return Ok(asked.elsewhere(&brief_path(id)));
    }
    let json = (header::CONTENT_TYPE, "application/json".to_owned());
    let answer = asked.send(V1Call {
        method: Method::PATCH,
        uri: &uri,
        headers: vec![json],
        body: Value::Object(changes).to_string().into_bytes(),
    });
    let answer = answer.await;
    match answer.status {
        StatusCode::OK => Ok(asked.elsewhere(&brief_path(id))),
        _ => match PageError::of(&answer) {
            error if error.is_of_request() => page(asked, &brief, &entered, Some(&error)).await,
            error => Err(error),
        },
    }
}

async fn page(
    asked: &Asked<'_>,
    brief: &Brief,
    entered: &Entered,
    error: Option<&PageError>,
) -> Result<Answer, PageError> {
    let path = brief_path(&brief.job_id);
    let fault = error.map(|error| Fault::of(error, &FIELDS, &entered.lines()));
    let action = format!("{path}/change");
    let form = form(asked, &action, entered, fault.as_ref(), true).await;
    let frame = &asked.frame.clone().with_data(brief_calls(&brief.job_id));
    let template = ChangePage {
        frame,
        brief,
        back: frame.path(&path),
        form,
        fault: fault.as_ref(),
    };
    Answer::page_or_fault(&template, error)
}
