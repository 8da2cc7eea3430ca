//! The tasks of a service.

use askama::Template;

use super::data::{Task, TaskPage, read};
use super::room::ROOT;
use crate::clock;
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, look, number, percent, query};

const STATUSES: [&str; 5] = ["ready", "waiting", "running", "finished", "failed"];

#[derive(Template)]
#[template(path = "systems/dispatch/pages/service.html")]
struct ServicePage<'a> {
    frame: &'a Frame,
    service: &'a str,
    /// Mark, address and whether it is the one that is shown.
    statuses: Vec<(Markup, String, bool)>,
    all: (String, bool),
    fault: Option<&'a str>,
    rows: Vec<Row>,
    letters: String,
    next: Option<String>,
}

struct Row {
    task: String,
    href: String,
    look: &'static str,
    status: String,
    attempt: String,
    share: Option<f64>,
    percent: String,
    message: String,
    worker: Option<Worker>,
    created: Markup,
    took: String,
}

/// Who works on a task, or has.
struct Worker {
    /// `None`: nobody does any more.
    name: Option<String>,
    heard: Option<Markup>,
    /// When its lease ends.
    deadline: Option<Markup>,
}

pub(super) async fn show(asked: &Asked<'_>, service: &str) -> Result<Answer, PageError> {
    let (status, after) = (asked.parameter("status"), asked.parameter("after"));
    let parameters = query(&[
        ("service", service),
        ("status", status.as_str()),
        ("after", after.as_str()),
    ]);
    let data = format!("/v1/dispatch/tasks{parameters}");
    let (page, fault): (TaskPage, _) = match asked.get(&data).await {
        Ok(answer) => (read(answer), None),
        Err(fault) if fault.is_of_request() => (TaskPage::default(), Some(fault)),
        Err(error) => return Err(error),
    };
    let frame = &asked.frame.clone().with_data(data);
    let with = |status: &str, after: &str| {
        let parameters = query(&[("status", status), ("after", after)]);
        frame.path(&format!("{ROOT}/{}{parameters}", encoded(service)))
    };
    let statuses = STATUSES.map(|known| {
        let word = frame.say(&format!("dispatch-status-{known}"));
        let mark = frame.marked(look(known), &word);
        (mark, with(known, ""), known == status)
    });
    let template = ServicePage {
        frame,
        service,
        statuses: statuses.to_vec(),
        all: (with("", ""), status.is_empty()),
        fault: fault.as_ref().map(|fault| fault.detail.as_str()),
        rows: page.tasks.iter().map(|task| Row::of(frame, task)).collect(),
        letters: frame.path(&format!("{ROOT}{}", query(&[("service", service)]))),
        next: page.next.map(|next| with(&status, &next)),
    };
    Answer::page_or_fault(&template, fault.as_ref())
}

impl Row {
    fn of(frame: &Frame, task: &Task) -> Self {
        let moment = |text: &Option<String>| text.as_deref().and_then(clock::parse);
        let created = moment(&task.created_at);
        let took = moment(&task.started_at).map(|started| {
            let ended = moment(&task.ended_at).unwrap_or_else(|| frame.zone.now_micros());
            frame.duration(ended - started)
        });
        let share = task.progress.filter(|_| task.status == "running");
        Self {
            task: task.task_id.clone(),
            href: frame.path(&format!("/jobs/{}", task.job_id)),
            look: look(&task.status),
            status: frame.say(&format!("dispatch-status-{}", task.status)),
            attempt: number(task.attempt),
            percent: share.map(percent).unwrap_or_default(),
            share,
            message: task.message.clone().unwrap_or_default(),
            worker: Worker::of(frame, task),
            created: created.map(|at| frame.ago(at)).unwrap_or_default(),
            took: took.unwrap_or_else(|| "–".to_owned()),
        }
    }
}

impl Worker {
    /// `None`: nobody has ever been heard of.
    fn of(frame: &Frame, task: &Task) -> Option<Self> {
        let moment = |text: &Option<String>| text.as_deref().and_then(clock::parse);
        let heard = moment(&task.heard_at).map(|at| frame.ago(at));
        if task.worker.is_none() && heard.is_none() {
            return None;
        }
        let deadline = moment(&task.deadline).filter(|_| task.status == "running");
        Some(Self {
            name: task.worker.clone(),
            heard,
            deadline: deadline.map(|at| frame.exact(at)),
        })
    }
}
