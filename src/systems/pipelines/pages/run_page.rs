//! A run: how far it is, its graph, its jobs, and what can be done.

use askama::Template;

use super::data::{Graph, Run, RunJob, RunJobPage, read};
use super::graph::Picture;
use super::room::ROOT;
use super::shown::{moment, run_path, short, took};
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, number, query, quoted};

#[derive(Template)]
#[template(path = "systems/pipelines/pages/run.html")]
struct RunView<'a> {
    frame: &'a Frame,
    run: &'a Run,
    title: String,
    project_href: String,
    state: Markup,
    facts: Vec<(String, String)>,
    retry_of: Option<String>,
    created: Markup,
    took: String,
    counts: Vec<Count>,
    /// Where a filter of the jobs is sent.
    here: String,
    graph: Option<Picture>,
    /// A part of the graph that is not there, in the words of the API.
    no_graph: Option<String>,
    focus: String,
    rows: Vec<Row>,
    is_filtered: bool,
    next: Option<String>,
}

struct Count {
    number: String,
    state: Option<Markup>,
    href: String,
    is_current: bool,
}

struct Row {
    instance: String,
    href: Option<String>,
    state: Markup,
    /// Why it waits or has failed.
    cause: String,
    /// Why it was planned so.
    reason: String,
    took: String,
}

pub(super) async fn show(asked: &Asked<'_>, id: &str) -> Result<Answer, PageError> {
    let data = format!("/v1/runs/{}", encoded(id));
    let run: Run = read(asked.get(&data).await?);
    let (state, task) = (asked.parameter("state"), asked.parameter("task"));
    let (after, focus) = (asked.parameter("after"), asked.parameter("focus"));
    let jobs = [("state", &state), ("task", &task), ("after", &after)];
    let jobs = format!("{data}/jobs{}", query(&jobs));
    let jobs: RunJobPage = read(asked.get(&jobs).await?);
    let graph = format!("{data}/graph{}", query(&[("focus", &focus)]));
    let (graph, no_graph) = match asked.get(&graph).await {
        Ok(graph) => (Some(read::<Graph>(graph)), None),
        Err(error) => (None, Some(error.detail)),
    };
    let frame = &asked.frame.clone().with_data(data);
    let here = run_path(id);
    let with = |state: &str, after: &str| {
        let parameters = [("state", state), ("task", task.as_str()), ("after", after)];
        frame.path(&format!("{here}{}", query(&parameters)))
    };
    let next = jobs.next.map(|next| with(&state, &next.to_string()));
    let asked_for = run.asked_for();
    let view = RunView {
        frame,
        state: frame.state(&run.state),
        project_href: frame.path(&format!("{ROOT}/{}", encoded(&run.project))),
        facts: facts(frame, &run),
        retry_of: run
            .retry_of
            .as_deref()
            .map(|run| frame.path(&run_path(run))),
        created: moment(&run.created_at).map_or_else(Markup::default, |at| frame.ago(at)),
        took: took(frame, &run.created_at, run.ended_at.as_deref()),
        counts: counts(frame, &run, &state, |state| with(state, "")),
        here: frame.path(&here),
        graph: graph.map(|graph| Picture::of_run(frame, &graph, &here)),
        no_graph,
        focus,
        rows: jobs.jobs.iter().map(|job| Row::of(frame, job)).collect(),
        is_filtered: !state.is_empty() || !task.is_empty() || !after.is_empty(),
        next,
        title: asked_for,
        run: &run,
    };
    Answer::page(&view)
}

pub(super) async fn act(asked: &Asked<'_>, id: &str, action: &str) -> Result<Answer, PageError> {
    let call = format!("/v1/runs/{}/{action}", encoded(id));
    let answer = asked.post(&call, None).await?;
    // Retrying makes a new one.
    let run: Run = read(answer.body);
    Ok(asked.elsewhere(&run_path(&run.id)))
}

fn facts(frame: &Frame, run: &Run) -> Vec<(String, String)> {
    let facts = [
        ("pipelines-trigger", run.trigger.clone()),
        ("pipelines-started-by", run.started_by.clone()),
        ("pipelines-version", Some(short(&run.version))),
        ("pipelines-commit", run.commit.as_deref().map(short)),
    ];
    let facts = facts
        .into_iter()
        .filter_map(|(name, value)| Some((frame.say(name), value?)));
    facts.collect()
}

fn counts(frame: &Frame, run: &Run, current: &str, href: impl Fn(&str) -> String) -> Vec<Count> {
    /// States of jobs: the others are actions of instances without one, which no filter knows.
    const FILTERS: [&str; 8] = [
        "running",
        "parked",
        "queued",
        "blocked",
        "failed",
        "cancelled",
        "skipped",
        "succeeded",
    ];
    let all = run.counts.values().sum();
    let all = Count {
        number: number(all),
        state: None,
        href: href(""),
        is_current: current.is_empty(),
    };
    let count = |state: &str, count: u64| Count {
        number: number(count),
        state: Some(frame.state(state)),
        href: href(if FILTERS.contains(&state) { state } else { "" }),
        is_current: current == state,
    };
    let counts = run.counts.iter();
    let counts = counts.map(|(state, number)| count(state, *number));
    std::iter::once(all).chain(counts).collect()
}

impl Row {
    fn of(frame: &Frame, job: &RunJob) -> Self {
        let state = job.state.as_ref().or(job.action.as_ref());
        let state = match (job.state.as_deref(), &job.waiting) {
            (Some("running"), Some(_)) => "parked",
            _ => state.map_or("complete", String::as_str),
        };
        let cause = job
            .error
            .clone()
            .or_else(|| job.waiting.as_deref().map(quoted));
        let began = job.started_at.as_deref();
        Self {
            instance: job.instance.clone(),
            href: job
                .job_id
                .as_deref()
                .map(|job| frame.path(&format!("/jobs/{job}"))),
            state: frame.state(state),
            cause: cause.unwrap_or_default(),
            reason: job.reason.clone().unwrap_or_default(),
            took: began.map_or_else(
                || "–".to_owned(),
                |began| took(frame, began, job.ended_at.as_deref()),
            ),
        }
    }
}
