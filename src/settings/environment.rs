//! Environments: `TEST`, `STAGE` and `PRODUCTION`, each with a section of a file for what differs
//! there.

use serde::Deserialize;

use super::SettingsFault;
use super::file::{DEVELOPMENT, SettingsFile};

/// An environment that has a section of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum EnvironmentName {
    Test,
    Stage,
    Production,
}

impl EnvironmentName {
    pub const ALL: [Self; 3] = [Self::Test, Self::Stage, Self::Production];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "TEST",
            Self::Stage => "STAGE",
            Self::Production => "PRODUCTION",
        }
    }

    /// In upper or lower case.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|environment| environment.as_str().eq_ignore_ascii_case(name))
    }
}

/// The environment whose sections apply: that of the variable, else that of `default_env`.
pub(super) fn chosen(files: &[SettingsFile], variable: Option<&str>) -> Option<EnvironmentName> {
    let default = || {
        let mut latest = files.iter().rev();
        let name = latest.find_map(|file| file.root.get("default_env"))?;
        EnvironmentName::named(name.text()?)
    };
    variable.and_then(EnvironmentName::named).or_else(default)
}

/// A warning where an environment is named and nothing is read for it: one file alone has neither sections
/// of environments nor files beside it.
pub(super) fn warning(files: &[SettingsFile], variable: Option<&str>) -> Option<String> {
    let name = variable.filter(|name| !name.eq_ignore_ascii_case(DEVELOPMENT))?;
    let has_section = |file: &SettingsFile| {
        let mut all = EnvironmentName::ALL.into_iter();
        all.any(|environment| file.section(environment).is_some())
    };
    match files {
        [only] if !has_section(only) => Some(format!(
            "variable AUDIENCE_ENV: ignored: {} is all that is read; expected a directory of settings with \
             a file `{name}.yaml`, or a section of that environment",
            only.name
        )),
        _ => None,
    }
}

/// Faults of the choice; those inside the sections are found with the file.
pub(super) fn check(files: &[SettingsFile], variable: Option<&str>) -> Vec<SettingsFault> {
    let is_there = |environment| files.iter().any(|file| file.section(environment).is_some());
    if !EnvironmentName::ALL.into_iter().any(is_there) {
        return Vec::new();
    }
    let fault = |place: &str, key: &str, problem: String| SettingsFault {
        place: place.to_owned(),
        key: key.to_owned(),
        problem,
    };
    let mut faults = Vec::new();
    let unknown = variable.filter(|name| {
        !name.eq_ignore_ascii_case(DEVELOPMENT) && EnvironmentName::named(name).is_none()
    });
    if let Some(name) = unknown {
        let problem = format!("`{name}` has no section, expected TEST, STAGE or PRODUCTION");
        faults.push(fault("variable AUDIENCE_ENV", "", problem));
    }
    // A missing key is reported in the first file, which has all others.
    let first = files.first().map_or("default", |file| &file.name);
    match chosen(files, variable) {
        None => {
            let problem = "is missing, expected TEST, STAGE or PRODUCTION: the section that \
                           applies where the variable AUDIENCE_ENV names none";
            faults.push(fault(first, "default_env", problem.to_owned()));
        }
        Some(chosen) if !is_there(chosen) => {
            let problem = "is missing, expected the section of the environment that was chosen";
            faults.push(fault(first, chosen.as_str(), problem.to_owned()));
        }
        Some(_) => {}
    }
    faults
}
