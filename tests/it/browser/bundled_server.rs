//! A server on the bundled sample, with what the examples of the documents name.

use reqwest::{Client, Method, RequestBuilder};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::briefed::{self, BRIEF};
use super::ruled::REVIEW;
use super::scraped::{SCRAPE, leave_run};
use crate::support::{Bundled, PATIENCE, http_client, wait_for};

/// The token that the example of a sign-in names.
pub const TOKEN: &str = "the token of a person";

/// The job that `audience demo` leaves, which the examples name.
const JOB: &str = "019ab3c4d5e67f8091a2b3c4d5e6f708";

/// The task for outside workers that examples name, and its lease: those of a server are its own.
const TASK: &str = "ts_search_user_019ab3c4d5e67f8091a2b3c4d5e6f708";
const LEASE: &str = "5d8c1c6be0a74f0f9f0c3f6a7d1b2e34";

/// A job of a pipeline, with a log.
const LOGGED: &str = "019ac1f2a4b57c3e9d10f2a3b4c5d6e7";

/// The run, and the version of its project, that examples name.
const RUN: &str = "019ac1f06b5c7d10a1b2c3d4e5f60718";
const RUN_JOB: &str = "019ac1f06b5c7d10a1b2c3d4e5f60719";
const VERSION: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// The file of a mapping.
pub const MAPPING: (&str, &str) = (
    "report.yaml",
    "import: report\ntables: [{into: sales, start: 地域, columns: {region: {from: 地域}}}]\n",
);

/// A server on the bundled sample, with tasks that workers have.
pub struct Server {
    pub bundled: Bundled,
    http: Client,
}

impl Server {
    /// Starts one, with what other systems and workers leave.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        let server = Self {
            bundled: Bundled::serve_with(variables).await,
            http: http_client().build().unwrap(),
        };
        server.leave_rest().await;
        server
    }

    /// A request of the person who has the token.
    pub fn request(&self, method: &str, url: &str) -> RequestBuilder {
        let method: Method = method.parse().unwrap();
        self.http.request(method, url).bearer_auth(TOKEN)
    }

    pub async fn call(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.bundled.base);
        let request = self.request("POST", &url).json(body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        answer.json().await.unwrap()
    }

    async fn create_task(&self) -> String {
        let body =
            json!({ "data": { "service": "search_user", "condition": { "keyword": "tea" } } });
        let created = self.call("/api/create_task", &body).await;
        created["task_id"].as_str().unwrap().to_owned()
    }

    /// A new task and its lease.
    async fn leased_task(&self) -> (String, String) {
        let id = self.create_task().await;
        let body = json!({ "max": 100, "wait_s": 0, "lease_s": 600 });
        let leased = self.call("/v1/dispatch/search_user/lease", &body).await;
        let mut tasks = leased["tasks"].as_array().unwrap().iter();
        let task = tasks.find(|task| task["task_id"] == *id).unwrap();
        (id, task["lease"].as_str().unwrap().to_owned())
    }

    async fn finished_task(&self) -> String {
        let id = self.create_task().await;
        let data = json!({ "task_id": id, "status": "finished", "result": { "users": 12 } });
        self.call("/api/update_status_task", &json!({ "data": data }))
            .await;
        id
    }

    /// What stands for the ids of an example: a task in a state in which the operation makes sense.
    pub async fn ids(&self, operation: &str) -> Vec<(&'static str, String)> {
        match operation {
            "Dispatch-lease_tasks" | "Tasks-status_task" | "Tasks-update_status_task" => {
                vec![(TASK, self.create_task().await)]
            }
            "Dispatch-renew_lease" | "Dispatch-complete_task" => {
                let (task, lease) = self.leased_task().await;
                vec![(TASK, task), (LEASE, lease)]
            }
            "Tasks-result_task" | "Tasks-start_task" | "Tasks-update_task" => {
                vec![(TASK, self.finished_task().await)]
            }
            "Briefs-brief_cancel" => vec![(BRIEF, self.submit_pushed().await)],
            "Results-approve_job" | "Results-reject_job" => vec![(JOB, self.held().await)],
            "Results-list_changes" => vec![(JOB, self.backtested().await)],
            "Rules-make_review" => vec![(JOB, self.labelled().await)],
            "Rules-get_review" | "Rules-list_review_items" | "Rules-judge_review_item" => {
                vec![(REVIEW, self.reviewed().await)]
            }
            _ => Vec::new(),
        }
    }

    /// What other systems and workers leave, as the examples name it: a file of the job, an answer that
    /// could not be used, and a run that has ended.
    async fn leave_rest(&self) {
        let folder = self.bundled.file(&format!("audience_files/job/{JOB}/1"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("report.zip"), "PK").unwrap();
        // Its answer is used when it comes again, and no other worker leases it.
        let task = self.finished_task().await;
        let answer = json!({ "task_id": task, "status": "finished", "result": { "users": 12 } });
        let connection = Connection::open(self.bundled.file("audience.db")).unwrap();
        connection.busy_timeout(PATIENCE).unwrap();
        let digest = "0".repeat(64);
        let artifact = "INSERT INTO audience_artifact (job_id, name, epoch, bytes, sha256, created_at) \
                        VALUES (?1, 'report.zip', 1, 2, ?2, 1000000 * unixepoch())";
        connection.execute(artifact, [JOB, &digest]).unwrap();
        let letter = "INSERT INTO audience_dead_letter (seq, at, kind, service, payload, reason) \
                      VALUES (7, 1000000 * unixepoch(), 'reply', 'search_user', ?1, 'the store was away')";
        connection.execute(letter, [answer.to_string()]).unwrap();
        let request = r#"{"targets":[{"task":"day_log","params":{"date":"2026-11-21"}}]}"#;
        let run = "INSERT INTO audience_pipeline_run (id, project, version, state, request, \
                   request_digest, planned, counts, cancel_requested, created_at, ended_at) \
                   VALUES (?1, 'ad-logs', ?2, 'cancelled', ?3, ?2, '{}', '{}', TRUE, 1000000 * unixepoch(), \
                           1000000 * unixepoch())";
        connection.execute(run, [RUN, VERSION, request]).unwrap();
        let instance = "INSERT INTO audience_pipeline_instance (run_id, no, job_id, task, identity, action, \
                        needs, is_target) VALUES (?1, 0, ?2, 'day_log', \
                                                  'day_log(date=2026-11-21,kind=imp)', 'run', '[]', TRUE)";
        connection.execute(instance, [RUN, RUN_JOB]).unwrap();
        let version = "INSERT INTO audience_pipeline_version (project, version, text, at) \
                       VALUES ('ad-logs', ?1, '', 1000000 * unixepoch())";
        connection.execute(version, [VERSION]).unwrap();
        self.leave_notification(&connection);
        self.leave_log(&connection).await;
        self.leave_import(&connection).await;
        self.leave_scrape(&connection).await;
        self.leave_brief(&connection).await;
        self.leave_rule_set().await;
        let schedule = json!({ "cron": "0 3 * * *", "start": { "labelling": {
            "rule_set": "interests", "start_time": "{last}",
            "end_time": "{fire-1d:%Y-%m-%d} 23:59:59",
        } } });
        let pushed = json!({ "webhook": "github", "secret": "HOOK", "start": { "labelling": {
            "rule_set": "interests",
        } } });
        for (name, schedule) in [("nightly_posts", schedule), ("pushed_rules", pushed)] {
            let url = format!("{}/v1/schedules/{name}", self.bundled.base);
            let put = self.http.put(url).bearer_auth(TOKEN).json(&schedule);
            let put = put.send().await.unwrap();
            assert!(put.status().is_success(), "{put:?}");
        }
    }

    /// A notification of the caller, and a message that was given up.
    fn leave_notification(&self, connection: &Connection) {
        let notification = "INSERT INTO audience_notification (id, kind, at, about, flow, data, no) \
                            VALUES (?1, 'job.failed', 1000000 * unixepoch(), ?2, 'labelling', '{}', 1)";
        connection.execute(notification, [RUN, JOB]).unwrap();
        let bell = "INSERT INTO audience_notification_bell (who, no, at, is_read) \
                    VALUES ('token', 1, 1000000 * unixepoch(), FALSE)";
        connection.execute(bell, []).unwrap();
        let delivery = "INSERT INTO audience_notification_delivery (id, rule_name, receiver, cause, state, \
                        count, created_at, due_at, tries, message) \
                        VALUES (?1, 'on_call', 'hook:slack', '', 'dead', 1, 1000000 * unixepoch(), 0, 33, '{}')";
        connection.execute(delivery, [RUN]).unwrap();
    }

    /// A mapping, and an import with the id of the examples.
    async fn leave_import(&self, connection: &Connection) {
        let (_, mapping) = MAPPING;
        let url = format!("{}/v1/mappings/report", self.bundled.base);
        let put = self.http.put(url).bearer_auth(TOKEN);
        let put = put.header("content-type", "application/yaml").body(mapping);
        let put = put.send().await.unwrap();
        assert!(put.status().is_success(), "{put:?}");
        let import = "INSERT INTO audience_import (id, job_id, file_name, sha256, mapping, mapping_text, strict, \
                      at, state, tables, rows_inserted, rows_updated, rows_unchanged, rows_replaced, problems) \
                      VALUES (?1, ?1, 'report.csv', ?2, 'report', '', FALSE, 1000000 * unixepoch(), 'imported', \
                              '[]', 0, 0, 0, 0, 0)";
        connection.execute(import, [JOB, VERSION]).unwrap();
    }

    /// A scrape, and a run of it with the id of the examples.
    async fn leave_scrape(&self, connection: &Connection) {
        let (_, scrape) = SCRAPE;
        let url = format!("{}/v1/scrapes/weather", self.bundled.base);
        let put = self.http.put(url).bearer_auth(TOKEN);
        let put = put.header("content-type", "application/yaml").body(scrape);
        let put = put.send().await.unwrap();
        assert!(put.status().is_success(), "{put:?}");
        leave_run(connection, &self.bundled.file("audience_files"), JOB);
    }

    /// A brief that waits for what crawlers push; its id.
    async fn submit_pushed(&self) -> String {
        let accepted = self.call("/v1/jobs", &briefed::request()).await;
        accepted["id"].as_str().unwrap().to_owned()
    }

    /// A brief that has ended gets the id of the examples.
    async fn leave_brief(&self, connection: &Connection) {
        let id = self.submit_pushed().await;
        let path = format!("/v1/briefs/{id}/articles?platform=crawler&batch=page-1&end=true");
        self.call(&path, &briefed::article()).await;
        assert_eq!(self.state_once_ended(&id).await, "succeeded");
        rename_job(connection, &id, BRIEF);
    }

    /// A job that a run has made gets the id of the examples.
    async fn leave_log(&self, connection: &Connection) {
        let params = json!({ "date": "2026-11-21", "kind": "imp" });
        let body = json!({ "targets": [{ "task": "day_log", "params": params }] });
        let run = self.call("/v1/projects/ad-logs/runs", &body).await;
        let url = format!(
            "{}/v1/runs/{}/jobs",
            self.bundled.base,
            run["id"].as_str().unwrap()
        );
        let job = wait_for("the job of the run succeeds", async || {
            let request = self.http.get(&url).bearer_auth(TOKEN);
            let jobs: Value = request.send().await.unwrap().json().await.unwrap();
            let job = &jobs["jobs"][0];
            (job["state"] == "succeeded").then(|| job["job_id"].as_str().unwrap().to_owned())
        })
        .await;
        rename_job(connection, &job, LOGGED);
        let files = |id: &str| self.bundled.file(&format!("audience_files/job/{id}"));
        std::fs::rename(files(&job), files(LOGGED)).unwrap();
    }

    /// Brings the job of the sample into a state in which an operation makes sense.
    pub async fn prepare_job(&self, operation: &str) {
        match operation {
            "Session-end_sessions" => {}
            _ if operation.starts_with("Briefs-") => drop(self.state_once_ended(BRIEF).await),
            "Models-remove_model_version" => {
                let url = format!("{}/v1/models/churn/aliases/champion", self.bundled.base);
                let request = self.http.put(url).bearer_auth(TOKEN);
                let answer = request.json(&json!({ "version": 1 })).send().await;
                assert!(answer.unwrap().status().is_success());
            }
            "Tasks-abort" | "Jobs-cancel_job" => {
                self.stop_job().await;
                self.change_job("rerun").await;
            }
            "Jobs-resume_job" => {
                self.stop_job().await;
                self.change_job("rerun").await;
                assert_eq!(self.stop_job().await, "cancelled");
            }
            "Jobs-rerun_job" | "Jobs-retry_job" | "Jobs-remove_job" => drop(self.stop_job().await),
            _ if self.ended_state().await == "succeeded" => {}
            _ => {
                self.change_job("rerun").await;
                assert_eq!(self.ended_state().await, "succeeded");
            }
        }
    }

    async fn change_job(&self, action: &str) {
        self.call(&format!("/v1/jobs/{JOB}/{action}"), &Value::Null)
            .await;
    }

    /// Cancels the job of the sample unless it has ended; its state then.
    async fn stop_job(&self) -> Value {
        let url = format!("{}/v1/jobs/{JOB}/cancel", self.bundled.base);
        let answer = self.http.post(url).bearer_auth(TOKEN).send().await.unwrap();
        assert!([202, 409].contains(&answer.status().as_u16()), "{answer:?}");
        self.ended_state().await
    }

    /// The state of the sample's job once that has ended.
    async fn ended_state(&self) -> Value {
        self.state_once_ended(JOB).await
    }

    pub async fn state_once_ended(&self, id: &str) -> Value {
        let url = format!("{}/v1/jobs/{id}", self.bundled.base);
        wait_for("the job ends", async || {
            let request = self.http.get(&url).bearer_auth(TOKEN);
            let job: Value = request.send().await.unwrap().json().await.unwrap();
            let is_running = job["state"] == "queued" || job["state"] == "running";
            (!is_running).then(|| job["state"].clone())
        })
        .await
    }
}

/// Gives a job another id in all tables.
fn rename_job(connection: &Connection, from: &str, to: &str) {
    let columns = "SELECT tables.name, columns.name FROM sqlite_master AS tables \
                   JOIN pragma_table_info(tables.name) AS columns \
                   WHERE tables.type = 'table' AND (columns.name = 'job_id' \
                         OR (tables.name = 'audience_job' AND columns.name = 'id'))";
    let mut columns = connection.prepare(columns).unwrap();
    let columns = columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    // All of them first: a statement that is still being read does not wait for another writer.
    let columns: Vec<(String, String)> = columns.unwrap().map(Result::unwrap).collect();
    for (table, column) in columns {
        let rename = format!("UPDATE {table} SET {column} = ?1 WHERE {column} = ?2");
        connection.execute(&rename, [to, from]).unwrap();
    }
}
