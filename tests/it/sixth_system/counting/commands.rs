//! `audience count`

use std::process::ExitCode;

use async_trait::async_trait;
use audience::systems::{Command, Program};
use clap::{ArgMatches, Args, FromArgMatches};

use super::checked;
use super::settings::CountingSettings;

pub(super) struct CountCommand;

#[derive(Args)]
struct CountArguments {
    /// The last number
    #[arg(long)]
    to: u64,
}

#[async_trait]
impl Command for CountCommand {
    fn definition(&self) -> clap::Command {
        CountArguments::augment_args(clap::Command::new("count").about("Count"))
    }

    async fn run(&self, arguments: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let CountArguments { to } = CountArguments::from_arg_matches(arguments)?;
        let loaded = program.load(program.place())?;
        let most = loaded.system::<CountingSettings>().counting.most;
        let to = checked(to, most).map_err(anyhow::Error::msg)?;
        for number in 1..=to {
            println!("{number}");
        }
        Ok(ExitCode::SUCCESS)
    }
}
