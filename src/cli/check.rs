//! `audience check`: every fault in the settings and in what they name, with file and line.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use futures_util::future::{join, join_all};

use super::check_files;
use crate::app;
use crate::printable::printable;
use crate::process::print_line;
use crate::settings::{Partial, Settings, SettingsPlace, auth_token};
use crate::systems::Systems;

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Files to check, such as project.yaml; what they are is known by their first key [default: the
    /// settings, and all that they name]
    #[arg(value_name = "FILE", conflicts_with = "connect")]
    files: Vec<PathBuf>,
    /// Print the JSON Schema of project files, for editors
    #[arg(long, conflicts_with_all = ["connect", "files"])]
    schema: bool,
    /// Look at databases, their columns and indexes, and at brokers, too; nothing is changed
    #[arg(long)]
    connect: bool,
}

pub(super) async fn run(
    arguments: CheckArguments,
    place: &SettingsPlace,
    systems: &Systems,
) -> ExitCode {
    if arguments.schema {
        return check_files::print_schemas(systems);
    }
    if !arguments.files.is_empty() {
        return check_files::run(&arguments.files, place, systems);
    }
    let found = match Settings::load_in_part(place, &systems.sections()) {
        Ok(found) => found,
        Err(error) => {
            let faults = error.faults.iter().map(ToString::to_string);
            let of_token = auth_token().err().map(|fault| fault.to_string());
            return print(faults.chain(of_token).collect(), &[]);
        }
    };
    let Partial {
        loaded,
        faults: own,
        left_out,
    } = found;
    // Faults of what needs more than the settings.
    let mut faults: Vec<String> = Vec::new();
    let mut warnings = loaded.warnings();
    let mut checked = vec!["settings".to_owned()];
    for system in systems.iter() {
        let found = system.check(&loaded);
        faults.extend(found.faults);
        warnings.extend(found.warnings);
        checked.extend(found.checked);
    }
    faults.extend(app::check(&loaded).iter().map(ToString::to_string));
    faults.extend(auth_token().err().map(|fault| fault.to_string()));
    if arguments.connect {
        let looks = systems
            .iter()
            .map(|system| system.check_connections(&loaded));
        let (of_engine, others) = join(app::check_connections(&loaded), join_all(looks)).await;
        for found in [of_engine].into_iter().chain(others) {
            faults.extend(found.faults);
            warnings.extend(found.warnings);
            checked.extend(found.checked);
        }
    }
    warnings.sort();
    warnings.dedup();
    // What follows from a key that is left out because of its fault is not reported again.
    faults.retain(|fault| !left_out.may_cause_line(fault));
    faults.splice(0..0, own.iter().map(ToString::to_string));
    let mut seen = BTreeSet::new();
    faults.retain(|fault| seen.insert(fault.clone()));
    let code = print(faults, &warnings);
    if code == ExitCode::SUCCESS {
        print_line(&format!("{} are good", checked.join(" and ")));
    }
    code
}

fn print(faults: Vec<String>, warnings: &[String]) -> ExitCode {
    for warning in warnings {
        print_line(&format!("warning: {}", printable(warning)));
    }
    for fault in &faults {
        print_line(&format!("fault: {}", printable(fault)));
    }
    if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
