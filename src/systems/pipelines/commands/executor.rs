//! `audience executor`: the process under which commands run. Started by the program itself.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use async_trait::async_trait;
use clap::{Arg, ArgMatches, value_parser};

use crate::process::print_error_line;
use crate::systems::pipelines::executor::{
    HostOptions, close_inherited, exec_with_limits, run_executor,
};
use crate::systems::{Command, Program};

/// What becomes a command, under limits.
pub(in crate::systems::pipelines) struct LimitsCommand;

pub(in crate::systems::pipelines) struct ExecutorCommand;

const LIMITS: &str = "executor-limits";

#[async_trait]
impl Command for ExecutorCommand {
    fn definition(&self) -> clap::Command {
        clap::Command::new("executor")
            .about("Run the commands of pipelines; started by the program itself")
            .hide(true)
            .arg(
                Arg::new("dir")
                    .long("dir")
                    .required(true)
                    .value_parser(value_parser!(PathBuf)),
            )
            .arg(
                Arg::new("orphan-s")
                    .long("orphan-s")
                    .default_value("60")
                    .value_parser(value_parser!(u64)),
            )
    }

    fn run_alone(&self, arguments: &ArgMatches) -> Option<ExitCode> {
        close_inherited();
        let dir = arguments
            .get_one::<PathBuf>("dir")
            .cloned()
            .unwrap_or_default();
        let orphan_s = arguments.get_one::<u64>("orphan-s").copied().unwrap_or(60);
        let ended = run_executor(HostOptions {
            dir,
            orphan: Duration::from_secs(orphan_s),
            limits_command: vec!["/proc/self/exe".to_owned(), LIMITS.to_owned()],
        });
        Some(match ended {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                print_error_line(&format!("error: {error}"));
                ExitCode::FAILURE
            }
        })
    }

    async fn run(&self, _: &ArgMatches, _: &dyn Program) -> anyhow::Result<ExitCode> {
        anyhow::bail!("the executor is a process of its own")
    }
}

#[async_trait]
impl Command for LimitsCommand {
    fn definition(&self) -> clap::Command {
        clap::Command::new(LIMITS)
            .about("Become a command under limits; started by the executor")
            .hide(true)
            .disable_help_flag(true)
            .arg(
                Arg::new("words")
                    .num_args(0..)
                    .trailing_var_arg(true)
                    .allow_hyphen_values(true)
                    .value_parser(value_parser!(OsString)),
            )
    }

    fn run_alone(&self, arguments: &ArgMatches) -> Option<ExitCode> {
        let words = arguments.get_many::<OsString>("words");
        let error = exec_with_limits(words.into_iter().flatten().cloned());
        print_error_line(&format!("error: {error}"));
        // What shells answer for a command that cannot be executed.
        Some(ExitCode::from(126))
    }

    async fn run(&self, _: &ArgMatches, _: &dyn Program) -> anyhow::Result<ExitCode> {
        anyhow::bail!("this command becomes another program")
    }
}
