//! Traces: one for each job, reported from what the store knows.
//!
//! ```text
//! POST /api/tasks/            the request, if there was one
//! └── submit labelling        the job is stored: the root of everything that is done for it
//!     ├── task labelling      a process has run it, from claiming it to letting it go
//!     │   └── label batch     one attempt
//!     │       └── slice
//!     │           ├── read  match  write
//!     └── task labelling      another one went on with it: linked to the one before
//! ```
//!
//! The ids of all spans of a job but the first follow from the job, so that any process can name the
//! parent of what it reports, and report the span of a process that was killed before it could.

mod job;
mod sampling;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, Sampler, SpanData, SpanEvents, SpanLinks, SpanProcessor,
};
use uuid::Uuid;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

pub use job::JobTrace;

use super::queue::SPANS;
use sampling::keeps;

tokio::task_local! {
    static CURRENT: TraceContext;
}

static TRACER: OnceLock<Tracer> = OnceLock::new();

/// Where spans go, once there is somewhere.
#[derive(Debug)]
pub(super) struct Tracer {
    pub processor: BatchSpanProcessor,
    pub sampler: Sampler,
    /// Callers decide for themselves, where they say whether they keep their traces.
    pub callers_decide: bool,
    pub scope: InstrumentationScope,
}

/// Called once, when telemetry starts.
pub(super) fn install(tracer: Tracer) {
    // A second one would be a second start, which changes nothing.
    TRACER.set(tracer).ok();
}

pub(super) fn shut_down(patience: Duration) {
    if let Some(tracer) = TRACER.get() {
        tracer.processor.shutdown_with_timeout(patience).ok();
    }
}

/// Whether spans are exported: if not, nothing has to be looked up for them.
pub fn is_on() -> bool {
    TRACER.get().is_some()
}

/// A span as others name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
    sampled: bool,
}

impl TraceContext {
    /// The root of a new trace.
    pub fn root() -> Self {
        // Some bits of a UUID are always the same, and others sample by them.
        let trace = xxh3_128(Uuid::new_v4().as_bytes());
        Self {
            trace,
            span: new_span(),
            sampled: is_sampled(trace),
        }
    }

    /// A new span below this one.
    pub fn child(&self) -> Self {
        Self {
            span: new_span(),
            ..*self
        }
    }

    /// A new span below one of a caller's.
    pub fn below_caller(caller: &Self) -> Self {
        let is_asked = TRACER.get().is_none_or(|tracer| tracer.callers_decide);
        let sampled = match is_asked {
            true => caller.sampled,
            false => is_sampled(caller.trace),
        };
        Self {
            sampled,
            ..caller.child()
        }
    }

    /// The span below this one that follows from a name.
    fn named(&self, name: fmt::Arguments<'_>) -> Self {
        // No span may have the id 0.
        let span = xxh3_64(name.to_string().as_bytes()).max(1);
        Self { span, ..*self }
    }

    /// 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// 16 hexadecimal digits.
    pub fn span_id(&self) -> String {
        format!("{:016x}", self.span)
    }

    /// Whether its spans are kept.
    pub fn is_sampled(&self) -> bool {
        self.sampled
    }

    pub fn is_same_trace(&self, other: &Self) -> bool {
        self.trace == other.trace
    }

    fn span_context(&self) -> SpanContext {
        let flags = TraceFlags::default().with_sampled(self.sampled);
        let (trace, span) = (self.trace.to_be_bytes(), self.span.to_be_bytes());
        SpanContext::new(
            TraceId::from_bytes(trace),
            SpanId::from_bytes(span),
            flags,
            true,
            TraceState::NONE,
        )
    }
}

fn new_span() -> u64 {
    // The lower half of such an id is random but for two bits.
    (Uuid::new_v4().as_u128() as u64).max(1)
}

fn is_sampled(trace: u128) -> bool {
    // Without a tracer there are no spans to be kept.
    let Some(tracer) = TRACER.get() else {
        return false;
    };
    keeps(&tracer.sampler, trace)
}

/// As in a W3C `traceparent` header.
impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trace,
            span,
            sampled,
        } = self;
        write!(
            formatter,
            "00-{trace:032x}-{span:016x}-{:02x}",
            u8::from(*sampled)
        )
    }
}

/// What is no `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTraceParent;

impl FromStr for TraceContext {
    type Err = NoTraceParent;

    fn from_str(text: &str) -> Result<Self, NoTraceParent> {
        let mut parts = text.trim().split('-');
        let mut next = |digits: usize| {
            let part = parts
                .next()
                .filter(|part| part.len() == digits)
                .ok_or(NoTraceParent)?;
            let usual = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            match part.bytes().all(usual) {
                true => u128::from_str_radix(part, 16).map_err(|_| NoTraceParent),
                false => Err(NoTraceParent),
            }
        };
        let (version, trace, span, flags) = (next(2)?, next(32)?, next(16)?, next(2)?);
        // Later versions may have more parts, this one must not.
        if version == 0xff || trace == 0 || span == 0 || (version == 0 && parts.next().is_some()) {
            return Err(NoTraceParent);
        }
        Ok(Self {
            trace,
            span: span as u64,
            sampled: flags & 1 == 1,
        })
    }
}

/// The span that the present code works for, if it is known.
pub fn current() -> Option<TraceContext> {
    CURRENT.try_with(|context| *context).ok()
}

/// Lets everything that is awaited in here know its span.
pub async fn within<F: Future>(context: TraceContext, work: F) -> F::Output {
    CURRENT.scope(context, work).await
}

/// The other side of the operation that a span describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// A span under construction. Costs nothing where spans are not exported.
#[derive(Debug, Default)]
pub struct Span(Option<Box<SpanData>>);

impl Span {
    /// Begins now, unless it is said to have begun before.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        context: TraceContext,
        parent: Option<TraceContext>,
    ) -> Self {
        let Some(tracer) = TRACER.get().filter(|_| context.sampled) else {
            return Self(None);
        };
        let parent = parent.filter(|parent| parent.is_same_trace(&context));
        let now = SystemTime::now();
        Self(Some(Box::new(SpanData {
            span_context: context.span_context(),
            parent_span_id: parent
                .map_or(SpanId::INVALID, |parent| parent.span_context().span_id()),
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: name.into(),
            start_time: now,
            end_time: now,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: tracer.scope.clone(),
        })))
    }

    pub fn kind(mut self, kind: Kind) -> Self {
        if let Some(data) = &mut self.0 {
            data.span_kind = match kind {
                Kind::Internal => SpanKind::Internal,
                Kind::Server => SpanKind::Server,
                Kind::Client => SpanKind::Client,
                Kind::Producer => SpanKind::Producer,
                Kind::Consumer => SpanKind::Consumer,
            };
        }
        self
    }

    /// `micros` since 1970.
    pub fn since(self, micros: i64) -> Self {
        self.began(time(micros))
    }

    pub fn began(mut self, at: SystemTime) -> Self {
        if let Some(data) = &mut self.0 {
            data.start_time = at;
        }
        self
    }

    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.set(key, value);
        self
    }

    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        if let Some(data) = &mut self.0 {
            data.attributes.push(KeyValue::new(key, value));
        }
    }

    /// Another span that this one has to do with.
    pub fn link(&mut self, to: TraceContext) {
        if let Some(data) = &mut self.0 {
            data.links.links.push(Link::with_context(to.span_context()));
        }
    }

    /// Something that happened meanwhile, with its reason.
    pub fn event(&mut self, name: &'static str, about: &[(&'static str, String)]) {
        /// A job that waits for days has a long story; its end matters less than its size.
        const EVENTS_MAX: usize = 128;
        let Some(data) = &mut self.0 else { return };
        if data.events.len() >= EVENTS_MAX {
            data.events.dropped_count += 1;
            return;
        }
        let about = about
            .iter()
            .map(|(key, value)| KeyValue::new(*key, value.clone()));
        let event = Event::new(name, SystemTime::now(), about.collect(), 0);
        data.events.events.push(event);
    }

    /// Ends now; with what went wrong, if anything did.
    pub fn end(self, error: Option<&str>) {
        self.end_at(SystemTime::now(), error);
    }

    pub fn end_at(self, at: SystemTime, error: Option<&str>) {
        let (Some(mut data), Some(tracer)) = (self.0, TRACER.get()) else {
            return;
        };
        if !SPANS.enter() {
            return;
        }
        data.end_time = at.max(data.start_time);
        if let Some(error) = error {
            data.status = Status::error(error.to_owned());
        }
        tracer.processor.on_end(*data);
    }
}

/// A moment as spans have it.
pub fn time(micros: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_read_and_written_as_the_recommendation_has_it() {
        let context: TraceContext = HEADER.parse().unwrap();
        assert_eq!(context.to_string(), HEADER);
        assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(context.span_id(), "00f067aa0ba902b7");
        let later = HEADER.replacen("00", "cc", 1) + "-what-comes";
        assert_eq!(later.parse::<TraceContext>().unwrap().to_string(), HEADER);
        for wrong in [
            "",
            "00-0-0-0",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        ] {
            assert_eq!(wrong.parse::<TraceContext>(), Err(NoTraceParent), "{wrong}");
        }
    }

    #[tokio::test]
    async fn what_is_awaited_knows_its_span() {
        assert_eq!(current(), None);
        let context = TraceContext::root();
        assert_eq!(within(context, async { current() }).await, Some(context));
    }
}
