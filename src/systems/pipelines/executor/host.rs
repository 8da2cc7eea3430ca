//! The executor process: listens to servers, runs attempts, remembers their ends.
//!
//! One thread runs everything: a command's start and the reaping of children never overtake each other.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{getpid, set_child_subreaper, setsid};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::attempt_run::StopOrder;
use super::directory::Directory;
use super::orphans::Orphans;
use super::process_table::{Identity, boot_id, own_children, process, processes};
use super::protocol::{AttemptState, Cause, End, Event, frame};
use super::pump::BUFFER_BYTES;
use super::reaper::Reaper;
use super::record::{Record, Step};
use super::recovery;
use super::spares::Spares;
use super::tree::Tree;

/// For how long a predecessor that is just ending may keep the lock.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
/// Without anything to run, a server is waited for only so long: the next one starts another executor.
const IDLE: Duration = Duration::from_secs(2);
const LOCK_LOOKS: Duration = Duration::from_millis(10);
const LOOKS_MAX: usize = 50;

#[derive(Clone, Debug)]
pub(crate) struct HostOptions {
    pub dir: PathBuf,
    /// Without a server for so long, it ends all commands and itself.
    pub orphan: Duration,
    /// A program and its first arguments that call [`super::exec_with_limits`]; usually `/proc/self/exe`
    /// with a hidden command.
    pub limits_command: Vec<String>,
}

pub(super) struct Host {
    pub(super) directory: Directory,
    pub(super) spares: Spares,
    options: HostOptions,
    pub(super) boot_id: String,
    pub(super) reaper: Reaper,
    state: Mutex<State>,
    /// All attempts read through it: none holds it while it waits.
    buffer: Mutex<Vec<u8>>,
    pub(super) connections: watch::Sender<usize>,
    pub(super) running: watch::Sender<usize>,
    pub(super) closing: watch::Sender<bool>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) attempts: HashMap<String, Known>,
    pub(super) trees: HashMap<String, Tree>,
    orphans: Orphans,
    pub(super) servers: Vec<mpsc::UnboundedSender<Arc<str>>>,
}

pub(super) struct Known {
    pub(super) state: AttemptState,
    /// `None`: it has ended.
    pub(super) orders: Option<mpsc::UnboundedSender<StopOrder>>,
}

/// Runs the executor of this directory until it is not needed any more. The process must have been
/// started for this only.
pub(crate) fn run_executor(options: HostOptions) -> io::Result<()> {
    // The leader of a group cannot begin a session, but then no terminal signals it by accident.
    setsid().ok();
    set_child_subreaper(Some(getpid()))?;
    std::env::set_current_dir("/")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(options))
}

async fn serve(options: HostOptions) -> io::Result<()> {
    let directory = Directory::prepare(&options.dir)?;
    let Some(_lock) = lock(&directory).await? else {
        // Another one serves already.
        return Ok(());
    };
    let attempts = recovery::recover(&directory).await?;
    let listener = directory.listen()?;
    let known = |end: End| Known {
        state: AttemptState::Ended(end),
        orders: None,
    };
    let host = Arc::new(Host {
        spares: Spares::at(directory.spares())?,
        boot_id: boot_id(),
        directory,
        reaper: Reaper::default(),
        state: Mutex::new(State {
            attempts: attempts
                .into_iter()
                .map(|(id, end)| (id, known(end)))
                .collect(),
            ..State::default()
        }),
        buffer: Mutex::new(Vec::new()),
        connections: watch::Sender::new(0),
        running: watch::Sender::new(0),
        closing: watch::Sender::new(false),
        options,
    });
    let mut children = signal(SignalKind::child())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let orphaned = host.clone().until_orphaned();
    tokio::pin!(orphaned);
    let mut closing = host.closing.subscribe();
    loop {
        tokio::select! {
            _ = children.recv() => host.reaper.reap(),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(Arc::clone(&host).serve_connection(stream))),
                Err(error) => {
                    host.report(&format!("failed to accept a connection: {error}"));
                    sleep(LOCK_LOOKS).await;
                }
            },
            _ = terminate.recv() => break,
            () = &mut orphaned => break,
            _ = closing.wait_for(|&closing| closing) => break,
        }
    }
    drop(listener);
    host.directory.remove_socket();
    host.stop_all().await
}

async fn lock(directory: &Directory) -> io::Result<Option<std::fs::File>> {
    let mut waited = Duration::ZERO;
    loop {
        let lock = directory.lock_as_executor()?;
        if lock.is_some() || waited >= LOCK_PATIENCE {
            return Ok(lock);
        }
        sleep(LOCK_LOOKS).await;
        waited += LOCK_LOOKS;
    }
}

impl Host {
    pub(super) fn limits_command(&self) -> &[String] {
        &self.options.limits_command
    }

    /// Of an attempt that runs.
    pub(super) fn with_tree<T>(&self, id: &str, act: impl FnOnce(&mut Tree) -> T) -> Option<T> {
        self.state().trees.get_mut(id).map(act)
    }

    pub(super) fn with_buffer<T>(&self, act: impl FnOnce(&mut [u8]) -> T) -> T {
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.is_empty() {
            buffer.resize(BUFFER_BYTES, 0);
        }
        act(&mut buffer)
    }

    /// A step of an attempt that runs: it continues even if this fails.
    pub(super) fn record(&self, record: &mut Record, id: &str, step: &Step) {
        if let Err(error) = record.add(step) {
            self.report(&format!("failed to record attempt {id}: {error}"));
        }
    }

    /// For the log of the executor itself.
    pub(super) fn report(&self, text: &str) {
        // Standard error is the file `executor.log`.
        writeln!(io::stderr(), "{text}").ok();
    }

    /// What lives of an attempt's tree after its process has exited.
    pub(super) fn leftovers(&self, id: &str) -> Vec<Identity> {
        // Who leaves others all the time must not keep other attempts waiting.
        for _ in 0..LOOKS_MAX {
            self.reaper.reap();
            // What is left has no parent but the executor: usually there is nothing to look at.
            let mut orphans = own_children();
            orphans.retain(|&pid| !self.reaper.is_expected(pid));
            if orphans.is_empty() {
                return Vec::new();
            }
            let left = self.left_among(id, orphans.clone());
            // One that has ended since may have left others, which the executor has been given.
            let is_alive = |&pid: &i32| process(pid).is_some_and(|process| !process.is_zombie);
            if !left.is_empty() || orphans.iter().all(is_alive) {
                return left;
            }
        }
        Vec::new()
    }

    fn left_among(&self, id: &str, mut orphans: Vec<i32>) -> Vec<Identity> {
        let processes = processes();
        let mut state = self.state();
        let State {
            trees,
            orphans: unknown,
            ..
        } = &mut *state;
        for tree in trees.values_mut() {
            let members = tree.members(&processes);
            orphans.retain(|&orphan| !members.iter().any(|member| member.pid == orphan));
        }
        let orphans = orphans
            .into_iter()
            .filter_map(process)
            .filter(|process| !process.is_zombie);
        let orphans: Vec<Identity> = orphans.map(|process| process.identity).collect();
        let running: Vec<String> = trees.keys().cloned().collect();
        let its_own = unknown.at_end_of(id, &orphans, &running);
        let Some(tree) = trees.get_mut(id) else {
            return Vec::new();
        };
        its_own
            .into_iter()
            .for_each(|orphan| tree.add_member(orphan));
        tree.members(&processes)
    }

    /// Of an attempt that runs.
    pub(super) fn set_state(&self, id: &str, new: AttemptState) {
        let mut state = self.state();
        let orders = match (&new, state.attempts.get(id)) {
            (AttemptState::Running { .. }, Some(known)) => known.orders.clone(),
            _ => None,
        };
        state.set(id, new, orders);
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn until_orphaned(self: Arc<Self>) {
        let mut connections = self.connections.subscribe();
        loop {
            let is_served = connections.wait_for(|&connections| connections > 0);
            let patience = match *self.running.borrow() {
                0 => self.options.orphan.min(IDLE),
                _ => self.options.orphan,
            };
            if tokio::time::timeout(patience, is_served).await.is_err() {
                return;
            }
            if connections
                .wait_for(|&connections| connections == 0)
                .await
                .is_err()
            {
                return;
            }
        }
    }

    /// Ends every command and reports the ends to connected servers.
    async fn stop_all(&self) -> io::Result<()> {
        self.closing.send_replace(true);
        let orders: Vec<_> = {
            let state = self.state();
            state
                .attempts
                .values()
                .filter_map(|known| known.orders.clone())
                .collect()
        };
        for orders in orders {
            // An attempt that has just ended needs no order.
            orders
                .send(StopOrder {
                    cause: Cause::Orphaned,
                    grace: None,
                })
                .ok();
        }
        let mut children = signal(SignalKind::child())?;
        let mut running = self.running.subscribe();
        let ended = running.wait_for(|&running| running == 0);
        tokio::pin!(ended);
        loop {
            self.reaper.reap();
            tokio::select! {
                _ = children.recv() => {}
                _ = &mut ended => return Ok(()),
            }
        }
    }
}

impl State {
    pub(super) fn set(
        &mut self,
        id: &str,
        state: AttemptState,
        orders: Option<mpsc::UnboundedSender<StopOrder>>,
    ) {
        let event = Event::State {
            id: id.to_owned(),
            state: state.clone(),
        };
        self.attempts.insert(id.to_owned(), Known { state, orders });
        self.send(&event);
    }

    pub(super) fn send(&mut self, event: &Event) {
        if let Ok(frame) = frame(event) {
            let frame: Arc<str> = frame.into();
            self.servers
                .retain(|server| server.send(Arc::clone(&frame)).is_ok());
        }
    }
}
