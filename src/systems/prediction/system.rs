//! What prediction gives to the program.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::warn;

use super::files_at_start::{files_of, read_file, save_files};
use super::importing::{self, ImportFlow, ImportKind, Imports};
use super::predicting::{self, PredictKind, PredictionFlow, Predictions};
use super::remote::Remotes;
use super::scraping::{self, ScrapeFlow, ScrapeKind, ScrapeSource, ScrapeWatch, Scrapes};
use super::serving::Models;
use super::settings::PredictionSettings;
use super::store::Defined;
use super::text_scorers::TextModels;
use super::writing::VIEWS;
use super::{api, commands, pages};
use crate::engine::runtime::KeptTables;
use crate::engine::seam::{FlowDescription, Registry};
use crate::engine::store::JobTable;
use crate::http::Api;
use crate::models::onnx::runtime::look;
use crate::settings::{Loaded, Sections};
use crate::systems::{Built, Command, Findings, ModelsFrom, Platform, System};
use crate::telemetry::chain;
use crate::ui::Pages;

/// What runs of scrapes wait for, which goes with their jobs. The runs have an age of their own.
const WAITING: JobTable = JobTable {
    name: "audience_scrape_waiting",
    job: "job_id",
    key: "job_id",
};

/// What prediction jobs have read and written, which goes with them.
const PREDICTIONS: JobTable = JobTable {
    name: "audience_prediction",
    job: "job_id",
    key: "id",
};

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

    fn pages(&self) -> Pages {
        pages::pages()
    }

    fn flows(&self) -> Vec<FlowDescription> {
        vec![
            ImportFlow::describe(),
            ScrapeFlow::describe(),
            PredictionFlow::describe(),
        ]
    }

    fn views(&self) -> &'static [&'static str] {
        &VIEWS
    }

    fn commands(&self) -> Vec<Box<dyn Command>> {
        commands::all()
    }

    fn check(&self, loaded: &Loaded) -> Findings {
        let section = loaded.system::<PredictionSettings>().prediction;
        let mut findings = Findings::default();
        let mut checked = Vec::new();
        for (kind, many) in [(Defined::Mapping, "mappings"), (Defined::Scrape, "scrapes")] {
            match files_of(kind, &section) {
                Ok(files) => {
                    let faults = files.iter();
                    let faults = faults.filter_map(|file| read_file(kind, &file.path).err());
                    findings.faults.extend(faults.flatten());
                    if !files.is_empty() {
                        checked.push(format!("{} {many}", files.len()));
                    }
                }
                Err(error) => {
                    let fault = loaded.fault("prediction.dir", format!("cannot be read: {error}"));
                    findings.faults.push(fault.to_string());
                }
            }
        }
        if let Some(path) = &section.onnxruntime {
            match look(path) {
                Ok(_) => checked.push("ONNX Runtime".to_owned()),
                Err(reason) => {
                    let key = "prediction.onnxruntime";
                    let problem = reason.strip_prefix(key).unwrap_or(&reason);
                    let problem = problem.trim_start_matches(": ");
                    findings.faults.push(loaded.fault(key, problem).to_string());
                }
            }
        }
        findings.checked = (!checked.is_empty()).then(|| checked.join(", "));
        findings
    }

    async fn build(&self, loaded: &Loaded, platform: &Platform) -> anyhow::Result<Built> {
        let settings = loaded.system::<PredictionSettings>();
        let imports = Imports::of(loaded, platform.store.clone());
        for kind in [Defined::Mapping, Defined::Scrape] {
            let saved = save_files(kind, &settings.prediction, imports.store()).await;
            if let Err(error) = saved {
                warn!(
                    error = chain(&error),
                    "files of `prediction.dir` are saved at the next start"
                );
            }
        }
        let scrapes = Scrapes::of(loaded, platform)?;
        if let Err(error) = scrapes.book().look().await {
            warn!(error = chain(&error), "scrapes are looked for later");
        }
        let (store, faults) = (platform.store.clone(), platform.faults.clone());
        let remotes = Arc::new(Remotes::of(&settings.prediction)?);
        let models = Models::of(loaded, store, remotes, faults);
        let (model_watch, shadow_scoring) = models.services();
        let elsewhere = loaded.system::<ModelsFrom>().settings;
        let texts = TextModels::new(models.clone(), elsewhere);
        platform.scorers.give(Arc::new(texts));
        let predictions = Predictions::of(loaded, platform.store.clone(), models.clone());
        let places = |most: u64| usize::try_from(most).unwrap_or(usize::MAX);
        Ok(Built {
            kinds: Registry::default()
                .with(ImportKind(imports.clone()))
                .with(ScrapeKind(scrapes.clone()))
                .with(PredictKind(predictions.clone())),
            flows: vec![
                Arc::new(ImportFlow(imports.clone())),
                Arc::new(ScrapeFlow(scrapes.clone())),
                Arc::new(PredictionFlow(predictions)),
            ],
            services: vec![
                Arc::new(ScrapeWatch(scrapes.clone())),
                Arc::new(model_watch),
                Arc::new(shadow_scoring),
            ],
            triggers: vec![Arc::new(ScrapeSource {
                scrapes: scrapes.clone(),
                flows: platform.flows.clone(),
            })],
            queues: vec![
                (
                    importing::QUEUE.to_owned(),
                    places(settings.imports.at_once),
                ),
                (scraping::QUEUE.to_owned(), places(settings.scrape.at_once)),
                (
                    predicting::QUEUE.to_owned(),
                    places(settings.predict.at_once),
                ),
            ],
            kept: KeptTables {
                of_jobs: vec![WAITING, PREDICTIONS],
                aged: Vec::new(),
            },
            routes: api::routes(&imports, &scrapes, &models, platform),
            longer_bodies: api::longer_bodies(&models),
            ..Built::default()
        })
    }
}
