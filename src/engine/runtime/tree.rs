//! The living tree, for people: which actors there are, what each is doing, and how those before it fared.
//!
//! Nothing is decided by it. The parent of an actor enters it here and takes it out again.

mod pulse;
#[cfg(test)]
mod tests;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use entity::JobId;
use ractor::{ActorCell, ActorId, ActorStatus};

use crate::clock;
use crate::engine::seam::Progress;
use crate::engine::store::BatchKey;
use crate::telemetry::metrics::metrics;
use pulse::Pulse;
pub(super) use pulse::{Post, Turn};
pub(super) use view::Moving;
pub use view::{ActorKind, ActorView, FailureView, SliceView};

/// Running tasks that have gauges of their own.
const SLOTS: usize = 16;

/// The actors of one engine.
#[derive(Default)]
pub(super) struct Tree(Mutex<Nodes>);

#[derive(Default)]
struct Nodes {
    by_id: BTreeMap<u64, Node>,
    /// How those fared that died, by what the next one is called.
    fates: BTreeMap<String, Fate>,
    slots: Slots,
}

/// Numbers of running tasks: the lowest that is free is taken.
#[derive(Default)]
struct Slots {
    free: BTreeSet<usize>,
    used: usize,
}

impl Slots {
    fn take(&mut self) -> usize {
        self.free.pop_first().unwrap_or_else(|| {
            self.used += 1;
            self.used - 1
        })
    }
}

struct Node {
    cell: ActorCell,
    parent: Option<u64>,
    children: BTreeSet<u64>,
    kind: ActorKind,
    name: String,
    job: Option<JobId>,
    /// Of a batch its number.
    no: i32,
    since: i64,
    pulse: Arc<Pulse>,
    waiting_for: Option<String>,
    task: Option<TaskNode>,
    slice: Option<SliceView>,
}

/// What else is known of a task.
struct TaskNode {
    slot: usize,
    flow: String,
    step: String,
    batches: i32,
    completed: i32,
    /// How much is done of the batches that run, and their rows per second.
    running: BTreeMap<i32, (f64, f64)>,
    began: (i64, f64),
    moved_at: i64,
}

#[derive(Clone, Default)]
struct Fate {
    restarts: u32,
    last_failure: Option<FailureView>,
}

/// Names what is started again after a death.
fn place(kind: ActorKind, job: Option<&JobId>, name: &str) -> String {
    match job {
        Some(job) => format!("{job}/{}/{name}", kind.as_str()),
        None => format!("{}/{name}", kind.as_str()),
    }
}

/// Of a batch.
pub(super) fn batch_name(kind: &str, key: BatchKey) -> String {
    format!("{kind} {}/{}", key.step_no, key.no)
}

impl Tree {
    fn nodes(&self) -> MutexGuard<'_, Nodes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(
        &self,
        cell: ActorCell,
        parent: Option<ActorId>,
        kind: ActorKind,
        name: impl Into<String>,
    ) {
        self.nodes().add(cell, parent, kind, name.into(), None);
    }

    pub(super) fn add_task(&self, cell: ActorCell, parent: ActorId, job: &JobId, flow: &str) {
        let mut nodes = self.nodes();
        let slot = nodes.slots.take();
        let id = cell.get_id().pid();
        nodes.add(
            cell,
            Some(parent),
            ActorKind::TaskActor,
            job.to_string(),
            Some(job.clone()),
        );
        let now = clock::steady::now_micros();
        if let Some(node) = nodes.by_id.get_mut(&id) {
            node.task = Some(TaskNode {
                slot,
                flow: flow.to_owned(),
                step: String::new(),
                batches: 0,
                completed: 0,
                running: BTreeMap::new(),
                began: (now, 0.0),
                moved_at: now,
            });
        }
    }

    pub(super) fn add_batch(
        &self,
        cell: ActorCell,
        parent: ActorId,
        job: &JobId,
        kind: &str,
        key: BatchKey,
    ) {
        let mut nodes = self.nodes();
        let id = cell.get_id().pid();
        let (name, job) = (batch_name(kind, key), Some(job.clone()));
        nodes.add(cell, Some(parent), ActorKind::BatchActor, name, job);
        if let Some(node) = nodes.by_id.get_mut(&id) {
            node.no = key.no;
        }
    }

    pub(super) fn remove(&self, id: ActorId) {
        self.nodes().take_out(id.pid());
    }

    /// Takes an actor out that died, and counts its death against its successor.
    pub(super) fn died(&self, id: ActorId, reason: &str) {
        let mut nodes = self.nodes();
        if let Some(node) = nodes.take_out(id.pid()) {
            let place = place(node.kind, node.job.as_ref(), &node.name);
            let fate = nodes.fates.entry(place).or_default();
            fate.restarts += 1;
            fate.last_failure = Some(FailureView {
                at: clock::now_micros(),
                reason: reason.to_owned(),
            });
            if node.kind != ActorKind::BatchActor {
                metrics()
                    .actor_restarts
                    .add(1, &[("actor", node.kind.as_str())]);
            }
        }
    }

    /// The job is not run here any more.
    pub(super) fn forget(&self, job: &JobId) {
        self.nodes().forget(job);
    }

    /// The task of a job waits, for this reason; `None`: it continues.
    pub(super) fn waits(&self, job: &JobId, reason: Option<String>) {
        let mut nodes = self.nodes();
        let mut all = nodes.by_id.values_mut();
        if let Some(node) = all.find(|node| node.task.is_some() && node.job.as_ref() == Some(job)) {
            node.waiting_for = reason;
        }
    }

    /// A task begins with a batch of a step that was cut into so many, of which so many are done.
    pub(super) fn begins(&self, task: ActorId, step: &str, batches: i32, completed: i32) {
        let mut nodes = self.nodes();
        let Some(task) = nodes.task(task) else {
            return;
        };
        if task.step != step {
            task.step = step.to_owned();
            task.running.clear();
            let done = f64::from(completed) / f64::from(batches.max(1));
            task.began = (clock::steady::now_micros(), done);
        }
        (task.batches, task.completed) = (batches, completed);
        // They are among the completed ones now.
        task.running.retain(|_, (fraction, _)| *fraction < 1.0);
        task.moved_at = clock::steady::now_micros();
    }

    /// A batch begins with a slice, after one that came to this.
    pub(super) fn slice(
        &self,
        batch: ActorId,
        task: ActorId,
        no: i32,
        progress: Option<&Progress>,
    ) {
        let mut nodes = self.nodes();
        if let Some(node) = nodes.by_id.get_mut(&batch.pid()) {
            let before = node.slice.take();
            node.slice = Some(SliceView {
                no: before.as_ref().map_or(0, |slice| slice.no) + 1,
                since: clock::now_micros(),
                progress: progress
                    .cloned()
                    .or(before.and_then(|slice| slice.progress)),
            });
        }
        if let (Some(task), Some(progress)) = (nodes.task(task), progress) {
            let at = (progress.share(), progress.per_s);
            task.running.insert(no, at);
            task.moved_at = clock::steady::now_micros();
        }
    }

    /// Everybody, parents before their children.
    pub(super) fn view(&self) -> Vec<ActorView> {
        let nodes = self.nodes();
        let living = nodes
            .by_id
            .iter()
            .filter(|(_, node)| node.cell.get_status() != ActorStatus::Stopped);
        living
            .map(|(id, node)| node.view(*id, &nodes.fates))
            .collect()
    }

    /// Tasks that have a step in work.
    pub(super) fn moving(&self) -> Vec<Moving> {
        let now = clock::steady::now_micros();
        let nodes = self.nodes();
        let lives = |node: &&Node| node.cell.get_status() != ActorStatus::Stopped;
        let living = nodes.by_id.values().filter(lives);
        let tasks = living.filter_map(|node| node.task.as_ref());
        let shown = tasks.filter(|task| task.slot < SLOTS && !task.step.is_empty());
        shown.map(|task| task.moving(now)).collect()
    }
}

impl Nodes {
    fn task(&mut self, id: ActorId) -> Option<&mut TaskNode> {
        self.by_id.get_mut(&id.pid())?.task.as_mut()
    }

    /// With all below it, which nothing else would take out.
    fn take_out(&mut self, id: u64) -> Option<Node> {
        let node = self.by_id.remove(&id)?;
        pulse::forget(node.cell.get_id());
        for child in &node.children {
            if let Some(child) = self.take_out(*child)
                && child.task.is_some()
                && let Some(job) = &child.job
            {
                self.forget(job);
            }
        }
        if let Some(task) = &node.task {
            self.slots.free.insert(task.slot);
        }
        let parent = node.parent.and_then(|parent| self.by_id.get_mut(&parent));
        if let Some(parent) = parent {
            parent.children.remove(&id);
            if let Some(task) = &mut parent.task {
                // One that is done counts until the next one begins.
                let is_done = |(fraction, _): &(f64, f64)| *fraction >= 1.0;
                if !task.running.get(&node.no).is_some_and(is_done) {
                    task.running.remove(&node.no);
                }
            }
        }
        Some(node)
    }

    fn forget(&mut self, job: &JobId) {
        if !self.fates.is_empty() {
            let of_job = format!("{job}/");
            self.fates.retain(|place, _| !place.starts_with(&of_job));
        }
    }

    fn add(
        &mut self,
        cell: ActorCell,
        parent: Option<ActorId>,
        kind: ActorKind,
        name: String,
        job: Option<JobId>,
    ) {
        let id = cell.get_id();
        if let Some(parent) = parent.and_then(|parent| self.by_id.get_mut(&parent.pid())) {
            parent.children.insert(id.pid());
        }
        let node = Node {
            pulse: pulse::pulse(id),
            cell,
            parent: parent.map(|parent| parent.pid()),
            children: BTreeSet::new(),
            no: 0,
            kind,
            name,
            job,
            since: clock::now_micros(),
            waiting_for: None,
            task: None,
            slice: None,
        };
        self.by_id.insert(id.pid(), node);
    }
}

impl Node {
    fn view(&self, id: u64, fates: &BTreeMap<String, Fate>) -> ActorView {
        let fate = fates.get(&place(self.kind, self.job.as_ref(), &self.name));
        let Fate {
            restarts,
            last_failure,
        } = fate.cloned().unwrap_or_default();
        let is_busy = self.pulse.is_busy();
        let state = match &self.waiting_for {
            Some(reason) => reason.clone(),
            None if is_busy => "working".to_owned(),
            None => "idle".to_owned(),
        };
        ActorView {
            id,
            parent: self.parent,
            kind: self.kind,
            name: self.name.clone(),
            job: self.job.clone(),
            state,
            since: self.since,
            restarts,
            last_failure,
            mailbox: self.pulse.waiting(),
            slice: self.slice.clone(),
        }
    }
}

impl TaskNode {
    /// Of all batches that run.
    fn rate(&self) -> f64 {
        let running = self.running.values();
        let running = running.filter(|(fraction, _)| *fraction < 1.0);
        running.map(|(_, rows_per_s)| rows_per_s).sum()
    }

    fn moving(&self, now: i64) -> Moving {
        let running: f64 = self.running.values().map(|(fraction, _)| fraction).sum();
        let fraction = ((f64::from(self.completed) + running) / f64::from(self.batches.max(1)))
            .clamp(0.0, 1.0);
        let seconds = |since: i64| (now - since) as f64 / 1e6;
        let (began_at, began_with) = self.began;
        let pace = (fraction - began_with) / seconds(began_at).max(0.001);
        Moving {
            slot: self.slot,
            flow: self.flow.clone(),
            step: self.step.clone(),
            fraction,
            rows_per_s: self.rate(),
            eta_s: (pace > 0.0).then(|| (1.0 - fraction) / pace),
            idle_s: seconds(self.moved_at).max(0.0),
        }
    }
}
