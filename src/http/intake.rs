//! Takes requests in: their bodies into memory, and then each to a place among those that are worked on.
//!
//! A request whose body is still coming in has no place, so that slow callers keep nobody from one.
//! What all bodies take of memory is counted together; those that have come to a halt make room.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{Stream, StreamExt};
use poem::Request;
use poem::http::StatusCode;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::error::Failure;
use super::server::{ALWAYS_SERVED, BodyProgress, Limits, Link, Place, Places, Refusals};

/// Longest body of a request with a file in it; what a file may have itself its operation says.
pub(super) const FILE_BYTES_MAX: usize = 65 << 20;
/// How long a body waits for others to make room.
const PATIENCE: Duration = Duration::from_secs(1);
/// A body of which nothing has come for this long makes room for others.
const HALTED: Duration = Duration::from_secs(1);

/// What requests are taken in with.
pub(super) struct Intake {
    /// Longest body of a request.
    bytes_max: usize,
    /// Of operations whose bodies may be longer, by their ids.
    longer: HashMap<&'static str, usize>,
    /// How long the next byte may take.
    idle: Duration,
    memory: Memory,
    places: Arc<Places>,
}

/// What a request keeps while it is being worked on.
pub(super) struct Taken {
    /// What shows how the server is doing needs none.
    pub place: Option<Place>,
    pub memory: Option<TakenMemory>,
}

/// What a body takes of the memory for bodies; dropping it gives that up.
pub(super) type TakenMemory = OwnedSemaphorePermit;

/// The bytes that bodies may take, of all requests together.
struct Memory {
    free: Arc<Semaphore>,
    refusals: Refusals,
    coming: Mutex<Coming>,
}

/// The bodies that are coming in.
#[derive(Default)]
struct Coming {
    bodies: HashMap<u64, ComingBody>,
    last: u64,
}

struct ComingBody {
    bytes: usize,
    /// When the last part of it came.
    active: Instant,
    give_up: Arc<Notify>,
}

/// A body that is coming in; dropping it gives up its bytes.
struct Arrival<'m> {
    memory: &'m Memory,
    no: u64,
    give_up: Arc<Notify>,
    bytes: Option<OwnedSemaphorePermit>,
}

impl Intake {
    pub fn new(bytes_max: usize, limits: &Limits) -> Self {
        let detail = "the server works on as many requests as it may";
        let most = limits.bodies_bytes_max.min(Semaphore::MAX_PERMITS);
        Self {
            bytes_max,
            longer: HashMap::new(),
            idle: limits.body_idle,
            memory: Memory {
                free: Arc::new(Semaphore::new(most)),
                refusals: Refusals::of("server.bodies_bytes_max"),
                coming: Mutex::default(),
            },
            places: Places::new(limits.requests_max, Some("server.requests_max"), detail),
        }
    }

    /// With operations whose bodies may be so long.
    pub fn with_longer(mut self, longer: HashMap<&'static str, usize>) -> Self {
        self.longer = longer;
        self
    }

    /// How long the body of a call may be; `takes_file`: it may have a file in it.
    pub fn longest(&self, takes_file: bool, operation: Option<&str>) -> usize {
        let usual = match takes_file {
            true => self.bytes_max.max(FILE_BYTES_MAX),
            false => self.bytes_max,
        };
        let longer = operation.and_then(|id| self.longer.get(id));
        longer.map_or(usual, |longer| usual.max(*longer))
    }

    /// `most`: how long its body may be.
    pub async fn take(&self, request: &mut Request, most: usize) -> Result<Taken, Failure> {
        let memory = self.read(request, most).await?;
        let progress = request.extensions().get::<BodyProgress>();
        if let Some(progress) = progress {
            progress.has_all();
        }
        let place = match ALWAYS_SERVED.contains(&request.uri().path()) {
            true => None,
            false => Some(self.places.take(Link::of(request)).await?),
        };
        Ok(Taken { place, memory })
    }

    /// Reads the body into memory, but not more of it than it may be long, whatever its header says.
    async fn read(
        &self,
        request: &mut Request,
        most: usize,
    ) -> Result<Option<OwnedSemaphorePermit>, Failure> {
        let progress = request.extensions().get::<BodyProgress>().cloned();
        let mut stream = request.take_body().into_bytes_stream();
        let mut body = Vec::new();
        let mut arrival = self.memory.begin();
        loop {
            let next = tokio::select! {
                next = tokio::time::timeout(self.idle, stream.next()) => next,
                () = arrival.give_up.notified() => return Err(given_up()),
            };
            let Some(part) = next.map_err(|_| too_slow(self.idle))? else {
                break;
            };
            let part = part.map_err(|_| {
                let detail = "the body could not be read to its end";
                Failure::new(StatusCode::BAD_REQUEST, detail)
            })?;
            if let Some(progress) = &progress {
                progress.has_part();
            }
            if body.len() + part.len() > most {
                drop(body);
                drop(arrival);
                discard(stream).await;
                let detail = format!("the body is longer than {most} bytes");
                return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
            }
            arrival.grow(part.len()).await?;
            body.extend_from_slice(&part);
        }
        request.set_body(body);
        Ok(arrival.bytes.take())
    }
}

impl Memory {
    fn coming(&self) -> MutexGuard<'_, Coming> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) -> Arrival<'_> {
        let mut coming = self.coming();
        coming.last += 1;
        let (no, give_up) = (coming.last, Arc::new(Notify::new()));
        let body = ComingBody {
            bytes: 0,
            active: Instant::now(),
            give_up: Arc::clone(&give_up),
        };
        coming.bodies.insert(no, body);
        Arrival {
            memory: self,
            no,
            give_up,
            bytes: None,
        }
    }

    /// Gives up bodies that have come to a halt, the longest first, until so many bytes get free.
    fn make_room(&self, mut bytes: usize) {
        let coming = self.coming();
        let halted = |body: &&ComingBody| body.bytes > 0 && body.active.elapsed() >= HALTED;
        let mut halted: Vec<_> = coming.bodies.values().filter(halted).collect();
        halted.sort_unstable_by_key(|body| body.active);
        for body in halted {
            body.give_up.notify_one();
            bytes = bytes.saturating_sub(body.bytes);
            if bytes == 0 {
                return;
            }
        }
    }
}

impl Arrival<'_> {
    /// Counts a further part.
    async fn grow(&mut self, bytes: usize) -> Result<(), Failure> {
        let free = &self.memory.free;
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        let further = match Arc::clone(free).try_acquire_many_owned(permits) {
            Ok(further) => further,
            Err(_) => {
                self.memory.make_room(bytes);
                let waited = Arc::clone(free).acquire_many_owned(permits);
                let waited = tokio::time::timeout(PATIENCE, waited).await;
                let further = waited.ok().and_then(Result::ok);
                further.ok_or_else(|| {
                    self.memory.refusals.note();
                    no_memory()
                })?
            }
        };
        match &mut self.bytes {
            Some(bytes) => bytes.merge(further),
            None => self.bytes = Some(further),
        }
        if let Some(body) = self.memory.coming().bodies.get_mut(&self.no) {
            body.bytes += bytes;
            body.active = Instant::now();
        }
        Ok(())
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        self.memory.coming().bodies.remove(&self.no);
    }
}

fn too_slow(idle: Duration) -> Failure {
    let detail = format!("no byte of the body came for {} s", idle.as_secs());
    Failure::new(StatusCode::REQUEST_TIMEOUT, detail)
}

fn given_up() -> Failure {
    let detail = "the body came to a halt, and others needed its memory";
    Failure::new(StatusCode::REQUEST_TIMEOUT, detail)
}

fn no_memory() -> Failure {
    let detail = "the bodies of requests take as much memory as they may";
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_later()
}

/// Takes in the rest of a body that is too long, within reason: a client that is still sending
/// when the connection is closed never sees the answer.
async fn discard<B: AsRef<[u8]>>(stream: impl Stream<Item = std::io::Result<B>> + Unpin) {
    const BYTES_MAX: usize = 64 << 20;
    const PATIENCE: Duration = Duration::from_secs(10);
    let mut left = BYTES_MAX;
    let rest = stream.take_while(|part| {
        let bytes = part.as_ref().map_or(usize::MAX, |part| part.as_ref().len());
        left = left.saturating_sub(bytes);
        std::future::ready(left > 0)
    });
    let all = rest.for_each(|_| std::future::ready(()));
    // The answer is the same whether everything could be taken in or not.
    tokio::time::timeout(PATIENCE, all).await.ok();
}

#[cfg(test)]
mod tests {
    use std::io;

    use futures_util::{FutureExt, stream};
    use poem::Body;

    use super::*;

    fn intake(bodies_bytes_max: usize) -> Intake {
        let limits = Limits {
            bodies_bytes_max,
            ..Limits::default()
        };
        Intake::new(1_000, &limits)
    }

    /// A request with a body of which nothing comes after the first part, if it is to halt.
    fn request(bytes: usize, halts: bool) -> Request {
        let first = stream::iter([Ok::<_, io::Error>(vec![b' '; bytes])]);
        let body = match halts {
            true => Body::from_bytes_stream(first.chain(stream::pending())),
            false => Body::from_bytes_stream(first),
        };
        Request::builder().body(body)
    }

    #[tokio::test]
    async fn bodies_that_have_come_to_a_halt_make_room_for_others() {
        let intake = intake(100);
        let (mut halted, mut next) = (request(80, true), request(50, false));
        let mut halted = Box::pin(intake.take(&mut halted, 1_000));
        assert!((&mut halted).now_or_never().is_none());
        tokio::time::sleep(HALTED).await;
        let (halted, next) = tokio::join!(halted, intake.take(&mut next, 1_000));
        let status = |taken: Result<Taken, Failure>| taken.err().map(|failure| failure.status);
        assert_eq!(status(halted), Some(StatusCode::REQUEST_TIMEOUT));
        assert_eq!(status(next), None);
    }

    #[test]
    fn a_body_may_be_as_long_as_its_operation_says() {
        let intake = intake(100).with_longer(HashMap::from([("add_model_version", 1 << 30)]));
        let longest = |takes_file, operation| intake.longest(takes_file, operation);
        assert_eq!(longest(false, None), 1_000);
        assert_eq!(longest(false, Some("other")), 1_000);
        assert_eq!(longest(true, Some("other")), FILE_BYTES_MAX);
        assert_eq!(longest(true, Some("add_model_version")), 1 << 30);
    }

    #[tokio::test]
    async fn bodies_that_are_worked_on_count() {
        let intake = intake(100);
        let first = intake
            .take(&mut request(80, false), 1_000)
            .await
            .ok()
            .unwrap();
        let refused = intake
            .take(&mut request(50, false), 1_000)
            .await
            .err()
            .unwrap();
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(refused.retry_after_s.is_some());
        drop(first);
        assert!(intake.take(&mut request(50, false), 1_000).await.is_ok());
    }
}
