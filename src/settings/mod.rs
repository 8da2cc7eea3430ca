//! Settings: YAML files by environment, overridden by variables.
//!
//! The sections of the engine stand here, one struct each with its defaults. A system's settings
//! belong to the system ([`SystemSettings`]); the loader is handed them. Nothing else in the
//! program reads the environment. A start with faulty settings stops and reports each fault with
//! its file, line and key, and what was expected.

mod access;
mod database;
mod engine;
mod environment;
mod fault;
mod file;
mod files;
mod ignored;
mod layers;
mod load;
mod log;
mod partial;
mod problems;
mod retention;
mod runtime;
mod sections;
mod server;
mod shown;
mod telemetry;
mod variables;

pub use access::{
    AccessSettings, CALLER_VARIABLES, CallerToken, Open, TokenFault, TokenSettings, auth_token,
    caller_token,
};
pub use database::{DatabaseSettings, leaves_database_open, shown_url};
pub use engine::Settings;
pub use environment::EnvironmentName;
pub use fault::{SettingsError, SettingsFault};
pub use file::{SettingsPlace, read_file};
pub use files::FilesSettings;
pub use load::Loaded;
pub use log::{LogFormat, LogSettings, level_fault};
pub use partial::{LeftOut, Partial};
pub use problems::Problems;
pub use retention::RetentionSettings;
pub use runtime::{AT_ONCE_MAX, RuntimeSettings};
pub use sections::{Sections, SystemSettings};
pub use server::ServerSettings;
pub use shown::ShownSetting;
pub use telemetry::{SignalVariables, TelemetrySettings};
