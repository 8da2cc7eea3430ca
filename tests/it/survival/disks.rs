//! Disks that fill up, and that fail, under files that the program writes, and work again later.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::Connection;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

use super::program::Program;
use crate::support::{
    Place, RANGE, TASK, USUAL_RULES, corpus, expected, http_client, task_is_as_expected, wait_for,
    wait_until,
};

/// A small file system of a test's own.
struct Disk {
    at: PathBuf,
}

impl Disk {
    /// `None`: this user may not mount any.
    fn mount(at: PathBuf, size: &str) -> Option<Self> {
        fs::create_dir(&at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]);
        let is_mounted = mount.arg(&at).status().is_ok_and(|status| status.success());
        if !is_mounted {
            eprintln!("not tested: only root may mount a small file system");
        }
        is_mounted.then_some(Self { at })
    }

    fn filler(&self) -> PathBuf {
        self.at.join("filler")
    }

    fn fill(&self) {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        let mut filler = options.open(self.filler()).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
    }

    fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.at).status().ok();
    }
}

/// `audience serve` with a service of tasks for outside workers.
struct Serving {
    program: Program,
    base: String,
    http: reqwest::Client,
    log: PathBuf,
    database: PathBuf,
}

impl Serving {
    async fn start(place: &Place, database: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let settings = json!({
            "server": { "bind": format!("127.0.0.1:{port}") },
            "database": { "url": format!("sqlite://{}", database.display()) },
            "service": ["aaa"],
            "source_db": { "aaa": { "source_name": "a", "topic_name": "mq", "consumer_id": "c" } },
            "log": { "format": "json" },
        });
        fs::write(place.path("full.yaml"), settings.to_string()).unwrap();
        let log = place.path("log");
        // A file that may not grow is an error to the program, not a signal that ends it.
        let mut command = Command::new("sh");
        let run = "trap '' XFSZ; exec \"$0\" serve --settings full.yaml";
        command.args(["-c", run, env!("CARGO_BIN_EXE_audience")]);
        command.current_dir(place.path("")).env_remove("AUTH_TOKEN");
        command.stderr(File::create(&log).unwrap());
        let serving = Self {
            program: Program::start(&mut command),
            base: format!("http://127.0.0.1:{port}"),
            http: http_client().build().unwrap(),
            log,
            database,
        };
        wait_for("it serves", async || serving.readiness().await).await;
        serving
    }

    /// `None`: no answer.
    async fn readiness(&self) -> Option<(u16, Value)> {
        let url = format!("{}/readyz", self.base);
        let answer = self.http.get(url).send().await.ok()?;
        Some((answer.status().as_u16(), answer.json().await.ok()?))
    }

    /// The id of a new task, or the status with which it was refused.
    async fn create(&self) -> Result<String, u16> {
        let url = format!("{}/api/create_task", self.base);
        let body =
            json!({ "data": { "service": "aaa", "condition": { "text": "a".repeat(700) } } });
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(status);
        }
        let answer: Value = answer.json().await.unwrap();
        let id = answer["task_id"].as_str().unwrap().to_owned();
        Ok(id.rsplit('_').next().unwrap().to_owned())
    }

    async fn is_known(&self, id: &str) -> bool {
        let url = format!("{}/v1/jobs/{id}", self.base);
        self.http.get(url).send().await.unwrap().status() == 200
    }

    /// Creates tasks by several callers until so many were refused; returns those that were
    /// stored.
    async fn create_until_refused(&self, refusals: u32) -> Vec<String> {
        let refused = AtomicU32::new(0);
        let calls = (0..6).map(async |_| {
            let mut created = Vec::new();
            while refused.load(Ordering::Relaxed) < refusals {
                match self.create().await {
                    Ok(id) => {
                        assert!(self.is_known(&id).await, "{id} was given out");
                        created.push(id);
                    }
                    Err(status) => {
                        assert_eq!(status, 503);
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
            created
        });
        let created = futures_util::future::join_all(calls).await;
        created.into_iter().flatten().collect()
    }

    async fn is_ready_again(&self) {
        wait_for("it is ready again", async || {
            let (status, _) = self.readiness().await?;
            (status == 200).then_some(())
        })
        .await;
    }

    /// How many lines of the log have such a message.
    fn logged(&self, message: &str) -> usize {
        let text = fs::read_to_string(&self.log).unwrap();
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let messages = lines.map(|line: Value| line["message"].as_str().unwrap().to_owned());
        messages
            .filter(|logged| logged.starts_with(message))
            .count()
    }

    fn texts(&self, sql: &str) -> BTreeSet<String> {
        let connection = Connection::open(&self.database).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// Every job is there with all that belongs to it.
    fn jobs(&self) -> BTreeSet<String> {
        let jobs = self.texts("SELECT id FROM audience_job");
        for table in ["audience_step", "audience_dispatch", "audience_event"] {
            let with = self.texts(&format!("SELECT DISTINCT job_id FROM {table}"));
            assert_eq!(with, jobs, "{table}");
        }
        jobs
    }
}

/// The database fails and works again, twice.
async fn is_survived(mut serving: Serving, fails: impl Fn(), mends: impl Fn(), reason: &str) {
    let mut created = Vec::new();
    for _ in 0..2 {
        for _ in 0..5 {
            created.push(serving.create().await.unwrap());
        }
        fails();
        created.extend(serving.create_until_refused(60).await);
        let not_ready = wait_for("it is not ready", async || {
            let (status, answer) = serving.readiness().await?;
            (status == 503).then_some(answer)
        })
        .await;
        assert_eq!(not_ready["part"], "database");
        let shown = not_ready["reason"].as_str().unwrap();
        assert!(shown.contains(reason), "{shown}");
        created.extend(serving.create_until_refused(10).await);
        mends();
        serving.is_ready_again().await;
        for _ in 0..5 {
            created.push(serving.create().await.unwrap());
        }
        wait_until("the end of the outage is logged", || {
            let [began, ended] = [
                "the engine's database fails",
                "the engine's database works again",
            ]
            .map(|message| serving.logged(message));
            began == ended
        });
    }
    for id in &created {
        assert!(serving.is_known(id).await, "{id}");
    }
    assert_eq!(serving.logged("a call"), 0, "no line for each call");
    let outages = serving.logged("the engine's database fails");
    assert!((2..=6).contains(&outages), "{outages} outages were logged");
    serving.program.terminate();
    wait_until("it has ended", || serving.program.has_ended());
    let created: BTreeSet<String> = created.into_iter().collect();
    let jobs = serving.jobs();
    assert!(
        jobs.is_superset(&created),
        "what was answered for is stored"
    );
    if reason.contains("full") {
        assert_eq!(jobs, created, "what was refused is not");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_answered_with_503_and_nothing_else_is_lost() {
    let place = Place::empty();
    let Some(disk) = Disk::mount(place.path("disk"), "12m") else {
        return;
    };
    let serving = Serving::start(&place, disk.at.join("engine.db")).await;
    is_survived(serving, || disk.fill(), || disk.make_room(), "full").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_answers_with_errors_is_answered_with_503_until_it_works() {
    let place = Place::empty();
    let database = place.path("engine.db");
    let serving = Serving::start(&place, database.clone()).await;
    let pid = Pid::from_raw(serving.program.0.id().try_into().unwrap());
    let limit = move |bytes: Option<u64>| {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(pid, Resource::Fsize, limit).unwrap();
    };
    let log = Path::new(&format!("{}-wal", database.display())).to_owned();
    let fails = || limit(Some(fs::metadata(&log).unwrap().len()));
    is_survived(serving, fails, || limit(None), "errors").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_on_a_disk_that_is_full_for_a_while_ends_like_an_undisturbed_one() {
    const ROWS: u32 = 3_000;
    let place = Place::with_rows(ROWS);
    let Some(disk) = Disk::mount(place.path("disk"), "16m") else {
        return;
    };
    let output = format!("sqlite://{}", disk.at.join("out.db").display());
    let mut command = place.label(&[("--output", &output)]);
    let log = place.path("log");
    command
        .env("AUDIENCE__LABELLING__ROWS_PER_SLICE", "5")
        .stderr(File::create(&log).unwrap());
    let said = |message| fs::read_to_string(&log).unwrap().matches(message).count();
    let store_failed = || said("the engine's database fails");
    // Which of the two comes first depends on who writes first: the output or the store.
    let failed = || said("attempt failed") + store_failed();
    let mut program = Program::start(&mut command);
    let slices = "SELECT sum(slices) FROM audience_output_batch";
    let database = Arc::new(disk.at.join("out.db"));
    let staged = || -> i64 {
        let connection = Connection::open(&*database).unwrap();
        let count = connection.query_row(slices, [], |row| row.get(0));
        count.unwrap_or_default()
    };
    for no in 1..=3 {
        wait_until("it labels", || staged() > no * 10 || program.has_ended());
        let failed_before = failed();
        disk.fill();
        wait_until("attempts fail", || {
            failed() > failed_before || program.has_ended()
        });
        disk.make_room();
        // An outage is told of once, at its start: the next has to be another.
        wait_until("the store works again", || {
            said("the engine's database works again") == store_failed() || program.has_ended()
        });
    }
    program.succeeds();
    task_is_as_expected(&output, TASK, &expected(&corpus(ROWS), USUAL_RULES, RANGE));
}
