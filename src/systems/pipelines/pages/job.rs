//! A job that makes an instance: what it needs, its outputs, its attempts and their logs.

use std::collections::BTreeMap;

use askama::Template;
use async_trait::async_trait;
use serde::Deserialize;

use super::super::composing::FLOW;
use super::console_page;
use crate::ui::{
    Answer, Asked, ConsoleView, FlowPages, Frame, Job, JobPart, JobSummary, JobView, Markup,
    PageError, Start, number,
};

pub(super) struct PipelinesPages;

/// What `/v1` says of the instance.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Figures {
    instance: String,
    project: String,
    task: String,
    params: BTreeMap<String, String>,
    run: String,
    needs: Vec<Need>,
    outputs: Option<Vec<Output>>,
    attempts: Vec<Attempt>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Need {
    instance: String,
    job: String,
    state: String,
    optional: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Output {
    form: String,
    output: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Attempt {
    pub no: u64,
    pub state: String,
    log: Option<String>,
}

/// The attempts at its commands, the last one first.
pub(super) fn attempts(job: &Job) -> Vec<Attempt> {
    let figures = Figures::deserialize(&job.detail.figures);
    figures.unwrap_or_default().attempts
}

#[derive(Template)]
#[template(path = "systems/pipelines/pages/job.html")]
struct Main<'a> {
    frame: &'a Frame,
    needs: Vec<NeedRow>,
    outputs: Vec<Output>,
    attempts: Vec<AttemptRow>,
}

struct NeedRow {
    name: String,
    href: String,
    state: Markup,
    is_optional: bool,
}

struct AttemptRow {
    no: String,
    state: Markup,
    /// What it wrote, and the same as a file.
    console: String,
    log: Option<String>,
}

#[derive(Template)]
#[template(path = "systems/pipelines/pages/side.html")]
struct Side<'a> {
    frame: &'a Frame,
    facts: Vec<(String, String)>,
    graph: Option<String>,
    /// What a labelling that it uses has published.
    rows: Option<String>,
}

/// The kind of step that leaves rows which can be looked at.
const PUBLISHES: &str = "publish";

#[async_trait]
impl FlowPages for PipelinesPages {
    fn flow(&self) -> &'static str {
        FLOW
    }

    fn icon(&self) -> &'static str {
        "pipeline"
    }

    fn name(&self) -> &'static str {
        "pipelines"
    }

    fn digest(&self, job: &JobSummary) -> Vec<String> {
        let project = job.asked("project").map(str::to_owned);
        project.into_iter().collect()
    }

    fn start(&self, frame: &Frame) -> Option<Start> {
        Some(Start {
            icon: "pipeline",
            title: frame.say("pipelines-start"),
            text: frame.say("pipelines-start-note"),
            line: "audience demo pipelines",
        })
    }

    fn part(&self, view: &JobView<'_>) -> JobPart {
        let figures = Figures::deserialize(&view.job.detail.figures).unwrap_or_default();
        let frame = view.frame;
        JobPart {
            side: Markup::rendered(&side(view, &figures)),
            main: Markup::rendered(&main(frame, &view.job.summary.id, figures)),
            request: Vec::new(),
            unit: Some("pipelines-unit"),
        }
    }

    fn has_console(&self, job: &Job) -> bool {
        !attempts(job).is_empty()
    }

    async fn console(
        &self,
        asked: &Asked<'_>,
        shown: &ConsoleView<'_>,
    ) -> Result<Answer, PageError> {
        console_page::show(asked, shown).await
    }
}

fn main<'a>(frame: &'a Frame, job: &str, figures: Figures) -> Main<'a> {
    let need = |need: Need| NeedRow {
        href: frame.path(&format!("/jobs/{}", need.job)),
        name: match need.instance.is_empty() {
            true => need.job,
            false => need.instance,
        },
        state: frame.state(&need.state),
        is_optional: need.optional,
    };
    let attempt = |attempt: Attempt| AttemptRow {
        no: number(attempt.no),
        state: frame.state(&attempt.state),
        console: frame.path(&format!("/jobs/{job}/log?attempt={}", attempt.no)),
        log: attempt
            .log
            .map(|log| frame.path(&format!("/v1/jobs/{job}/artifacts/{log}"))),
    };
    Main {
        frame,
        needs: figures.needs.into_iter().map(need).collect(),
        outputs: figures.outputs.unwrap_or_default(),
        attempts: figures.attempts.into_iter().map(attempt).collect(),
    }
}

fn side<'a>(view: &JobView<'a>, figures: &Figures) -> Side<'a> {
    let frame = view.frame;
    let mut steps = view.job.detail.steps.iter();
    let has_rows = steps.any(|step| step.kind == PUBLISHES && step.state == "completed");
    let rows = format!("/jobs/{}/rows", view.job.summary.id);
    let own = [
        ("pipelines-project", &figures.project),
        ("pipelines-task", &figures.task),
        ("pipelines-run", &figures.run),
    ];
    let own = own.into_iter().filter(|(_, value)| !value.is_empty());
    let own = own.map(|(name, value)| (frame.say(name), value.clone()));
    let params = figures.params.iter();
    let params = params.map(|(name, value)| (name.clone(), value.clone()));
    let run = Some(&figures.run).filter(|run| !run.is_empty());
    Side {
        frame,
        facts: own.chain(params).collect(),
        rows: has_rows.then(|| frame.path(&rows)),
        graph: run.map(|run| frame.path(&format!("/v1/runs/{run}/graph?format=svg"))),
    }
}
