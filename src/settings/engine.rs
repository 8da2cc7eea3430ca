//! The settings of the engine, without those of the systems.

use serde::Deserialize;

use super::{
    AccessSettings, DatabaseSettings, EnvironmentName, FilesSettings, LogSettings, Problems,
    RetentionSettings, RuntimeSettings, ServerSettings, SystemSettings, TelemetrySettings,
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The environment whose section applies where `AUDIENCE_ENV` names none.
    pub default_env: Option<EnvironmentName>,
    pub server: ServerSettings,
    pub access: AccessSettings,
    pub database: DatabaseSettings,
    pub files: FilesSettings,
    pub runtime: RuntimeSettings,
    pub retention: RetentionSettings,
    pub log: LogSettings,
    pub telemetry: TelemetrySettings,
}

/// The loader treats the engine like a system.
impl SystemSettings for Settings {
    fn check(&self, problems: &mut Problems<'_>) {
        self.server.check(&mut problems.within("server"));
        self.access.check(&mut problems.within("access"));
        self.database.check(&mut problems.within("database"));
        self.runtime.check(&mut problems.within("runtime"));
        self.retention.check(&mut problems.within("retention"));
        self.log.check(&mut problems.within("log"));
        self.telemetry.check(&mut problems.within("telemetry"));
        self.telemetry.check_variables(problems);
    }
}
