//! Reads the files and the variables.
//!
//! Each file is first read by itself, because what one file sets wrong may be hidden by another.
//! Files without faults are merged, and the variables are laid over them.

use std::collections::BTreeSet;
use std::fmt;

use super::file::{self, SettingsFile};
use super::ignored::{self, IgnoredKey};
use super::layers::{self, PREFIX, variable_of};
use super::sections::{Sections, SystemSettings, Values};
use super::{
    EnvironmentName, LeftOut, Partial, Settings, SettingsError, SettingsFault, SettingsPlace,
    environment, partial, variables,
};
use crate::yaml::{Node, Position, YamlFault};

/// Settings and where each came from.
pub struct Loaded {
    /// Those of the engine.
    pub settings: Settings,
    systems: Values,
    /// What all of them were read from.
    merged: Node,
    files: Vec<SettingsFile>,
    ignored: Vec<IgnoredKey>,
    /// Warnings for variables that nothing reads.
    unread: Vec<String>,
    /// The environment whose sections of the files apply.
    environment: Option<EnvironmentName>,
    /// Keys that were set by an argument of the command line.
    flags: &'static [(&'static str, &'static str)],
}

impl Settings {
    /// Reads, merges and checks everything.
    pub fn load(place: &SettingsPlace, sections: &Sections) -> Result<Loaded, SettingsError> {
        let found = Self::load_in_part(place, sections)?;
        SettingsError::if_any(found.faults)?;
        Ok(found.loaded)
    }

    /// The same with all faults that can be found at once: what has a fault is left out, and the
    /// rest is looked at as if it had not been there.
    pub fn load_in_part(
        place: &SettingsPlace,
        sections: &Sections,
    ) -> Result<Partial, SettingsError> {
        let variable = environment_variable();
        let mut files = file::read_files(place, variable.as_deref())?;
        let (mut faults, mut left_out) = partial::take_faults(&mut files, sections)?;
        let of_environment = environment::check(&files, variable.as_deref()).into_iter();
        faults
            .extend(of_environment.filter(|fault| !left_out.may_cause(&fault.key, &fault.problem)));
        let mut loaded = Loaded {
            settings: Settings::default(),
            systems: Values::default(),
            merged: Node::mapping(Position::default(), Vec::new()),
            environment: environment::chosen(&files, variable.as_deref()),
            ignored: ignored::take(&mut files, sections),
            unread: unread(&files, variable.as_deref(), sections),
            files,
            flags: &[],
        };
        let (systems, of_variables) =
            loaded
                .read_in_part(sections, &mut left_out)
                .map_err(|mut error| {
                    error.faults.splice(0..0, faults.clone());
                    error
                })?;
        loaded.systems = systems;
        faults.extend(of_variables);
        if let Some(settings) = loaded.systems.get::<Settings>() {
            loaded.settings = settings.clone();
        }
        loaded.settings.telemetry.read_variables();
        loaded.systems.set(loaded.settings.clone());
        for (key, problem) in sections.problems(&loaded.systems) {
            if !left_out.may_cause(&key, &problem) {
                faults.push(loaded.fault(&key, problem));
            }
        }
        Ok(Partial {
            loaded,
            faults,
            left_out,
        })
    }
}

impl Loaded {
    /// Settings that the program itself has made. Those of the systems are the defaults until
    /// they are set.
    pub fn made(settings: Settings) -> Self {
        Self {
            settings,
            systems: Values::default(),
            merged: Node::mapping(Position::default(), Vec::new()),
            files: Vec::new(),
            ignored: Vec::new(),
            unread: Vec::new(),
            environment: None,
            flags: &[],
        }
    }

    /// Faults of these keys, and of keys inside them, name the argument that set them.
    pub fn set_by(mut self, flags: &'static [(&'static str, &'static str)]) -> Self {
        self.flags = flags;
        self
    }

    /// The settings of a system.
    pub fn system<S: SystemSettings>(&self) -> S {
        self.systems.get::<S>().cloned().unwrap_or_default()
    }

    /// Sets the settings of a system.
    pub fn with<S: SystemSettings>(mut self, settings: S) -> Self {
        self.systems.set(settings);
        self
    }

    /// What all settings were read from.
    pub(super) fn merged(&self) -> &Node {
        &self.merged
    }

    /// What is no fault, but not what was meant either.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = ignored::warnings(&self.ignored);
        warnings.extend_from_slice(&self.unread);
        warnings
    }

    /// The argument of the command line that has set a key.
    pub fn flag_of(&self, key: &str) -> Option<&'static str> {
        let inside = |outer: &str| key == outer || key.starts_with(&format!("{outer}."));
        let (_, flag) = self.flags.iter().find(|(outer, _)| inside(outer))?;
        Some(flag)
    }

    /// A fault of a key, with the place that set it.
    pub fn fault(&self, key: &str, problem: impl Into<String>) -> SettingsFault {
        if let Some(flag) = self.flag_of(key) {
            return SettingsFault::of_flag(flag, problem);
        }
        SettingsFault {
            place: self.place_of(key),
            key: key.to_owned(),
            problem: problem.into(),
        }
    }

    /// The keys that are not set as they are in others.
    pub fn differences(&self, others: &Self) -> Vec<String> {
        let (own, others) = (layers::leaves(&self.merged), layers::leaves(&others.merged));
        let keys: BTreeSet<&String> = own.keys().chain(others.keys()).collect();
        let differing = keys
            .into_iter()
            .filter(|key| own.get(*key) != others.get(*key));
        differing.cloned().collect()
    }

    /// Merges and reads everything. Variables with faults are left out, and their faults returned.
    fn read_in_part(
        &mut self,
        sections: &Sections,
        left_out: &mut LeftOut,
    ) -> Result<(Values, Vec<SettingsFault>), SettingsError> {
        let (mut variables, mut faults) = (Vec::new(), Vec::new());
        loop {
            self.merged = self.merge(&variables)?;
            let found = match sections.read(&self.merged) {
                Ok(values) => return Ok((values, faults)),
                Err(found) => found,
            };
            let before = variables.len();
            for fault in found {
                if let Some(variable) = variable_within(&fault.entry)
                    && !variables.contains(&variable)
                {
                    left_out.add(&fault.entry);
                    variables.push(variable);
                }
                faults.push(self.merged_fault(fault));
            }
            if variables.len() == before {
                return Err(SettingsError { faults });
            }
        }
    }

    /// The files, the sections of the environment over them, and the variables over all, but for those
    /// that are left out.
    fn merge(&self, left_out: &[String]) -> Result<Node, SettingsError> {
        let files = self.files.iter().map(|file| &file.root);
        let of_environment = self
            .files
            .iter()
            .filter_map(|file| file.section(self.environment?));
        layers::merge(files.chain(of_environment), left_out).map_err(|error| {
            let fault = SettingsFault {
                place: format!("variables {PREFIX}__…"),
                key: String::new(),
                problem: error.to_string(),
            };
            SettingsError {
                faults: vec![fault],
            }
        })
    }

    /// Each file is valid by itself, so the fault is usually in a variable.
    fn merged_fault(&self, fault: YamlFault) -> SettingsFault {
        let place = match variable_within(&fault.entry) {
            Some(variable) => format!("variable {variable}"),
            None => self.place_of(&fault.entry),
        };
        SettingsFault {
            place,
            key: fault.path,
            problem: fault.problem,
        }
    }

    /// Whether somebody has set this key: it is in a file, in a section of the environment, or in a
    /// variable. Otherwise its value is the default of the program.
    pub fn has(&self, key: &str) -> bool {
        let section = self
            .environment
            .map(|name| format!("{}.{key}", name.as_str()));
        let keys = [Some(key.to_owned()), section];
        let is_in = |key: &String| self.files.iter().any(|file| file.place_of(key).is_some());
        std::env::var_os(variable_of(key)).is_some() || keys.iter().flatten().any(is_in)
    }

    /// Whether a file of this machine, or a variable, sets this key.
    pub fn is_set(&self, key: &str) -> bool {
        self.has(key) && !self.place_of(key).starts_with(file::BUILT_IN_NAME)
    }

    pub(super) fn place_of(&self, key: &str) -> String {
        if key.starts_with("OTEL_") || key == "SENTRY_DSN" {
            return "environment".to_owned();
        }
        let variable = variable_of(key);
        if std::env::var_os(&variable).is_some() {
            return format!("variable {variable}");
        }
        let latest = || self.files.iter().rev();
        let section = self
            .environment
            .map(|name| format!("{}.{key}", name.as_str()));
        let in_section = section.and_then(|key| latest().find_map(|file| file.place_of(&key)));
        in_section
            .or_else(|| latest().find_map(|file| file.place_of(key)))
            .or_else(|| latest().find_map(|file| file.place_around(key)))
            // A missing key is reported in the first file, which has all others.
            .or_else(|| self.files.first().map(|file| file.name.clone()))
            .unwrap_or_else(|| "default".to_owned())
    }
}

/// Leaves out the files, which may hold passwords.
impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("settings", &self.settings)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

/// The variable that sets a key or something inside it.
fn variable_within(key: &str) -> Option<String> {
    let variable = variable_of(key);
    let inside = format!("{variable}__");
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names = names.map(|name| name.to_uppercase());
    names.find(|name| *name == variable || name.starts_with(&inside))
}

/// Warnings for variables that nothing reads, by the keys of all files.
fn unread(files: &[SettingsFile], environment: Option<&str>, sections: &Sections) -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut keys = file::built_in_keys();
    keys.extend(files.iter().flat_map(SettingsFile::keys));
    let mut warnings = variables::warnings(names, sections.keys(), &keys);
    warnings.extend(environment::warning(files, environment));
    warnings
}

fn environment_variable() -> Option<String> {
    let name = std::env::var("AUDIENCE_ENV").ok();
    name.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests;
