//! Files of settings: which are read, and the position of each key.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::{EnvironmentName, SettingsError, SettingsFault};
use crate::small_file;
use crate::yaml::{self, Content, Node, Position};

/// Used when there is no directory of settings: what the repository ships.
/// What the file is called that is part of the program.
pub(super) const BUILT_IN_NAME: &str = "built-in defaults";

pub(super) const BUILT_IN: &str = include_str!("../../settings/default.yaml");

/// The environment that applies when none is named; it has no section.
pub(super) const DEVELOPMENT: &str = "development";

/// Where settings are read from.
#[derive(Clone, Debug, Default)]
pub struct SettingsPlace {
    /// Directory of the files, or the only file; `None`: `settings` if it exists, else the built-in defaults.
    pub directory: Option<PathBuf>,
}

/// A file that is YAML, whatever it holds.
#[derive(Clone)]
pub(super) struct SettingsFile {
    pub name: String,
    pub root: Node,
}

/// The files of a place, in the order in which they apply.
pub(super) fn read_files(
    place: &SettingsPlace,
    environment: Option<&str>,
) -> Result<Vec<SettingsFile>, SettingsError> {
    let usual = PathBuf::from("settings");
    let directory = match &place.directory {
        Some(directory) => directory.clone(),
        None if usual.join("default.yaml").is_file() => usual,
        None => return Ok(vec![SettingsFile::parse(BUILT_IN_NAME, BUILT_IN)?]),
    };
    if place.directory.is_some() && !directory.exists() {
        let problem = "does not exist, expected a directory with `default.yaml`, or a YAML file \
                       (--settings, or the variable AUDIENCE_SETTINGS)";
        let fault = SettingsFault {
            place: directory.display().to_string(),
            key: String::new(),
            problem: problem.to_owned(),
        };
        return Err(SettingsError {
            faults: vec![fault],
        });
    }
    if directory.is_file() {
        return Ok(vec![SettingsFile::read(&directory)?]);
    }
    let environment = environment.unwrap_or(DEVELOPMENT);
    let default = SettingsFile::read(&directory.join("default.yaml"));
    let specific = directory.join(format!("{environment}.yaml"));
    let has_section = match (&default, EnvironmentName::named(environment)) {
        (Ok(default), Some(name)) => default.section(name).is_some(),
        _ => false,
    };
    // The default environment need not have a file, nor need one that has a section.
    if specific.is_file() || (environment != DEVELOPMENT && !has_section) {
        let named = SettingsFile::read(&specific).map_err(|mut error| {
            for fault in error.faults.iter_mut().filter(|_| !specific.exists()) {
                let reason = format!("; the variable AUDIENCE_ENV names `{environment}`");
                fault.problem.push_str(&reason);
            }
            error
        });
        return both(default, named);
    }
    Ok(vec![default?])
}

/// The faults of both files, if they have any.
fn both(
    first: Result<SettingsFile, SettingsError>,
    second: Result<SettingsFile, SettingsError>,
) -> Result<Vec<SettingsFile>, SettingsError> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok(vec![first, second]),
        (Err(mut first), Err(second)) => {
            first.faults.extend(second.faults);
            Err(first)
        }
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

/// Reads a separate file that settings or arguments refer to.
pub fn read_file<T: DeserializeOwned>(path: &Path) -> Result<T, SettingsError> {
    let file = SettingsFile::read(path)?;
    yaml::read(&file.root).map_err(|faults| SettingsError {
        faults: faults
            .into_iter()
            .map(|fault| SettingsFault::in_file(&file.name, fault))
            .collect(),
    })
}

impl SettingsFile {
    fn read(path: &Path) -> Result<Self, SettingsError> {
        let name = path.display().to_string();
        match small_file::read_text(path) {
            Ok(text) => Self::parse(&name, &text),
            Err(error) => {
                let problem = format!("cannot be read: {error}; expected a YAML file of settings");
                let fault = SettingsFault {
                    place: name,
                    key: String::new(),
                    problem,
                };
                Err(SettingsError {
                    faults: vec![fault],
                })
            }
        }
    }

    fn parse(name: &str, text: &str) -> Result<Self, SettingsError> {
        let name = name.to_owned();
        match yaml::parse(text) {
            Ok(root) => Ok(Self { name, root }),
            Err(fault) => Err(SettingsError {
                faults: vec![SettingsFault::in_file(&name, fault)],
            }),
        }
    }

    /// What this file says for one environment only. A key without a value is not a section.
    pub(super) fn section(&self, environment: EnvironmentName) -> Option<&Node> {
        let section = self.root.get(environment.as_str())?;
        (!section.is_null()).then_some(section)
    }

    /// The place of a key with dots.
    pub(super) fn place_of(&self, key: &str) -> Option<String> {
        let (position, rest) = deepest(&self.root, key)?;
        rest.is_empty().then(|| self.place(position))
    }

    /// The place of the nearest key that holds this one.
    pub(super) fn place_around(&self, key: &str) -> Option<String> {
        deepest(&self.root, key).map(|(position, _)| self.place(position))
    }

    /// All keys, with dots.
    pub(super) fn keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        add_keys(&mut keys, "", &self.root);
        keys
    }

    fn place(&self, position: Position) -> String {
        format!("{}:{}", self.name, position.line)
    }
}

/// The keys of the file that the repository ships.
pub(super) fn built_in_keys() -> Vec<String> {
    let built_in = SettingsFile::parse("built-in defaults", BUILT_IN);
    built_in.map(|file| file.keys()).unwrap_or_default()
}

fn add_keys(keys: &mut Vec<String>, prefix: &str, node: &Node) {
    for entry in node.entries() {
        let key = format!("{prefix}{}", entry.key.text().unwrap_or_default());
        add_keys(keys, &format!("{key}."), &entry.value);
        keys.push(key);
    }
}

/// Follows a key with dots as far as it leads: the position of the last key that was found, and
/// what is left. Keys may have dots in them; `[2]` is the third element of a list.
fn deepest<'k>(node: &Node, key: &'k str) -> Option<(Position, &'k str)> {
    if let Content::List(elements) = &node.content {
        let (index, rest) = key.strip_prefix('[')?.split_once(']')?;
        let element = elements.get(index.parse::<usize>().ok()?)?;
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        return deepest(element, rest).or(Some((element.position, rest)));
    }
    let mut found: Option<(Position, &str)> = None;
    for entry in node.entries() {
        let Some(rest) = entry.key.text().and_then(|name| key.strip_prefix(name)) else {
            continue;
        };
        let (position, rest) = match rest.strip_prefix('.') {
            Some(rest) => deepest(&entry.value, rest).unwrap_or((entry.key.position, rest)),
            None if rest.is_empty() => (entry.key.position, rest),
            None if rest.starts_with('[') => {
                deepest(&entry.value, rest).unwrap_or((entry.key.position, rest))
            }
            None => continue,
        };
        if found.is_none_or(|(_, left)| rest.len() < left.len()) {
            found = Some((position, rest));
        }
    }
    found
}
