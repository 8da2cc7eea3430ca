//! The command line.

mod apart;
mod audit;
mod bench;
mod check;
mod check_files;
mod health;
mod jobs;
mod manual;
mod program;
mod proxy;
mod serve;
mod server;
mod submit;
mod target;
mod token;
mod top;
mod views;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::builder::Resettable;
use clap::{Arg, ArgAction, ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::app;
use crate::http::{self, About};
use crate::printable::printable;
use crate::process::{output_failure, print_document, print_error_line, print_line};
use crate::settings::{Loaded, Settings, SettingsError, SettingsPlace};
use crate::systems::{self, Systems};
use crate::telemetry;
use jobs::Action;
use program::ThisProgram;

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

/// The engine's own commands; their order leaves places for those of systems.
#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and run its jobs
    #[command(display_order = 1)]
    Serve(serve::ServeArguments),
    /// Watch the actors of a running server
    #[command(display_order = 3)]
    Top(top::TopArguments),
    /// Ask a running server whether it is well; for health checks
    #[command(display_order = 3)]
    Health(health::HealthArguments),
    /// Look for faults in settings and in all that they name, or in files such as project.yaml
    #[command(display_order = 4)]
    Check(check::CheckArguments),
    /// Bring the engine's database to this version
    #[command(display_order = 5)]
    Migrate(MigrateArguments),
    /// Measure what the engine itself costs on this machine
    #[command(display_order = 6)]
    Bench(bench::BenchArguments),
    /// Submit a job and print its id
    #[command(display_order = 10)]
    Submit(submit::SubmitArguments),
    /// List jobs
    #[command(display_order = 10)]
    Jobs(jobs::JobsArguments),
    /// Look at a job
    #[command(display_order = 11)]
    Job(jobs::JobArguments),
    /// Cancel a job, or a run of a project
    #[command(display_order = 12)]
    Cancel(jobs::JobArguments),
    /// Let a failed or cancelled job continue
    #[command(display_order = 13)]
    Resume(jobs::JobArguments),
    /// Fetch what a job has published
    #[command(display_order = 14)]
    Result(jobs::ResultArguments),
    /// Remove an ended job with everything that it has left, its published rows included
    #[command(display_order = 15)]
    Rm(jobs::JobArguments),
    /// Make tokens for callers
    #[command(display_order = 8)]
    Token(token::TokenArguments),
    /// Print who did what, as JSON lines
    #[command(display_order = 9)]
    Audit(audit::AuditArguments),
    /// Print the SQL of a user who may read the views, such as Redash or Grafana
    #[command(display_order = 9)]
    Views(views::ViewsArguments),
    /// Print the OpenAPI document
    #[command(name = OPENAPI, display_order = 7)]
    Openapi,
    /// Print what completes the commands in a shell
    #[command(display_order = 9)]
    Completions(manual::CompletionsArguments),
    /// Write the manual pages
    #[command(display_order = 9)]
    Man(manual::ManArguments),
}

#[derive(Debug, clap::Args)]
struct MigrateArguments {
    /// Take over what the original program has left in the outputs: its tables are renamed, its tasks
    /// and published rows copied
    #[arg(long)]
    adopt: bool,
    /// Only rename the tables of the original program
    #[arg(long, conflicts_with = "adopt")]
    set_aside: bool,
}

/// Its options are the names of the documents.
const OPENAPI: &str = "openapi";

/// Parses the arguments and does what they say.
pub fn run() -> ExitCode {
    run_with(systems::all(), std::env::args_os())
}

/// The same for a program that is made of these systems.
pub fn run_with(systems: Systems, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let matches = definition(&systems).get_matches_from(arguments);
    if let Some(code) = run_alone(&systems, &matches) {
        return code;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let result = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
        let result = runtime.block_on(async {
            let result = dispatch(&systems, &matches).await;
            telemetry::stop_sending().await;
            result
        });
        // Whatever still runs after the grace period must not hold the process up: what it
        // has not committed is rolled back.
        runtime.shutdown_timeout(Duration::from_secs(1));
        result
    });
    match result {
        Ok(code) => match output_failure() {
            None => code,
            Some(error) => {
                print_error_line(&format!(
                    "error: failed to write to standard output: {error}"
                ));
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            print_error_line(&format!("error: {}", chain(&error)));
            ExitCode::FAILURE
        }
    }
}

/// Before there is a runtime.
fn run_alone(systems: &Systems, matches: &ArgMatches) -> Option<ExitCode> {
    let (name, arguments) = matches.subcommand()?;
    let commands = systems.commands();
    let mut commands = commands.iter();
    let command = commands.find(|command| command.definition().get_name() == name)?;
    command.run_alone(arguments)
}

/// The engine's commands and those of the systems.
fn definition(systems: &Systems) -> clap::Command {
    definition_with(systems, |_| true)
}

/// The same without the commands that only the program itself gives: for people, and for their shells.
fn shown_definition(systems: &Systems) -> clap::Command {
    definition_with(systems, |command| !command.is_hide_set())
}

fn definition_with(systems: &Systems, is_wanted: impl Fn(&clap::Command) -> bool) -> clap::Command {
    let commands = systems.commands();
    let (below, at_the_top): (Vec<_>, Vec<_>) = commands
        .iter()
        .partition(|command| command.below().is_some());
    let definitions = at_the_top.into_iter().map(|command| {
        let definition = command.definition();
        let name = Some(definition.get_name());
        let below = below.iter().filter(|other| other.below() == name);
        let below: Vec<clap::Command> = below.map(|other| other.definition()).collect();
        definition.subcommands(below)
    });
    let definitions = definitions.filter(is_wanted);
    let documents = systems.interface().documents();
    let names: Vec<&str> = documents.iter().map(|about| about.name).collect();
    Arguments::command()
        .subcommands(definitions)
        .mut_subcommand(OPENAPI, |openapi| {
            let others = documents.iter().filter(|about| about.name != http::V1);
            others.fold(openapi, |openapi, about| {
                let others = names
                    .iter()
                    .filter(|name| **name != about.name && **name != http::V1);
                let option = Arg::new(about.name)
                    .long(about.name)
                    .help(about.help)
                    .action(ArgAction::SetTrue)
                    .conflicts_with_all(others);
                openapi.arg(option)
            })
        })
        .mut_args(without_empty_variable)
}

/// A command of the systems, with the arguments for it.
fn find<'c, 'm>(
    commands: &'c [Box<dyn systems::Command>],
    name: &str,
    arguments: &'m ArgMatches,
) -> Option<(&'c dyn systems::Command, &'m ArgMatches)> {
    let named = |above: Option<&str>, name: &str| {
        let mut commands = commands.iter();
        let found = commands
            .find(|command| command.below() == above && command.definition().get_name() == name);
        found.map(AsRef::as_ref)
    };
    if let Some((below, arguments)) = arguments.subcommand()
        && let Some(command) = named(Some(name), below)
    {
        return Some((command, arguments));
    }
    named(None, name).map(|command| (command, arguments))
}

/// A variable that is empty is as good as none.
fn without_empty_variable(argument: Arg) -> Arg {
    let value = argument.get_env().and_then(std::env::var_os);
    match value.is_some_and(|value| value.is_empty()) {
        true => argument.env(Resettable::Reset),
        false => argument,
    }
}

async fn dispatch(systems: &Systems, matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let place = SettingsPlace {
        directory: matches.get_one::<PathBuf>("settings").cloned(),
    };
    if let Some((name, arguments)) = matches.subcommand() {
        if name == OPENAPI {
            return openapi(systems, arguments);
        }
        let commands = systems.commands();
        if let Some((command, arguments)) = find(&commands, name, arguments) {
            let program = ThisProgram {
                systems: systems.clone(),
                place,
            };
            return command.run(arguments, &program).await;
        }
    }
    match Arguments::from_arg_matches(matches)?.command {
        Command::Serve(serve) => serve::run(serve, &place, load(&place, systems)?, systems).await,
        Command::Top(top) => top::run(top, &Settings::load(&place, &systems.sections())?).await,
        Command::Health(health) => {
            health::run(health, &Settings::load(&place, &systems.sections())?).await
        }
        Command::Migrate(arguments) => migrate(&load(&place, systems)?, systems, &arguments).await,
        Command::Check(check) => Ok(check::run(check, &place, systems).await),
        Command::Bench(bench) => bench::run(bench).await,
        Command::Submit(submit) => submit::run(submit, &place, systems).await,
        Command::Jobs(jobs) => jobs::list(jobs, &place, systems).await,
        Command::Job(job) => jobs::show(job, &place, systems).await,
        Command::Cancel(job) => jobs::act(job, Action::Cancel, &place, systems).await,
        Command::Resume(job) => jobs::act(job, Action::Resume, &place, systems).await,
        Command::Result(result) => jobs::fetch(result, &place, systems).await,
        Command::Rm(job) => jobs::act(job, Action::Remove, &place, systems).await,
        Command::Token(token) => token::run(&token),
        Command::Audit(audit) => {
            audit::run(audit, &Settings::load(&place, &systems.sections())?).await
        }
        Command::Views(views) => {
            let loaded = Settings::load(&place, &systems.sections())?;
            views::run(&views, &loaded, systems).await
        }
        Command::Openapi => openapi(systems, matches),
        Command::Completions(completions) => {
            manual::completions(&completions, &mut shown_definition(systems))
        }
        Command::Man(man) => manual::man(&man, shown_definition(systems)),
    }
}

fn openapi(systems: &Systems, arguments: &ArgMatches) -> anyhow::Result<ExitCode> {
    let interface = systems.interface();
    let documents = interface.documents();
    let is_asked_for = |about: &&About| about.name != http::V1 && arguments.get_flag(about.name);
    let asked = documents.iter().find(is_asked_for);
    let name = asked.map_or(http::V1, |about| about.name);
    let document = interface.document(name);
    print_document(&document.context("this document does not exist")?);
    Ok(ExitCode::SUCCESS)
}

fn load(place: &SettingsPlace, systems: &Systems) -> anyhow::Result<Loaded> {
    let loaded = Settings::load(place, &systems.sections())?;
    telemetry::start(&loaded.settings.log);
    telemetry::start_sending(&loaded.settings.telemetry)?;
    Ok(loaded)
}

async fn migrate(
    loaded: &Loaded,
    systems: &Systems,
    arguments: &MigrateArguments,
) -> anyhow::Result<ExitCode> {
    app::open_database(loaded).await?.close().await;
    print_line("the engine's tables are at this version");
    if arguments.adopt || arguments.set_aside {
        for system in systems.iter() {
            let adopting = system.adopt(loaded, arguments.set_aside, print_line);
            adopting.await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// An error with its causes on one line, except for the faults of settings, which have a line each;
/// a cause that its error already names is left out.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let said = cause.to_string();
        let said = match cause.is::<SettingsError>() {
            true => said,
            false => printable(&said).into_owned(),
        };
        if !text.contains(&said) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&said);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stays_on_its_line() {
        let error = anyhow::anyhow!("a\u{1b}[2J").context("b\nwarning: c");
        assert_eq!(chain(&error), r"b\nwarning: c: a\u{1b}[2J");
    }

    #[test]
    fn a_command_with_shared_arguments_says_what_it_does() {
        let program = definition(&systems::all());
        let label = program.find_subcommand("label").expect("it is a command");
        let about = label.get_about().map(ToString::to_string);
        assert_eq!(about.as_deref(), Some("Label a table without a server"));
    }
}
