//! New jobs: the only door by which they come in, for callers and services alike.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

use super::job_supervisor::ToJobs;
use super::{Engine, PRIVATE_QUEUE};
use crate::engine::seam::Submit;
use crate::engine::store::{Beside, NewJob, StoreError, Submitted};
use crate::telemetry::metrics::metrics;
use crate::telemetry::trace::{self, JobTrace};

#[async_trait]
impl Submit for Engine {
    async fn submit(&self, mut job: NewJob) -> Result<Submitted, StoreError> {
        let began = SystemTime::now();
        job.traceparent = trace::current().map(|context| context.to_string());
        let flow = job.flow.clone();
        let trace =
            trace::is_on().then(|| JobTrace::of(job.id.as_str(), job.traceparent.as_deref(), 0));
        let submitted = self.store_new(job).await?;
        if let Submitted::New(_) = &submitted {
            metrics().jobs_submitted.add(1, &[("flow", &flow)]);
            if let Some(trace) = trace {
                trace.report_submitted(&flow, began);
            }
        }
        Ok(submitted)
    }

    async fn submit_together(
        &self,
        mut jobs: Vec<NewJob>,
        beside: Arc<dyn Beside>,
    ) -> Result<Option<Vec<Submitted>>, StoreError> {
        let began = SystemTime::now();
        // Jobs of one transaction are one trace: that of the request, or of what they come from.
        let current = trace::current().map(|context| context.to_string());
        for job in &mut jobs {
            if current.is_some() {
                job.traceparent.clone_from(&current);
            }
        }
        let traceparents = jobs.iter().map(|job| job.traceparent.clone());
        let traceparents: Vec<Option<String>> = traceparents.collect();
        let flows = jobs.iter().map(|job| job.flow.clone());
        let flows: Vec<String> = flows.collect();
        let stored = self.store.jobs().submit_together(jobs, beside).await?;
        self.wake();
        let submitted = stored.iter().flatten().zip(flows.iter().zip(&traceparents));
        for (submitted, (flow, traceparent)) in submitted {
            if let Submitted::New(id) = submitted {
                metrics().jobs_submitted.add(1, &[("flow", flow)]);
                if trace::is_on() {
                    let trace = JobTrace::of(id.as_str(), traceparent.as_deref(), 0);
                    trace.report_submitted(flow, began);
                }
            }
        }
        Ok(stored)
    }
}

impl Engine {
    async fn store_new(&self, job: NewJob) -> Result<Submitted, StoreError> {
        let queued_max = self.limits.jobs_queued_max;
        if self.can_begin(&job) && self.reserve_for(&job) {
            let reserved = Reserved(self);
            let jobs = self.store.jobs();
            let lease_ms = self.limits.lease_ms;
            let begun = jobs.begin(job, queued_max, &self.owner, lease_ms);
            let (submitted, claimed) = begun.await?;
            if let Some(claimed) = claimed {
                // From here on the supervisor sees to the place.
                std::mem::forget(reserved);
                self.send_to_supervisor(ToJobs::Begin(Box::new(claimed)));
            }
            return Ok(submitted);
        }
        let submitted = self.store.jobs().submit(job, queued_max).await?;
        self.wake();
        Ok(submitted)
    }

    fn reserve_for(&self, job: &NewJob) -> bool {
        self.places.reserve() || (job.is_urgent && self.places.reserve_beyond())
    }

    /// Whether a new job could be begun here without looking at others.
    fn can_begin(&self, job: &NewJob) -> bool {
        self.only.is_none()
            && job.parked.is_none()
            && job.needs.is_empty()
            && job.slots.is_empty()
            && job.queue != PRIVATE_QUEUE
            && (job.is_urgent || !self.limits.queue_jobs_max.contains_key(&job.queue))
    }
}

/// A place that is given back unless a job takes it.
struct Reserved<'a>(&'a Engine);

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.0.places.give_back();
    }
}
