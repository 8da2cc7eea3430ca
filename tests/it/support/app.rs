//! A program of one's own: temporary folder, database, engine, and HTTP on a free port.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use audience::app::{App, StartOptions};
use audience::fault::Faults;
use audience::systems::labelling::settings::{
    Groups, OutputSettings, SourceSettings, TableSettings,
};
use audience::systems::labelling::{Labelling, LabellingRequest, RulesFrom};
use entity::{JobId, JobState, job};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::waiting::{LONGEST_PAUSE, PATIENCE};
use super::{Post, TestSettings, http_client, wait_for, write_posts};

/// Test programs share a folder when one is to take over from another.
pub(crate) struct TestApp {
    pub app: Arc<App>,
    pub labelling: Labelling,
    pub folder: Arc<TempDir>,
    pub http: reqwest::Client,
    base: String,
    stop: CancellationToken,
}

/// A published row without the id of its task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Published {
    pub group: String,
    pub id: String,
    pub source_author: String,
    pub panel: String,
    pub create_time: String,
    pub field_content: String,
    pub match_content: String,
}

pub(crate) fn sorted(mut rows: Vec<Published>) -> Vec<Published> {
    rows.sort();
    rows
}

type Change = Box<dyn FnOnce(&mut TestSettings)>;

/// How a test program differs from the usual one.
#[derive(Default)]
pub(crate) struct Builder {
    faults: Faults,
    change: Option<Change>,
    folder: Option<Arc<TempDir>>,
    token: Option<String>,
    posts_are_away: bool,
}

impl Builder {
    /// Those of the other program are not to be written anew.
    pub(crate) fn posts_are_away(mut self) -> Self {
        self.posts_are_away = true;
        self
    }

    pub(crate) fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    pub(crate) fn settings(mut self, change: impl FnOnce(&mut TestSettings) + 'static) -> Self {
        self.change = Some(Box::new(change));
        self
    }

    /// In the folder of another program, with its posts and its database.
    pub(crate) fn beside(mut self, other: &Arc<TempDir>) -> Self {
        self.folder = Some(Arc::clone(other));
        self
    }

    pub(crate) fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub(crate) async fn start(self, posts: &[Post]) -> TestApp {
        let folder = self
            .folder
            .unwrap_or_else(|| Arc::new(TempDir::new().unwrap()));
        let source = folder.path().join("posts.db");
        if !source.exists() && !self.posts_are_away {
            write_posts(&source, posts);
        }
        let mut settings = settings_in(folder.path());
        if let Some(change) = self.change {
            change(&mut settings);
        }
        let options = StartOptions {
            faults: self.faults,
            ..StartOptions::default()
        };
        let loaded = settings.loaded();
        let app = App::start(&loaded, options).await.unwrap();
        let labelling = Labelling::open(&loaded, &app.platform).unwrap();
        TestApp::serve(app, labelling, folder, self.token).await
    }
}

fn settings_in(folder: &Path) -> TestSettings {
    let url = |file: &str| format!("sqlite://{}", folder.join(file).display());
    let mut settings = TestSettings::default();
    settings.database.url = url("audience.db");
    let tables = [("ts_page_content".to_owned(), TableSettings::default())].into();
    let source = SourceSettings {
        time_zone: None,
        url: url("posts.db"),
        tables,
    };
    settings.sources = [("posts".to_owned(), source)].into();
    settings.outputs = [("result".to_owned(), OutputSettings::default())].into();
    settings.labelling.default_source = "posts".to_owned();
    settings.labelling.default_output = "result".to_owned();
    settings.labelling.default_start_time = Some("2020-01-01".to_owned());
    settings.labelling.default_end_time = Some("2020-02-01".to_owned());
    settings.labelling.groups = Groups(vec![
        ("a".to_owned(), vec!["WH_A".to_owned()]),
        ("b".to_owned(), vec!["WH_B".to_owned()]),
    ]);
    settings.labelling.rows_per_slice = 100;
    settings.labelling.batches_per_step = 4;
    settings.runtime.backoff_first_ms = 5;
    settings.runtime.backoff_longest_ms = 20;
    settings.runtime.lease_ms = 2_000;
    settings.runtime.rescue_every_ms = 100;
    settings
}

impl TestApp {
    pub(crate) fn with() -> Builder {
        Builder::default()
    }

    async fn serve(
        app: App,
        labelling: Labelling,
        folder: Arc<TempDir>,
        token: Option<String>,
    ) -> Self {
        let stop = CancellationToken::new();
        let (listening, bound) = tokio::sync::oneshot::channel();
        let address: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let token = token.map(Into::into);
        let app = Arc::new(app);
        let (server, stopped) = (Arc::clone(&app), stop.clone());
        tokio::spawn(async move {
            server
                .serve(address, token, stopped, |at| listening.send(at).unwrap())
                .await
                .unwrap();
        });
        let base = format!("http://{}", bound.await.unwrap());
        Self {
            app,
            labelling,
            folder,
            http: http_client().build().unwrap(),
            base,
            stop,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("audience.db")
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.http.get(self.url(path)).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json().await.unwrap_or_default(),
        )
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self
            .http
            .post(self.url(path))
            .json(body)
            .send()
            .await
            .unwrap();
        (
            answer.status().as_u16(),
            answer.json().await.unwrap_or_default(),
        )
    }

    pub(crate) async fn delete(&self, path: &str) -> (u16, Value) {
        let answer = self.http.delete(self.url(path)).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    /// Executes statements in the database.
    pub(crate) fn execute(&self, script: &str) {
        let connection = Connection::open(self.database()).unwrap();
        connection.busy_timeout(PATIENCE).unwrap();
        connection.execute_batch(script).unwrap();
    }

    /// Submits the usual task: two labels with keywords on authors.
    pub(crate) async fn submit(&self) -> JobId {
        self.submit_with(|_| {}).await
    }

    pub(crate) async fn submit_with(&self, change: impl FnOnce(&mut LabellingRequest)) -> JobId {
        let mut request = LabellingRequest {
            rules: RulesFrom::Body {
                field: "rules",
                rules: usual_pattern(),
            },
            ..Default::default()
        };
        change(&mut request);
        let composed = self.labelling.compose(request).await.unwrap();
        let submitted = self.app.runtime.submit(composed.job.clone()).await.unwrap();
        self.labelling.announce(&composed.job).await.unwrap();
        submitted.job().clone()
    }

    pub(crate) async fn job(&self, id: &JobId) -> job::Model {
        self.app.store.jobs().find(id).await.unwrap().unwrap()
    }

    /// Waits until the condition holds for the job.
    pub(crate) async fn wait_until(
        &self,
        id: &JobId,
        mut condition: impl FnMut(&job::Model) -> bool,
    ) -> job::Model {
        let mut last = None;
        let look = async {
            let mut changes = self.app.runtime.watch(id);
            loop {
                let job = self.job(id).await;
                if condition(&job) {
                    return job;
                }
                last = Some(job);
                // Another program may run the job: its changes are not reported here.
                tokio::time::timeout(LONGEST_PAUSE, changes.next())
                    .await
                    .ok();
            }
        };
        match tokio::time::timeout(PATIENCE, look).await {
            Ok(job) => job,
            Err(_) => panic!(
                "waited {} s for a job that did not get there: {last:?}",
                PATIENCE.as_secs()
            ),
        }
    }

    pub(crate) async fn wait_until_ended(&self, id: &JobId) -> JobState {
        self.wait_until(id, |job| job.state.has_ended()).await.state
    }

    /// Waits until the query counts a row.
    pub(crate) async fn wait_for_rows(&self, sql: &str) {
        wait_for(sql, async || {
            (count(&self.database(), sql) > 0).then_some(())
        })
        .await;
    }

    pub(crate) fn published(&self, id: &JobId) -> Vec<Published> {
        published_in(&self.database(), id.as_str())
    }

    /// A number from the database.
    pub(crate) fn count(&self, sql: &str) -> i64 {
        count(&self.database(), sql)
    }

    /// A column of the task's row in `state`, as text.
    pub(crate) fn state(&self, id: &JobId, column: &str) -> Option<String> {
        let sql = format!("SELECT CAST({column} AS TEXT) FROM state WHERE task_id = ?1");
        let connection = Connection::open(self.database()).unwrap();
        connection
            .query_row(&sql, [id.as_str()], |row| row.get(0))
            .unwrap()
    }

    /// Ends the program in good order; the folder stays.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.app.stop().await;
    }
}

/// `first`: amy, 阿美; `second`: bob, eve.
pub(crate) fn usual_pattern() -> Value {
    json!({
        "first": [["amy", "partially"], ["阿美", "partially"]],
        "second": [["bob", "partially"], ["eve", "partially"]],
    })
}

pub(crate) const USUAL_RULES: super::Rules<'static> =
    &[("first", &["amy", "阿美"]), ("second", &["bob", "eve"])];

fn count(database: &Path, sql: &str) -> i64 {
    let connection = Connection::open(database).unwrap();
    connection.busy_timeout(PATIENCE).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// All rows that a task has published.
pub(crate) fn published_in(database: &Path, task_id: &str) -> Vec<Published> {
    let connection = Connection::open(database).unwrap();
    let mut rows = Vec::new();
    for group in ["a", "b", "other"] {
        let sql = format!(
            "SELECT id, source_author, panel, create_time, field_content, match_content
             FROM wh_panel_mapping_{group} WHERE task_id = ?1"
        );
        let mut statement = connection.prepare(&sql).unwrap();
        let found = statement.query_map([task_id], |row| {
            Ok(Published {
                group: group.to_owned(),
                id: row.get(0)?,
                source_author: row.get(1)?,
                panel: row.get(2)?,
                create_time: row.get(3)?,
                field_content: row.get(4)?,
                match_content: row.get(5)?,
            })
        });
        rows.extend(found.unwrap().map(Result::unwrap));
    }
    sorted(rows)
}
