//! `audience scrape`: pages as rows without a server, through the same engine.

use std::path::Path;
use std::process::ExitCode;

use async_trait::async_trait;
use chrono::NaiveDate;
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};
use entity::{JobId, scrape_run};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::files::Faulty;
use super::waiting::wait;
use super::{scrape_report, scrape_try, scrape_waits};
use crate::engine::audit::{AuditLog, CallEnd, Recording};
use crate::engine::runtime::PRIVATE_QUEUE;
use crate::engine::seam::NewRun;
use crate::engine::store::audit;
use crate::engine::{CallerError, ErrorKind};
use crate::fetch::AllowedHosts;
use crate::process::{print_document, print_error_line};
use crate::settings::Loaded;
use crate::small_file;
use crate::systems::prediction::scraping::{ChosenScrape, FAILED, Scrapes, ScrapesError};
use crate::systems::prediction::settings::PredictionSettings;
use crate::systems::{Command, OnlyJob, Platform, Program, RunningProgram};

/// Bad usage, or a file with faults.
const BAD_USAGE: u8 = 2;

/// Exit code after SIGINT or SIGTERM.
const STOPPED: u8 = 130;

pub(super) struct ScrapeCommand;

#[derive(Debug, Args)]
struct ScrapeArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fetch the pages of a day, and write their rows in one transaction
    Run(RunArguments),
    /// Fetch the pages of a day, and show their rows and problems; nothing is stored
    Test(TestArguments),
    /// Extract the pages that runs have kept again, with the scrape as it is now
    Replay(ReplayArguments),
}

/// What all of them take.
#[derive(Debug, Args)]
struct Common {
    /// File of the scrape, or the name of one that is stored
    #[arg(value_name = "NAME|FILE")]
    scrape: String,
    /// Host that may be asked though its address is not public, such as 127.0.0.1:18080
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct RunArguments {
    #[command(flatten)]
    common: Common,
    /// What {day} means [default: today in the time zone of the scrape's schedule]
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<NaiveDate>,
    /// 32 hexadecimal digits: continues that run if it exists, else creates it
    #[arg(long, value_name = "HEX32")]
    task_id: Option<JobId>,
    #[command(flatten)]
    only: OnlyJob,
}

#[derive(Debug, Args)]
struct TestArguments {
    #[command(flatten)]
    common: Common,
    /// What {day} means [default: today in the time zone of the scrape's schedule]
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<NaiveDate>,
    /// Rows and problems to show of each
    #[arg(long, value_name = "N", default_value_t = 20)]
    rows: usize,
}

#[derive(Debug, Args)]
struct ReplayArguments {
    #[command(flatten)]
    common: Common,
    /// The first day [default: that of the oldest pages]
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<NaiveDate>,
    /// The last day [default: that of the newest pages]
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<NaiveDate>,
    #[command(flatten)]
    only: OnlyJob,
}

impl Action {
    fn common(&self) -> &Common {
        match self {
            Self::Run(arguments) => &arguments.common,
            Self::Test(arguments) => &arguments.common,
            Self::Replay(arguments) => &arguments.common,
        }
    }
}

/// What a command is to do once the program runs.
enum Task {
    Run {
        day: Option<NaiveDate>,
    },
    Replay {
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    },
}

#[async_trait]
impl Command for ScrapeCommand {
    fn definition(&self) -> clap::Command {
        let command = clap::Command::new("scrape")
            .about("Make rows of pages that are fetched from sites")
            .display_order(2);
        ScrapeArguments::augment_args(command)
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let arguments = ScrapeArguments::from_arg_matches(matches)?;
        let loaded = program.load(program.place())?;
        if let Err(fault) = AllowedHosts::read(&arguments.action.common().allow_host) {
            print_error_line(&format!("error: --allow-host {fault}"));
            return Ok(ExitCode::from(BAD_USAGE));
        }
        let done = match arguments.action {
            Action::Run(arguments) => {
                let id = arguments.task_id.unwrap_or_default();
                let task = Task::Run { day: arguments.day };
                run(
                    &arguments.common,
                    task,
                    id,
                    &arguments.only,
                    &loaded,
                    program,
                )
                .await?
            }
            Action::Replay(arguments) => {
                let task = Task::Replay {
                    from: arguments.from,
                    to: arguments.to,
                };
                let id = JobId::default();
                run(
                    &arguments.common,
                    task,
                    id,
                    &arguments.only,
                    &loaded,
                    program,
                )
                .await?
            }
            Action::Test(arguments) => {
                let TestArguments { common, day, rows } = arguments;
                let made = with_hosts(&common, &loaded);
                let stop = program.stop_on_signal()?;
                let running = program.start(&made, Some(JobId::default())).await?;
                let scrapes = Scrapes::of(&made, running.platform());
                let tried = match scrapes {
                    Ok(scrapes) => match chosen(&scrapes, &common.scrape).await? {
                        Ok(chosen) => {
                            let tried = scrape_try::run(&scrapes, &chosen, day, rows, common.json);
                            tokio::select! {
                                () = stop.cancelled() => Ok(ExitCode::from(STOPPED)),
                                code = tried => Ok(code),
                            }
                        }
                        Err(faulty) => Err(faulty),
                    },
                    Err(error) => Err(Faulty(vec![error.to_string()])),
                };
                running.stop().await;
                tried
            }
        };
        Ok(match done {
            Ok(code) => code,
            Err(Faulty(lines)) => {
                for line in lines {
                    print_error_line(&format!("error: {line}"));
                }
                ExitCode::from(BAD_USAGE)
            }
        })
    }
}

async fn run(
    common: &Common,
    task: Task,
    id: JobId,
    only: &OnlyJob,
    loaded: &Loaded,
    program: &dyn Program,
) -> anyhow::Result<Result<ExitCode, Faulty>> {
    let made = with_hosts(common, loaded);
    let stop = program.stop_on_signal()?;
    if let Some(job) = only.job() {
        program.run_only(job, &made).await?;
        return Ok(Ok(ExitCode::SUCCESS));
    }
    let running = program.start(&made, Some(id.clone())).await?;
    let done = work(&*running, &made, common, task, &id, &stop).await;
    running.stop().await;
    let done = match done? {
        Ok(done) => done,
        Err(faulty) => return Ok(Err(faulty)),
    };
    let Some((job, runs)) = done else {
        print_error_line(&format!("stopped; continue with --task-id {id}"));
        return Ok(Ok(ExitCode::from(STOPPED)));
    };
    let is_good = job.state == entity::JobState::Succeeded;
    match common.json {
        true => print_document(&as_json(&job, &runs).to_string()),
        false => scrape_report::print(&job, &runs),
    }
    let all_good = is_good && runs.iter().all(|run| run.state != FAILED);
    Ok(Ok(match all_good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }))
}

/// The job with its runs once it has ended; `None`: it was stopped.
type Done = Option<(entity::job::Model, Vec<scrape_run::Model>)>;

async fn work(
    running: &dyn RunningProgram,
    loaded: &Loaded,
    common: &Common,
    task: Task,
    id: &JobId,
    stop: &CancellationToken,
) -> anyhow::Result<Result<Done, Faulty>> {
    let platform = running.platform();
    let scrapes = Scrapes::of(loaded, platform)?;
    let chosen = match chosen(&scrapes, &common.scrape).await? {
        Ok(chosen) => chosen,
        Err(faulty) => return Ok(Err(faulty)),
    };
    let recorded = AuditLog::start(platform.store.clone());
    let call = recorded.local_call("run_scrape", Recording::Each);
    let submitting = submit(platform, &scrapes, &chosen, task, id);
    match call.work(submitting, CallEnd::of_result).await? {
        Ok(()) => {}
        Err(error) => match error.downcast::<ScrapesError>() {
            Ok(error) if error.kind() == ErrorKind::Invalid => {
                return Ok(Err(Faulty(vec![error.public_message()])));
            }
            Ok(error) => return Err(error.into()),
            Err(error) => return Err(error),
        },
    }
    let waited = tokio::select! {
        waited = wait(platform, id, stop) => waited,
        never = scrape_waits::say(&scrapes, id) => match never {},
    };
    let Some(job) = waited? else {
        return Ok(Ok(None));
    };
    let runs = scrapes.store().runs_of_job(id).await?;
    Ok(Ok(Some((job, runs))))
}

/// Creates the job, or continues it if it is there.
async fn submit(
    platform: &Platform,
    scrapes: &Scrapes,
    chosen: &ChosenScrape,
    task: Task,
    id: &JobId,
) -> anyhow::Result<()> {
    audit::about(id);
    let runtime = platform.flows.runtime();
    if let Some(job) = platform.store.jobs().find(id).await? {
        if matches!(
            job.state,
            entity::JobState::Failed | entity::JobState::Cancelled
        ) {
            runtime.resume_or_rerun(id).await?;
        }
        return Ok(());
    }
    let run = NewRun {
        id: Some(id.clone()),
        queue: Some(PRIVATE_QUEUE.to_owned()),
        ..NewRun::default()
    };
    let composed = match task {
        Task::Run { day } => scrapes.compose(chosen, day, run)?,
        Task::Replay { from, to } => scrapes.compose_replay(chosen, from, to, run).await?,
    };
    for warning in &composed.warnings {
        print_error_line(&format!("warning: {warning}"));
    }
    runtime.submit(composed.job).await?;
    Ok(())
}

/// The scrape in the file of this path, or else the stored one of this name.
async fn chosen(scrapes: &Scrapes, given: &str) -> anyhow::Result<Result<ChosenScrape, Faulty>> {
    let path = Path::new(given);
    let is_file = path.exists() || given.ends_with(".yaml") || given.ends_with(".yml");
    let chosen = match is_file {
        true => match small_file::read_text(path) {
            Ok(text) => scrapes.read(&text).await,
            Err(error) => return Ok(Err(Faulty::of(path, error))),
        },
        false => scrapes.choose(given).await,
    };
    match chosen {
        Ok(chosen) => Ok(Ok(chosen)),
        Err(ScrapesError::Faults(faults)) => {
            let lines = faults.iter().map(|fault| format!("{given}:{fault}"));
            Ok(Err(Faulty(lines.collect())))
        }
        Err(ScrapesError::Misfits(misfits)) => {
            let lines = misfits.iter().map(|misfit| format!("{given}: {misfit}"));
            Ok(Err(Faulty(lines.collect())))
        }
        Err(ScrapesError::UnknownScrape { known, .. }) => Ok(Err(Faulty(vec![format!(
            "{given}: there is no such file, nor a stored scrape of that name (known: {known})"
        )]))),
        Err(error) if error.kind() == ErrorKind::Invalid => {
            Ok(Err(Faulty(vec![format!("{given}: {error}")])))
        }
        Err(error) => Err(error.into()),
    }
}

/// The settings of the program, without what other systems would start, and with hosts that may be asked.
fn with_hosts(common: &Common, loaded: &Loaded) -> Loaded {
    let mut settings: PredictionSettings = loaded.system();
    settings.scrape.allow.extend(common.allow_host.clone());
    Loaded::made(loaded.settings.clone()).with(settings)
}

fn as_json(job: &entity::job::Model, runs: &[scrape_run::Model]) -> Value {
    let runs = runs.iter().map(|run| {
        let tables: Value = serde_json::from_str(&run.tables).unwrap_or_default();
        json!({
            "id": run.id, "scrape": run.scrape, "version": run.version, "day": run.day,
            "state": run.state, "reason": run.reason, "replay_of": run.replay_of,
            "pages": run.pages, "unchanged_pages": run.unchanged_pages, "bytes": run.bytes,
            "rows": {
                "found": run.rows_found, "left_out": run.rows_left_out,
                "inserted": run.rows_inserted, "updated": run.rows_updated,
                "unchanged": run.rows_unchanged,
            },
            "problems": run.problems, "tables": tables,
        })
    });
    let runs: Vec<Value> = runs.collect();
    json!({
        "id": job.id.as_str(), "state": job.state.as_str(), "reason": job.error, "runs": runs,
    })
}
