//! Commands with `--server`: a running server does the work, and what it answers is printed here.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use anyhow::Context;
use entity::{JobId, RunState};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

use super::follow::{self, Lines};
use super::local::Local;
use super::plan::request;
use super::run::exit_code;
use super::runs;
use super::search::Search;
use super::sent_events::{Events, SentEvent};
use super::sent_plan::{SentPlan, counts_in_words};
use crate::clock;
use crate::printable::printable;
use crate::process::{print_bytes, print_document, print_error_line, print_line};
use crate::systems::pipelines::plan_view::PlanView;
use crate::systems::pipelines::planning::picture;
use crate::systems::pipelines::project::Project;
use crate::systems::pipelines::store::RunEvent;
use crate::systems::{Asked, Program, RemoteServer, ServerAnswer};

/// Runs that are listed, and looked through for the job of an instance.
const SHOWN: usize = 20;

/// The server that `--server` names.
pub(super) struct Remote(Box<dyn RemoteServer>);

impl Remote {
    /// `None`: no server is named.
    pub(super) fn of(local: &Local, program: &dyn Program) -> anyhow::Result<Option<Self>> {
        let given = &local.given;
        match &given.server {
            None if given.ca.is_some() => anyhow::bail!("--ca: expected --server, too"),
            None => Ok(None),
            Some(_) if !given.env.is_empty() => {
                anyhow::bail!("--env: the server has an env of its own; expected no --server")
            }
            Some(url) => Self::at(url, given.ca.clone(), program).map(Some),
        }
    }

    pub(super) fn at(
        url: &str,
        ca: Option<std::path::PathBuf>,
        program: &dyn Program,
    ) -> anyhow::Result<Self> {
        Ok(Self(program.server(url, ca)?))
    }

    async fn get(&self, path: String) -> anyhow::Result<Value> {
        let asked = Asked {
            path,
            ..Asked::default()
        };
        json_of(self.0.ask(asked).await?).await
    }

    async fn post(&self, path: String, body: Option<Value>) -> anyhow::Result<Value> {
        let asked = Asked {
            is_post: true,
            path,
            body,
            ..Asked::default()
        };
        json_of(self.0.ask(asked).await?).await
    }

    async fn events(&self, path: String, after: Option<&str>) -> anyhow::Result<Events> {
        let mut headers = vec![("Accept", "text/event-stream".to_owned())];
        headers.extend(after.map(|after| ("Last-Event-ID", after.to_owned())));
        let asked = Asked {
            path,
            headers,
            ..Asked::default()
        };
        Ok(Events::of(self.0.ask(asked).await?))
    }

    /// The triggers of a project, as the server shows them.
    pub(super) async fn triggers(&self, project: &str) -> anyhow::Result<Vec<Value>> {
        let list = self.get(format!("/v1/projects/{project}/triggers")).await?;
        Ok(list["triggers"].as_array().cloned().unwrap_or_default())
    }

    pub(super) async fn plan(&self, local: &Local) -> anyhow::Result<ExitCode> {
        let path = format!("/v1/projects/{}/plan", local.known.project.name);
        let body = json!(request(local));
        let plan = self.post(path, Some(body)).await?;
        if local.given.json {
            print_document(&plan.to_string());
            return Ok(ExitCode::SUCCESS);
        }
        let plan: PlanView = serde_json::from_value(plan).context("the plan of the server")?;
        let plan = SentPlan::of(plan);
        print_document(picture(&plan, local.given.all).trim_end());
        Ok(ExitCode::SUCCESS)
    }

    /// Starts a run and shows how it goes.
    pub(super) async fn run(
        &self,
        local: &Local,
        stop: &CancellationToken,
    ) -> anyhow::Result<ExitCode> {
        let project = &local.known.project;
        let path = format!("/v1/projects/{}/runs", project.name);
        let run = self.post(path, Some(json!(request(local)))).await?;
        let id = text(&run["id"]).to_owned();
        let is_json = local.given.json;
        if !is_json {
            print_line(&format!("run {id}: {}", planned(&run["planned"])));
        }
        if local.given.detach {
            if is_json {
                print_document(&json!({"run": id}).to_string());
            }
            return Ok(ExitCode::SUCCESS);
        }
        let groups = project.tasks.iter();
        let groups = groups.filter(|task| task.body.is_none() && task.outputs.is_empty());
        let groups = groups.map(|task| task.name.clone()).collect();
        let mut lines = Lines::of_tasks(groups, is_json);
        let (mut after, mut is_cancelled) = (None::<String>, false);
        let run = loop {
            // It ends with the run; if it is cut off before, it is opened again.
            let mut events = self
                .events(format!("/v1/runs/{id}/events"), after.as_deref())
                .await?;
            loop {
                let event = tokio::select! {
                    event = events.next() => event,
                    () = stop.cancelled(), if !is_cancelled => {
                        is_cancelled = true;
                        print_error_line("stopping; commands are given their grace");
                        self.post(format!("/v1/runs/{id}/cancel"), None).await?;
                        continue;
                    }
                };
                let Ok(Some(event)) = event else { break };
                after = Some(event.id.clone());
                if let Some(event) = run_event(&event) {
                    lines.show_event(event);
                }
            }
            let run = self.get(format!("/v1/runs/{id}")).await?;
            if !run["ended_at"].is_null() {
                break run;
            }
        };
        let counts: BTreeMap<String, u64> =
            serde_json::from_value(run["counts"].clone()).unwrap_or_default();
        let state = text(&run["state"]);
        if is_json {
            print_document(&follow::report_of(&id, state, &counts, &lines.failed).to_string());
        } else {
            let at = |name: &str| run[name].as_str().and_then(clock::parse);
            let took = at("ended_at").zip(at("created_at"));
            let took = took.map_or(0, |(ended, began)| ended - began);
            print_line(&follow::last_line_of(&id, state, took, &counts));
        }
        Ok(exit_code(
            state == RunState::Succeeded.as_str(),
            state == RunState::Cancelled.as_str(),
            &counts,
        ))
    }

    pub(super) async fn runs(&self, project: &Project, is_json: bool) -> anyhow::Result<ExitCode> {
        let page = self
            .get(format!("/v1/runs?project={}&limit={SHOWN}", project.name))
            .await?;
        let runs = page["runs"].as_array().cloned().unwrap_or_default();
        if is_json {
            let runs: Vec<Value> = runs
                .iter()
                .map(|run| {
                    json!({
                        "run": run["id"], "state": run["state"], "counts": run["counts"],
                        "failed": [],
                    })
                })
                .collect();
            print_document(&json!(runs).to_string());
            return Ok(ExitCode::SUCCESS);
        }
        for run in &runs {
            let counts: BTreeMap<String, u64> =
                serde_json::from_value(run["counts"].clone()).unwrap_or_default();
            let (id, state) = (text(&run["id"]), text(&run["state"]));
            let began = clock::parse(text(&run["created_at"])).unwrap_or_default();
            let began = runs::shown(began, project.timezone);
            let counts = follow::counts_in_words(&counts);
            print_line(&format!("{id}  {began}  {state:9}  {counts}"));
        }
        Ok(ExitCode::SUCCESS)
    }

    pub(super) async fn why(&self, local: &Local) -> anyhow::Result<ExitCode> {
        let why = self.get(why_path(local)).await?;
        if local.given.json {
            print_document(&json!([why]).to_string());
        } else {
            print_line(&printable(text(&why["sentence"])));
        }
        Ok(ExitCode::SUCCESS)
    }

    pub(super) async fn logs(&self, local: &Local) -> anyhow::Result<ExitCode> {
        let named = local.given.task.as_deref().unwrap_or_default();
        let job = match named.parse::<JobId>() {
            Ok(job) => job.to_string(),
            Err(_) => match self.latest_job(local).await? {
                Ok(job) => job,
                Err(instance) => {
                    print_error_line(&format!("{instance} has never been made there"));
                    return Ok(ExitCode::FAILURE);
                }
            },
        };
        let is_plain = !io::stdout().is_terminal();
        let tail = local.given.tail.map(|lines| format!("&tail={lines}"));
        let path = format!("/v1/jobs/{job}/console");
        let with_query = format!("{path}?plain={is_plain}{}", tail.unwrap_or_default());
        if local.given.folds {
            let folds = self.get(format!("{path}/folds")).await?;
            print_document(&folds["folds"].to_string());
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(search) = Search::of(&local.given) {
            let found = format!("{path}/search?{}", search.query());
            return Ok(search.show(&self.get(found).await?));
        }
        if !local.given.follow {
            let asked = Asked {
                path: with_query,
                ..Asked::default()
            };
            let mut answer = self.0.ask(asked).await?;
            while let Some(bytes) = answer.0.next().await {
                if !print_bytes(&bytes?)? {
                    break;
                }
            }
            return Ok(ExitCode::SUCCESS);
        }
        let mut after = None::<String>;
        loop {
            // A stream that is cut off is continued where it was.
            let mut events = self.events(with_query.clone(), after.as_deref()).await?;
            while let Ok(Some(event)) = events.next().await {
                after = Some(event.id.clone());
                match event.kind.as_str() {
                    "gap" => {
                        let number = |name: &str| event.data[name].as_u64().unwrap_or(0);
                        let dropped = number("to") - number("from");
                        print_document(&format!("\n[{dropped} bytes were not kept]"));
                    }
                    "end" => return Ok(ExitCode::SUCCESS),
                    _ => {
                        if !print_bytes(text(&event.data["text"]).as_bytes())? {
                            return Ok(ExitCode::SUCCESS);
                        }
                    }
                }
            }
        }
    }

    /// The newest job of the instance that the arguments name, or the instance.
    async fn latest_job(&self, local: &Local) -> anyhow::Result<Result<String, String>> {
        let why = self.get(why_path(local)).await?;
        if let Some(job) = why["job"].as_str() {
            return Ok(Ok(job.to_owned()));
        }
        let (project, task) = (
            &local.known.project.name,
            local.given.task.as_deref().unwrap_or_default(),
        );
        let runs = format!("/v1/runs?project={project}&task={task}&limit={SHOWN}");
        let runs = self.get(runs).await?;
        for run in runs["runs"].as_array().into_iter().flatten() {
            let mut after = None;
            loop {
                let behind = after.map_or(String::new(), |after: i64| format!("&after={after}"));
                let id = text(&run["id"]);
                let page = format!("/v1/runs/{id}/jobs?task={task}&limit=200{behind}");
                let page = self.get(page).await?;
                let mut jobs = page["jobs"].as_array().into_iter().flatten();
                let found = jobs.find(|one| one["instance"] == why["id"]);
                if let Some(job) = found.and_then(|one| one["job_id"].as_str()) {
                    return Ok(Ok(job.to_owned()));
                }
                after = page["next"].as_i64();
                if after.is_none() || found.is_some() {
                    break;
                }
            }
        }
        Ok(Err(text(&why["id"]).to_owned()))
    }
}

fn run_event(event: &SentEvent) -> Option<RunEvent> {
    Some(RunEvent {
        seq: event.id.parse().ok()?,
        at: clock::parse(event.data["at"].as_str()?)?,
        job: event.data["job_id"].as_str()?.parse().ok()?,
        identity: event.data["instance"].as_str()?.to_owned(),
        kind: event.kind.clone(),
        data: event.data.to_string(),
    })
}

fn why_path(local: &Local) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("task", local.given.task.as_deref().unwrap_or_default());
    for (name, value) in &local.given.params {
        query.append_pair(name, value);
    }
    let project = &local.known.project.name;
    format!("/v1/projects/{project}/why?{}", query.finish())
}

async fn json_of(mut answer: ServerAnswer) -> anyhow::Result<Value> {
    let mut bytes = Vec::new();
    while let Some(some) = answer.0.next().await {
        bytes.extend(some?);
    }
    serde_json::from_slice(&bytes).context("the answer cannot be read: is it an audience server?")
}

/// `55 to run, 48 complete`
fn planned(planned: &Value) -> String {
    counts_in_words(&serde_json::from_value(planned.clone()).unwrap_or_default())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
