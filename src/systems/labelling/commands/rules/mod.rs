//! `audience rules`: rule sets in files, and what the rules of jobs did.

mod backtest;
mod comments;
mod convert;
mod diff;
mod explain;
mod fmt;
mod gate;
mod given;
mod health;
mod lint;
mod named;
mod outcome;
mod output;
mod preview;
mod server;
mod speed;
mod stored;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use async_trait::async_trait;
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};

use crate::process::{print_document, print_error_line, print_line};
use crate::systems::labelling::store::Decision;
use crate::systems::{Command, Program};

use backtest::BacktestArguments;
use convert::ConvertArguments;
use diff::DiffArguments;
use explain::ExplainArguments;
use fmt::FmtArguments;
use gate::GateArguments;
use health::HealthArguments;
use lint::LintArguments;
use outcome::Outcome;
use preview::PreviewArguments;
use speed::SpeedArguments;
use stored::{ActivateArguments, PullArguments, PushArguments};

pub(in crate::systems::labelling) struct RulesCommand;

#[derive(Debug, Args)]
struct RulesArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List everything that is wrong with a rule set, and what its authors should look at
    Lint(LintArguments),
    /// Write a rule set as every other one is written
    Fmt(FmtArguments),
    /// Write a rule set in another form
    Convert(ConvertArguments),
    /// List what is different between two rule sets
    Diff(DiffArguments),
    /// Explain which labels a text gets, by which rules, and what was nearly true
    Explain(ExplainArguments),
    /// Say what a rule set would do on the rows of a table
    Preview(PreviewArguments),
    /// Say what a rule set would change that takes the place of another one, on the rows of a table
    Backtest(BacktestArguments),
    /// Look at what the rules of a job did: coverage, overlap, drift, rules that are never true
    Health(HealthArguments),
    /// Store a file as the next version of a rule set
    Push(PushArguments),
    /// Write a version of a rule set to a file
    Pull(PullArguments),
    /// Make a version of a rule set the one that jobs take
    Activate(ActivateArguments),
    /// Let a job publish that the gate of its rules holds
    Approve(GateArguments),
    /// Let a job fail that the gate of its rules holds
    Reject(GateArguments),
    /// Measure how fast sets are, for scripts/bench
    #[command(hide = true)]
    Speed(SpeedArguments),
}

#[async_trait]
impl Command for RulesCommand {
    fn definition(&self) -> clap::Command {
        let command = RulesArguments::augment_args(clap::Command::new("rules"));
        // Last: arguments that commands share bring a text of their own.
        command
            .about("Check, format, convert, compare and explain rule sets")
            .display_order(2)
    }

    async fn run(&self, arguments: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let arguments = RulesArguments::from_arg_matches(arguments)?;
        let outcome = match arguments.action {
            Action::Lint(arguments) => lint::anywhere(&arguments, program).await?,
            Action::Fmt(arguments) => fmt::run(&arguments),
            Action::Convert(arguments) => convert::run(&arguments),
            Action::Diff(arguments) => diff::anywhere(&arguments, program).await?,
            Action::Explain(arguments) => explain::anywhere(&arguments, program).await?,
            Action::Preview(arguments) => preview::run(&arguments, program).await?,
            Action::Backtest(arguments) => backtest::run(&arguments, program).await?,
            Action::Speed(arguments) => speed::run(&arguments),
            Action::Health(arguments) => health::run(&arguments, program).await?,
            Action::Push(arguments) => stored::push(&arguments, program).await?,
            Action::Pull(arguments) => stored::pull(&arguments, program).await?,
            Action::Activate(arguments) => stored::activate(&arguments, program).await?,
            Action::Approve(arguments) => {
                gate::run(&arguments, Decision::Approved, program).await?
            }
            Action::Reject(arguments) => gate::run(&arguments, Decision::Rejected, program).await?,
        };
        Ok(print(&outcome))
    }
}

fn print(outcome: &Outcome) -> ExitCode {
    for line in &outcome.errors {
        print_error_line(line);
    }
    if let Some(document) = &outcome.document {
        print_document(document);
    }
    for line in &outcome.lines {
        print_line(line);
    }
    ExitCode::from(outcome.code)
}
