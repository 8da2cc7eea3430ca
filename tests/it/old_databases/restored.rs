//! Restores a database, with the posts that its jobs read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use audience::kafka::BrokerSettings;
use audience::systems::dispatch::settings::ServiceSettings;
use audience::systems::labelling::settings::TableSettings;
use entity::JobId;
use rusqlite::Connection;
use serde::Deserialize;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, PgConnection, raw_sql};
use tempfile::TempDir;

use crate::store::databases::{TestDatabase, say};
use crate::support::{Post, TestApp, TestSettings, corpus, write_posts};

/// Posts of each table, as the script that made the databases has them.
const ROWS: u32 = 1_000;

/// In the ids of its tasks, and its settings.
const SERVICES: [&str; 6] = ["aaa", "held", "impatient", "patient", "timed", "kafka"];

pub(super) struct Restored {
    pub database: TestDatabase,
    pub posts: Vec<Post>,
    folder: Arc<TempDir>,
    names: Names,
}

/// What the script called the jobs.
#[derive(Deserialize)]
struct Names {
    /// Ids of jobs and tasks.
    jobs: BTreeMap<String, String>,
    /// Keys of leases.
    leases: BTreeMap<String, String>,
}

/// Where a job has its columns that no migration may change. Functions of one name on all engines.
const UNCHANGING: &str = "SELECT concat_ws(' ', id, flow, queue, generation, created_at, \
    started_at, ended_at, error, history, traceparent) FROM audience_job ORDER BY id";

impl Restored {
    pub(super) async fn of(kind: &'static str) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/old_databases");
        let read = |suffix| std::fs::read_to_string(here.join(format!("{kind}.{suffix}"))).unwrap();
        let restored = Self {
            database: TestDatabase::of(kind).await,
            posts: corpus(ROWS),
            folder: Arc::new(TempDir::new().unwrap()),
            names: serde_json::from_str(&read("json")).unwrap(),
        };
        restored.write_posts();
        run(&restored.database.url, &read("sql")).await;
        restored.move_times().await;
        restored
    }

    fn write_posts(&self) {
        let posts = self.folder.path().join("posts.db");
        write_posts(&posts, &self.posts);
        let copied = "CREATE TABLE doomed AS SELECT * FROM ts_page_content;
            CREATE INDEX doomed_by_time ON doomed (post_time);";
        Connection::open(posts)
            .unwrap()
            .execute_batch(copied)
            .unwrap();
    }

    /// Deadlines were a day away when the database was left, and are again; but one has passed, and
    /// so has a countdown.
    async fn move_times(&self) {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let tomorrow = since_1970.as_micros() + 86_400_000_000;
        let lapsed = self.job("lease_lapsed");
        let counting_down = self.job("label_counting_down");
        for sql in [
            format!(
                "UPDATE audience_dispatch SET deadline_at = {tomorrow}
                 WHERE deadline_at IS NOT NULL AND job_id <> '{lapsed}'"
            ),
            format!("UPDATE audience_dispatch SET deadline_at = 1 WHERE job_id = '{lapsed}'"),
            format!(
                "UPDATE audience_outbox SET not_before_at = {tomorrow} WHERE not_before_at > 0"
            ),
            format!(
                "UPDATE audience_step SET not_before_at = 1
                 WHERE job_id = '{counting_down}' AND not_before_at IS NOT NULL"
            ),
        ] {
            assert!(say(&self.database.url, &sql).await > 0, "{sql}");
        }
    }

    /// Names and ids of the jobs whose names begin so.
    pub(super) fn jobs_named(&self, beginning: &str) -> impl Iterator<Item = (&str, &str)> {
        let jobs = self.names.jobs.iter();
        jobs.filter(move |(name, _)| name.starts_with(beginning))
            .map(|(name, id)| (name.as_str(), id.as_str()))
    }

    pub(super) fn task(&self, name: &str) -> &str {
        &self.names.jobs[name]
    }

    pub(super) fn job(&self, name: &str) -> JobId {
        let task = self.task(name);
        let id = task.rsplit_once('_').map_or(task, |(_, id)| id);
        id.parse().unwrap()
    }

    pub(super) fn lease(&self, name: &str) -> &str {
        &self.names.leases[name]
    }

    /// What no migration may change.
    pub(super) async fn unchanging(&self) -> Vec<String> {
        texts(&self.database.url, UNCHANGING).await
    }

    /// A program on this database. Without a broker its workers fetch their tasks over HTTP.
    pub(super) async fn start(&self, broker: Option<(&str, &str)>) -> TestApp {
        let url = self.database.url.clone();
        let broker = broker.map(|(server, topics)| (server.to_owned(), topics.to_owned()));
        let change = move |settings: &mut TestSettings| {
            settings.database.url = url;
            let source = settings.sources.get_mut("posts").unwrap();
            source
                .tables
                .insert("doomed".to_owned(), TableSettings::default());
            let topics = broker.as_ref().map_or("", |(_, topics)| topics.as_str());
            for name in SERVICES {
                settings.dispatch.service.push(name.to_owned());
                settings
                    .dispatch
                    .source_db
                    .insert(name.to_owned(), service(name, topics));
            }
            settings.mq_conf = broker.map(|(server, topics)| BrokerSettings {
                bootstrap_servers: vec![server],
                reply_group: format!("{topics}audience"),
                dead_letter_topic: format!("{topics}dead"),
                ..BrokerSettings::default()
            });
        };
        let program = TestApp::with().settings(change).beside(&self.folder);
        program.start(&[]).await
    }
}

fn service(name: &str, topics: &str) -> ServiceSettings {
    ServiceSettings {
        source_name: "mongo".to_owned(),
        topic_name: format!("{topics}mq_{name}"),
        consumer_id: "c".to_owned(),
        auto_start: name != "held",
        ..ServiceSettings::default()
    }
}

/// Runs a script of statements.
async fn run(url: &str, script: &str) {
    let statements = raw_sql(AssertSqlSafe(script.to_owned()));
    if url.starts_with("postgres") {
        let mut connection = PgConnection::connect(url).await.unwrap();
        statements.execute(&mut connection).await.unwrap();
    } else if url.starts_with("mysql") {
        let mut connection = MySqlConnection::connect(url).await.unwrap();
        statements.execute(&mut connection).await.unwrap();
    } else {
        let connection = Connection::open(url.trim_start_matches("sqlite://")).unwrap();
        connection.execute_batch(script).unwrap();
    }
}

/// The one column of a query.
async fn texts(url: &str, sql: &str) -> Vec<String> {
    let query = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
    if url.starts_with("postgres") {
        let mut connection = PgConnection::connect(url).await.unwrap();
        query.fetch_all(&mut connection).await.unwrap()
    } else if url.starts_with("mysql") {
        let query = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
        let mut connection = MySqlConnection::connect(url).await.unwrap();
        query.fetch_all(&mut connection).await.unwrap()
    } else {
        let connection = Connection::open(url.trim_start_matches("sqlite://")).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}
