//! Projects that use flows of other systems: a table is made, labelled, judged by an outside worker, and
//! what they came to is read.

mod asking;
mod chain;
mod refused;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::own_project::OwnProject;
use super::server::{PipelineServer, target};
use crate::support::wait_for;

/// Makes the table of posts out of the bundled rows.
const POSTS: &str = r#"
import csv, sqlite3, sys
rows = list(csv.DictReader(open("posts.csv", encoding="utf-8")))
rows = rows[:int(sys.argv[1])]
store = sqlite3.connect("posts.db")
store.execute("CREATE TABLE ts_page_content (id INTEGER PRIMARY KEY, s_id TEXT, s_area_id TEXT,"
              " author TEXT, title TEXT, content TEXT, post_time TEXT)")
store.execute("CREATE INDEX by_time ON ts_page_content (post_time)")
columns = ("id", "s_id", "s_area_id", "author", "title", "content", "post_time")
store.executemany("INSERT INTO ts_page_content VALUES (?, ?, ?, ?, ?, ?, ?)",
                  ([row[column] for column in columns] for row in rows))
store.commit()
"#;

/// The end of the project is what differs from test to test.
const TASKS: &str = "
params: {day: {type: date, default: '2020-01-01'}}
tasks:
  posts:
    run: python3 posts.py 3000 && touch posts_made
    outputs: [{path: posts.db, atomic: false}]
  labelled:
    requires: [posts]
    uses: label
    with:
      rule_set: interests
      predict_type: content
      start_time: '{day} 00:00:00'
      end_time: '{day+1mo}'
";

const ASKED: &str = "
  asked:
    requires: [labelled]
    uses: dispatch
    with: {service: nlp, condition: {day: '{day}', note: 'say \"{{hi}\"', limit: 5}}
";

const REPORT: &str = "
  report:
    requires: [labelled, asked]
    run: |
      echo made >> reports
      printf '%s\\n%s\\n' \"$RESULT_labelled\" \"$RESULT_asked\" > \"$OUT\"
    outputs: ['report/{day}.json']
";

fn project(tasks: &[&str]) -> OwnProject {
    let project = OwnProject::with(&tasks.concat());
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sample");
    fs::copy(sample.join("posts.csv"), project.path("posts.csv")).unwrap();
    fs::copy(
        sample.join("rules/interests.yaml"),
        project.path("interests.yaml"),
    )
    .unwrap();
    project.write("posts.py", POSTS);
    project
}

/// `more` is the rest of the section `labelling`, and further sections.
fn settings(project: &OwnProject, more: &str) -> String {
    let path = |name: &str| project.path(name).display().to_string();
    format!(
        "sources: {{made: {{url: \"sqlite://{}\", tables: {{ts_page_content: {{}}}}}}}}\n\
         outputs: {{published: {{url: \"sqlite://{}\"}}}}\n\
         service: [nlp]\n\
         source_db:\n  nlp: {{source_name: mongo, topic_name: mq_nlp, consumer_id: c_nlp, auto_start: true}}\n\
         labelling:\n  default_source: made\n  default_output: published\n\
         \x20 rule_sets: {{interests: {}}}\n{more}",
        path("posts.db"),
        path("out.db"),
        path("interests.yaml"),
    )
}

async fn serve(tasks: &[&str], more: &str) -> PipelineServer {
    let project = project(tasks);
    let settings = settings(&project, more);
    PipelineServer::serve(project, &settings).await
}

impl PipelineServer {
    pub(super) async fn start_task(&self, task: &str) -> String {
        self.start_run(&target(task, json!({}))).await
    }

    /// The task that a worker gets next.
    pub(super) async fn leased(&self) -> Value {
        wait_for("a worker gets a task", async || {
            let body = json!({ "wait_s": 1, "max": 1 });
            let path = "/v1/dispatch/nlp/lease";
            let answer = self.call("operator", "POST", path, &body).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.body["tasks"].get(0).cloned()
        })
        .await
    }

    pub(super) async fn end_task(&self, task: &Value, status: &str) {
        let body = json!({
            "task_id": task["task_id"], "lease": task["lease"], "status": status,
            "message": "no such day", "result": { "mood": "good", "by": "nlp" },
        });
        let path = "/v1/dispatch/nlp/complete";
        let answer = self.call("operator", "POST", path, &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// The job of a task of a run.
    pub(super) async fn job_of(&self, run: &str, task: &str) -> Value {
        let jobs = self.jobs(run).await;
        let found = jobs.iter().find(|job| job["task"] == task);
        let id = found.unwrap()["job_id"].as_str().unwrap().to_owned();
        self.get(&format!("/v1/jobs/{id}")).await
    }

    pub(super) async fn wait_for_state(&self, run: &str, task: &str, state: &str) {
        wait_for("the job is in a state", async || {
            let job = self.job_of(run, task).await;
            (job["state"] == state).then_some(())
        })
        .await;
    }

    pub(super) async fn why(&self, task: &str) -> Value {
        self.get(&format!("/v1/projects/small/why?task={task}"))
            .await
    }

    /// The error of the job of a task of a run that has failed.
    pub(super) async fn error_of(&self, run: &str, task: &str) -> String {
        assert_eq!(self.ended(run).await["state"], "failed");
        let job = self.job_of(run, task).await;
        assert_eq!(job["state"], "failed", "{job}");
        job["error"].as_str().unwrap().to_owned()
    }
}

/// With a task that needs nothing and asks a worker.
fn asking(keys: &str) -> String {
    format!(
        "
tasks:
  asked:
    params: {{city: {{type: string, default: rome}}}}
    uses: dispatch
    with: {{service: nlp, condition: {{city: '{{city}}'}}}}
{keys}"
    )
}
