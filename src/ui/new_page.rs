//! Starting a job from a form. The address holds what is filled in.

use std::sync::Arc;

use askama::Template;
use poem::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::asked::{Answer, Asked};
use super::data::{Job, JobSummary};
use super::error_page::PageError;
use super::examples::{self, ExampleShown};
use super::forms::{encoded, find, pairs, query, shell_word};
use super::frame::Frame;
use super::jobs_page::title;
use super::new_form::{self, Control, Field};
use super::pages::{FlowPages, NewJobForm};
use super::rooms::{Room, Startable};
use crate::http::V1Answer;

/// Beside the members of the request.
const QUEUE: &str = "queue";

/// Which forms there are.
#[derive(Template)]
#[template(path = "ui/templates/new-list.html")]
struct Choices<'a> {
    frame: &'a Frame,
    forms: Vec<FormShown>,
    startables: Vec<Startable>,
    examples: Vec<ExampleShown>,
}

struct FormShown {
    icon: &'static str,
    href: String,
    title: String,
    note: String,
}

#[derive(Template)]
#[template(path = "ui/templates/new.html")]
struct NewPage<'a> {
    frame: &'a Frame,
    icon: &'static str,
    title: String,
    /// Where the form is sent.
    action: String,
    first: &'a [Field],
    more: &'a [Field],
    is_more_open: bool,
    /// What is wrong, and with which field.
    fault: Option<(String, Option<String>)>,
    /// The job that it was filled from.
    from: Option<(String, String)>,
    notes: Vec<String>,
    can_be_checked: bool,
    checked: Option<Checked>,
    curl: String,
    /// What does the same as a command of the program.
    line: Option<String>,
}

/// What a job would do.
struct Checked {
    facts: Vec<(String, String)>,
    warnings: Vec<String>,
}

/// The form of a flow with what was given.
struct Form<'a> {
    asked: &'a Asked<'a>,
    flow: &'a dyn FlowPages,
    form: &'static NewJobForm,
    fields: Vec<Field>,
    from: Option<Box<JobSummary>>,
    notes: Vec<String>,
    fault: Option<(String, Option<String>)>,
    checked: Option<Checked>,
}

pub(super) async fn list(asked: &Asked<'_>, rooms: &[Arc<dyn Room>]) -> Result<Answer, PageError> {
    let mut startables = Vec::new();
    for room in rooms {
        startables.extend(room.startables(asked).await);
    }
    let frame = &asked.frame.clone().with_data("/v1/schemas");
    let forms = asked.flows.iter().filter_map(|flow| {
        let form = flow.form()?;
        Some(FormShown {
            icon: flow.icon(),
            href: frame.path(&format!("/new/{}", flow.flow())),
            title: frame.say(form.title),
            note: frame.say(form.note),
        })
    });
    Answer::page(&Choices {
        frame,
        forms: forms.collect(),
        startables,
        examples: examples::of(asked).await,
    })
}

pub(super) async fn show(asked: &Asked<'_>, flow: &str) -> Result<Answer, PageError> {
    let given = pairs(asked.visit.query.as_bytes());
    let mut form = Form::of(asked, flow, &given).await?;
    if find(&given, "do") == Some("check") && form.is_whole() {
        form.check().await;
    }
    let html = form.render()?;
    Ok(match &form.fault {
        Some(_) => Answer::Refused(StatusCode::UNPROCESSABLE_ENTITY, html),
        None => Answer::Page(html),
    })
}

pub(super) async fn start(asked: &Asked<'_>, flow: &str) -> Result<Answer, PageError> {
    let given = pairs(&asked.visit.form);
    let mut form = Form::of(asked, flow, &given).await?;
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if form.is_whole() {
        let (path, body) = form.call();
        let answer = asked.visit.call(Method::POST, &path, Some(&body)).await;
        if answer.status.is_success() {
            let id = answer.body["job_id"].as_str();
            let id = id.or(answer.body["id"].as_str()).unwrap_or_default();
            return Ok(asked.elsewhere(&format!("/jobs/{}", encoded(id))));
        }
        if answer.status == StatusCode::UNAUTHORIZED {
            return Err(PageError::of(&answer));
        }
        status = answer.status;
        form.refused(&answer);
    }
    Ok(Answer::Refused(status, form.render()?))
}

impl<'a> Form<'a> {
    async fn of(
        asked: &'a Asked<'a>,
        flow: &str,
        given: &[(String, String)],
    ) -> Result<Self, PageError> {
        let flow = asked.flow(flow).ok_or_else(PageError::nothing_here)?;
        let form = flow.form().ok_or_else(PageError::nothing_here)?;
        let schema = format!("/v1/schemas/{}", flow.flow());
        let schema = asked.visit.call(Method::GET, &schema, None).await;
        if schema.status != StatusCode::OK {
            return Err(PageError::of(&schema));
        }
        let mut given = given.to_vec();
        let from = match find(&given, "again") {
            Some(id) => Some(earlier(asked, flow, id).await?),
            None => None,
        };
        if let Some(from) = &from {
            // What stands in the address takes precedence.
            let again = flow.again(from).into_iter();
            given.extend(again.map(|(name, value)| (name.to_owned(), value)));
        }
        let mut fields = new_form::fields(&asked.frame, flow.flow(), &schema.body, &given);
        if form.has_queue {
            fields.push(queue(&asked.frame, &given));
        }
        let mut form = Self {
            asked,
            flow,
            form,
            fields,
            from: from.map(Box::new),
            notes: Vec::new(),
            fault: None,
            checked: None,
        };
        if form.from.is_some() {
            form.drop_what_is_not_offered();
        }
        Ok(form)
    }

    /// An earlier job may name what this server does not have any more, or what came with its request.
    fn drop_what_is_not_offered(&mut self) {
        for field in &mut self.fields {
            let Control::Choice { values, .. } = &field.control else {
                continue;
            };
            if !field.value.is_empty() && !values.contains(&field.value) {
                let texts: &[(&str, &dyn std::fmt::Display)] =
                    &[("field", &field.label), ("value", &field.value)];
                let note = self.asked.frame.words.with_all("new-not-offered", texts);
                self.notes.push(note);
                field.value.clear();
            }
        }
    }

    /// Whether what is needed is there; else says so.
    fn is_whole(&mut self) -> bool {
        let mut fields = self.fields.iter_mut();
        let missing = fields.find(|field| field.is_required && field.value.is_empty());
        let Some(field) = missing else { return true };
        let said = self.asked.frame.say("new-required");
        field.fault = Some(said.clone());
        let text = format!("{}: {said}", field.label);
        self.fault = Some((text, Some(field.name.clone())));
        false
    }

    /// What is called to start the job.
    fn call(&self) -> (String, Value) {
        let mut request = new_form::request(&self.fields);
        let queue = self.form.has_queue.then(|| request.shift_remove(QUEUE));
        (self.form.call)(request, queue.flatten())
    }

    async fn check(&mut self) {
        let (_, body) = self.call();
        let call = self
            .asked
            .visit
            .call(Method::POST, "/v1/jobs/check", Some(&body));
        let answer = call.await;
        if answer.status != StatusCode::OK {
            self.refused(&answer);
            return;
        }
        let warnings = answer.body["warnings"].as_array().into_iter().flatten();
        let warnings = warnings.filter_map(Value::as_str).map(str::to_owned);
        self.checked = Some(Checked {
            facts: self.flow.found(&self.asked.frame, &answer.body),
            warnings: warnings.collect(),
        });
    }

    fn refused(&mut self, answer: &V1Answer) {
        let detail = answer.detail();
        let member = self.flow.flow();
        let field = new_form::place(&mut self.fields, member, detail);
        self.fault = Some((detail.to_owned(), field));
    }

    fn render(&mut self) -> Result<String, PageError> {
        let flow = self.flow.flow();
        let data = format!("/v1/schemas/{flow}");
        let frame = &self.asked.frame.clone().with_data(data);
        let (path, body) = self.call();
        let first = self.form.first;
        let place = |field: &Field| first.iter().position(|name| *name == field.name);
        // Those that are not named keep their order behind the others.
        self.fields
            .sort_by_key(|field| place(field).unwrap_or(first.len()));
        let names_first = self.fields.iter().filter(|field| place(field).is_some());
        let (first, more) = self.fields.split_at(names_first.count());
        let from = self.from.as_ref();
        let page = NewPage {
            frame,
            icon: self.flow.icon(),
            title: frame.say(self.form.title),
            action: frame.path(&format!("/new/{flow}")),
            is_more_open: more
                .iter()
                .any(|field| field.fault.is_some() || !field.value.is_empty()),
            first,
            more,
            fault: self.fault.clone(),
            from: from.map(|job| {
                let href = frame.path(&format!("/jobs/{}", job.id));
                (title(self.asked, job), href)
            }),
            notes: std::mem::take(&mut self.notes),
            can_be_checked: self.form.can_be_checked,
            checked: self.checked.take(),
            curl: frame.curl_with(&path, &body),
            line: command_line(frame, flow, &path, &body),
        };
        page.render().map_err(|_| PageError::internal())
    }
}

/// The job that a form is filled from.
async fn earlier(
    asked: &Asked<'_>,
    flow: &dyn FlowPages,
    id: &str,
) -> Result<JobSummary, PageError> {
    let path = format!("/v1/jobs/{}", encoded(id));
    let answer = asked.visit.call(Method::GET, &path, None).await;
    let job = Job::of(&answer.body).filter(|_| answer.status == StatusCode::OK);
    let job = job.ok_or_else(|| PageError::of(&answer))?;
    match job.summary.flow == flow.flow() {
        true => Ok(job.summary),
        false => Err(PageError::nothing_here()),
    }
}

fn queue(frame: &Frame, given: &[(String, String)]) -> Field {
    let member = json!({ "properties": { QUEUE: { "type": "string" } } });
    let mut fields = new_form::fields(frame, "new", &member, given);
    fields.remove(0)
}

/// The address of a form that is filled with these values.
pub(super) fn filled(frame: &Frame, flow: &str, values: &[(&str, &str)]) -> String {
    frame.path(&format!("/new/{flow}{}", query(values)))
}

/// The command that does the same; `None`: none does.
fn command_line(frame: &Frame, flow: &str, path: &str, body: &Value) -> Option<String> {
    if path != "/v1/jobs" {
        return None;
    }
    let mut words = vec![format!("audience submit {flow}")];
    for (name, value) in body[flow].as_object()? {
        let value = match value {
            // What reads as something else is written as JSON.
            Value::String(text) if serde_json::from_str::<Value>(text).is_err() => text.clone(),
            other => other.to_string(),
        };
        words.push(shell_word(&format!("{name}={value}")));
    }
    if let Some(queue) = body[QUEUE].as_str() {
        words.push(format!("--queue {}", shell_word(queue)));
    }
    words.push(format!("--server {}", shell_word(frame.address())));
    Some(words.join(" "))
}

/// A request as a member of the body of `POST /v1/jobs`.
pub(crate) fn submitted_as(
    member: &str,
    request: Map<String, Value>,
    queue: Option<Value>,
) -> (String, Value) {
    let mut body = json!({ member: request });
    if let Some(queue) = queue {
        body[QUEUE] = queue;
    }
    ("/v1/jobs".to_owned(), body)
}
