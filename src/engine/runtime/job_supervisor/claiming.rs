//! Claiming jobs that no process runs, as many as there are places.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ractor::ActorRef;

use super::{CANCELLED_AT_ONCE, JobsState, Revival, Task, ToJobs};
use crate::engine::runtime::tree::Post;
use crate::engine::runtime::{PRIVATE_QUEUE, isolation, rescuer};
use crate::engine::store::{BEGUN_FIRST, Claims, QueuePlaces, StoreError, Wanted};

/// Before another look at a queue whose places another process gives away.
const QUEUE_PAUSE: Duration = Duration::from_millis(50);

impl JobsState {
    /// Gives up what this process held before. Not a part of the start, which must not fail where a database is away or kept locked by a
    /// process that the rescuer has yet to end.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        if !self.has_begun {
            let leases = self.engine.store.leases();
            leases.release_all(&self.engine.owner).await?;
            let rescued = leases.rescue().await?;
            rescuer::report_rescued(&self.engine, &rescued).await;
            self.engine.places.clear();
            self.has_begun = true;
        }
        Ok(())
    }

    /// Claims as many jobs as there are places. Those that are only to be ended need none.
    pub(super) async fn claim_jobs(&mut self, myself: &ActorRef<ToJobs>) -> Result<(), StoreError> {
        if self.is_draining {
            return Ok(());
        }
        self.forget_left_jobs().await?;
        let engine = Arc::clone(&self.engine);
        let leases = engine.store.leases();
        let both = [true, false];
        let mut queues = self.running_by_queue().await?;
        let wanted = both.map(|it| self.wanted(it, &queues));
        let mut waiting = leases.waiting(&wanted).await?;
        let with_slots = leases.slots_are_free(&wanted[1]).await?;
        if with_slots {
            // Only to be looked at: which of them are claimed follows from their slots.
            waiting[1] = BEGUN_FIRST.to_vec();
        }
        let something = waiting.iter().any(|states| !states.is_empty());
        if something {
            engine.places.close();
        }
        for (cancelling, mut states) in both.into_iter().zip(waiting) {
            while !states.is_empty() {
                let mut wanted = self.wanted(cancelling, &queues);
                wanted.with_slots = with_slots && !cancelling;
                if wanted.places == 0 {
                    break;
                }
                let lease_ms = engine.limits.lease_ms;
                let claims = leases.claim_in_turn(&wanted, &states, &engine.owner, lease_ms);
                let Claims { claimed, contended } = claims.await?;
                // Where queues have limits of their own, others may have been left out; of jobs with
                // slots only some are looked at.
                let limited = !wanted.queue_places.is_empty();
                let in_part = limited || wanted.with_slots;
                let all = !in_part && (claimed.len() as u64) < wanted.places;
                let none = claimed.is_empty();
                if contended || (none && limited) {
                    // Another process may have been at the same queue.
                    myself.post_after(QUEUE_PAUSE, || ToJobs::Wake);
                }
                for claimed in claimed {
                    if isolation::is_suspect(&claimed, engine.limits.crashes_max)
                        && self.run_isolated(&claimed, myself).await
                    {
                        continue;
                    }
                    self.revive(Revival::first(claimed), myself).await;
                }
                if all || none {
                    break;
                }
                if self.wanted(cancelling, &queues).places == 0 {
                    break;
                }
                queues = self.running_by_queue().await?;
                if !wanted.with_slots {
                    // Asking costs readers nothing; claiming needs the turn to write.
                    let wanted = self.wanted(cancelling, &queues);
                    states = leases.waiting(&[wanted]).await?.pop().unwrap_or_default();
                }
            }
        }
        // As far as is known nothing is left. Another look follows whatever ends.
        let places = engine.limits.jobs_at_once as u64;
        engine.places.offer(places, self.running());
        self.note_held_back_soon(myself);
        Ok(())
    }

    /// How many jobs have a place.
    fn running(&self) -> u64 {
        let here = self.tasks.values().filter(|task| !task.cancelling).count();
        let isolated = self
            .isolated
            .values()
            .filter(|isolated| isolated.runs)
            .count();
        (here + isolated) as u64
    }

    /// How many jobs of the queues with a limit run, in whichever process.
    async fn running_by_queue(&self) -> Result<HashMap<String, u64>, StoreError> {
        let limited = &self.engine.limits.queue_jobs_max;
        if limited.is_empty() {
            return Ok(HashMap::new());
        }
        let queues: Vec<String> = limited.keys().cloned().collect();
        self.engine.store.leases().running_by_queue(&queues).await
    }

    /// How many jobs of which queues there are places for.
    fn wanted(&self, cancel_requested: bool, queues: &HashMap<String, u64>) -> Wanted {
        let limits = &self.engine.limits;
        let mut not_in_queues = Vec::new();
        if self.engine.only.is_none() {
            not_in_queues.push(PRIVATE_QUEUE.to_owned());
        }
        let mut wanted = Wanted {
            cancel_requested,
            only: self.engine.only.clone(),
            not: self.isolated.keys().cloned().collect(),
            not_in_queues,
            capacities: self.engine.capacities.clone(),
            ..Wanted::default()
        };
        if !cancel_requested {
            // A job that is only to be ended can be ended anywhere.
            wanted.not.extend(self.left_to_others.iter().cloned());
        }
        let same = |task: &&Task| task.cancelling == cancel_requested;
        if cancel_requested {
            let running = self.tasks.values().filter(same).count() as u64;
            wanted.places = CANCELLED_AT_ONCE.saturating_sub(running);
            return wanted;
        }
        let isolated = || self.isolated.values().filter(|isolated| isolated.runs);
        let running = self.running() + self.engine.places.reserved();
        wanted.places = (limits.jobs_at_once as u64).saturating_sub(running);
        for (queue, most) in &limits.queue_jobs_max {
            let here = self.tasks.values().filter(same);
            let in_queue = here.filter(|task| task.queue == *queue).count()
                + isolated()
                    .filter(|isolated| isolated.queue == *queue)
                    .count();
            let most = *most as u64;
            let free_here = most.saturating_sub(in_queue as u64);
            let running = queues.get(queue).copied().unwrap_or(0);
            if free_here == 0 || running >= most {
                wanted.not_in_queues.push(queue.clone());
            } else {
                let places = QueuePlaces { free_here, most };
                wanted.queue_places.insert(queue.clone(), places);
            }
        }
        wanted
    }
}
