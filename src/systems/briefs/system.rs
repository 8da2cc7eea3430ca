//! What briefs give to the program.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::warn;

use super::api::{self, Briefs};
use super::collecting::{CollectKind, Collecting, CollectingParts, UpstreamWatch};
use super::commands;
use super::exporting::{ExportKind, ExportSweep, Exports};
use super::flow::{BriefFlow, QUEUE};
use super::off::PlatformsOff;
use super::pages;
use super::platforms::Platforms;
use super::settings::{BriefSettings, BriefsSection};
use super::sources::{KafkaIntake, Pushed, Sources};
use super::store::BriefStore;
use super::storing::{ArticleTables, PageConsumer, PageStore, Topics};
use crate::engine::runtime::KeptTables;
use crate::engine::seam::{FlowDescription, Registry, Service};
use crate::engine::store::JobTable;
use crate::http::Api;
use crate::settings::{Loaded, Sections, SettingsError};
use crate::small_file;
use crate::systems::{Built, Command, Findings, Platform, System};
use crate::ui::Pages;

const fn table(name: &'static str, key: &'static str) -> JobTable {
    JobTable {
        name,
        job: "job_id",
        key,
    }
}

/// What goes with the jobs; rows of articles, and zips, are removed by the steps.
const TABLES: [JobTable; 8] = [
    table(
        "audience_brief_packed",
        "job_id, platform, sequence, number",
    ),
    table("audience_brief_page", "job_id, platform, sequence, number"),
    table("audience_brief_sequence", "job_id, platform, no"),
    table("audience_brief_platform", "job_id, platform"),
    table(
        "audience_brief_part",
        "job_id, platform, sequence, number, attempt, part",
    ),
    table("audience_brief_pushed", "job_id, platform, number"),
    table("audience_brief_export", "job_id, stage"),
    table("audience_brief", "job_id"),
];

/// System 5.
pub struct BriefsSystem;

#[async_trait]
impl System for BriefsSystem {
    fn name(&self) -> &'static str {
        "briefs"
    }

    fn sections(&self, sections: Sections) -> Sections {
        sections.with::<BriefSettings>()
    }

    fn apis(&self) -> Vec<Api> {
        api::apis()
    }

    fn pages(&self) -> Pages {
        pages::pages()
    }

    fn commands(&self) -> Vec<Box<dyn Command>> {
        commands::all()
    }

    fn flows(&self) -> Vec<FlowDescription> {
        vec![BriefFlow::describe()]
    }

    fn check(&self, loaded: &Loaded) -> Findings {
        let section = loaded.system::<BriefSettings>().briefs;
        let mut findings = Findings::default();
        match Platforms::of(loaded) {
            Ok(platforms) => {
                let known = platforms.known();
                for (name, reason) in &known.off {
                    let warning = format!("the platform `{name}` is off: {reason}");
                    findings.warnings.push(warning);
                }
                let count = known.on.len() + known.off.len();
                findings.checked = match count {
                    0 => None,
                    1 => Some("1 platform".to_owned()),
                    count => Some(format!("{count} platforms")),
                };
            }
            Err(faults) => findings.faults.extend(faults),
        }
        if let Err(problem) = dictionary(&section) {
            let fault = loaded.fault("briefs.dictionary", problem);
            findings.faults.push(fault.to_string());
        }
        if let Err(error) = Topics::of(loaded) {
            let faults = error.faults.iter();
            findings.faults.extend(faults.map(ToString::to_string));
        }
        findings
    }

    async fn build(&self, loaded: &Loaded, platform: &Platform) -> anyhow::Result<Built> {
        let section = loaded.system::<BriefSettings>().briefs;
        let platforms = read_platforms(loaded)?;
        for (name, reason) in platforms.known().off {
            warn!(platform = name, reason, "a platform is off");
        }
        let dictionary: Arc<[String]> = dictionary(&section)
            .map_err(|problem| anyhow::anyhow!("briefs.dictionary: {problem}"))?
            .into();
        let store = BriefStore::new(platform.store.clone());
        let tables = ArticleTables::of(loaded);
        let topics = Topics::of(loaded)?;
        let page_store = PageStore::new(tables.clone(), topics.as_ref());
        let pushed = Pushed::of(store.clone());
        let intake =
            KafkaIntake::of(loaded, &platforms, &pushed).map_err(|fault| SettingsError {
                faults: vec![fault],
            })?;
        let collecting = Collecting::new(CollectingParts {
            store: store.clone(),
            articles: Arc::new(page_store.clone()),
            platforms: platforms.clone(),
            sources: Sources::new(&section, pushed.clone())?,
            section: section.clone(),
        });
        let exports = Exports::of(
            loaded,
            store.clone(),
            tables.clone(),
            platforms.clone(),
            dictionary,
        );
        let briefs = Briefs {
            store: store.clone(),
            tables,
            platforms: platforms.clone(),
            zone: section.zone(),
            flows: platform.flows.clone(),
            exports: exports.clone(),
            pushed,
            collecting: Some(collecting.clone()),
        };
        let mut services: Vec<Arc<dyn Service>> = vec![
            Arc::new(ExportSweep(exports.clone())),
            Arc::new(UpstreamWatch(collecting.clone())),
        ];
        services.extend(intake.map(|intake| Arc::new(intake) as Arc<dyn Service>));
        if let Some(topics) = topics {
            services.push(Arc::new(PageConsumer {
                topics,
                platforms: names(&platforms),
                store,
                pages: page_store,
            }));
        }
        let at_once = usize::try_from(section.jobs_at_once).unwrap_or(usize::MAX);
        Ok(Built {
            kinds: Registry::default()
                .with(CollectKind(collecting.clone()))
                .with(ExportKind(exports)),
            flows: vec![Arc::new(BriefFlow {
                collecting,
                briefs: briefs.clone(),
                zone: section.zone(),
                flows: platform.flows.clone(),
            })],
            services,
            queues: vec![(QUEUE.to_owned(), at_once)],
            kept: KeptTables {
                of_jobs: TABLES.to_vec(),
                aged: Vec::new(),
            },
            routes: api::routes(&briefs),
            longer_bodies: api::longer_bodies(),
            parts: vec![Arc::new(PlatformsOff(platforms))],
            ..Built::default()
        })
    }
}

/// The adapters, or all that is wrong with them in one error.
fn read_platforms(loaded: &Loaded) -> anyhow::Result<Platforms> {
    Platforms::of(loaded).map_err(|faults| anyhow::anyhow!("{}", faults.join("\n")))
}

fn names(platforms: &Platforms) -> Vec<String> {
    let names = platforms.all();
    names
        .map(|platform| platform.adapter.platform.clone())
        .collect()
}

/// The words of `briefs.dictionary`, one a line.
fn dictionary(section: &BriefsSection) -> Result<Vec<String>, String> {
    let Some(path) = &section.dictionary else {
        return Ok(Vec::new());
    };
    let text = small_file::read_text(path).map_err(|error| format!("cannot be read: {error}"))?;
    let words = text.lines().map(str::trim);
    let words = words.filter(|word| !word.is_empty() && !word.starts_with('#'));
    Ok(words.map(str::to_owned).collect())
}
