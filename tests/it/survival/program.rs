//! Programs that run beside a test, on an output of any kind.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use audience::systems::labelling::panels::open_sink;
use rustix::process::{Pid, Signal, kill_process};
use tokio::task::block_in_place;

use crate::store::databases::TestDatabase;
use crate::support::{Expected, Place, TASK, task_is_as_expected, wait_until};

const LEASE: Duration = Duration::from_secs(15);

/// A task to be labelled, into an output of some kind.
pub(super) struct Labelling {
    pub place: Place,
    pub output: TestDatabase,
    task: String,
}

impl Labelling {
    pub(super) async fn each<F: AsyncFn(&mut Self)>(rows: u32, test: F) {
        for kind in ["sqlite", "postgres", "mysql"] {
            eprintln!("on {kind}");
            Self::on(kind, rows, &test).await;
        }
    }

    pub(super) async fn on<F: AsyncFn(&mut Self)>(kind: &'static str, rows: u32, test: F) {
        let mut labelling = Self::new(rows, TestDatabase::of(kind).await);
        test(&mut labelling).await;
        labelling.output.drop_it().await;
    }

    pub(super) fn new(rows: u32, output: TestDatabase) -> Self {
        Self {
            place: Place::with_rows(rows),
            output,
            task: TASK.to_owned(),
        }
    }

    /// From here on this is a task that has not begun, with the same posts and output.
    pub(super) fn begin_another_task(&mut self) {
        self.task = uuid::Uuid::now_v7().simple().to_string();
    }

    /// `audience label` with slices of so many rows.
    pub(super) fn command(&self, rows_per_slice: u32) -> Command {
        self.command_by("rules", rows_per_slice)
    }

    /// The same by other rules of the place.
    pub(super) fn command_by(&self, rules: &str, rows_per_slice: u32) -> Command {
        let mut command = self.place.label(&[
            ("--output", &self.output.url),
            ("--task-id", &self.task),
            ("--rules", rules),
        ]);
        command
            .env(
                "AUDIENCE__LABELLING__ROWS_PER_SLICE",
                rows_per_slice.to_string(),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    /// Slices that are durable; 0 if the output cannot be read, or once the task has ended.
    pub(super) fn slices(&self) -> i64 {
        let figures = block_in_place(|| {
            open_sink(&self.output.url, LEASE).and_then(|sink| sink.figures_of(&self.task))
        });
        let Ok(Some(progress)) = figures else {
            return 0;
        };
        progress.batches.values().map(|batch| batch.slices).sum()
    }

    /// The result is that of an undisturbed run.
    pub(super) fn is_as_expected(&self, expected: &Expected) {
        task_is_as_expected(&self.output.url, &self.task, expected);
    }
}

/// A child that does not outlive the test.
pub(crate) struct Program(pub Child);

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    /// Asks it to end, as a service manager does.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub(super) fn signal_unless_ended(&mut self, signal: Signal) {
        if !self.has_ended() {
            self.signal(signal);
        }
    }

    pub(super) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.0.id().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub(super) fn succeeds(&mut self) {
        wait_until("the program ends", || self.has_ended());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
