//! What the program's operations look like to its callers, known before anything is started.

use super::document::{self, About};
use super::error::Surface;
use super::gate::Reach;
use super::operations::{Api, Document};
use super::surface::Operation;
use super::v1;
use crate::engine::seam::FlowDescription;
use serde_json::Value;

/// The name of the document of the paths below `/v1`.
pub const V1: &str = "v1";

/// The operations and flows of all systems, as they are documented.
#[derive(Clone, Default)]
pub struct Interface {
    pub apis: Vec<Api>,
    pub flows: Vec<FlowDescription>,
}

impl Interface {
    /// What each document is about; that of `/v1` comes first.
    pub fn documents(&self) -> Vec<About> {
        let own = self.apis.iter().filter_map(|api| match &api.document {
            Document::V1(_) => None,
            Document::Own(about) => Some(about()),
        });
        std::iter::once(self.about_v1()).chain(own).collect()
    }

    /// A document by its name, as JSON.
    pub fn document(&self, name: &str) -> Option<String> {
        if name == V1 {
            let systems = self.apis.iter();
            let systems = systems.filter(|api| matches!(api.document, Document::V1(_)));
            let (jobs, process) = (v1::jobs_api(), v1::process_api());
            let all = [&jobs].into_iter().chain(systems).chain([&process]);
            let specs = all.map(|api| (api.spec)()).collect();
            return Some(self.render(&self.about_v1(), specs, &self.flows));
        }
        self.apis.iter().find_map(|api| match &api.document {
            Document::V1(_) => None,
            Document::Own(about) => {
                let about = about();
                let is_wanted = about.name == name;
                is_wanted.then(|| self.render(&about, vec![(api.spec)()], &[]))
            }
        })
    }

    fn render(&self, about: &About, specs: Vec<Value>, flows: &[FlowDescription]) -> String {
        let roles = self
            .operations()
            .filter_map(|operation| match operation.reach {
                Reach::Anybody => Some((operation.id, None)),
                Reach::Scoped | Reach::Everything => Some((operation.id, Some(operation.role?))),
            });
        document::render(about, specs, flows, &roles.collect())
    }

    fn about_v1(&self) -> About {
        let mut about = v1::about(&self.flows);
        for api in &self.apis {
            if let Document::V1(examples) = api.document {
                merge(&mut about.examples, examples());
            }
        }
        about
    }

    /// All operations, those of the shell included.
    pub(super) fn operations(&self) -> impl Iterator<Item = Operation> {
        let shell = [v1::jobs_api(), v1::process_api()].into_iter();
        let all = shell.chain(self.apis.iter().cloned());
        all.flat_map(|api| api.operations().collect::<Vec<_>>())
    }

    /// Where APIs of a form of their own begin that stand neither below `/api` nor below the other roots of
    /// the shell, and the form of their errors.
    pub(super) fn other_roots(&self, known: &[&str]) -> Vec<(&'static str, Surface)> {
        let own = self.apis.iter().filter_map(|api| match &api.document {
            Document::V1(_) => None,
            Document::Own(about) => Some(about()),
        });
        let roots = own.map(|about| (about.guarded.trim_end_matches('/'), about.surface));
        roots.filter(|(root, _)| !known.contains(root)).collect()
    }

    /// The paths of each API that has a document of its own, and the form of its errors.
    pub(super) fn compat_forms(&self) -> Vec<(Vec<String>, Surface)> {
        let own = self.apis.iter().filter_map(|api| match &api.document {
            Document::V1(_) => None,
            Document::Own(about) => Some((api, about().surface)),
        });
        own.map(|(api, surface)| {
            let operations = api.operations();
            (
                operations.map(|operation| operation.pattern).collect(),
                surface,
            )
        })
        .collect()
    }
}

/// Where a document is served.
pub(super) fn path(name: &str) -> String {
    match name {
        V1 => "/openapi.json".to_owned(),
        name => format!("/openapi-{name}.json"),
    }
}

fn merge(into: &mut serde_json::Value, more: serde_json::Value) {
    if let (serde_json::Value::Object(into), serde_json::Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}
