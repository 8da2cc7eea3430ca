//! What a system gives.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::{Command, Platform};
use crate::engine::runtime::KeptTables;
use crate::engine::seam::{AnyFlow, FlowDescription, Part, Registry, Service, TriggerSource};
use crate::engine::store::SlotCapacities;
use crate::http::{Api, Detour, Routes};
use crate::settings::{Loaded, Sections};
use crate::ui::Pages;

/// Takes a line for the person at the terminal.
pub type Report = fn(&str);

/// A system, before anything is started.
#[async_trait]
pub trait System: Send + Sync {
    /// Its folder.
    fn name(&self) -> &'static str;

    /// Adds its section of the settings, a struct whose fields are keys at the top of the files.
    fn sections(&self, sections: Sections) -> Sections {
        sections
    }

    /// Its operations, as they are documented.
    fn apis(&self) -> Vec<Api> {
        Vec::new()
    }

    /// Its flows, as they are known before anything is started.
    fn flows(&self) -> Vec<FlowDescription> {
        Vec::new()
    }

    /// What it adds to the web pages.
    fn pages(&self) -> Pages {
        Pages::default()
    }

    /// What it adds to the command line.
    fn commands(&self) -> Vec<Box<dyn Command>> {
        Vec::new()
    }

    /// Its views in the engine's database, for programs that show tables.
    fn views(&self) -> &'static [&'static str] {
        &[]
    }

    /// The URL of a database that stands in the working directory, for commands about jobs without
    /// settings that name one.
    fn database_here(&self) -> Option<String> {
        None
    }

    /// Looks for faults that need more than the settings: URLs, files, times.
    fn check(&self, _loaded: &Loaded) -> Findings {
        Findings::default()
    }

    /// Takes over what the original program has left in its databases, or with `only_rename` sets it
    /// aside. Reports what was done, line by line.
    async fn adopt(
        &self,
        _loaded: &Loaded,
        _only_rename: bool,
        _report: Report,
    ) -> anyhow::Result<()> {
        Ok(())
    }

    /// Checks a file that begins like those of this system. `None`: it is not one of them.
    fn check_file(&self, _file: &CheckedFile<'_>) -> Option<Findings> {
        None
    }

    /// JSON Schemas for editors, by the kind of file that they are for.
    fn file_schemas(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// Looks at what the settings name: databases, their columns and indexes, brokers. Changes nothing.
    async fn check_connections(&self, _loaded: &Loaded) -> Findings {
        Findings::default()
    }

    /// Makes everything that runs. The store is open, and no job has begun in this process.
    async fn build(&self, loaded: &Loaded, platform: &Platform) -> anyhow::Result<Built>;
}

/// What runs of a system.
#[derive(Default)]
pub struct Built {
    /// The kinds of step that it adds.
    pub kinds: Registry,
    pub flows: Vec<Arc<dyn AnyFlow>>,
    /// What runs beside the jobs.
    pub services: Vec<Arc<dyn Service>>,
    /// What starts something by itself.
    pub triggers: Vec<Arc<dyn TriggerSource>>,
    /// Queues with a limit of jobs that run at once in this process, unless the settings have one.
    pub queues: Vec<(String, usize)>,
    /// Tables with rows that are not kept for ever.
    pub kept: KeptTables,
    /// How many slots there are of what its jobs hold while they run.
    pub capacities: Vec<Arc<dyn SlotCapacities>>,
    /// Its operations, of which [`System::apis`] are the documents.
    pub routes: Routes,
    pub detours: Vec<Detour>,
    /// Operations whose bodies may be longer than others, by their ids, with how long they may be.
    pub longer_bodies: Vec<(&'static str, usize)>,
    /// What has to be reachable for the program to be ready.
    pub parts: Vec<Arc<dyn Part>>,
}

/// A file that is to be checked, whatever it is.
pub struct CheckedFile<'f> {
    pub path: &'f Path,
    /// The keys at its top.
    pub keys: &'f [String],
    /// What the file may use, as commands that work on it find it.
    pub settings: &'f Loaded,
}

/// What `audience check` says of a system.
#[derive(Debug, Default)]
pub struct Findings {
    /// With file, line and key.
    pub faults: Vec<String>,
    pub warnings: Vec<String>,
    /// What was looked at besides the settings, e.g. `3 rule sets`.
    pub checked: Option<String>,
}
