//! `audience check`: every fault in the settings and in what they name, with file and line.

use std::process::ExitCode;

use crate::app;
use crate::printable::printable;
use crate::process::print_line;
use crate::settings::{Settings, SettingsPlace};
use crate::systems::Systems;

pub(super) fn run(place: &SettingsPlace, systems: &Systems) -> ExitCode {
    let loaded = match Settings::load(place, &systems.sections()) {
        Ok(loaded) => loaded,
        Err(error) => {
            let faults = error.faults.iter().map(ToString::to_string).collect();
            return print(faults, &[]);
        }
    };
    let (mut faults, mut warnings) = (Vec::new(), loaded.warnings());
    let mut checked = vec!["settings".to_owned()];
    for system in systems.iter() {
        let found = system.check(&loaded);
        faults.extend(found.faults);
        warnings.extend(found.warnings);
        checked.extend(found.checked);
    }
    let own = app::check(&loaded);
    faults.extend(own.iter().map(ToString::to_string));
    warnings.sort();
    warnings.dedup();
    faults.dedup();
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
