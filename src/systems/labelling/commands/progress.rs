//! Waits for a task and shows how it goes: a bar on a terminal, plain lines elsewhere.

use std::collections::HashSet;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use entity::{JobId, StepState, job};
use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use crate::engine::StepProgress;
use crate::engine::store::StoreError;
use crate::printable::printable;
use crate::process::print_error_line;
use crate::systems::Platform;
use crate::systems::labelling::Labelling;

/// How often the store is looked at even if nothing was heard of the task.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How often a plain line is printed.
const SHOW_EVERY: Duration = Duration::from_secs(5);

/// Parts of the bar.
const PARTS: u64 = 1000;

/// Returns when the job has ended (with it) or `stop` is cancelled (`None`). A store that is away is
/// waited for, as the engine does.
pub(super) async fn wait(
    platform: &Platform,
    id: &JobId,
    stop: &CancellationToken,
    quiet: bool,
) -> anyhow::Result<Option<job::Model>> {
    let mut changes = platform.flows.runtime().watch(id);
    let mut display = Display::new(quiet);
    let (mut is_away, mut is_planned) = (false, false);
    loop {
        match look(platform, id, &mut display, &mut is_planned).await {
            Ok(Some(job)) => return Ok(Some(job)),
            Ok(None) => is_away = false,
            Err(error) if is_trouble_that_passes(&error) => {
                if !std::mem::replace(&mut is_away, true) {
                    print_error_line("waiting for the database");
                }
            }
            Err(error) => return Err(error),
        }
        tokio::select! {
            () = stop.cancelled() => {
                display.finish();
                return Ok(None);
            }
            () = platform.flows.runtime().gave_up() => anyhow::bail!("the engine's supervisors kept dying"),
            () = changes.next() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Returns once the gate of its rules holds the job, with what it says: nobody waits for people here.
pub(super) async fn until_held(labelling: &Labelling, id: &JobId) -> String {
    loop {
        // A store that is away is waited for elsewhere.
        let held = labelling.held(std::slice::from_ref(id)).await;
        if let Some((_, reason)) = held.unwrap_or_default().pop() {
            return reason;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Shows how far the job is, and answers it once it has ended.
async fn look(
    platform: &Platform,
    id: &JobId,
    display: &mut Display,
    is_planned: &mut bool,
) -> anyhow::Result<Option<job::Model>> {
    let Some(job) = platform.store.jobs().find(id).await? else {
        anyhow::bail!("task {id} is not in the store any more");
    };
    if !*is_planned {
        *is_planned = warn_of_plan(platform, id, display).await?;
    }
    if job.state.has_ended() {
        display.finish();
        return Ok(Some(job));
    }
    display.show(platform, &job).await?;
    Ok(None)
}

/// Prints what the plan of the first step warns of; `false`: it is not planned yet.
async fn warn_of_plan(platform: &Platform, id: &JobId, display: &Display) -> anyhow::Result<bool> {
    let steps = platform.store.steps().of(id).await?;
    let first = steps
        .first()
        .filter(|step| step.state != StepState::Pending);
    for note in first.iter().flat_map(|step| step.notes.iter()) {
        for line in note.lines() {
            display.print(&format!("warning: {}", printable(line)));
        }
    }
    Ok(first.is_some())
}

pub(super) fn is_trouble_that_passes(error: &anyhow::Error) -> bool {
    let of_store = error.downcast_ref::<StoreError>();
    of_store.is_some_and(StoreError::is_transient)
}

enum Display {
    Quiet,
    Bar(ProgressBar),
    Lines(Instant),
}

impl Display {
    fn new(quiet: bool) -> Self {
        if quiet {
            return Self::Quiet;
        }
        if !std::io::stderr().is_terminal() {
            return Self::Lines(Instant::now());
        }
        let bar = ProgressBar::new(PARTS);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {percent:>3} %  {msg}") {
            bar.set_style(style);
        }
        Self::Bar(bar)
    }

    async fn show(&mut self, platform: &Platform, job: &job::Model) -> anyhow::Result<()> {
        let due = match self {
            Self::Quiet => false,
            Self::Bar(_) => true,
            Self::Lines(shown) => shown.elapsed() >= SHOW_EVERY,
        };
        if !due {
            return Ok(());
        }
        // The first step does the work; those after it are short.
        let Some(step) = platform.store.steps().of(&job.id).await?.into_iter().next() else {
            return Ok(());
        };
        let under_way = platform.store.batches().under_way(&job.id).await?;
        let all: HashSet<i32> = under_way.iter().map(|batch| batch.no).collect();
        let progress = StepProgress::of(&step, under_way.iter(), &all);
        let fraction = progress.fraction.unwrap_or(0.0);
        let message = match &job.waiting {
            Some(waiting) => printable(waiting).into_owned(),
            None => describe(&progress),
        };
        match self {
            Self::Quiet => {}
            Self::Bar(bar) => {
                bar.set_position((fraction * PARTS as f64) as u64);
                bar.set_message(message);
            }
            Self::Lines(shown) => {
                *shown = Instant::now();
                print_error_line(&format!("{:>3.0} %  {message}", fraction * 100.0));
            }
        }
        Ok(())
    }

    /// Prints a line above the bar.
    fn print(&self, line: &str) {
        match self {
            Self::Bar(bar) => bar.suspend(|| print_error_line(line)),
            Self::Quiet | Self::Lines(_) => print_error_line(line),
        }
    }

    fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn describe(progress: &StepProgress) -> String {
    if progress.batches_total > 0 && progress.batches_done == progress.batches_total {
        return format!("{} rows labelled, publishing", progress.rows);
    }
    let eta = match progress.eta_s() {
        Some(seconds) => format!("{seconds} s left"),
        None => "time left unknown".to_owned(),
    };
    format!(
        "{} rows, {:.0} rows/s, {eta}",
        progress.rows, progress.rows_per_s
    )
}
