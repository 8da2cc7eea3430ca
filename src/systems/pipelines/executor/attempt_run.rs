//! An attempt from its first command to its end.
//!
//! ```text
//! running ──► its process has exited, nothing is left ─────────────────► ended
//!    │  └───► its process has exited, but not its tree ─┐                  ▲
//!    └──────► time is up, or it is asked to stop ───────┴─► TERM ─ grace ─ KILL, until nothing is left
//! ```

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use super::host::Host;
use super::process_table::{Identity, name};
use super::protocol::{Attempt, AttemptState, Cause, Commands, End, Exit};
use super::pump::Pump;
use super::record::{Record, Step};
use super::spawn::{Spawned, spawn};
use crate::clock::now_micros;
use crate::systems::pipelines::console::{
    ConsoleOptions, ConsoleSummary, ConsoleWriter, mask_text,
};

/// What a command left behind gets no longer than this to end by itself.
const LEFTOVER_GRACE: Duration = Duration::from_secs(2);
/// What cannot be killed in this time waits in the kernel, for a disk for example.
const KILL_TIME_MAX: Duration = Duration::from_secs(30);
/// How often a tree that is ending is looked at.
const LOOKS: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(100));
/// How many processes are named in a log.
const NAMED_MAX: usize = 5;

/// Asks an attempt to stop.
pub(super) struct StopOrder {
    pub cause: Cause,
    /// `None`: the attempt's own.
    pub grace: Option<Duration>,
}

pub(super) struct AttemptRun {
    pub host: Arc<Host>,
    pub attempt: Attempt,
    pub record: Record,
    pub temporary: PathBuf,
    pub orders: mpsc::UnboundedReceiver<StopOrder>,
}

struct Running {
    exit: oneshot::Receiver<Exit>,
    pump: Pump,
}

/// A tree that is being stopped.
struct Ending {
    kill_at: Instant,
    look_at: Instant,
    pause: Duration,
}

impl Ending {
    fn new(grace: Duration) -> Self {
        let now = Instant::now();
        Self {
            kill_at: now + grace,
            look_at: now + LOOKS.0,
            pause: LOOKS.0,
        }
    }

    fn look_at_once(&mut self) {
        self.look_at = Instant::now();
        self.pause = LOOKS.0;
    }

    fn look_later(&mut self) {
        let now = Instant::now();
        self.pause = (self.pause * 2).min(LOOKS.1);
        self.look_at = now + self.pause;
        if now < self.kill_at {
            self.look_at = self.look_at.min(self.kill_at);
        }
    }
}

impl AttemptRun {
    pub(super) async fn run(mut self) -> End {
        let started_at = now_micros();
        let (mut console, log_error) = self.begin_log();
        let mut outcome = (
            Exit::NotStarted("there is nothing to run".to_owned()),
            Cause::Exited,
        );
        let mut last = 0;
        match self.host.spares.make_directory(&self.temporary) {
            Ok(()) => (outcome, last) = self.run_commands(&mut console, outcome).await,
            Err(error) => {
                let text = format!("failed to make a directory for temporary files: {error}");
                outcome.0 = Exit::NotStarted(text);
            }
        }
        // Its processes have ended. What cannot be removed now, the next executor removes.
        self.host.spares.put_directory(&self.temporary).ok();
        let summary = match console {
            Some(console) => console.finish(now_micros()),
            None => ConsoleSummary {
                error: log_error,
                ..ConsoleSummary::default()
            },
        };
        let (exit, cause) = outcome;
        let end = End {
            cause,
            exit,
            command: last,
            started_at,
            // The clock may have been set back meanwhile.
            ended_at: now_micros().max(started_at),
            log_bytes: summary.total,
            log_digest: format!("{:016x}", summary.digest),
            log_error: summary.error,
        };
        let ended = Step::Ended(end.clone());
        self.host.record(&mut self.record, &self.attempt.id, &ended);
        end
    }

    fn begin_log(&self) -> (Option<ConsoleWriter>, Option<String>) {
        let options = ConsoleOptions {
            cap: self.attempt.log_max,
            secrets: self.attempt.secrets.clone(),
        };
        match ConsoleWriter::create(&self.attempt.log, &options) {
            Ok(console) => (Some(console), None),
            Err(error) => (None, Some(error.to_string())),
        }
    }

    async fn run_commands(
        &mut self,
        console: &mut Option<ConsoleWriter>,
        mut outcome: (Exit, Cause),
    ) -> ((Exit, Cause), usize) {
        let timeout = self.attempt.timeout_ms.map(Duration::from_millis);
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let commands = commands(&self.attempt.commands);
        let is_list = commands.len() > 1;
        let mut last = 0;
        for (number, command) in commands.iter().enumerate() {
            if let Ok(order) = self.orders.try_recv() {
                outcome.1 = order.cause;
                break;
            }
            last = number;
            if is_list && let Some(console) = console {
                console.begin_script(command.last().map_or("", String::as_str), now_micros());
            }
            outcome = match self.start(command, number) {
                Ok(running) => self.supervise(running, deadline, console).await,
                Err(text) => {
                    let text = mask_text(&text, &self.attempt.secrets);
                    note(console, &text);
                    (Exit::NotStarted(text), Cause::Exited)
                }
            };
            if is_list && let Some(console) = console {
                console.end_script(now_micros());
            }
            if outcome != (Exit::Code(0), Cause::Exited) {
                break;
            }
        }
        (outcome, last)
    }

    fn start(&mut self, command: &[String], number: usize) -> Result<Running, String> {
        let Self {
            host,
            attempt,
            record,
            temporary,
            ..
        } = self;
        let announce = |pipe| {
            host.with_tree(&attempt.id, |tree| tree.add_pipe(pipe));
            let command = number;
            host.record(record, &attempt.id, &Step::Starting { command, pipe });
        };
        let limits_command = host.limits_command();
        let Spawned { main, output } =
            spawn(command, attempt, temporary, limits_command, announce)?;
        let exit = host.reaper.expect(main.pid);
        host.with_tree(&attempt.id, |tree| tree.add_main(main));
        host.record(record, &attempt.id, &Step::Started { main });
        self.host
            .set_state(&self.attempt.id, AttemptState::Running { pid: main.pid });
        let pump = Pump::new(output).map_err(|error| {
            self.host
                .with_tree(&self.attempt.id, |tree| drop(tree.kill()));
            format!("failed to read from the command: {error}")
        })?;
        Ok(Running { exit, pump })
    }

    async fn supervise(
        &mut self,
        mut running: Running,
        deadline: Option<Instant>,
        console: &mut Option<ConsoleWriter>,
    ) -> (Exit, Cause) {
        let mut exit = None;
        let mut cause = Cause::Exited;
        let mut ending: Option<Ending> = None;
        loop {
            let look_at = ending.as_ref().map(|ending| ending.look_at);
            tokio::select! {
                biased;
                ended = &mut running.exit, if exit.is_none() => {
                    exit = Some(ended.unwrap_or(Exit::Lost));
                    match &mut ending {
                        Some(ending) => ending.look_at_once(),
                        None => match self.stop_leftovers(console) {
                            Some(begun) => ending = Some(begun),
                            None => break,
                        },
                    }
                }
                Some(order) = self.orders.recv() => {
                    let grace = order.grace.unwrap_or_else(|| self.grace());
                    match &mut ending {
                        Some(ending) => {
                            ending.kill_at = ending.kill_at.min(Instant::now() + grace);
                            ending.look_at_once();
                        }
                        None => {
                            cause = order.cause;
                            ending = Some(self.ask_to_end(grace, "stopped", console));
                        }
                    }
                }
                () = at(deadline), if ending.is_none() => {
                    cause = Cause::TimedOut;
                    ending = Some(self.ask_to_end(self.grace(), "timed out", console));
                }
                () = at(look_at) => {
                    if let Some(ending) = &mut ending && self.is_over(ending, exit.is_some(), console) {
                        break;
                    }
                }
                () = running.pump.ready() => {
                    self.host.with_buffer(|buffer| {
                        running.pump.take(buffer, &mut |piece| push(console, piece));
                    });
                    // A command that writes all the time must not keep others, nor orders, waiting.
                    yield_now().await;
                }
            }
        }
        self.host.with_buffer(|buffer| {
            running
                .pump
                .drain(buffer, &mut |piece| push(console, piece));
        });
        (exit.unwrap_or(Exit::Lost), cause)
    }

    /// `None`: the command left nothing behind.
    fn stop_leftovers(&self, console: &mut Option<ConsoleWriter>) -> Option<Ending> {
        let left = self.host.leftovers(&self.attempt.id);
        if left.is_empty() {
            return None;
        }
        note(
            console,
            &format!("stopped what the command left behind: {}", names(&left)),
        );
        self.host
            .with_tree(&self.attempt.id, |tree| drop(tree.ask_to_end()));
        Some(Ending::new(self.grace().min(LEFTOVER_GRACE)))
    }

    fn ask_to_end(
        &self,
        grace: Duration,
        why: &str,
        console: &mut Option<ConsoleWriter>,
    ) -> Ending {
        let asked = self
            .host
            .with_tree(&self.attempt.id, |tree| tree.ask_to_end());
        let asked = asked.unwrap_or_default();
        note(console, &format!("{why}; asked to end: {}", names(&asked)));
        Ending::new(grace)
    }

    /// Looks at a tree that is ending. Nothing is left of it, or what is left cannot be helped.
    fn is_over(
        &self,
        ending: &mut Ending,
        has_exited: bool,
        console: &mut Option<ConsoleWriter>,
    ) -> bool {
        let now = Instant::now();
        let is_killing = now >= ending.kill_at;
        self.host.reaper.reap();
        let left = self.host.with_tree(&self.attempt.id, |tree| {
            if is_killing {
                tree.kill()
            } else {
                tree.ask_to_end()
            }
        });
        let left = left.unwrap_or_default();
        if left.is_empty() && has_exited {
            // Its orphans may have been found only now.
            return self.host.leftovers(&self.attempt.id).is_empty();
        }
        if is_killing && now >= ending.kill_at + KILL_TIME_MAX {
            note(console, &format!("failed to kill: {}", names(&left)));
            return true;
        }
        ending.look_later();
        false
    }

    fn grace(&self) -> Duration {
        Duration::from_millis(self.attempt.grace_ms)
    }
}

fn commands(commands: &Commands) -> Vec<Vec<String>> {
    match commands {
        Commands::Exec(command) => vec![command.clone()],
        Commands::Scripts { shell, scripts } => {
            let command =
                |script: &String| [shell.as_slice(), std::slice::from_ref(script)].concat();
            scripts.iter().map(command).collect()
        }
    }
}

fn push(console: &mut Option<ConsoleWriter>, piece: &[u8]) {
    if let Some(console) = console {
        console.push(piece, now_micros());
    }
}

fn note(console: &mut Option<ConsoleWriter>, text: &str) {
    if let Some(console) = console {
        console.note(text, now_micros());
    }
}

fn names(processes: &[Identity]) -> String {
    let named = processes.iter().take(NAMED_MAX);
    let named = named.map(|process| format!("{} ({})", name(process.pid), process.pid));
    let mut names: Vec<String> = named.collect();
    if let Some(more) = processes
        .len()
        .checked_sub(NAMED_MAX)
        .filter(|&more| more > 0)
    {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

/// Never without a time.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
