//! A task of a project: what it is, and a form that plans or starts a run of it.

use askama::Template;
use serde_json::{Map, Value, json};

use super::data::{Plan, Project, Run, Task, read};
use super::fields::Field;
use super::room::ROOT;
use super::shown::{counted, run_path};
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, find, shell_word};

/// Instances of a plan that are shown.
const SHOWN: usize = 200;

/// A field of the form that no parameter is called.
const CHECK: &str = ".check";
const FORCE: &str = ".force";
const STALE: &str = ".stale";
const NEWEST_FIRST: &str = ".newest_first";

#[derive(Template)]
#[template(path = "systems/pipelines/pages/task.html")]
struct TaskPage<'a> {
    frame: &'a Frame,
    project: &'a str,
    project_href: String,
    task: &'a Task,
    here: String,
    facts: Vec<(String, String)>,
    fields: Vec<Field>,
    /// Name, word, help and whether it is chosen.
    options: Vec<(&'static str, String, bool)>,
    may_operate: bool,
    fault: Option<&'a str>,
    plan: Option<PlanShown>,
    /// What starts the same run from a shell: as a call, and as a command of the program.
    curl: String,
    line: String,
}

/// What a run would do.
struct PlanShown {
    counts: Vec<String>,
    rows: Vec<(String, Markup, String)>,
    /// How many are not shown, if some are not.
    more: Option<String>,
}

pub(super) async fn show(
    asked: &Asked<'_>,
    project: &str,
    task: &str,
) -> Result<Answer, PageError> {
    let given = asked.parameters();
    let (mut plan, mut fault) = (None, None);
    if find(&given, CHECK).is_some() {
        let call = format!("/v1/projects/{}/plan", encoded(project));
        let body = json!({
            "targets": [target(task, &given)],
            "force": is_set(&given, FORCE),
            "stale": is_set(&given, STALE),
        });
        match asked.post(&call, Some(&body)).await {
            Ok(answer) => plan = Some(PlanShown::of(&asked.frame, &read(answer.body))),
            Err(error) if error.is_of_request() => fault = Some(error),
            Err(error) => return Err(error),
        }
    }
    page(asked, (project, task), &given, plan, fault).await
}

/// Starts a run of the task.
pub(super) async fn start(
    asked: &Asked<'_>,
    project: &str,
    task: &str,
) -> Result<Answer, PageError> {
    let given = asked.form();
    let call = format!("/v1/projects/{}/runs", encoded(project));
    match asked.post(&call, Some(&run_of(task, &given))).await {
        Ok(answer) => {
            let run: Run = read(answer.body);
            Ok(asked.elsewhere(&run_path(&run.id)))
        }
        Err(error) if error.is_of_request() => {
            page(asked, (project, task), &given, None, Some(error)).await
        }
        Err(error) => Err(error),
    }
}

/// A run of the task, as the API takes it.
fn run_of(task: &str, given: &[(String, String)]) -> Value {
    json!({
        "targets": [target(task, given)],
        "force": is_set(given, FORCE),
        "stale": is_set(given, STALE),
        "newest_first": is_set(given, NEWEST_FIRST),
    })
}

/// The command that starts it, in the folder of the project.
fn command_line(frame: &Frame, task: &str, given: &[(String, String)]) -> String {
    let command = match is_set(given, NEWEST_FIRST) {
        true => "audience backfill",
        false => "audience run",
    };
    let mut words = vec![command.to_owned(), shell_word(task)];
    let filled = given.iter().filter(|(name, value)| {
        // Those with a point are options of the form.
        !name.starts_with('.') && !value.trim().is_empty()
    });
    for (name, value) in filled {
        words.push(format!(
            "--{} {}",
            shell_word(name),
            shell_word(value.trim())
        ));
    }
    let options = [
        (FORCE, "--force"),
        (STALE, "--stale"),
        (NEWEST_FIRST, "--newest-first"),
    ];
    let options = options.iter().filter(|(name, _)| is_set(given, name));
    words.extend(options.map(|(_, option)| (*option).to_owned()));
    words.push(format!("--server {}", shell_word(frame.address())));
    words.join(" ")
}

/// The task with the parameters that are filled in; those that are not take their defaults.
fn target(task: &str, given: &[(String, String)]) -> Value {
    let params = given.iter();
    let params = params.filter(|(name, value)| !name.starts_with('.') && !value.trim().is_empty());
    let params = params.map(|(name, value)| {
        let values: Vec<&str> = value.split(',').map(str::trim).collect();
        let value = match values.as_slice() {
            [one] => Value::from(*one),
            several => Value::from(several.to_vec()),
        };
        (name.clone(), value)
    });
    json!({ "task": task, "params": params.collect::<Map<String, Value>>() })
}

fn is_set(given: &[(String, String)], name: &str) -> bool {
    find(given, name).is_some()
}

async fn page(
    asked: &Asked<'_>,
    (project, task): (&str, &str),
    given: &[(String, String)],
    plan: Option<PlanShown>,
    fault: Option<PageError>,
) -> Result<Answer, PageError> {
    let data = format!("/v1/projects/{}", encoded(project));
    let known: Project = read(asked.get(&data).await?);
    let mut tasks = known.tasks.iter();
    let found = tasks.find(|known| known.task == task);
    let task = found.ok_or_else(PageError::nothing_here)?;
    let frame = &asked.frame.clone().with_data(data);
    let project_path = format!("{ROOT}/{}", encoded(project));
    let option = |name: &'static str, word: &str| (name, frame.say(word), is_set(given, name));
    let page = TaskPage {
        frame,
        project: &known.project,
        here: frame.path(&format!("{project_path}/tasks/{}", encoded(&task.task))),
        project_href: frame.path(&project_path),
        facts: facts(frame, task),
        fields: Field::of_params(&task.params, given),
        options: vec![
            option(FORCE, "pipelines-force"),
            option(STALE, "pipelines-stale"),
            option(NEWEST_FIRST, "pipelines-newest-first"),
        ],
        may_operate: frame.may_operate(),
        curl: frame.curl_with(
            &format!("/v1/projects/{}/runs", encoded(project)),
            &run_of(&task.task, given),
        ),
        line: command_line(frame, &task.task, given),
        fault: fault.as_ref().map(|fault| fault.detail.as_str()),
        plan,
        task,
    };
    Answer::page_or_fault(&page, fault.as_ref())
}

fn facts(frame: &Frame, task: &Task) -> Vec<(String, String)> {
    let resources = task.resources.iter();
    let resources = resources.map(|slots| format!("{} ×{}", slots.resource, slots.slots));
    let facts = [
        ("pipelines-body", task.body.clone()),
        ("pipelines-requires", Some(task.requires.join(", "))),
        (
            "pipelines-resources",
            Some(resources.collect::<Vec<_>>().join(", ")),
        ),
        ("pipelines-priority", Some(task.priority.to_string())),
        (
            "pipelines-at-once",
            task.at_once.map(|count| count.to_string()),
        ),
        ("pipelines-retries", Some(task.retries.to_string())),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some((frame.say(name), value))
    });
    facts.collect()
}

impl PlanShown {
    fn of(frame: &Frame, plan: &Plan) -> Self {
        let counts = plan.counts.iter();
        let counts = counts.map(|(action, count)| counted(frame, action, *count));
        // What is wanted stands last.
        let instances = plan.instances.iter().rev();
        let rows = instances.take(SHOWN).map(|instance| {
            let action = instance.action.as_deref().unwrap_or("complete");
            let reason = instance.reason.clone().unwrap_or_default();
            (instance.id.clone(), frame.state(action), reason)
        });
        let more = plan.instances.len().saturating_sub(SHOWN) as u64;
        Self {
            counts: counts.collect(),
            rows: rows.collect(),
            more: (more > 0).then(|| frame.words.count("pipelines-more", more)),
        }
    }
}
