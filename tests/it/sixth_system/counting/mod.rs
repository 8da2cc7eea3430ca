//! A system that counts, batch by batch.

mod api;
mod commands;
mod flow;
mod kind;
mod service;
mod settings;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use audience::access::Role;
use audience::engine::seam::{FlowDescription, Registry};
use audience::http::{Api, Routes};
use audience::settings::{Loaded, Sections};
use audience::systems::{Built, Command, Platform, System};

use api::CountingApi;
use commands::CountCommand;
use flow::CountingFlow;
use kind::CountKind;
use service::Ticker;
use settings::CountingSettings;

pub(super) struct CountingSystem;

#[async_trait]
impl System for CountingSystem {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn sections(&self, sections: Sections) -> Sections {
        sections.with::<CountingSettings>()
    }

    fn apis(&self) -> Vec<Api> {
        vec![Api::v1::<CountingApi>(api::examples).with_roles(&[("get_counting", Role::Viewer)])]
    }

    fn flows(&self) -> Vec<FlowDescription> {
        vec![flow::describe()]
    }

    fn commands(&self) -> Vec<Box<dyn Command>> {
        vec![Box::new(CountCommand)]
    }

    async fn build(&self, loaded: &Loaded, platform: &Platform) -> anyhow::Result<Built> {
        let most = loaded.system::<CountingSettings>().counting.most;
        let ticks = Arc::<AtomicU64>::default();
        Ok(Built {
            kinds: Registry::default().with(CountKind),
            flows: vec![Arc::new(CountingFlow {
                most,
                store: platform.store.clone(),
            })],
            services: vec![Arc::new(Ticker(Arc::clone(&ticks)))],
            routes: Routes::of(CountingApi { most, ticks }),
            ..Built::default()
        })
    }
}

/// Refuses what is too much.
fn checked(to: u64, most: u64) -> Result<u64, String> {
    match to <= most {
        true => Ok(to),
        false => Err(format!("expected at most {most}, found {to}")),
    }
}
