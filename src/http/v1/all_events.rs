//! What happens to all jobs that a caller sees: server-sent events.

use std::sync::{Arc, Mutex, PoisonError};

use entity::{JobId, JobState};
use futures_util::{StreamExt, stream};
use poem::web::sse::Event;
use poem_openapi::param::{Header, Query};
use poem_openapi::{ApiResponse, OpenApi};
use serde_json::{Value, json};

use super::Groups;
use super::event_feed::EventFeed;
use super::words::JobStates;
use crate::clock;
use crate::engine::{JobChange, JobChanges, JobFeed, JobWatcher};
use crate::http::Who;
use crate::http::body::WordFilter;
use crate::http::error::Failure;

/// The operations.
pub(crate) struct AllEventsApi {
    feed: JobFeed,
    whole: Arc<Whole>,
}

impl AllEventsApi {
    pub(super) fn new(feed: JobFeed) -> Self {
        Self {
            feed,
            whole: Arc::default(),
        }
    }
}

/// What those are told of the last changes who see all of them: hundreds of open pages are told the same.
#[derive(Default)]
struct Whole(Mutex<Option<(Arc<JobChanges>, Arc<str>)>>);

impl Whole {
    fn of(&self, changes: &Arc<JobChanges>) -> Arc<str> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, told)) = last.as_ref().filter(|(of, _)| Arc::ptr_eq(of, changes)) {
            return Arc::clone(told);
        }
        let jobs = changes.jobs.iter().map(view).collect();
        let told: Arc<str> = data(jobs, &changes.others, changes.has_more).into();
        *last = Some((Arc::clone(changes), Arc::clone(&told)));
        told
    }
}

#[derive(ApiResponse)]
enum Feed {
    /// The first event, `ready`, says from where on the stream tells of everything. Each `jobs` has what has
    /// happened since the one before: `jobs`, each with its `job_id`, `flow`, `queue`, `title`, `started_by`, its
    /// state and times, and in `kinds` its events of `GET /v1/jobs/{job_id}/events`; `others`, the ids of further jobs to
    /// which something has happened; and `more`, true if more has happened than that: whoever wants to know
    /// looks at the jobs.
    #[oai(status = 200)]
    Events(EventFeed),
}

#[OpenApi(tag = "Groups::Jobs")]
impl AllEventsApi {
    /// Watch all jobs
    ///
    /// Server-sent events of the jobs that the caller sees, whichever process runs them, some four times a
    /// second at most. The stream does not end by itself.
    #[oai(path = "/v1/events", method = "get", operation_id = "watch_jobs")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn watch_jobs(
        &self,
        who: Who,
        /// Only runs of this flow.
        flow: Query<Option<String>>,
        /// Only jobs of this queue.
        queue: Query<Option<String>>,
        /// Only jobs that are in this state afterwards.
        state: Query<Option<WordFilter<JobStates>>>,
        /// Also what has happened after this event; without it only what happens from now on. Browsers send
        /// it when they connect again.
        #[oai(name = "Last-Event-ID", validator(minimum(value = "0")))]
        last_event_id: Header<Option<i64>>,
        /// The same, for callers that cannot set headers. The header takes precedence.
        #[oai(validator(minimum(value = "0")))]
        after: Query<Option<i64>>,
        /// Whether to wait for what happens; else the stream ends with what has happened.
        #[oai(default = "yes")]
        follow: Query<bool>,
    ) -> poem::Result<Feed> {
        let given = |name: Query<Option<String>>| name.0.filter(|name| !name.is_empty());
        let filter = Filter {
            who,
            flow: given(flow),
            queue: given(queue),
            state: state.0.and_then(|WordFilter(state)| state),
        };
        let watcher = self.feed.watch().await.map_err(Failure::from)?;
        let mut first = Vec::new();
        if let Some(after) = last_event_id.0.or(after.0) {
            let missed = self.feed.missed(after, watcher.seq()).await;
            first.extend(filter.event(&missed.map_err(Failure::from)?));
        }
        let ready = Event::message("{}").event_type("ready");
        first.push(ready.id(watcher.seq().to_string()));
        let first = stream::iter(first);
        let events = match follow.0 {
            false => first.left_stream(),
            true => first
                .chain(filter.follow(watcher, Arc::clone(&self.whole)))
                .right_stream(),
        };
        Ok(Feed::Events(EventFeed::of(events)))
    }
}

/// Which jobs a caller wants to hear of.
struct Filter {
    who: Who,
    flow: Option<String>,
    queue: Option<String>,
    state: Option<JobState>,
}

impl Filter {
    fn follow(
        self,
        watcher: JobWatcher,
        whole: Arc<Whole>,
    ) -> impl stream::Stream<Item = Event> + Send {
        let state = (self, watcher, whole);
        stream::unfold(state, |(filter, mut watcher, whole)| async move {
            loop {
                let changes: Arc<JobChanges> = watcher.next().await?;
                let is_something = !changes.jobs.is_empty() || changes.has_more;
                let event = match filter.takes_all() && is_something {
                    true => Some(event(&changes, &*whole.of(&changes))),
                    false => filter.event(&changes),
                };
                if let Some(event) = event {
                    return Some((event, (filter, watcher, whole)));
                }
            }
        })
    }

    /// `None`: nothing of it is for this caller.
    fn event(&self, changes: &JobChanges) -> Option<Event> {
        let jobs = changes.jobs.iter();
        let jobs: Vec<Value> = jobs.filter(|change| self.fits(change)).map(view).collect();
        // Of the others it is not known whether they fit.
        let others = match self.takes_all() {
            true => changes.others.as_slice(),
            false => &[],
        };
        let has_more = changes.has_more || others.len() < changes.others.len();
        if jobs.is_empty() && !has_more {
            return None;
        }
        Some(event(changes, data(jobs, others, has_more)))
    }

    fn takes_all(&self) -> bool {
        let has_filter = self.flow.is_some() || self.queue.is_some() || self.state.is_some();
        !has_filter && !self.who.scope().is_limited()
    }

    fn fits(&self, change: &JobChange) -> bool {
        let job = &change.job;
        let is_wanted = |wanted: &Option<String>, own: &String| {
            wanted.as_ref().is_none_or(|wanted| wanted == own)
        };
        is_wanted(&self.flow, &job.flow)
            && is_wanted(&self.queue, &job.queue)
            && self.state.is_none_or(|state| state == job.state)
            && self.who.sees(job)
    }
}

fn event(changes: &JobChanges, data: impl Into<String>) -> Event {
    let event = Event::message(data).event_type("jobs");
    event.id(changes.seq.to_string())
}

fn data(jobs: Vec<Value>, others: &[JobId], has_more: bool) -> String {
    let others: Vec<&str> = others.iter().map(JobId::as_str).collect();
    json!({ "jobs": jobs, "others": others, "more": has_more }).to_string()
}

fn view(change: &JobChange) -> Value {
    let job = &change.job;
    json!({
        "job_id": job.id.as_str(),
        "flow": job.flow,
        "queue": job.queue,
        "title": job.title,
        "started_by": job.starter,
        "state": job.state.as_str(),
        "waiting": job.waiting,
        "error": job.error,
        "cancel_requested": job.cancel_requested,
        "created_at": clock::rfc3339(job.created_at),
        "started_at": job.started_at.map(clock::rfc3339),
        "ended_at": job.ended_at.map(clock::rfc3339),
        "kinds": change.kinds,
    })
}

fn yes() -> bool {
    true
}
