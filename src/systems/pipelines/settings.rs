//! `pipelines`: the projects of this server, and what their tasks may use.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::project::size;
use crate::database_url::{Use, check_url};
use crate::settings::{Problems, SystemSettings};

const MIB: u64 = 1 << 20;

/// Everything that can be set of pipelines.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PipelinesSettings {
    pub pipelines: PipelinesSection,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PipelinesSection {
    pub projects: Vec<ProjectSettings>,
    /// Databases that statements of projects use, by the name that they have there.
    pub connections: BTreeMap<String, ConnectionSettings>,
    /// YAML file of name and value, readable by its owner only.
    pub secrets_file: Option<PathBuf>,
    /// Without it a directory beside the database.
    pub logs_dir: Option<PathBuf>,
    /// What is kept of the log of one attempt.
    pub log_max: String,
    /// Hosts that outputs may ask.
    pub http_allow: Vec<String>,
    /// Jobs that run at once; without it as many as there are processors.
    pub jobs_at_once: Option<u64>,
    /// How long commands live without a server, in seconds.
    pub orphan_s: u64,
    /// Whether projects may be uploaded.
    pub allow_upload: bool,
    /// Whether sources may be directories of this machine.
    pub git_file: bool,
}

/// A project file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProjectSettings {
    pub path: PathBuf,
    /// Takes precedence over `env` of the file.
    pub env: BTreeMap<String, String>,
    /// Of a command that works on the files that are there.
    #[serde(skip)]
    pub ignores_source: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSettings {
    pub url: SecretString,
}

impl Default for PipelinesSection {
    fn default() -> Self {
        Self {
            projects: Vec::new(),
            connections: BTreeMap::new(),
            secrets_file: None,
            logs_dir: None,
            log_max: "64MiB".to_owned(),
            http_allow: Vec::new(),
            jobs_at_once: None,
            orphan_s: 60,
            allow_upload: false,
            git_file: false,
        }
    }
}

impl PipelinesSection {
    /// Bytes that are kept of the log of one attempt.
    pub fn log_bytes(&self) -> u64 {
        // Checked with the other settings.
        size(&self.log_max).unwrap_or(64 * MIB)
    }

    /// What the settings set in the environment of this project file.
    pub(crate) fn env_of(&self, file: &Path) -> BTreeMap<String, String> {
        let mut projects = self.projects.iter();
        let project = projects.find(|project| is_same_file(&project.path, file));
        project
            .map(|project| project.env.clone())
            .unwrap_or_default()
    }

    pub fn at_once(&self) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let set = self.jobs_at_once.map(usize::try_from);
        set.and_then(Result::ok).unwrap_or_else(processors)
    }
}

impl SystemSettings for PipelinesSettings {
    fn check(&self, problems: &mut Problems<'_>) {
        let mut problems = problems.within("pipelines");
        self.pipelines.check(&mut problems);
    }
}

impl PipelinesSection {
    fn check(&self, problems: &mut Problems<'_>) {
        for (no, project) in self.projects.iter().enumerate() {
            if project.path.as_os_str().is_empty() {
                let problem = "is missing, expected the path of a project file";
                problems.add(&format!("projects[{no}].path"), problem);
            }
        }
        for (name, connection) in &self.connections {
            let mut problems = problems.within("connections");
            let mut problems = problems.within(name);
            check_connection(connection, &mut problems);
        }
        let most = 64 * 1_024 * MIB;
        if !size(&self.log_max).is_some_and(|bytes| (MIB..=most).contains(&bytes)) {
            let problem = format!("`{}` is not a size from 1MiB to 64GiB", self.log_max);
            problems.add("log_max", problem);
        }
        if let Some(at_once) = self.jobs_at_once {
            problems.expect_between("jobs_at_once", at_once, 1..=10_000);
        }
        problems.expect_between("orphan_s", self.orphan_s, 1..=86_400);
        for host in &self.http_allow {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:*[]".contains(&byte);
            if host.is_empty() || !host.bytes().all(plain) {
                let problem =
                    format!("`{host}` is not a host, expected one such as api.example.com");
                problems.add("http_allow", problem);
            }
        }
    }
}

pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

fn check_connection(connection: &ConnectionSettings, problems: &mut Problems<'_>) {
    let url = connection.url.expose_secret();
    let schemes = [
        "sqlite://",
        "postgres://",
        "postgresql://",
        "mysql://",
        "mariadb://",
    ];
    if !schemes.iter().any(|scheme| url.starts_with(scheme)) {
        problems.add("url", "expected sqlite://PATH, postgres://… or mysql://…");
    } else if let Err(error) = check_url(url, Use::Write) {
        problems.add("url", error.to_string());
    }
}
