//! The command line.

mod apart;
mod bench;
mod check;
mod demo;
mod label;
mod progress;
mod report;
mod serve;
mod top;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::engine::store::Store;
use crate::settings::{Loaded, Settings, SettingsPlace};
use crate::{http, systems, telemetry};

/// Runs long jobs on social-media data under supervision.
#[derive(Debug, Parser)]
#[command(name = "audience", version, propagate_version = true)]
struct Arguments {
    /// Directory of the settings files, or the only file [default: ./settings if it is there]
    #[arg(long, global = true, value_name = "DIR", env = "AUDIENCE_SETTINGS")]
    settings: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Label the bundled sample and show what comes out
    Demo(demo::DemoArguments),
    /// Serve the API and run its jobs
    Serve(serve::ServeArguments),
    /// Label a table without a server
    Label(Box<label::LabelArguments>),
    /// Watch the actors of a running server
    Top(top::TopArguments),
    /// Look for faults in settings and rules
    Check,
    /// Bring the engine's database to this version
    Migrate,
    /// Measure what the engine itself costs on this machine
    Bench(bench::BenchArguments),
    /// Print the OpenAPI document
    Openapi {
        /// The one of the calls under /api/tasks
        #[arg(long)]
        compat: bool,
        /// The one of the calls about tasks for outside workers
        #[arg(long, conflicts_with = "compat")]
        dispatch: bool,
    },
}

/// Parses the arguments and does what they say.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let result = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
        let result = runtime.block_on(async {
            let result = dispatch(arguments).await;
            telemetry::stop_sending().await;
            result
        });
        // Whatever still runs after the grace period must not hold the process up: what it
        // has not committed is rolled back.
        runtime.shutdown_timeout(Duration::from_secs(1));
        result
    });
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let place = SettingsPlace {
        directory: arguments.settings,
    };
    match arguments.command {
        Command::Demo(demo) => demo::run(demo).await,
        Command::Serve(serve) => serve::run(serve, &load(&place)?).await,
        Command::Label(label) => label::run(*label, load_quietly(&place)?).await,
        Command::Top(top) => top::run(top, &Settings::load(&place, &systems::sections())?).await,
        Command::Check => Ok(check::run(&place)),
        Command::Migrate => migrate(&load(&place)?).await,
        Command::Bench(bench) => bench::run(bench).await,
        Command::Openapi { compat, dispatch } => {
            let name = match (compat, dispatch) {
                (true, _) => "compat",
                (_, true) => "dispatch",
                _ => http::V1,
            };
            let document = systems::interface(&systems::all()).document(name);
            report::line(&document.context("there is no such document")?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn load(place: &SettingsPlace) -> anyhow::Result<Loaded> {
    let loaded = Settings::load(place, &systems::sections())?;
    telemetry::start(&loaded.settings.log);
    telemetry::start_sending(&loaded.settings.telemetry)?;
    Ok(loaded)
}

/// For commands that show their progress themselves: of the usual log only what is wrong.
fn load_quietly(place: &SettingsPlace) -> anyhow::Result<Loaded> {
    let mut loaded = Settings::load(place, &systems::sections())?;
    loaded.settings.log.be_quiet();
    telemetry::start(&loaded.settings.log);
    telemetry::start_sending(&loaded.settings.telemetry)?;
    Ok(loaded)
}

async fn migrate(loaded: &Loaded) -> anyhow::Result<ExitCode> {
    let store = Store::open(&loaded.settings.database.url).await?;
    store.close().await;
    report::line("the engine's tables are at this version");
    Ok(ExitCode::SUCCESS)
}

/// An error with its causes on one line; a cause that its error already tells is left out.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&cause);
        }
    }
    text
}
