//! The connection of a server to its executor.
//!
//! When it breaks, the executor was killed, or ended because nothing was to do: the server connects again,
//! or starts a new one, which ends what the old one left. What the old one was asked for and has not
//! confirmed is asked again; that starts nothing twice.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use super::client::ExecutorOptions;
use super::directory::Directory;
use super::error::ExecutorError;
use super::heartbeat::{end_silent, listener_of};
use super::process_table::Identity;
use super::protocol::{AttemptState, Cause, End, Event, Exit, Request, frame, next_frame};

/// An executor that does not answer in this time counts as one that cannot be started. It may have to
/// kill what an earlier one left.
const START_TIME_MAX: Duration = Duration::from_secs(60);
const CONNECT_LOOKS: Duration = Duration::from_millis(2);
/// Between attempts to start an executor.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Shared by the handle and the task that holds the connection.
pub(super) struct Link {
    pub(super) directory: Directory,
    pub(super) options: ExecutorOptions,
    pub(super) attempts: Mutex<HashMap<String, Entry>>,
    pub(super) requests: mpsc::UnboundedSender<Outgoing>,
    /// Of the executor; 0 while there is none.
    pub(super) pid: watch::Sender<u32>,
    /// From the first connection on, no attempt is new to this server.
    pub(super) has_met: AtomicBool,
}

pub(super) struct Entry {
    /// `None`: the executor has not confirmed it.
    pub(super) state: watch::Sender<Option<AttemptState>>,
    /// The request, until it is confirmed.
    pub(super) request: Option<Arc<str>>,
}

pub(super) enum Outgoing {
    Start(String),
    Frame(String),
}

/// A connection whose first frame has been read.
pub(super) struct Session {
    stream: BufReader<UnixStream>,
    executor: Option<Identity>,
    answers_pings: bool,
    /// Requests that the executor does not know of.
    again: Vec<Arc<str>>,
}

/// Why a connection is not used any more.
enum Disconnected {
    Closed,
    /// The executor does not answer.
    Silent,
}

impl Link {
    pub(super) fn attempts(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn send(&self, outgoing: Outgoing) -> Result<(), ExecutorError> {
        self.requests
            .send(outgoing)
            .map_err(|_| ExecutorError::Closed)
    }

    pub(super) async fn keep(
        self: Arc<Self>,
        mut session: Session,
        mut requests: mpsc::UnboundedReceiver<Outgoing>,
    ) {
        loop {
            let executor = session.executor;
            if let Disconnected::Silent = self.serve(session, &mut requests).await {
                end_silent(executor);
            }
            self.pid.send_replace(0);
            tracing::debug!("the connection to the executor was closed");
            session = self.connect_again().await;
        }
    }

    async fn connect_again(&self) -> Session {
        let mut pause = PAUSES.0;
        loop {
            match self.connect().await {
                Ok(session) => return session,
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "no executor: {error}"
                ),
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    pub(super) async fn connect(&self) -> Result<Session, ExecutorError> {
        let failed = |cause| ExecutorError::Start {
            program: self.options.program.clone(),
            cause,
        };
        let give_up_at = Instant::now() + START_TIME_MAX;
        let mut child: Option<Child> = None;
        let mut pause = CONNECT_LOOKS;
        loop {
            if let Ok(stream) = self.directory.connect().await
                && let Some(session) = self.greeted(stream).await
            {
                if let Some(mut child) = child {
                    // Its end is learned from the connection; waiting removes its entry in the process table.
                    tokio::spawn(async move { child.wait().await.map(drop) });
                }
                return Ok(session);
            }
            let is_over = match &mut child {
                Some(child) => child.try_wait().map_err(failed)?.is_some(),
                None => true,
            };
            if is_over && self.directory.lock_as_executor().map_err(failed)?.is_some() {
                if child.is_some() {
                    return Err(failed(std::io::Error::other(
                        "it ended at once; see executor.log",
                    )));
                }
                child = Some(self.spawn().map_err(failed)?);
                pause = CONNECT_LOOKS;
            }
            if Instant::now() >= give_up_at {
                return Err(failed(std::io::ErrorKind::TimedOut.into()));
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.0);
        }
    }

    fn spawn(&self) -> std::io::Result<Child> {
        Command::new(&self.options.program)
            .args(&self.options.args)
            .env_clear()
            .envs(self.options.env.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(self.directory.error_log()?)
            .spawn()
    }

    async fn greeted(&self, stream: UnixStream) -> Option<Session> {
        let executor = listener_of(&stream);
        let mut stream = BufReader::new(stream);
        let greeting = self.options.heartbeat.answer(next_frame(&mut stream));
        let Some(greeting) = greeting.await else {
            end_silent(executor);
            return None;
        };
        match serde_json::from_slice(&greeting.ok()??).ok()? {
            Event::Hello {
                pid,
                attempts,
                answers_pings,
            } => {
                self.pid.send_replace(pid);
                let again = self.compare(attempts);
                Some(Session {
                    stream,
                    executor,
                    answers_pings,
                    again,
                })
            }
            Event::State { .. } | Event::Pong => None,
        }
    }

    async fn serve(
        &self,
        session: Session,
        requests: &mut mpsc::UnboundedReceiver<Outgoing>,
    ) -> Disconnected {
        let Session {
            stream,
            answers_pings,
            again,
            ..
        } = session;
        let buffered = stream.buffer().to_vec();
        let (reader, mut writer) = stream.into_inner().into_split();
        let mut reader = BufReader::new(AsyncReadExt::chain(&buffered[..], reader));
        for request in again {
            let written = writer.write_all(request.as_bytes());
            match self.options.heartbeat.answer(written).await {
                Some(Ok(())) => {}
                Some(Err(_)) => return Disconnected::Closed,
                None => return Disconnected::Silent,
            }
        }
        let has_answered = AtomicBool::new(false);
        let reading = async {
            while let Ok(Some(line)) = next_frame(&mut reader).await {
                has_answered.store(true, Ordering::Relaxed);
                match serde_json::from_slice(&line) {
                    Ok(Event::State { id, state }) => self.set_state(&id, state),
                    Ok(Event::Pong) => {}
                    Ok(Event::Hello { .. }) | Err(_) => return,
                }
            }
        };
        let writing = async {
            while let Some(outgoing) = requests.recv().await {
                let frame = match outgoing {
                    Outgoing::Frame(frame) => frame.into(),
                    Outgoing::Start(id) => match self.unconfirmed(&id) {
                        Some(frame) => frame,
                        None => continue,
                    },
                };
                if writer.write_all(frame.as_bytes()).await.is_err() {
                    return;
                }
            }
        };
        let ask = || {
            if let Ok(ping) = frame(&Request::Ping) {
                // What is sent here is written above, as long as this connection is used.
                self.send(Outgoing::Frame(ping)).ok();
            }
        };
        let silence = async {
            match answers_pings {
                true => {
                    self.options
                        .heartbeat
                        .until_silent(ask, &has_answered)
                        .await
                }
                false => std::future::pending().await,
            }
        };
        tokio::select! {
            () = reading => Disconnected::Closed,
            () = writing => Disconnected::Closed,
            () = silence => Disconnected::Silent,
        }
    }

    /// Takes over what the executor knows; returns the requests that it does not know of, also to forget
    /// what was forgotten here. What it knew once and does not know any more is lost.
    fn compare(&self, known: Vec<(String, AttemptState)>) -> Vec<Arc<str>> {
        let known: HashMap<String, AttemptState> = known.into_iter().collect();
        let mut attempts = self.attempts();
        let mut again = Vec::new();
        let end = End::now(Cause::ExecutorDied, Exit::Lost);
        for (id, entry) in attempts
            .iter_mut()
            .filter(|(id, _)| !known.contains_key(*id))
        {
            match &entry.request {
                Some(request) => again.push(Arc::clone(request)),
                None => {
                    tracing::warn!("the executor does not know attempt {id} any more");
                    entry.state.send_if_modified(|state| match state {
                        Some(AttemptState::Ended(_)) => false,
                        _ => {
                            *state = Some(AttemptState::Ended(end.clone()));
                            true
                        }
                    });
                }
            }
        }
        let has_met = self.has_met.swap(true, Ordering::SeqCst);
        let is_forgotten = |id: &str| has_met && !attempts.contains_key(id);
        let (forgotten, known): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|(id, _)| is_forgotten(id));
        drop(attempts);
        let forget = forgotten.into_iter().map(|(id, _)| Request::Forget { id });
        again.extend(forget.filter_map(|request| Some(frame(&request).ok()?.into())));
        for (id, state) in known {
            self.set_state(&id, state);
        }
        again
    }

    fn set_state(&self, id: &str, state: AttemptState) {
        let mut attempts = self.attempts();
        let entry = attempts.entry(id.to_owned()).or_insert_with(|| Entry {
            state: watch::Sender::new(None),
            request: None,
        });
        entry.request = None;
        entry.state.send_replace(Some(state));
    }

    fn unconfirmed(&self, id: &str) -> Option<Arc<str>> {
        self.attempts()
            .get(id)
            .and_then(|entry| entry.request.clone())
    }
}
