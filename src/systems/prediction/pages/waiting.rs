//! Jobs of a flow that have not ended, above the list of what came of the others.

use askama::Template;

use super::data::{Job, JobPage, read};
use super::shown::moment;
use crate::ui::{Asked, Frame, Markup, query, quoted};

#[derive(Template)]
#[template(path = "systems/prediction/pages/waiting.html")]
struct Waiting<'a> {
    frame: &'a Frame,
    /// What the titles of the jobs are.
    what: String,
    rows: Vec<WaitingRow>,
}

struct WaitingRow {
    href: String,
    title: String,
    state: Markup,
    waiting: Option<String>,
    by: String,
    ago: Markup,
}

/// The states in the order in which their jobs are shown, and how many of each are.
const STATES: [&str; 3] = ["running", "queued", "parked"];
const SHOWN: &str = "20";

/// All of a flow, or those with one title; `what` is the id of the message that names titles.
pub(super) async fn waiting(
    asked: &Asked<'_>,
    flow: &str,
    what: &str,
    title: Option<&str>,
) -> Markup {
    let frame = &asked.frame;
    let mut rows = Vec::new();
    for state in STATES {
        let filters = [
            ("flow", flow),
            ("limit", SHOWN),
            ("state", state),
            ("q", title.unwrap_or_default()),
        ];
        let path = format!("/v1/jobs{}", query(&filters));
        let page: JobPage = read(asked.get_part(&path).await);
        let jobs = page.jobs.iter();
        let jobs = jobs.filter(|job| title.is_none() || job.title.as_deref() == title);
        rows.extend(jobs.map(|job| row(frame, job)));
    }
    match rows.is_empty() {
        true => Markup::default(),
        false => Markup::rendered(&Waiting {
            frame,
            what: frame.say(what),
            rows,
        }),
    }
}

fn row(frame: &Frame, job: &Job) -> WaitingRow {
    WaitingRow {
        href: frame.path(&format!("/jobs/{}", job.id)),
        title: job.title.clone().unwrap_or_else(|| job.id.clone()),
        state: frame.state(&job.state),
        waiting: job.waiting.as_deref().map(quoted),
        by: job.started_by.clone().unwrap_or_else(|| "–".to_owned()),
        ago: moment(frame, &job.created_at).0,
    }
}
