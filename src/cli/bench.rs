//! `audience bench`: what the engine itself costs on this machine.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use entity::{JobId, JobState};
use serde_json::json;
use tokio::task::JoinSet;

use crate::app::{App, StartOptions};
use crate::engine::noop::flow;
use crate::engine::store::JobFilter;
use crate::process::{print_document, print_line};
use crate::settings::{AT_ONCE_MAX, Loaded, Settings};

#[derive(Debug, Args)]
pub(super) struct BenchArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Run jobs that do nothing, each stored, claimed, run and ended durably
    Jobs(JobsArguments),
}

#[derive(Debug, Args)]
struct JobsArguments {
    /// How many jobs to run
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
    jobs: u64,
    /// How many of them are submitted and not done at any time
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    in_flight: u64,
    /// How many of them have an actor at any time, as the setting `runtime.jobs_at_once`
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=AT_ONCE_MAX))]
    at_once: u64,
    /// How many batches each of them has, which do nothing either
    #[arg(long, default_value_t = 0)]
    batches: u32,
    /// An empty database of the engine [default: a file that is removed afterwards]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: BenchArguments) -> anyhow::Result<ExitCode> {
    match arguments.what {
        What::Jobs(jobs) => run_jobs(jobs).await,
    }
}

/// What was measured.
struct Measured {
    took: Duration,
    /// From before a job was submitted until it was known to be done, sorted.
    latencies: Vec<Duration>,
}

async fn run_jobs(arguments: JobsArguments) -> anyhow::Result<ExitCode> {
    let folder = match arguments.database {
        Some(_) => None,
        None => Some(OwnFolder::make()?),
    };
    let mut settings = Settings::default();
    settings.database.url = match (&arguments.database, &folder) {
        (Some(url), _) => url.clone(),
        (None, Some(folder)) => format!("sqlite://{}", folder.0.join("bench.db").display()),
        (None, None) => unreachable!("made just before"),
    };
    settings.runtime.jobs_at_once = arguments.at_once;
    settings.runtime.jobs_queued_max = settings.runtime.jobs_queued_max.max(arguments.in_flight);
    settings.log.level = "warn".to_owned();
    let loaded = Loaded::made(settings);
    let app = App::start(&loaded, StartOptions::default()).await?;
    let before = app.store.jobs().page(&JobFilter::default(), 1).await?;
    ensure!(
        before.is_empty(),
        "the database holds jobs: a bench needs an empty one of its own"
    );
    let app = Arc::new(app);
    let measured = measure(&app, &arguments).await;
    app.stop().await;
    tell(&measured?, &arguments);
    Ok(ExitCode::SUCCESS)
}

async fn measure(app: &Arc<App>, arguments: &JobsArguments) -> anyhow::Result<Measured> {
    let JobsArguments {
        jobs,
        in_flight,
        batches,
        ..
    } = *arguments;
    let begun = Instant::now();
    let taken = Arc::new(AtomicU64::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..in_flight.min(jobs) {
        callers.spawn(call(Arc::clone(app), Arc::clone(&taken), jobs, batches));
    }
    let mut latencies = Vec::new();
    while let Some(caller) = callers.join_next().await {
        latencies.extend(caller.context("a caller died")??);
    }
    let took = begun.elapsed();
    latencies.sort_unstable();
    let not_done = JobFilter {
        state: Some(JobState::Succeeded),
        ..JobFilter::default()
    };
    let done = app.store.jobs().page(&not_done, jobs + 1).await?.len() as u64;
    ensure!(done == jobs, "{done} of {jobs} jobs are stored as done");
    Ok(Measured { took, latencies })
}

/// Submits a job and waits until it is done, as long as there are any left to submit.
async fn call(
    app: Arc<App>,
    taken: Arc<AtomicU64>,
    jobs: u64,
    batches: u32,
) -> anyhow::Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    while taken.fetch_add(1, Ordering::Relaxed) < jobs {
        let id = JobId::new();
        let job = flow::job(id.clone(), 1, batches)?;
        let mut changes = app.runtime.watch(&id);
        let begun = Instant::now();
        app.runtime.submit(job).await?;
        wait(&app, &id, changes.ended()).await?;
        latencies.push(begun.elapsed());
    }
    Ok(latencies)
}

/// Messages are hints: if none comes, the store is asked.
async fn wait(app: &App, id: &JobId, ended: impl Future<Output = ()>) -> anyhow::Result<()> {
    const ASK_EVERY: Duration = Duration::from_secs(2);
    tokio::pin!(ended);
    while tokio::time::timeout(ASK_EVERY, &mut ended).await.is_err() {
        let job = app.store.jobs().find(id).await?;
        if job.is_some_and(|job| job.state.has_ended()) {
            break;
        }
    }
    Ok(())
}

fn tell(measured: &Measured, arguments: &JobsArguments) {
    let seconds = measured.took.as_secs_f64();
    let jobs_per_s = arguments.jobs as f64 / seconds;
    let (p50, p99) = (measured.percentile_ms(50), measured.percentile_ms(99));
    if arguments.json {
        let figures = json!({
            "jobs": arguments.jobs, "in_flight": arguments.in_flight,
            "at_once": arguments.at_once, "seconds": rounded(seconds),
            "batches": arguments.batches, "jobs_per_s": rounded(jobs_per_s), "p50_ms": rounded(p50), "p99_ms": rounded(p99),
        });
        return print_document(&figures.to_string());
    }
    print_line(&format!(
        "{} jobs, {} in flight, {} at once: {jobs_per_s:.0} jobs/s in {seconds:.2} s",
        arguments.jobs, arguments.in_flight, arguments.at_once
    ));
    if arguments.batches > 0 {
        let batches = arguments.jobs as f64 * f64::from(arguments.batches);
        print_line(&format!(
            "{} batches a job: {:.3} ms a batch",
            arguments.batches,
            seconds * 1_000.0 / batches
        ));
    }
    print_line(&format!(
        "from submitting a job until it is done: p50 {p50:.2} ms, p99 {p99:.2} ms"
    ));
}

fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

impl Measured {
    fn percentile_ms(&self, percent: usize) -> f64 {
        let at = (self.latencies.len() * percent / 100).min(self.latencies.len().saturating_sub(1));
        let latency = self.latencies.get(at).copied().unwrap_or_default();
        latency.as_secs_f64() * 1_000.0
    }
}

/// A folder for the database, removed when it is dropped.
struct OwnFolder(PathBuf);

impl OwnFolder {
    fn make() -> anyhow::Result<Self> {
        let name = format!("audience-bench-{}", JobId::new());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).context("no folder for the database could be made")?;
        Ok(Self(folder))
    }
}

impl Drop for OwnFolder {
    fn drop(&mut self) {
        // What is left of it is in the folder for such things.
        std::fs::remove_dir_all(&self.0).ok();
    }
}
