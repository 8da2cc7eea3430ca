//! The composition root: settings → database → kinds → engine → API → run → drain. It knows
//! everything and is known by nobody but the command line.

mod keeping;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use entity::JobId;
use poem::Server;
use poem::listener::{Acceptor, Listener, TcpListener};
use secrecy::SecretString;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::backoff::Backoff;
use crate::engine::artifacts::AllArtifacts;
use crate::engine::job_logs::JobLogs;
use crate::engine::noop::NoopKind;
use crate::engine::runtime::{Retention, Runtime, RuntimeLimits, RuntimeParts, SpawnIsolated};
use crate::engine::seam::Registry;
use crate::engine::store::{Owner, Store};
use crate::fault::Faults;
use crate::http::{self, ApiParts};
use crate::settings::{Loaded, Settings, SettingsError, SettingsFault};
use crate::systems::dispatch::system;
use crate::systems::dispatch::{Dispatch, DispatchKind, DispatchStore};
use crate::systems::labelling::label::{LabelKind, LabelLimits};
use crate::systems::labelling::panels::{Sinks, open_sink};
use crate::systems::labelling::posts::{ColumnNames, SourceEntry, Sources, open_source};
use crate::systems::labelling::publish::PublishKind;
use crate::systems::labelling::settings::{
    ColumnRole, LabellingSection, LabellingSettings, TableSettings, UnmappedSetting,
};
use crate::systems::labelling::{GroupMap, Labelling, LabellingOptions, Moment, Unmapped};
use crate::telemetry::{chain, metrics};

/// The running program.
pub struct App {
    pub store: Store,
    pub artifacts: AllArtifacts,
    pub runtime: Runtime,
    pub labelling: Labelling,
    pub dispatch: Dispatch,
    job_logs: JobLogs,
    grace: Duration,
    max_body_bytes: usize,
    /// Looks gauges up for those to whom they are sent.
    observing: Option<JoinHandle<()>>,
}

/// What differs between the commands that start the engine.
#[derive(Default)]
pub struct StartOptions {
    pub faults: Faults,
    /// Run this job and no other.
    pub only: Option<JobId>,
    /// How a job is run in a process of its own; `None`: it is not.
    pub isolate: Option<SpawnIsolated>,
}

impl App {
    /// Starts everything but the API. Unfinished jobs go on.
    pub async fn start(loaded: &Loaded, options: StartOptions) -> anyhow::Result<Self> {
        let settings = &loaded.settings;
        let (sources, sinks) = connections(loaded)?;
        let lease = Duration::from_millis(settings.runtime.lease_ms);
        let store = Store::open_for(&settings.database.url, lease).await?;
        // Before anything is said of a job.
        let job_logs = JobLogs::start(store.clone());
        let labelling = Labelling::new(
            store.clone(),
            sources.clone(),
            sinks.clone(),
            labelling_options(loaded)?,
        );
        // Users and callers find the tables from the start. But where a task is under way, an
        // output that is missing is waited for and not made anew.
        if !store.jobs().any_unfinished().await?
            && let Err(error) = labelling.check_outputs().await
        {
            warn!(error = chain(&error), "an output cannot be written now");
        }
        let dispatching = system::dispatching(loaded)?;
        let owner = Owner::this_process();
        // A process that was started for one job leaves what goes on beside jobs to others.
        let services = match options.only {
            None => dispatching.services(&store),
            Some(_) => vec![],
        };
        let dispatch_kind = DispatchKind {
            store: DispatchStore::new(store.clone()),
            services: dispatching.options.services.clone(),
            bell: dispatching.bell.clone(),
        };
        let dispatch = Dispatch::new(store.clone(), dispatching.options, dispatching.bell);
        let registry = Registry::default()
            .with(LabelKind {
                store: store.clone(),
                sources,
                sinks: sinks.clone(),
                limits: label_limits(&loaded.system::<LabellingSettings>().labelling),
            })
            .with(PublishKind { sinks })
            .with(dispatch_kind)
            .with(NoopKind);
        let artifacts = AllArtifacts::new(store.clone(), keeping::files(loaded)?);
        let runtime = Runtime::start(RuntimeParts {
            store: store.clone(),
            registry,
            limits: runtime_limits(settings),
            faults: options.faults,
            owner,
            only: options.only,
            isolate: options.isolate,
            services,
            artifacts: Some(artifacts.clone()),
            kept: keeping::kept_tables(settings),
        })
        .await?;
        let observing = settings.telemetry.sent().1.then(|| {
            let every = Duration::from_secs(settings.telemetry.metrics_every_s);
            observe_every(every, runtime.clone())
        });
        Ok(Self {
            observing,
            store,
            artifacts,
            runtime,
            labelling,
            dispatch,
            job_logs,
            grace: Duration::from_secs(settings.server.shutdown_grace_s),
            max_body_bytes: usize::try_from(settings.server.max_body_bytes).unwrap_or(usize::MAX),
        })
    }

    /// Serves the API until `stop` is cancelled or the engine gives up.
    pub async fn serve(
        &self,
        address: SocketAddr,
        token: Option<SecretString>,
        stop: CancellationToken,
        listening: impl FnOnce(SocketAddr),
    ) -> anyhow::Result<()> {
        let acceptor = TcpListener::bind(address)
            .into_acceptor()
            .await
            .with_context(|| format!("failed to listen on {address} (setting `server.bind`)"))?;
        let bound = acceptor
            .local_addr()
            .first()
            .and_then(|at| at.as_socket_addr().copied());
        listening(bound.unwrap_or(address));
        let endpoint = http::endpoint(ApiParts {
            runtime: self.runtime.clone(),
            store: self.store.clone(),
            artifacts: self.artifacts.clone(),
            labelling: self.labelling.clone(),
            dispatch: self.dispatch.clone(),
            token,
            max_body_bytes: self.max_body_bytes,
        });
        let engine_gave_up = self.runtime.gave_up();
        tokio::pin!(engine_gave_up);
        let served = Server::new_with_acceptor(acceptor).run_with_graceful_shutdown(
            endpoint,
            stop.cancelled(),
            // Streams of events would otherwise keep the server for ever.
            Some(Duration::from_secs(2)),
        );
        tokio::select! {
            served = served => served.context("the server failed"),
            () = &mut engine_gave_up => anyhow::bail!("the engine's supervisors kept dying"),
        }
    }

    /// Finishes the slices in work and gives the jobs up for the next start.
    pub async fn stop(&self) {
        info!("stopping: slices in work are finished first");
        if let Some(observing) = &self.observing {
            observing.abort();
        }
        if !self.runtime.drain(self.grace).await {
            info!("the grace period was over before all slices were finished; nothing is lost");
        }
        self.job_logs.stop().await;
        self.store.clone().close().await;
    }
}

/// Those who ask for metrics have them looked up; those to whom they are sent do not ask.
fn observe_every(every: Duration, runtime: Runtime) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(every);
        loop {
            ticks.tick().await;
            metrics::observe_process();
            runtime.observe().await;
        }
    })
}

/// Where to listen: anybody may only be served when callers have to show a token.
pub fn address(settings: &Settings, token: Option<&SecretString>) -> SocketAddr {
    let loopback = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
    let asked = settings.server.address().unwrap_or(loopback);
    if token.is_some() || asked.ip().is_loopback() {
        asked
    } else {
        SocketAddr::new(loopback.ip(), asked.port())
    }
}

/// Looks for faults that need more than the settings: URLs, groups, times.
pub fn check(loaded: &Loaded) -> Vec<SettingsFault> {
    let mut faults = match connections(loaded) {
        Ok(_) => Vec::new(),
        Err(error) => error.faults,
    };
    if let Err(error) = labelling_options(loaded) {
        faults.extend(error.faults);
    }
    if let Err(error) = system::dispatching(loaded) {
        faults.extend(error.faults);
    }
    if let Err(error) = keeping::files(loaded) {
        faults.extend(error.faults);
    }
    faults
}

/// Opens what `sources` and `outputs` name; touches nothing yet.
fn connections(loaded: &Loaded) -> Result<(Sources, Sinks), SettingsError> {
    let settings = &loaded.settings;
    let labelling: LabellingSettings = loaded.system();
    let lease = Duration::from_millis(settings.runtime.lease_ms);
    let mut faults = Vec::new();
    let mut sources = BTreeMap::new();
    for (name, source) in &labelling.sources {
        let tables = source
            .tables
            .iter()
            .map(|(table, of)| (table.clone(), columns(of)))
            .collect();
        match open_source(&source.url) {
            Ok(source) => drop(sources.insert(name.clone(), SourceEntry { source, tables })),
            Err(error) => {
                faults.push(loaded.fault(&format!("sources.{name}.url"), error.to_string()));
            }
        }
    }
    let mut sinks = BTreeMap::new();
    for (name, output) in &labelling.outputs {
        let url = output.url.as_ref().unwrap_or(&settings.database.url);
        match open_sink(url, lease) {
            Ok(sink) => drop(sinks.insert(name.clone(), sink)),
            Err(error) => {
                faults.push(loaded.fault(&format!("outputs.{name}.url"), error.to_string()));
            }
        }
    }
    if faults.is_empty() {
        Ok((sources.into_iter().collect(), sinks.into_iter().collect()))
    } else {
        Err(SettingsError { faults })
    }
}

fn columns(table: &TableSettings) -> ColumnNames {
    let mut names = ColumnNames::default();
    for (role, name) in &table.columns {
        let place = match role {
            ColumnRole::Id => &mut names.id,
            ColumnRole::SId => &mut names.s_id,
            ColumnRole::SAreaId => &mut names.s_area_id,
            ColumnRole::Author => &mut names.author,
            ColumnRole::Title => &mut names.title,
            ColumnRole::Content => &mut names.content,
            ColumnRole::PostTime => &mut names.post_time,
        };
        place.clone_from(name);
    }
    names
}

fn labelling_options(loaded: &Loaded) -> Result<LabellingOptions, SettingsError> {
    let settings = loaded.system::<LabellingSettings>().labelling;
    let unmapped = match settings.unmapped {
        UnmappedSetting::Other => Unmapped::Other,
        UnmappedSetting::Skip => Unmapped::Skip,
        UnmappedSetting::Fail => Unmapped::Fail,
    };
    let mut faults = Vec::new();
    if let Err(error) = GroupMap::new(&settings.groups.0, unmapped) {
        faults.push(loaded.fault("labelling.groups", error.to_string()));
    }
    let mut moment = |key: &str, text: &Option<String>| {
        let parsed = text.as_deref().map(str::parse::<Moment>).transpose();
        parsed.unwrap_or_else(|error| {
            faults.push(loaded.fault(&format!("labelling.{key}"), error.to_string()));
            None
        })
    };
    let start = moment("default_start_time", &settings.default_start_time);
    let end = moment("default_end_time", &settings.default_end_time);
    if !faults.is_empty() {
        return Err(SettingsError { faults });
    }
    Ok(LabellingOptions {
        groups: settings.groups.0.clone(),
        unmapped,
        rules_dir: settings.rules_dir.clone(),
        rule_sets: settings.rule_sets.clone(),
        keep_staging: settings.keep_staging,
        default_source: settings.default_source.clone(),
        default_table: settings.default_table.clone(),
        default_output: settings.default_output.clone(),
        default_range: start.zip(end),
    })
}

fn label_limits(labelling: &LabellingSection) -> LabelLimits {
    let bytes = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    LabelLimits {
        batches_per_step: labelling.batches_per_step as u32,
        rows_per_slice: labelling.rows_per_slice as u32,
        bytes_per_slice: bytes(labelling.bytes_per_slice),
        bytes_in_flight: bytes(labelling.bytes_in_flight),
    }
}

fn runtime_limits(settings: &Settings) -> RuntimeLimits {
    let (runtime, retention) = (&settings.runtime, &settings.retention);
    let queues = runtime.queue_jobs_max.iter();
    RuntimeLimits {
        jobs_at_once: runtime.jobs_at_once as usize,
        queue_jobs_max: queues
            .map(|(queue, most)| (queue.clone(), *most as usize))
            .collect(),
        jobs_queued_max: runtime.jobs_queued_max,
        batches_at_once: runtime.batches_at_once as usize,
        attempts_max: runtime.attempts_max as u32,
        backoff: Backoff {
            first: Duration::from_millis(runtime.backoff_first_ms),
            longest: Duration::from_millis(runtime.backoff_longest_ms),
        },
        slice_timeout: (runtime.batch_timeout_s > 0)
            .then(|| Duration::from_secs(runtime.batch_timeout_s)),
        stop_grace: Duration::from_secs(runtime.stop_grace_s),
        crashes_max: runtime.crashes_max as u32,
        lease_ms: runtime.lease_ms,
        rescue_every_ms: runtime.rescue_every_ms,
        retention: Retention {
            history: days(retention.history_days),
            jobs: days(retention.jobs_days),
            artifacts: days(retention.artifacts_days),
            history_bytes: retention.history_mb << 20,
            rows_per_step: retention.rows_per_step,
            every: Duration::from_secs(retention.every_s),
        },
    }
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(bind: &str, token: Option<&str>) -> String {
        let mut settings = Settings::default();
        settings.server.bind = bind.to_owned();
        address(&settings, token.map(SecretString::from).as_ref()).to_string()
    }

    #[test]
    fn without_a_token_only_loopback_is_served() {
        assert_eq!(bound("0.0.0.0:9000", None), "127.0.0.1:9000");
        assert_eq!(bound("[::1]:9000", None), "[::1]:9000");
        assert_eq!(bound("0.0.0.0:9000", Some("secret")), "0.0.0.0:9000");
    }
}
