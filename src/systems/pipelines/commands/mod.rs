//! The commands of pipelines.

mod arguments;
mod demo;
mod describe;
mod executor;
mod follow;
mod local;
mod logs;
mod plan;
mod remote;
mod run;
mod runs;
mod search;
mod sent_events;
mod sent_plan;
mod triggers;
mod why;

use crate::systems::Command;

use arguments::Form;
use demo::DemoCommand;
use executor::{ExecutorCommand, LimitsCommand};
use logs::LogsCommand;
use plan::PlanCommand;
use run::RunCommand;
use runs::RunsCommand;
use triggers::TriggersCommand;
use why::WhyCommand;

pub(super) use local::usual_state;

pub(super) fn all() -> Vec<Box<dyn Command>> {
    vec![
        Box::new(PlanCommand),
        Box::new(RunCommand(Form::Run)),
        Box::new(RunCommand(Form::Backfill)),
        Box::new(WhyCommand),
        Box::new(LogsCommand),
        Box::new(RunsCommand),
        Box::new(TriggersCommand),
        Box::new(DemoCommand),
        Box::new(ExecutorCommand),
        Box::new(LimitsCommand),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::pipelines::project::{COMMIT, RESERVED};

    #[test]
    fn no_parameter_has_the_name_of_an_option() {
        // In these, parameters are options.
        let with_parameters = ["plan", "run", "backfill", "why", "logs"];
        for command in all() {
            let command = command.definition();
            if !with_parameters.contains(&command.get_name()) {
                continue;
            }
            for option in command.get_arguments().filter_map(clap::Arg::get_long) {
                // `--commit` is the parameter of that name.
                let name = option.replace('-', "_");
                assert!(
                    name == COMMIT || RESERVED.contains(&&*name),
                    "{} --{option}",
                    command.get_name()
                );
            }
        }
    }
}
