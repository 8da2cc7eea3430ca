//! Reads the files and the variables.
//!
//! Each file is first read by itself, because only then a fault can be told with its line.
//! What passes is merged, and the variables are laid over it.

use std::fs;
use std::path::{Path, PathBuf};

use config::{Config, Environment, File, FileFormat};
use serde::Deserialize;

use super::key_lines::{KeyLines, without_entry};
use super::{
    EnvironmentName, Fault, Groups, Settings, SettingsError, SettingsPlace, UnmappedSetting,
    overlay,
};

/// Used when there is no directory of settings: what the repository ships.
const BUILT_IN: &str = include_str!("../../settings/default.yaml");

const PREFIX: &str = "AUDIENCE";

/// More faults than this are not looked for in one file.
const FAULTS_MAX: usize = 100;

/// Settings and where each came from.
#[derive(Debug)]
pub struct Loaded {
    pub settings: Settings,
    files: Vec<SettingsFile>,
    /// Whose section of the files counts.
    environment: Option<EnvironmentName>,
}

#[derive(Debug)]
struct SettingsFile {
    name: String,
    text: String,
    keys: KeyLines,
}

impl Settings {
    /// Reads, merges and checks everything.
    pub fn load(place: &SettingsPlace) -> Result<Loaded, SettingsError> {
        let files = read_files(place)?;
        let faults: Vec<Fault> = files.iter().flat_map(faults_of).collect();
        if !faults.is_empty() {
            return Err(SettingsError { faults });
        }
        let files_only = merge(&files, None, false)?;
        let variable = variable();
        let mut wrong = Vec::new();
        files_only.check_overlays(variable.as_deref(), &mut wrong);
        let environment = files_only.chosen(variable.as_deref());
        let mut settings = merge(&files, environment, true)?;
        if let Some(broker) = &mut settings.mq_conf {
            broker.take_as_written(PREFIX);
        }
        settings.telemetry.read_variables();
        let loaded = Loaded {
            settings,
            files,
            environment,
        };
        wrong.extend(loaded.settings.out_of_range());
        let out_of_range = wrong;
        if out_of_range.is_empty() {
            return Ok(loaded);
        }
        let faults = out_of_range
            .into_iter()
            .map(|(key, problem)| loaded.fault(&key, problem))
            .collect();
        Err(SettingsError { faults })
    }
}

impl Loaded {
    /// A fault of a key, with the place that set it.
    pub fn fault(&self, key: &str, problem: impl Into<String>) -> Fault {
        Fault {
            place: self.place_of(key),
            key: key.to_owned(),
            problem: problem.into(),
        }
    }

    /// Settings that were made by the program itself.
    pub fn made(settings: Settings) -> Self {
        Self {
            settings,
            files: Vec::new(),
            environment: None,
        }
    }

    fn place_of(&self, key: &str) -> String {
        if key.starts_with("OTEL_") {
            return "environment".to_owned();
        }
        let variable = format!("{PREFIX}__{}", key.replace('.', "__").to_uppercase());
        if std::env::var_os(&variable).is_some() {
            return format!("variable {variable}");
        }
        let in_section = |file: &SettingsFile| {
            let environment = self.environment?.as_str();
            file.keys.find_exactly(&format!("{environment}.{key}"))
        };
        let found = self.files.iter().rev().find_map(|file| {
            let line = in_section(file).or_else(|| file.keys.find(key));
            line.map(|line| format!("{}:{line}", file.name))
        });
        // What is missing is missing in the first file, which has everything else.
        found
            .or_else(|| self.files.first().map(|file| file.name.clone()))
            .unwrap_or_else(|| "default".to_owned())
    }
}

fn variable() -> Option<String> {
    let name = std::env::var("AUDIENCE_ENV").ok();
    name.filter(|name| !name.is_empty())
}

fn read_files(place: &SettingsPlace) -> Result<Vec<SettingsFile>, SettingsError> {
    let usual = PathBuf::from("settings");
    let directory = match &place.directory {
        Some(directory) => directory.clone(),
        None if usual.join("default.yaml").is_file() => usual,
        None => {
            return Ok(vec![SettingsFile::new(
                "built-in defaults".to_owned(),
                BUILT_IN.to_owned(),
            )]);
        }
    };
    if directory.is_file() {
        return Ok(vec![read(&directory)?]);
    }
    let environment = variable().unwrap_or("development".into());
    let mut files = vec![read(&directory.join("default.yaml"))?];
    let specific = directory.join(format!("{environment}.yaml"));
    let has_section = EnvironmentName::of(&environment)
        .is_some_and(|name| overlay::section(&files[0].text, name).is_some());
    // The environment that is meant when none is named need not have a file, nor one that has a
    // section.
    if specific.is_file() || (environment != "development" && !has_section) {
        files.push(read(&specific)?);
    }
    Ok(files)
}

fn read(path: &Path) -> Result<SettingsFile, SettingsError> {
    let name = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => Ok(SettingsFile::new(name, text)),
        Err(error) => {
            let problem = format!("cannot be read: {error}; expected a YAML file of settings");
            Err(SettingsError {
                faults: vec![Fault {
                    place: name,
                    key: String::new(),
                    problem,
                }],
            })
        }
    }
}

impl SettingsFile {
    fn new(name: String, text: String) -> Self {
        let keys = KeyLines::of(&text);
        Self { name, text, keys }
    }
}

/// Reads a file again and again without the entry that was at fault, to find all faults.
fn faults_of(file: &SettingsFile) -> Vec<Fault> {
    let mut text = file.text.clone();
    let mut faults: Vec<Fault> = Vec::new();
    while faults.len() < FAULTS_MAX
        && let Err(error) = parse::<Settings>(&text)
    {
        let line = error.location().map_or(0, |location| location.line());
        let shorter = without_entry(&text, line);
        faults.push(fault(&file.name, line, &error));
        if shorter == text || line == 0 {
            break;
        }
        text = shorter;
    }
    faults
}

/// An empty file is an empty mapping.
fn parse<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, yaml_serde::Error> {
    let blank = text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim().starts_with('#'));
    yaml_serde::from_str(if blank { "{}" } else { text })
}

fn fault(name: &str, line: usize, error: &yaml_serde::Error) -> Fault {
    let text = error.to_string();
    // The location is told by the place; what is left begins with the key.
    let text = text.split(" at line ").next().unwrap_or_default();
    let (key, problem) = match text.split_once(": ") {
        Some((key, problem)) if !key.contains(' ') => (key, problem),
        _ => ("", text),
    };
    let place = if line == 0 {
        name.to_owned()
    } else {
        format!("{name}:{line}")
    };
    Fault {
        place,
        key: key.to_owned(),
        problem: problem.to_owned(),
    }
}

/// The files, the sections of the environment over them, and the variables over all.
fn merge(
    files: &[SettingsFile],
    environment: Option<EnvironmentName>,
    with_variables: bool,
) -> Result<Settings, SettingsError> {
    let mut builder = Config::builder();
    for file in files {
        builder = builder.add_source(File::from_str(&file.text, FileFormat::Yaml));
    }
    for file in files {
        let section = environment.and_then(|environment| overlay::section(&file.text, environment));
        if let Some(section) = section {
            builder = builder.add_source(File::from_str(&section, FileFormat::Yaml));
        }
    }
    let variables = Environment::with_prefix(PREFIX)
        .prefix_separator("__")
        .separator("__")
        .try_parsing(true);
    if with_variables {
        builder = builder.add_source(variables);
    }
    let merged = builder.build();
    merged.and_then(Config::try_deserialize).map_err(|error| {
        // The files passed by themselves, so it is a variable.
        let place = format!("variables {PREFIX}__…");
        let problem = error.to_string();
        SettingsError {
            faults: vec![Fault {
                place,
                key: String::new(),
                problem,
            }],
        }
    })
}

/// A file with `groups:` and, if need be, `unmapped:`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupsFile {
    groups: Groups,
    #[serde(default)]
    unmapped: UnmappedSetting,
}

/// Reads the groups from a file of their own.
pub fn groups_file(path: &Path) -> Result<(Groups, UnmappedSetting), SettingsError> {
    let file = read(path)?;
    match parse::<GroupsFile>(&file.text) {
        Ok(groups) => Ok((groups.groups, groups.unmapped)),
        Err(error) => {
            let line = error.location().map_or(0, |location| location.line());
            Err(SettingsError {
                faults: vec![fault(&file.name, line, &error)],
            })
        }
    }
}

#[cfg(test)]
mod tests;
