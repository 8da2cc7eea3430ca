//! What pipelines give to the program.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::Mutex;
use tracing::{error, warn};

use super::allowed::Allowed;
use super::api::{self, Figures};
use super::attempt_logs::AttemptLogs;
use super::command::{CommandKind, Executors, Logs, ScriptDatabases, this_program};
use super::commands;
use super::commits::Commits;
use super::file_fault::FileFault;
use super::flow::PipelinesFlow;
use super::git::{GitLimits, Repositories};
use super::joining::{ConcludeKind, JoinKind};
use super::looking::Looker;
use super::pipelines::Pipelines;
use super::project;
use super::projects::{self, ProjectFile, Projects};
use super::services::{FileWatch, GitWatch, RunPruning, RunWatch, Statuses};
use super::settings::{PipelinesSection, PipelinesSettings};
use super::slots::Capacities;
use super::store::PipelineStore;
use super::triggers::ProjectTriggers;
use super::uploads::Uploads;
use super::versions::Versions;
use super::why::Why;
use crate::engine::seam::{FlowDescription, Registry};
use crate::fetch::Post;
use crate::http::Api;
use crate::printable::counted;
use crate::secrets::Secrets;
use crate::settings::{Loaded, Sections, SettingsError};
use crate::sqlite;
use crate::systems::{Built, CheckedFile, Command, Findings, Platform, System};
use crate::telemetry::chain;
use crate::ui::Pages;

/// System 3.
pub struct PipelinesSystem;

#[async_trait]
impl System for PipelinesSystem {
    fn name(&self) -> &'static str {
        "pipelines"
    }

    fn sections(&self, sections: Sections) -> Sections {
        sections.with::<PipelinesSettings>()
    }

    fn apis(&self) -> Vec<Api> {
        api::apis()
    }

    fn flows(&self) -> Vec<FlowDescription> {
        vec![PipelinesFlow::describe()]
    }

    fn pages(&self) -> Pages {
        super::pages::pages()
    }

    fn commands(&self) -> Vec<Box<dyn Command>> {
        commands::all()
    }

    fn database_here(&self) -> Option<String> {
        let state = commands::usual_state();
        state
            .exists()
            .then(|| format!("sqlite://{}", state.display()))
    }

    fn check(&self, loaded: &Loaded) -> Findings {
        let section = section(loaded);
        let mut findings = Findings::default();
        if let Err(fault) = secrets(loaded) {
            findings
                .faults
                .extend(fault.faults.iter().map(ToString::to_string));
        }
        let (_, _, faults) = read_projects(&section);
        findings
            .faults
            .extend(faults.iter().map(ToString::to_string));
        findings.checked = (!section.projects.is_empty())
            .then(|| counted(section.projects.len() as u64, "project"));
        findings
    }

    fn check_file(&self, file: &CheckedFile<'_>) -> Option<Findings> {
        if !file.keys.iter().any(|key| key == "project") {
            return None;
        }
        let mut findings = Findings::default();
        let section = section(file.settings);
        let env = section.env_of(file.path);
        match projects::read(file.path, &env, Some(&Allowed::by(&section))) {
            Ok(known) => {
                let (tasks, triggers) = (known.project.tasks.len(), known.project.triggers.len());
                let (tasks, triggers) = (
                    counted(tasks as u64, "task"),
                    counted(triggers as u64, "trigger"),
                );
                findings.checked = Some(format!("{tasks}, {triggers}"));
                let warnings = known.warnings.iter().map(ToString::to_string);
                findings.warnings = warnings.collect();
            }
            Err(faults) => findings.faults = faults.iter().map(ToString::to_string).collect(),
        }
        Some(findings)
    }

    fn file_schemas(&self) -> Vec<(&'static str, Value)> {
        vec![("project", project::schema())]
    }

    async fn build(&self, loaded: &Loaded, platform: &Platform) -> anyhow::Result<Built> {
        let parts = Parts::open(loaded, platform)?;
        if let Err(error) = parts.pipelines.uploads.look().await {
            warn!(
                error = chain(&error),
                "uploaded projects are looked for later"
            );
        }
        let section = section(loaded);
        let logs = parts.attempt_logs(loaded, platform);
        let why = parts.why(loaded);
        let pipelines = &parts.pipelines;
        let figures = Figures {
            store: platform.store.clone(),
            versions: Versions::new(Arc::clone(&pipelines.projects), pipelines.store.clone()),
            files: platform.files.clone(),
        };
        let kind = parts.kind(loaded)?;
        let (command, flows) = (Arc::new(kind.clone()), platform.flows.clone());
        let join = JoinKind {
            command: Arc::clone(&command),
            flows: flows.clone(),
        };
        let kinds = Registry::default()
            .with(kind)
            .with(join)
            .with(ConcludeKind { command, flows });
        let services: Vec<Arc<dyn crate::engine::seam::Service>> = vec![
            Arc::new(RunWatch {
                store: parts.pipelines.store.clone(),
                projects: Arc::clone(&parts.pipelines.projects),
                status_changed: Arc::clone(&parts.pipelines.status_changed),
            }),
            Arc::new(GitWatch {
                store: parts.pipelines.store.clone(),
                projects: Arc::clone(&parts.pipelines.projects),
                commits: parts.pipelines.commits.clone(),
            }),
            Arc::new(parts.statuses(loaded)?),
            Arc::new(RunPruning {
                store: parts.pipelines.store.clone(),
                retention: loaded.settings.retention.clone(),
            }),
            Arc::new(FileWatch {
                store: parts.pipelines.store.clone(),
                uploads: parts.pipelines.uploads.clone(),
                files: Arc::new(Mutex::new(parts.files)),
                projects: Arc::clone(&parts.pipelines.projects),
                read_again: platform.read_again.subscribe(),
            }),
        ];
        Ok(Built {
            kinds,
            flows: vec![Arc::new(PipelinesFlow(figures))],
            services,
            capacities: vec![Arc::new(Capacities(Arc::clone(&parts.pipelines.projects)))],
            queues: vec![(super::composing::QUEUE.to_owned(), section.at_once())],
            routes: api::routes(
                pipelines,
                platform.triggers.clone(),
                Arc::new(secrets(loaded)?),
                logs,
                why,
            ),
            triggers: vec![Arc::new(ProjectTriggers(parts.pipelines.clone()))],
            ..Built::default()
        })
    }
}

/// What is made of the settings.
pub(super) struct Parts {
    pub(super) pipelines: Pipelines,
    files: Vec<ProjectFile>,
}

impl Parts {
    pub(super) fn open(loaded: &Loaded, platform: &Platform) -> anyhow::Result<Self> {
        let section = section(loaded);
        let (projects, files, faults) = read_projects(&section);
        for fault in faults {
            error!(%fault, "a project file has a fault; nothing of it is used");
        }
        let looker = Looker::of(&section)?;
        let commits = commits(loaded, &projects);
        let store = PipelineStore::new(platform.store.clone());
        let uploads = Uploads::below(
            uploads_directory(loaded),
            store.clone(),
            Arc::clone(&projects),
            Arc::new(Allowed::by(&section)),
            section.allow_upload,
        );
        Ok(Self {
            pipelines: Pipelines {
                uploads,
                store,
                projects,
                looker,
                flows: platform.flows.clone(),
                commits,
                status_changed: Arc::default(),
            },
            files,
        })
    }

    fn statuses(&self, loaded: &Loaded) -> anyhow::Result<Statuses> {
        let public_url = loaded.settings.server.public_url();
        Ok(Statuses {
            store: self.pipelines.store.clone(),
            projects: Arc::clone(&self.pipelines.projects),
            secrets: Arc::new(secrets(loaded)?),
            post: Post::new()?,
            public_url: public_url.map(|url| url.to_string()),
            changed: Arc::clone(&self.pipelines.status_changed),
        })
    }

    pub(super) fn attempt_logs(&self, loaded: &Loaded, platform: &Platform) -> AttemptLogs {
        AttemptLogs::new(
            logs(loaded),
            platform.files.clone(),
            platform.store.clone(),
            platform.flows.clone(),
            Arc::clone(&self.pipelines.projects),
        )
    }

    pub(super) fn why(&self, loaded: &Loaded) -> Why {
        Why {
            pipelines: self.pipelines.clone(),
            jobs_at_once: section(loaded).at_once(),
        }
    }

    fn kind(&self, loaded: &Loaded) -> anyhow::Result<CommandKind> {
        let section = section(loaded);
        let pipelines = &self.pipelines;
        Ok(CommandKind {
            store: pipelines.store.clone(),
            versions: Versions::new(Arc::clone(&pipelines.projects), pipelines.store.clone()),
            commits: pipelines.commits.clone(),
            executors: Executors::below(
                beside(loaded, "executors"),
                this_program(),
                section.orphan_s,
            ),
            logs: logs(loaded),
            looker: pipelines.looker.clone(),
            databases: ScriptDatabases::of(&section)?,
            secrets: Arc::new(secrets(loaded)?),
            server_env: Arc::new(environment().collect()),
            log_max: section.log_bytes(),
        })
    }
}

/// Projects whose files come from git, whose copies are beside the database.
pub(super) fn commits(loaded: &Loaded, projects: &Arc<Projects>) -> Commits {
    let section = section(loaded);
    let repositories = Repositories::below(
        beside(loaded, "git"),
        environment().collect(),
        section.git_file,
        GitLimits::default(),
    );
    let allowed = Arc::new(Allowed::by(&section));
    Commits::new(repositories, Arc::clone(projects), allowed)
}

pub(super) fn section(loaded: &Loaded) -> PipelinesSection {
    loaded.system::<PipelinesSettings>().pipelines
}

/// Where logs are while commands write them.
fn logs(loaded: &Loaded) -> Logs {
    let directory = section(loaded).logs_dir;
    let directory = directory.unwrap_or_else(|| beside(loaded, "logs"));
    // The executor works somewhere else.
    Logs::in_directory(std::path::absolute(&directory).unwrap_or(directory))
}

/// Where the directories of uploaded projects are: beside that of logs.
fn uploads_directory(loaded: &Loaded) -> PathBuf {
    match section(loaded).logs_dir {
        None => beside(loaded, "projects"),
        Some(logs) => {
            let logs = std::path::absolute(&logs).unwrap_or(logs);
            let name = logs.file_name().unwrap_or_default().to_string_lossy();
            logs.with_file_name(format!("{name}_projects"))
        }
    }
}

/// A directory beside the engine's database; of a server's, one in the working directory.
fn beside(loaded: &Loaded, what: &str) -> PathBuf {
    let file = sqlite::file_of(&loaded.settings.database.url);
    let file = file.unwrap_or_else(|| PathBuf::from("data/audience"));
    let name = file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let directory = file.with_file_name(format!("{name}_{what}"));
    std::path::absolute(&directory).unwrap_or(directory)
}

fn secrets(loaded: &Loaded) -> Result<Secrets, SettingsError> {
    let file = section(loaded).secrets_file;
    Secrets::load(file.as_deref(), environment()).map_err(|problem| SettingsError {
        faults: vec![loaded.fault("pipelines.secrets_file", problem)],
    })
}

/// What is not Unicode is no variable of a task.
fn environment() -> impl Iterator<Item = (String, String)> {
    let variables = std::env::vars_os();
    variables
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The projects of the settings, their files, and what is wrong with them.
pub(super) fn read_projects(
    section: &PipelinesSection,
) -> (Arc<Projects>, Vec<ProjectFile>, Vec<FileFault>) {
    let projects = Projects::default();
    let allowed = Arc::new(Allowed::by(section));
    // Where the path is missing, that is what is reported.
    let files = section.projects.iter();
    let files = files.filter(|project| !project.path.as_os_str().is_empty());
    let mut files: Vec<ProjectFile> = files
        .map(|project| ProjectFile::of(project, &allowed))
        .collect();
    let looked = projects::look_at_all(&mut files, &projects);
    let faults = looked
        .into_iter()
        .flat_map(|looked| looked.faults)
        .collect();
    (Arc::new(projects), files, faults)
}
