//! Sections of a file that hold what differs in one environment: `TEST`, `STAGE`, `PRODUCTION`.

use serde::{Deserialize, Serialize};
use yaml_serde::Value;

use super::Settings;

/// An environment that has a section of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// However it is written.
    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|environment| environment.as_str().eq_ignore_ascii_case(name))
    }
}

/// The environment that is meant when none is named.
const NO_SECTION: &str = "development";

impl Settings {
    pub(super) fn overlay(&self, environment: EnvironmentName) -> Option<&Settings> {
        let overlay = match environment {
            EnvironmentName::Test => &self.test,
            EnvironmentName::Stage => &self.stage,
            EnvironmentName::Production => &self.production,
        };
        overlay.as_deref()
    }

    /// Which section counts: that of the variable, else that of `default_env`.
    pub(super) fn chosen(&self, variable: Option<&str>) -> Option<EnvironmentName> {
        variable.and_then(EnvironmentName::of).or(self.default_env)
    }

    pub(super) fn check_overlays(
        &self,
        variable: Option<&str>,
        faults: &mut Vec<(String, String)>,
    ) {
        let has_any = EnvironmentName::ALL
            .into_iter()
            .any(|environment| self.overlay(environment).is_some());
        let unknown = variable.filter(|name| {
            !name.eq_ignore_ascii_case(NO_SECTION) && EnvironmentName::of(name).is_none()
        });
        if let Some(name) = unknown.filter(|_| has_any) {
            let problem = format!("`{name}` has no section, expected TEST, STAGE or PRODUCTION");
            faults.push(("variable AUDIENCE_ENV".to_owned(), problem));
        }
        match self.chosen(variable) {
            None if has_any => {
                let problem = "is missing, expected TEST, STAGE or PRODUCTION: the section that \
                               counts where the variable AUDIENCE_ENV names none";
                faults.push(("default_env".to_owned(), problem.to_owned()));
            }
            Some(chosen) if has_any && self.overlay(chosen).is_none() => {
                let problem = "is missing, expected the section of the environment that was chosen";
                faults.push((chosen.as_str().to_owned(), problem.to_owned()));
            }
            _ => {}
        }
        for environment in EnvironmentName::ALL {
            let Some(overlay) = self.overlay(environment) else {
                continue;
            };
            let nested = EnvironmentName::ALL
                .into_iter()
                .any(|inner| overlay.overlay(inner).is_some());
            if nested || overlay.default_env.is_some() {
                let problem = "holds `default_env` or another environment, expected neither";
                faults.push((environment.as_str().to_owned(), problem.to_owned()));
            }
        }
    }
}

/// The section of a file, as a file of its own; `None` if it has none.
pub(super) fn section(text: &str, environment: EnvironmentName) -> Option<String> {
    let file: Value = yaml_serde::from_str(text).ok()?;
    let section = file.get(environment.as_str())?;
    section
        .is_mapping()
        .then(|| yaml_serde::to_string(section).ok())
        .flatten()
}
