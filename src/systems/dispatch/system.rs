//! What dispatch gives to the program: settings → services that tasks are dispatched to, and what
//! runs for them beside the jobs.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tracing::{info, warn};

use super::api::compat::{self, DispatchApi};
use super::api::roles;
use super::api::v1::new_task::NewTaskApi;
use super::api::v1::operators::OperatorsApi;
use super::api::v1::tasks::TasksApi;
use super::api::v1::workers::WorkersApi;
use super::flow::DispatchFlow;
use super::group_member::group_member;
use super::readiness::BrokerPart;
use crate::engine::runtime::KeptTables;
use crate::engine::seam::{FlowDescription, Part, Registry, Service};
use crate::engine::store::{AgedTable, JobTable, Store};
use crate::http::{Api, Routes};
use crate::kafka::{BrokerOptions, BrokerSettings, KafkaSettings};
use crate::settings::{Loaded, Sections, SettingsError};
use crate::systems::dispatch::services::{
    BrokerState, BrokerWatch, NamedTopic, OutboxPublisher, Overseer, ReplyConsumer, TaskGauges,
};
use crate::systems::dispatch::settings::{DispatchSettings, ServiceSettings};
use crate::systems::dispatch::{
    Bell, Dispatch, DispatchKind, DispatchOptions, DispatchService, DispatchServices,
    DispatchStore, Patience, orphans,
};
use crate::systems::{Built, Findings, Platform, System};
use crate::telemetry::chain;
use crate::ui::Pages;

/// System 2.
pub struct DispatchSystem;

#[async_trait]
impl System for DispatchSystem {
    fn name(&self) -> &'static str {
        "dispatch"
    }

    fn sections(&self, sections: Sections) -> Sections {
        sections.with::<DispatchSettings>().with::<KafkaSettings>()
    }

    fn apis(&self) -> Vec<Api> {
        roles::apis()
    }

    fn pages(&self) -> Pages {
        super::pages::pages()
    }

    fn flows(&self) -> Vec<FlowDescription> {
        vec![DispatchFlow::describe()]
    }

    fn check(&self, loaded: &Loaded) -> Findings {
        let faults = dispatching(loaded).err().map(|error| error.faults);
        let faults = faults.into_iter().flatten();
        Findings {
            faults: faults.map(|fault| fault.to_string()).collect(),
            ..Findings::default()
        }
    }

    async fn check_connections(&self, loaded: &Loaded) -> Findings {
        match dispatching(loaded) {
            Ok(dispatching) => dispatching.look_at_broker(loaded).await,
            // Reported without a connection.
            Err(_) => Findings::default(),
        }
    }

    async fn build(&self, loaded: &Loaded, platform: &Platform) -> anyhow::Result<Built> {
        let dispatching = dispatching(loaded)?;
        name_usual_timeouts(&loaded.system());
        let services = dispatching.services(&platform.store);
        let store = DispatchStore::new(platform.store.clone());
        if let Err(error) = orphans::report(&store, &dispatching.options.services).await {
            warn!(
                error = chain(&error),
                "tasks of services that are not set any more are not listed"
            );
        }
        let kinds = Registry::default().with(DispatchKind {
            store,
            services: dispatching.options.services.clone(),
            bell: dispatching.bell.clone(),
        });
        let has_services = !dispatching.options.services.is_empty();
        let broker = dispatching.options.broker.clone();
        let broker = broker.map(|state| Arc::new(BrokerPart(state)) as Arc<dyn Part>);
        let dispatch = Dispatch::new(
            platform.store.clone(),
            dispatching.options,
            dispatching.bell,
        );
        Ok(Built {
            kinds,
            flows: vec![Arc::new(DispatchFlow(dispatch.clone()))],
            services,
            kept: kept(loaded),
            routes: Routes::of((
                WorkersApi(dispatch.clone()),
                OperatorsApi(dispatch.clone()),
                TasksApi(dispatch.clone()),
                NewTaskApi(dispatch.clone()),
                DispatchApi(dispatch),
            )),
            parts: broker.into_iter().collect(),
            detours: has_services.then(compat::detour).into_iter().collect(),
            ..Built::default()
        })
    }
}

/// What of its tables is not kept for ever.
fn kept(loaded: &Loaded) -> KeptTables {
    const DAY_S: u64 = 86_400;
    let days = loaded.settings.retention.dead_letters_days;
    KeptTables {
        of_jobs: JOB_TABLES.to_vec(),
        aged: vec![(DEAD_LETTERS, Duration::from_secs(days * DAY_S))],
    }
}

/// Tables whose rows are dropped with their jobs. A task first: what is left of it cannot be started again.
pub const JOB_TABLES: [JobTable; 3] = [
    JobTable {
        name: "audience_dispatch",
        job: "job_id",
        key: "job_id",
    },
    // Tasks that a step of a job waited for.
    JobTable {
        name: "audience_dispatch",
        job: "for_job",
        key: "job_id",
    },
    JobTable {
        name: "audience_outbox",
        job: "job_id",
        key: "seq",
    },
];

pub const DEAD_LETTERS: AgedTable = AgedTable {
    name: "audience_dead_letter",
    key: "seq",
    at: "at",
};

/// Everything that the settings say of dispatching.
pub(super) struct Dispatching {
    pub(super) options: DispatchOptions,
    bell: Bell,
    pub(super) broker: Option<Broker>,
}

pub(super) struct Broker {
    pub(super) options: BrokerOptions,
    pub(super) state: BrokerState,
    pub(super) reply_group: String,
    group_member: Option<String>,
    dead_letter_topic: String,
}

/// Looks at what only shows when it is used: schemas, passwords in files.
fn dispatching(loaded: &Loaded) -> Result<Dispatching, SettingsError> {
    let settings: DispatchSettings = loaded.system();
    let KafkaSettings { mq_conf } = loaded.system();
    let mut faults = Vec::new();
    let broker = match &mq_conf {
        None => None,
        Some(broker) => match broker.options() {
            Ok(options) => Some(Broker {
                state: BrokerState::new(
                    options.connection.clone(),
                    topics(&settings, broker),
                    broker.reply_group.clone(),
                ),
                options,
                group_member: group_member(loaded, broker),
                reply_group: broker.reply_group.clone(),
                dead_letter_topic: broker.dead_letter_topic.clone(),
            }),
            Err((key, problem)) => {
                faults.push(loaded.fault(&format!("mq_conf.{key}"), problem));
                None
            }
        },
    };
    let mut services = Vec::new();
    for name in &settings.service {
        let Some(section) = settings.source_db.get(name) else {
            continue;
        };
        match service(section, mq_conf.as_ref()) {
            Ok(service) => services.push((name.clone(), service)),
            Err(problem) => {
                let key = format!("source_db.{name}.condition_schema");
                faults.push(loaded.fault(&key, problem));
            }
        }
    }
    if !faults.is_empty() {
        return Err(SettingsError { faults });
    }
    Ok(Dispatching {
        options: DispatchOptions {
            services: DispatchServices::new(services),
            status_max: usize::try_from(settings.max_status_task).unwrap_or(usize::MAX),
            // Checked with the other settings.
            zone: settings
                .time_zone
                .as_ref()
                .and_then(|zone| zone.parse().ok()),
            broker: broker.as_ref().map(|broker| broker.state.clone()),
        },
        bell: Bell::default(),
        broker,
    })
}

impl Dispatching {
    /// What runs beside the jobs: nothing where no service is set.
    fn services(&self, store: &Store) -> Vec<Arc<dyn Service>> {
        let services = &self.options.services;
        if services.is_empty() {
            return vec![];
        }
        let store = DispatchStore::new(store.clone());
        let overseer = Overseer {
            store: store.clone(),
            services: services.clone(),
            bell: self.bell.clone(),
        };
        let gauges = TaskGauges {
            store: store.clone(),
            services: services.clone(),
        };
        let mut running: Vec<Arc<dyn Service>> = vec![Arc::new(overseer), Arc::new(gauges)];
        let Some(broker) = &self.broker else {
            info!("no broker is set (mq_conf): workers fetch their tasks over HTTP");
            return running;
        };
        running.push(Arc::new(BrokerWatch {
            services: services.clone(),
            broker: broker.options.clone(),
            state: broker.state.clone(),
            bell: self.bell.clone(),
            group: broker.reply_group.clone(),
        }));
        running.push(Arc::new(OutboxPublisher {
            store: store.clone(),
            services: services.clone(),
            broker: broker.options.clone(),
            state: broker.state.clone(),
            bell: self.bell.clone(),
        }));
        if !services.reply_topics().is_empty() {
            running.push(Arc::new(ReplyConsumer {
                store: store.clone(),
                services: services.clone(),
                broker: broker.options.clone(),
                state: broker.state.clone(),
                bell: self.bell.clone(),
                group: broker.reply_group.clone(),
                member: broker.group_member.clone(),
                dead_letter_topic: broker.dead_letter_topic.clone(),
            }));
        }
        running
    }
}

/// The topics that the settings name, each as often as they do.
fn topics(settings: &DispatchSettings, broker: &BrokerSettings) -> Vec<NamedTopic> {
    let mut topics = Vec::new();
    for name in &settings.service {
        let Some(section) = settings.source_db.get(name) else {
            continue;
        };
        let named = [
            ("topic_name", Some(&section.topic_name)),
            ("reply_topic", section.reply_topic.as_ref()),
        ];
        for (key, topic) in named {
            topics.extend(topic.map(|topic| NamedTopic {
                topic: topic.clone(),
                setting: format!("source_db.{name}.{key}"),
                service: Some(name.clone()),
            }));
        }
    }
    topics.push(NamedTopic {
        topic: broker.dead_letter_topic.clone(),
        setting: "mq_conf.dead_letter_topic".to_owned(),
        service: None,
    });
    topics
}

/// A limit of tasks that are with workers needs one of time: dead workers would keep their places.
fn running_timeout(section: &ServiceSettings) -> Option<u64> {
    const DAY_S: u64 = 86_400;
    let usual = section.concurrency.map(|_| DAY_S);
    section.running_timeout.or(usual)
}

/// Names what applies although it is not set.
fn name_usual_timeouts(settings: &DispatchSettings) {
    for (name, section) in &settings.source_db {
        let usual = running_timeout(section).filter(|_| section.running_timeout.is_none());
        if let Some(seconds) = usual {
            info!(
                service = name,
                "`{name}` has `concurrency` and no `running_timeout`: {seconds} s apply, after which a \
                 running task without a report has failed"
            );
        }
    }
}

fn service(
    section: &ServiceSettings,
    broker: Option<&BrokerSettings>,
) -> Result<DispatchService, String> {
    const SECOND: i64 = 1_000_000;
    let micros = |seconds: u64| {
        i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(SECOND)
    };
    let condition = section.condition_schema.as_ref().map(|schema| {
        jsonschema::validator_for(schema).map_err(|error| format!("is not a JSON Schema: {error}"))
    });
    Ok(DispatchService {
        source_name: section.source_name.clone(),
        topic: section.topic_name.clone(),
        reply_topic: section.reply_topic.clone(),
        auto_start: section.auto_start,
        patience: Patience {
            waiting: section.waiting_timeout.map(micros),
            running: running_timeout(section).map(micros),
            retries: i32::try_from(section.retries).unwrap_or(i32::MAX),
            backoff: micros(section.backoff),
            repeat: micros(section.repeat_window),
            pulled: broker.is_none(),
        },
        message_max_bytes: broker.map(|broker| broker.message_max_bytes),
        condition: condition.transpose()?,
        concurrency: section.concurrency,
        priority: section.priority,
    })
}
