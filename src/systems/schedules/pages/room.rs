//! Schedules: when each fires, what became of its last fires, and firing, pausing and resuming them.

use askama::Template;
use async_trait::async_trait;
use serde::Deserialize;

use super::data::{Fire, Schedule, ScheduleList};
use crate::clock;
use crate::ui::{Answer, Asked, Frame, Markup, PageError, Room, encoded, look};

/// Fires that are shown as marks, and next times that are shown.
const FIRES: usize = 8;
const NEXT: usize = 3;

pub(super) struct SchedulesRoom;

#[derive(Template)]
#[template(path = "systems/schedules/pages/schedules.html")]
struct SchedulesPage<'a> {
    frame: &'a Frame,
    may_operate: bool,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    icon: &'static str,
    kind: String,
    on: String,
    /// Zone, and what is done about fires that nobody ran.
    note: String,
    flow: String,
    request: String,
    of_settings: bool,
    paused: Option<String>,
    next: Vec<Markup>,
    fires: Vec<FireMark>,
    message: Option<String>,
    /// Where its buttons are sent, without the action.
    action: String,
}

struct FireMark {
    href: Option<String>,
    look: &'static str,
    text: String,
}

#[async_trait]
impl Room for SchedulesRoom {
    fn root(&self) -> &'static str {
        "/schedules"
    }

    fn name(&self) -> &'static str {
        "schedules-nav"
    }

    fn key(&self) -> char {
        's'
    }

    fn shows_everything(&self) -> bool {
        true
    }

    async fn show(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        if !parts.is_empty() {
            return Err(PageError::nothing_here());
        }
        let data = "/v1/schedules";
        let answer = asked.get(data).await?;
        let list = ScheduleList::deserialize(answer).unwrap_or_default();
        let frame = &asked.frame.clone().with_data(data);
        let rows = list.schedules.iter();
        Answer::page(&SchedulesPage {
            frame,
            may_operate: frame.may_operate(),
            rows: rows.map(|schedule| Row::of(frame, schedule)).collect(),
        })
    }

    async fn act(&self, asked: &Asked<'_>, parts: &[&str]) -> Result<Answer, PageError> {
        let [name, action @ ("fire" | "pause" | "resume")] = parts else {
            return Err(PageError::nothing_here());
        };
        let call = format!("/v1/schedules/{}/{action}", encoded(name));
        let answer = asked.post(&call, None).await?;
        let job = answer.body["job_id"].as_str();
        let job = job.map(|job| format!("/jobs/{job}"));
        Ok(asked.elsewhere(job.as_deref().unwrap_or("/schedules")))
    }
}

impl Row {
    fn of(frame: &Frame, schedule: &Schedule) -> Self {
        let (kind, on) = schedule.kind();
        let (flow, request) = schedule.start();
        let zone = schedule.text("timezone").unwrap_or("UTC");
        let zone = (kind == "cron").then(|| zone.to_owned());
        let catchup = schedule.text("catchup").filter(|_| kind == "cron");
        let catchup = catchup.map(|rule| frame.say(&format!("schedules-catchup-{rule}")));
        let note: Vec<String> = [zone, catchup].into_iter().flatten().collect();
        let next = schedule.next.iter().filter_map(|at| clock::parse(at));
        let fires = schedule.fires.iter();
        let newest = schedule.fires.first();
        Self {
            icon: icon(kind),
            kind: frame.say(&format!("schedules-kind-{kind}")),
            on,
            note: note.join(" · "),
            flow,
            request,
            of_settings: schedule.of_settings,
            paused: schedule.paused.then(|| {
                let by = schedule.paused_by.clone();
                by.unwrap_or_else(|| frame.say("schedules-its-definition"))
            }),
            next: next.take(NEXT).map(|at| frame.exact(at)).collect(),
            fires: fires
                .take(FIRES)
                .map(|fire| FireMark::of(frame, fire))
                .collect(),
            message: newest.and_then(|fire| fire.message.clone()),
            action: frame.path(&format!("/schedules/{}", encoded(&schedule.name))),
            name: schedule.name.clone(),
        }
    }
}

impl FireMark {
    fn of(frame: &Frame, fire: &Fire) -> Self {
        // A fire that has started a job is as that has ended; until then it runs.
        let state = match (fire.outcome.as_deref(), fire.state.as_str()) {
            (Some(outcome), _) => outcome,
            (None, "started") => "running",
            (None, state) => state,
        };
        let at = clock::parse(&fire.at).map(|at| frame.zone.absolute(at));
        let word = frame.say(&format!("state-{state}"));
        let parts = [Some(word), at, fire.fired_by.clone(), fire.message.clone()];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let job = fire.job_id.as_deref();
        Self {
            href: job.map(|job| frame.path(&format!("/jobs/{job}"))),
            look: look(state),
            text: parts.join(" · "),
        }
    }
}

fn icon(kind: &str) -> &'static str {
    match kind {
        "cron" => "clock",
        "webhook" => "branch",
        "file" => "file",
        "after" => "pipeline",
        _ => "form",
    }
}
