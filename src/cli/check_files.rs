//! `audience check FILE…`: each file is checked by the system that knows such files.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value};

use crate::printable::printable;
use crate::process::{print_document, print_error_line, print_line};
use crate::settings::{Loaded, Settings, SettingsPlace};
use crate::small_file;
use crate::systems::{CheckedFile, Findings, Systems};
use crate::yaml;

/// A file with faults.
const FAULTY: u8 = 2;

pub(super) fn run(
    files: &[std::path::PathBuf],
    place: &SettingsPlace,
    systems: &Systems,
) -> ExitCode {
    let settings = match Settings::load(place, &systems.sections()) {
        Ok(settings) => settings,
        Err(error) => {
            for fault in &error.faults {
                print_error_line(&printable(&fault.to_string()));
            }
            return ExitCode::from(FAULTY);
        }
    };
    let mut is_faulty = false;
    for path in files {
        let shown = path.display();
        let found = check(path, &settings, systems).unwrap_or_else(|fault| Findings {
            faults: vec![format!("{shown}: {fault}")],
            ..Findings::default()
        });
        for warning in &found.warnings {
            print_line(&format!("warning: {}", printable(warning)));
        }
        for fault in &found.faults {
            print_error_line(&printable(fault));
        }
        match &found.checked {
            Some(checked) if found.faults.is_empty() => {
                print_line(&format!("{shown}: {checked}, good"))
            }
            _ => {}
        }
        is_faulty |= !found.faults.is_empty();
    }
    match is_faulty {
        true => ExitCode::from(FAULTY),
        false => ExitCode::SUCCESS,
    }
}

/// Prints the schemas for editors: the only one as it is, several by name.
pub(super) fn print_schemas(systems: &Systems) -> ExitCode {
    let schemas: Vec<(&str, Value)> = systems
        .iter()
        .flat_map(|system| system.file_schemas())
        .collect();
    let document = match schemas.as_slice() {
        [(_, schema)] => schema.clone(),
        _ => {
            let named = schemas
                .into_iter()
                .map(|(name, schema)| (name.to_owned(), schema));
            Value::Object(named.collect::<Map<_, _>>())
        }
    };
    print_document(&format!("{document:#}"));
    ExitCode::SUCCESS
}

fn check(path: &Path, settings: &Loaded, systems: &Systems) -> Result<Findings, String> {
    let text = small_file::read(path).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&text);
    let keys = keys_of(&text);
    let file = CheckedFile {
        path,
        keys: &keys,
        settings,
    };
    let found = systems.iter().find_map(|system| system.check_file(&file));
    found.ok_or_else(|| {
        let first = keys.first().map_or("nothing", String::as_str);
        format!(
            "begins with `{}`; expected `project` or another key of a known file",
            printable(first)
        )
    })
}

/// The keys at the top. Of a text that is no YAML, what looks like them.
fn keys_of(text: &str) -> Vec<String> {
    match yaml::parse(text) {
        Ok(root) => {
            let keys = root.entries().iter();
            keys.filter_map(|entry| entry.key.text().map(str::to_owned))
                .collect()
        }
        Err(_) => {
            let lines = text.trim_start_matches('\u{feff}').lines();
            let keys = lines.filter_map(|line| Some(line.split_once(':')?.0));
            let plain = |key: &&str| {
                !key.is_empty()
                    && key
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            };
            keys.filter(plain).map(str::to_owned).collect()
        }
    }
}
