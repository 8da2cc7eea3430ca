//! The composition root: settings → store → systems → engine → HTTP → drain. It imports everything
//! and only the command line imports it; of systems it knows THE LIST.

mod address;
mod checking;
mod keeping;
mod limits;
mod opening;

pub(crate) use opening::{blamed, open_database, open_database_if_there};

pub use address::{TakenAddress, address, take_address};
pub use checking::{check, check_connections};
pub use keeping::expect_database;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use entity::JobId;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OnceCell, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use address::not_free;
use limits::{callers, days, limits, runtime_limits};

use crate::access::{Changeable, Identity, Keys, OpenPath};
use crate::engine::Flows;
use crate::engine::artifacts::AllArtifacts;
use crate::engine::audit::AuditLog;
use crate::engine::bulk::{BulkFlow, BulkKind};
use crate::engine::job_logs::JobLogs;
use crate::engine::noop::NoopKind;
use crate::engine::runtime::{KeptTables, Runtime, RuntimeParts, SpawnIsolated};
use crate::engine::seam::{AnyFlow, Part, Registry, Scorers};
use crate::engine::store::{AUDIT_TABLE, Capacities, Owner, Store};
use crate::engine::triggers::Triggers;
use crate::fault::Faults;
use crate::http::{
    self, ApiParts, Callers, Detour, Inside, Interface, Limits, Routes, ShownSetting, Site,
};
use crate::settings::{Loaded, Settings};
use crate::systems::{self, Platform, System, Systems};
use crate::telemetry::{chain, metrics};
use crate::ui::WebPages;

/// The running program.
pub struct App {
    pub store: Store,
    pub artifacts: AllArtifacts,
    pub runtime: Runtime,
    /// What the systems were built from.
    pub platform: Platform,
    interface: Interface,
    pages: Arc<WebPages>,
    /// Taken by the first to serve it.
    served: Mutex<Option<Served>>,
    job_logs: JobLogs,
    audit: AuditLog,
    grace: Duration,
    callers: Callers,
    limits: Limits,
    /// The tokens that callers have to show, and their owners in the settings.
    keys: Arc<Keys>,
    owners: Vec<Identity>,
    open: Changeable<Vec<OpenPath>>,
    max_body_bytes: usize,
    settings: Arc<Vec<ShownSetting>>,
    drained: OnceCell<()>,
    /// Looks gauges up where they are sent somewhere.
    observing: Option<JoinHandle<()>>,
}

/// What the systems give to the API.
#[derive(Default)]
struct Served {
    routes: Routes,
    detours: Vec<Detour>,
    longer_bodies: HashMap<&'static str, usize>,
    parts: Vec<Arc<dyn Part>>,
}

fn shown_settings(loaded: &Loaded) -> Vec<ShownSetting> {
    let shown = loaded.shown().into_iter();
    let shown = shown.map(|setting| ShownSetting {
        key: setting.key,
        value: setting.value,
        place: setting.place,
        built_in: setting.is_built_in,
    });
    shown.collect()
}

/// What differs between the commands that start the engine.
pub struct StartOptions {
    /// The systems that the program is made of.
    pub systems: Systems,
    pub faults: Faults,
    /// Wait for a database that is away instead of giving up.
    pub waits_for_database: bool,
    /// Run this job and no other.
    pub only: Option<JobId>,
    /// How a job is run in a process of its own; `None`: it is not.
    pub isolate: Option<SpawnIsolated>,
}

impl Default for StartOptions {
    fn default() -> Self {
        Self {
            systems: systems::all(),
            faults: Faults::default(),
            waits_for_database: false,
            only: None,
            isolate: None,
        }
    }
}

impl App {
    /// Starts everything but the API. Unfinished jobs continue.
    pub async fn start(loaded: &Loaded, options: StartOptions) -> anyhow::Result<Self> {
        let settings = &loaded.settings;
        let lease = Duration::from_millis(settings.runtime.lease_ms);
        let store = opening::open(loaded, lease, options.waits_for_database).await?;
        // Before anything is logged about a job.
        let job_logs = JobLogs::start(store.clone());
        let audit = AuditLog::start(store.clone());
        let owner = Owner::this_process();
        let kept_files = keeping::files(loaded)?;
        let artifacts = AllArtifacts::new(store.clone(), kept_files.clone());
        let platform = Platform {
            store: store.clone(),
            flows: Flows::default(),
            triggers: Triggers::default(),
            faults: options.faults.clone(),
            files: artifacts.clone(),
            kept_files,
            read_again: watch::Sender::new(()),
            scorers: Scorers::default(),
        };
        let acts = http::acts_on_jobs(store.clone(), platform.flows.clone(), audit.clone());
        let mut kinds = Registry::default().with(NoopKind).with(BulkKind(acts));
        let interface = options.systems.interface();
        let pages = options.systems.iter().map(System::pages).collect();
        let mut flows: Vec<Arc<dyn AnyFlow>> = Vec::new();
        let mut services = Vec::new();
        let mut triggers = Vec::new();
        let mut limits_of_engine = runtime_limits(settings);
        let mut kept = KeptTables::default();
        let mut capacities = Vec::new();
        let audit_days = days(settings.retention.audit_days);
        kept.aged.push((AUDIT_TABLE, audit_days));
        let mut served = Served::default();
        for system in options.systems.iter() {
            let built = system.build(loaded, &platform).await?;
            kinds = kinds.and(built.kinds);
            flows.extend(built.flows);
            services.extend(built.services);
            triggers.extend(built.triggers);
            for (queue, most) in built.queues {
                limits_of_engine.queue_jobs_max.entry(queue).or_insert(most);
            }
            kept.of_jobs.extend(built.kept.of_jobs);
            kept.aged.extend(built.kept.aged);
            capacities.extend(built.capacities);
            served.routes = served.routes.and(built.routes);
            served.detours.extend(built.detours);
            served.longer_bodies.extend(built.longer_bodies);
            served.parts.extend(built.parts);
        }
        flows.push(Arc::new(BulkFlow(store.clone())));
        let keep = days(settings.retention.fires_days);
        services.push(platform.triggers.start(triggers, store.clone(), keep));
        // A process that was started for one job leaves what runs beside jobs to others.
        if options.only.is_some() {
            services.clear();
        }
        let runtime = Runtime::start(RuntimeParts {
            store: store.clone(),
            registry: kinds,
            limits: limits_of_engine,
            faults: options.faults,
            owner,
            only: options.only,
            isolate: options.isolate,
            services,
            artifacts: Some(artifacts.clone()),
            kept,
            capacities: Capacities::of(capacities),
        })
        .await?;
        let observing = settings.telemetry.sent().1.then(|| {
            let every = Duration::from_secs(settings.telemetry.metrics_every_s);
            observe_every(every, runtime.clone())
        });
        platform.flows.start(flows, store.clone(), runtime.clone());
        Ok(Self {
            observing,
            store,
            artifacts,
            runtime,
            platform,
            interface,
            pages: Arc::new(WebPages::new(pages)),
            served: Mutex::new(Some(served)),
            job_logs,
            audit,
            grace: Duration::from_secs(settings.server.shutdown_grace_s),
            callers: callers(settings),
            limits: limits(settings),
            keys: Arc::new(Keys::new(Vec::new())),
            owners: settings.access.identities(),
            open: Changeable::new(settings.access.open.0.clone()),
            max_body_bytes: usize::try_from(settings.server.max_body_bytes).unwrap_or(usize::MAX),
            settings: Arc::new(shown_settings(loaded)),
            drained: OnceCell::new(),
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
        let socket = take_address(address)?;
        self.serve_on(socket, token, stop, listening).await
    }

    /// The same on an address that was taken before.
    pub async fn serve_on(
        &self,
        socket: TakenAddress,
        token: Option<SecretString>,
        stop: CancellationToken,
        listening: impl FnOnce(SocketAddr),
    ) -> anyhow::Result<()> {
        let TakenAddress { address, socket } = socket;
        let listener = http::listen(socket).with_context(|| not_free(address))?;
        listening(listener.local_addr().unwrap_or(address));
        let mut owners = self.owners.clone();
        owners.extend(token.as_ref().map(main_owner));
        self.keys.replace(owners);
        let endpoint = http::endpoint(self.api()?);
        self.platform.triggers.serve();
        let engine_gave_up = self.runtime.gave_up();
        tokio::pin!(engine_gave_up);
        let stop_serving = CancellationToken::new();
        let serving = http::serve(
            listener,
            endpoint,
            self.limits.clone(),
            stop_serving.clone(),
        );
        tokio::pin!(serving);
        tokio::select! {
            () = &mut serving => return Ok(()),
            () = &mut engine_gave_up => anyhow::bail!("the engine's supervisors kept dying"),
            () = stop.cancelled() => {}
        }
        // Callers are answered meanwhile, and those who ask whether the program is ready hear that
        // it is not.
        tokio::select! {
            () = &mut serving => return Ok(()),
            () = self.drain() => {}
        }
        stop_serving.cancel();
        serving.await;
        Ok(())
    }

    /// The API for calls of this program, which come from its own machine and need no token.
    pub fn inside(&self) -> anyhow::Result<Inside> {
        Ok(Inside::new(self.api()?))
    }

    fn api(&self) -> anyhow::Result<ApiParts> {
        let served = self.served.lock().map(|mut served| served.take());
        let served = served.ok().flatten().context("the API is served once")?;
        Ok(ApiParts {
            runtime: self.runtime.clone(),
            store: self.store.clone(),
            artifacts: self.artifacts.clone(),
            flows: self.platform.flows.clone(),
            interface: self.interface.clone(),
            routes: served.routes,
            detours: served.detours,
            parts: served.parts,
            callers: self.callers.clone(),
            keys: Arc::clone(&self.keys),
            audit: self.audit.clone(),
            open: self.open.clone(),
            max_body_bytes: self.max_body_bytes,
            longer_bodies: served.longer_bodies,
            limits: self.limits.clone(),
            settings: Arc::clone(&self.settings),
            site: Some(Arc::clone(&self.pages) as Arc<dyn Site>),
        })
    }

    /// Finishes the slices in work, once.
    async fn drain(&self) {
        let drained = self.drained.get_or_init(async || {
            info!("stopping: slices in work are finished first");
            if !self.runtime.drain(self.grace).await {
                info!("the grace period was over before all slices were finished; nothing is lost");
            }
        });
        drained.await;
    }

    /// From now on what these settings say of access counts: tokens, what needs none, and origins.
    pub fn change_access(&self, settings: &Settings, token: Option<&SecretString>) {
        let mut owners = settings.access.identities();
        owners.extend(token.map(main_owner));
        let gone = self.keys.replace(owners);
        // Also if they are put back later.
        tokio::spawn(http::end_sessions(self.store.clone(), gone));
        self.open.set(settings.access.open.0.clone());
        self.callers.origins.set(settings.access.origins());
    }

    /// Lets systems read the files again that they look at while the program runs.
    pub fn read_files_again(&self) {
        self.platform.read_again.send_replace(());
    }

    /// Finishes the slices in work and gives the jobs up for the next start.
    pub async fn stop(&self) {
        if let Some(observing) = &self.observing {
            observing.abort();
        }
        self.drain().await;
        self.job_logs.stop().await;
        if let Err(error) = self.audit.flush().await {
            warn!(
                error = chain(&error),
                "calls that were refused could not be recorded"
            );
        }
        self.store.clone().close().await;
    }
}

fn main_owner(token: &SecretString) -> Identity {
    Identity::of_main_token(token.expose_secret())
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

/// Whether a setting is applied by [`App::change_access`].
pub fn is_changeable(key: &str) -> bool {
    const SECTIONS: [&str; 3] = ["access.tokens", "access.open", "access.origins"];
    let is_within = |section: &&str| {
        let rest = key.strip_prefix(*section);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    SECTIONS.iter().any(is_within)
}
