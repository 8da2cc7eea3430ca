//! What schedules give to the program.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use tracing::warn;

use super::api::{self, ScheduleCalls, ScheduleHooks};
use super::book::Book;
use super::definition::Schedule;
use super::pages;
use super::settings::SchedulesSettings;
use super::source::ScheduleSource;
use super::store::ScheduleStore;
use super::watch::ScheduleWatch;
use crate::engine::seam::FlowDescription;
use crate::http::Api;
use crate::secrets::Secrets;
use crate::settings::{Loaded, Sections};
use crate::systems::{self, Built, Findings, Platform, System};
use crate::telemetry::chain;
use crate::ui::Pages;

/// It starts the flows of the others.
pub struct SchedulesSystem;

#[async_trait]
impl System for SchedulesSystem {
    fn name(&self) -> &'static str {
        "schedules"
    }

    fn sections(&self, sections: Sections) -> Sections {
        sections.with::<SchedulesSettings>()
    }

    fn apis(&self) -> Vec<Api> {
        api::apis()
    }

    fn pages(&self) -> Pages {
        pages::pages()
    }

    fn check(&self, loaded: &Loaded) -> Findings {
        let schedules = loaded.system::<SchedulesSettings>().schedules;
        let flows = systems::all().interface().flows;
        let mut findings = Findings::default();
        for (name, written) in &schedules {
            let Ok(schedule) = Schedule::read(name, written.clone()) else {
                continue;
            };
            if let Some(fault) = flow_fault(&schedule, &flows) {
                let key = format!("schedules.{name}.start");
                findings.faults.push(loaded.fault(&key, fault).to_string());
            }
        }
        findings.checked =
            (!schedules.is_empty()).then(|| format!("{} schedules", schedules.len()));
        findings
    }

    async fn build(&self, loaded: &Loaded, platform: &Platform) -> anyhow::Result<Built> {
        let settings = loaded.system::<SchedulesSettings>().schedules;
        let mut schedules = BTreeMap::new();
        for (name, written) in settings {
            // Faults were found when the settings were read.
            if let Ok(schedule) = Schedule::read(&name, written) {
                schedules.insert(name, Arc::new(schedule));
            }
        }
        let store = ScheduleStore::new(platform.store.clone());
        let book = Book::new(schedules, store.clone());
        if let Err(error) = book.look().await {
            warn!(
                error = chain(&error),
                "schedules that were put are looked for later"
            );
        }
        let calls = ScheduleCalls {
            book: book.clone(),
            store: store.clone(),
            flows: platform.flows.clone(),
            triggers: platform.triggers.clone(),
        };
        let hooks = ScheduleHooks {
            book: book.clone(),
            triggers: platform.triggers.clone(),
            secrets: Arc::new(Secrets::of_environment()),
        };
        Ok(Built {
            services: vec![Arc::new(ScheduleWatch {
                book: book.clone(),
                store: store.clone(),
                flows: platform.flows.clone(),
            })],
            triggers: vec![Arc::new(ScheduleSource {
                book,
                store,
                flows: platform.flows.clone(),
            })],
            routes: api::routes(calls, hooks),
            ..Built::default()
        })
    }
}

/// What it starts is not known, as far as that can be seen without starting anything.
fn flow_fault(schedule: &Schedule, flows: &[FlowDescription]) -> Option<String> {
    let name = schedule.start.flow.as_str();
    let mut known = flows.iter();
    let found = known.find(|flow| flow.member == Some(name) || flow.name == name);
    let Some(flow) = found else {
        let known: Vec<&str> = flows.iter().map(|flow| flow.name).collect();
        return Some(format!(
            "there is no flow `{name}`; known are {}",
            known.join(", ")
        ));
    };
    let known = flow.request.get("properties")?.as_object()?;
    let request = schedule.start.request.as_object()?;
    let unknown = request.keys().find(|key| !known.contains_key(*key))?;
    Some(format!("{name}.{unknown}: unknown field"))
}
