//! `audience brief`: a brief without a server, and adapters tried out.

use std::process::ExitCode;

use async_trait::async_trait;
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};

use super::adapter_test::{self, TestArguments};
use super::run;
use super::run_arguments::RunArguments;
use super::speed::{self, SpeedArguments};
use crate::printable::printable_lines;
use crate::process::print_error_line;
use crate::systems::{Command, Program};

/// Bad usage, or a file with faults.
const BAD_USAGE: u8 = 2;

/// What is wrong with arguments or files, a line each.
#[derive(Debug)]
pub(super) struct Faulty(pub Vec<String>);

impl Faulty {
    pub fn one(line: impl Into<String>) -> Self {
        Self(vec![line.into()])
    }
}

pub(super) struct BriefCommand;

#[derive(Debug, Args)]
struct BriefArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Search platforms for keywords, and make a zip of what they have
    Run(Box<RunArguments>),
    /// Adapters: how platforms are asked and read
    #[command(subcommand)]
    Adapter(AdapterAction),
    /// How long words, workbooks and pictures of articles take; for benchmarks
    #[command(hide = true)]
    Speed(SpeedArguments),
}

#[derive(Debug, Subcommand)]
enum AdapterAction {
    /// Ask for one page, and show what the adapter makes of it; nothing is stored
    Test(TestArguments),
}

#[async_trait]
impl Command for BriefCommand {
    fn definition(&self) -> clap::Command {
        let command = clap::Command::new("brief")
            .about("Search platforms for keywords, and make a zip for the meeting")
            .display_order(2);
        BriefArguments::augment_args(command)
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let arguments = BriefArguments::from_arg_matches(matches)?;
        let loaded = program.load(program.place())?;
        let done = match arguments.action {
            Action::Run(arguments) => run::run(*arguments, &loaded, program).await?,
            Action::Adapter(AdapterAction::Test(arguments)) => {
                adapter_test::run(arguments, &loaded, program).await?
            }
            Action::Speed(arguments) => speed::run(&arguments, &loaded)?,
        };
        Ok(match done {
            Ok(code) => code,
            Err(Faulty(lines)) => {
                for line in lines {
                    print_error_line(&format!("error: {}", printable_lines(&line)));
                }
                ExitCode::from(BAD_USAGE)
            }
        })
    }
}
