//! What labelling gives to the program.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::debug;

use super::api::compat::{self, TasksApi};
use super::api::v1::catalog::CatalogApi;
use super::api::v1::changes::ChangesApi;
use super::api::v1::examples;
use super::api::v1::gates::GatesApi;
use super::api::v1::health::HealthApi;
use super::api::v1::results::ResultsApi;
use super::api::v1::reviews::ReviewsApi;
use super::api::v1::rows::RowsApi;
use super::api::v1::rule_sets::{LONGER_BODIES, RuleSetsApi};
use super::api::v1::rules_calls::{RulesCallsApi, longer_bodies};
use super::backtest::{BacktestFlow, BacktestTools, CompareKind, SampleKind, SettleKind};
use super::commands::{DemoCommand, LabelCommand, RulesCommand};
use super::flow::LabellingFlow;
use super::gate::GateKind;
use super::label::LabelKind;
use super::panels::{Adoption, Sinks};
use super::posts::Sources;
use super::publish::PublishKind;
use super::results::reasons;
use super::settings::LabellingSettings;
use super::store::{BACKTEST_PARTS, GATES};
use super::versions::RuleSetWatch;
use super::{Labelling, adopting, check, check_connections, options, outputs_at_start};
use crate::access::Role;
use crate::engine::audit::Recording;
use crate::engine::runtime::KeptTables;
use crate::engine::seam::{FlowDescription, Part, Registry, Scorers, SystemError};
use crate::engine::store::Store;
use crate::engine::{CallerError, ErrorKind};
use crate::http::{Api, Routes};
use crate::settings::{Loaded, Sections, SettingsError};
use crate::systems::{Built, Command, Findings, Platform, Report, System};
use crate::telemetry::chain;
use crate::ui::Pages;

/// System 1.
pub struct LabellingSystem;

#[async_trait]
impl System for LabellingSystem {
    fn name(&self) -> &'static str {
        "labelling"
    }

    fn sections(&self, sections: Sections) -> Sections {
        sections.with::<LabellingSettings>()
    }

    fn apis(&self) -> Vec<Api> {
        vec![
            Api::v1::<(
                ResultsApi,
                RowsApi,
                HealthApi,
                GatesApi,
                ReviewsApi,
                ChangesApi,
                CatalogApi,
                RulesCallsApi,
                RuleSetsApi,
            )>(examples::examples)
            .with_roles(&[
                ("get_result", Role::Viewer),
                ("get_sample", Role::Viewer),
                ("list_rows", Role::Viewer),
                ("get_job_health", Role::Viewer),
                ("list_job_rules", Role::Viewer),
                ("list_changes", Role::Viewer),
                ("approve_job", Role::Operator),
                ("reject_job", Role::Operator),
                ("make_review", Role::Operator),
                ("list_reviews", Role::Viewer),
                ("get_review", Role::Viewer),
                ("list_review_items", Role::Operator),
                ("judge_review_item", Role::Operator),
                ("get_gold", Role::Viewer),
                ("list_sources", Role::Viewer),
                ("list_rule_sets", Role::Viewer),
                ("preview_rules", Role::Viewer),
                ("explain_rules", Role::Viewer),
                ("get_rule_set", Role::Viewer),
                ("list_rule_set_versions", Role::Viewer),
                ("get_rule_set_version", Role::Viewer),
                ("list_rule_set_activations", Role::Viewer),
                ("compare_rule_set_versions", Role::Viewer),
                ("lint_rules", Role::Viewer),
                ("store_rule_set_version", Role::Admin),
                ("activate_rule_set", Role::Admin),
            ])
            // They change nothing, and an editor calls them while somebody types.
            .recorded(&[
                ("lint_rules", Recording::ByHour),
                ("preview_rules", Recording::ByHour),
                ("explain_rules", Recording::ByHour),
            ]),
            Api::compat::<TasksApi>(compat::about).with_roles(&[
                ("create_task", Role::Operator),
                ("task_list", Role::Viewer),
                ("abort", Role::Operator),
                ("check_status", Role::Viewer),
                ("sample_result", Role::Viewer),
            ]),
        ]
    }

    fn flows(&self) -> Vec<FlowDescription> {
        vec![LabellingFlow::describe(), BacktestFlow::describe()]
    }

    fn pages(&self) -> Pages {
        super::pages::pages()
    }

    fn commands(&self) -> Vec<Box<dyn Command>> {
        vec![
            Box::new(DemoCommand),
            Box::new(LabelCommand),
            Box::new(RulesCommand),
        ]
    }

    fn check(&self, loaded: &Loaded) -> Findings {
        check::settings_and_rules(loaded)
    }

    async fn adopt(
        &self,
        loaded: &Loaded,
        only_rename: bool,
        report: Report,
    ) -> anyhow::Result<()> {
        let adoption = match only_rename {
            true => Adoption::SetAside,
            false => Adoption::Copy,
        };
        adopting::adopt(loaded, adoption, report).await
    }

    async fn check_connections(&self, loaded: &Loaded) -> Findings {
        check_connections::sources_and_outputs(loaded).await
    }

    async fn build(&self, loaded: &Loaded, platform: &Platform) -> anyhow::Result<Built> {
        let (labelling, sources, sinks) = open(loaded, platform)?;
        // Users and callers find the tables from the start. But while a task is under way, an
        // output that is missing is waited for and not created anew.
        if !platform.store.jobs().any_unfinished().await?
            && let Err(error) = labelling.check_outputs().await
        {
            debug!(error = chain(&error), "an output cannot be written now");
        }
        outputs_at_start::watch(loaded, &sinks);
        let section = loaded.system::<LabellingSettings>().labelling;
        let backtests = BacktestTools {
            store: platform.store.clone(),
            sources: sources.clone(),
            limits: options::label_limits(&section),
        };
        let kinds = Registry::default()
            .with(SampleKind(backtests.clone()))
            .with(CompareKind(backtests.clone()))
            .with(SettleKind(backtests))
            .with(LabelKind {
                store: platform.store.clone(),
                sources,
                sinks: sinks.clone(),
                scorers: platform.scorers.clone(),
                limits: options::label_limits(&section),
            })
            .with(GateKind {
                labelling: labelling.clone(),
            })
            .with(PublishKind {
                sinks,
                undated: options::undated_limits(&section),
            });
        let routes = Routes::of((
            ResultsApi {
                labelling: labelling.clone(),
                flows: platform.flows.clone(),
            },
            RowsApi(labelling.clone()),
            HealthApi(labelling.clone()),
            GatesApi(labelling.clone()),
            ReviewsApi(labelling.clone()),
            ChangesApi(labelling.clone()),
            RulesCallsApi(labelling.clone()),
            RuleSetsApi(labelling.clone()),
            CatalogApi(labelling.clone()),
            TasksApi {
                labelling: labelling.clone(),
                flows: platform.flows.clone(),
            },
        ));
        Ok(Built {
            kinds,
            flows: vec![
                Arc::new(LabellingFlow(labelling.clone())),
                Arc::new(BacktestFlow(labelling.clone())),
            ],
            routes,
            kept: KeptTables {
                of_jobs: vec![GATES, BACKTEST_PARTS],
                aged: Vec::new(),
            },
            services: vec![Arc::new(RuleSetWatch(labelling.rule_sets().clone()))],
            longer_bodies: longer_bodies().into_iter().chain(LONGER_BODIES).collect(),
            parts: vec![
                Arc::new(Outputs(labelling.clone())),
                Arc::new(SomeOutputs(labelling)),
            ],
            ..Built::default()
        })
    }
}

impl Labelling {
    /// What the settings say, on the store of a program that runs.
    pub fn open(loaded: &Loaded, platform: &Platform) -> Result<Self, SettingsError> {
        open(loaded, platform).map(|(labelling, _, _)| labelling)
    }

    /// The same on the store of a program whose engine does not run: for looking at what jobs did.
    pub fn beside(loaded: &Loaded, store: Store) -> Result<Self, SettingsError> {
        let (sources, sinks) = options::connections(loaded)?;
        let options = options::options(loaded)?;
        Ok(Self::new(
            store,
            sources,
            sinks,
            options,
            Scorers::default(),
        ))
    }
}

fn open(
    loaded: &Loaded,
    platform: &Platform,
) -> Result<(Labelling, Sources, Sinks), SettingsError> {
    let (sources, sinks) = options::connections(loaded)?;
    let labelling = Labelling::new(
        platform.store.clone(),
        sources.clone(),
        sinks.clone(),
        options::options(loaded)?,
        platform.scorers.clone(),
    );
    Ok((labelling, sources, sinks))
}

/// The databases that panels are published to: without any of them nothing can be done.
struct Outputs(Labelling);

#[async_trait]
impl Part for Outputs {
    fn name(&self) -> &'static str {
        "outputs"
    }

    async fn check(&self) -> Result<(), SystemError> {
        self.0.look_at_outputs(1).await?;
        Ok(())
    }
}

/// Those of them that are away while others answer: only their tasks wait.
struct SomeOutputs(Labelling);

#[async_trait]
impl Part for SomeOutputs {
    fn name(&self) -> &'static str {
        "outputs"
    }

    fn is_needed(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<(), SystemError> {
        let (_, away) = self.0.look_at_outputs(1).await?;
        match away.is_empty() {
            true => Ok(()),
            false => Err(SystemError::of(OutputsAway(reasons(&away)))),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct OutputsAway(String);

impl CallerError for OutputsAway {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }
}
