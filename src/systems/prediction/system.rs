//! What prediction gives to the program.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::warn;

use super::importing::{ImportFlow, ImportKind, Imports, QUEUE, faults_of, mapping_files};
use super::settings::PredictionSettings;
use super::{api, commands};
use crate::engine::seam::{FlowDescription, Registry};
use crate::http::Api;
use crate::settings::{Loaded, Sections};
use crate::systems::{Built, Command, Findings, Platform, System};
use crate::telemetry::chain;

/// System 4.
pub struct PredictionSystem;

#[async_trait]
impl System for PredictionSystem {
    fn name(&self) -> &'static str {
        "prediction"
    }

    fn sections(&self, sections: Sections) -> Sections {
        sections.with::<PredictionSettings>()
    }

    fn apis(&self) -> Vec<Api> {
        api::apis()
    }

    fn flows(&self) -> Vec<FlowDescription> {
        vec![ImportFlow::describe()]
    }

    fn commands(&self) -> Vec<Box<dyn Command>> {
        commands::all()
    }

    fn check(&self, loaded: &Loaded) -> Findings {
        let section = loaded.system::<PredictionSettings>().prediction;
        let mut findings = Findings::default();
        match mapping_files(&section) {
            Ok(files) => {
                let faults = files.iter().filter_map(|file| faults_of(&file.path).err());
                findings.faults = faults.flatten().collect();
                let count = files.len();
                findings.checked = (count > 0).then(|| format!("{count} mappings"));
            }
            Err(error) => {
                let fault = loaded.fault("prediction.dir", format!("cannot be read: {error}"));
                findings.faults.push(fault.to_string());
            }
        }
        findings
    }

    async fn build(&self, loaded: &Loaded, platform: &Platform) -> anyhow::Result<Built> {
        let settings = loaded.system::<PredictionSettings>();
        let imports = Imports::of(loaded, platform.store.clone());
        if let Err(error) = imports.save_files(&settings.prediction).await {
            warn!(
                error = chain(&error),
                "files of mappings are saved at the next start"
            );
        }
        let at_once = usize::try_from(settings.imports.at_once).unwrap_or(usize::MAX);
        Ok(Built {
            kinds: Registry::default().with(ImportKind(imports.clone())),
            flows: vec![Arc::new(ImportFlow(imports.clone()))],
            queues: vec![(QUEUE.to_owned(), at_once)],
            routes: api::routes(&imports, &platform.flows),
            ..Built::default()
        })
    }
}
