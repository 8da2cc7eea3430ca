//! One thread that writes the pages of a process: all that have come while it wrote are one transaction.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::error::StoringError;
use super::page::FetchedPage;
use super::tables::ArticleTables;
use crate::backoff::Backoff;

/// Pages that wait in the channel; senders wait for room.
const QUEUED_MAX: usize = 1_024;

/// Rows of one transaction, unless a single page has more.
const ROWS_MAX: usize = 10_000;

/// How often a transaction is tried that another one, or the end of a connection, has stopped.
const TRIES: u32 = 6;

const BETWEEN_TRIES: Backoff = Backoff {
    first: Duration::from_millis(10),
    longest: Duration::from_millis(500),
};

type Outcome = Result<(), Arc<StoringError>>;

/// Starts its thread with the first page, and ends it when it is dropped.
pub(super) struct Writer {
    tables: ArticleTables,
    queue: Mutex<Option<mpsc::Sender<Queued>>>,
}

struct Queued {
    page: FetchedPage,
    outcome: oneshot::Sender<Outcome>,
}

impl Writer {
    pub fn new(tables: ArticleTables) -> Self {
        Self {
            tables,
            queue: Mutex::default(),
        }
    }

    /// Returns once the rows of the page are durable.
    pub async fn write(&self, page: FetchedPage) -> Outcome {
        let ending = || Arc::new(StoringError::Ending);
        let queue = self.queue().map_err(|_| ending())?;
        let (outcome, written) = oneshot::channel();
        let queued = Queued { page, outcome };
        queue.send(queued).await.map_err(|_| ending())?;
        written.await.map_err(|_| ending())?
    }

    /// The way to the thread, which is started if there is none, or if it has panicked.
    fn queue(&self) -> std::io::Result<mpsc::Sender<Queued>> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queue.as_ref().filter(|queue| !queue.is_closed()) {
            return Ok(queue.clone());
        }
        let (sender, receiver) = mpsc::channel(QUEUED_MAX);
        let tables = self.tables.clone();
        thread::Builder::new()
            .name("brief-writer".to_owned())
            .spawn(move || run(&tables, receiver))?;
        *queue = Some(sender.clone());
        Ok(sender)
    }
}

fn run(tables: &ArticleTables, mut queue: mpsc::Receiver<Queued>) {
    while let Some(first) = queue.blocking_recv() {
        let mut rows = first.page.rows.len();
        let mut group = vec![first];
        while rows < ROWS_MAX
            && let Ok(next) = queue.try_recv()
        {
            rows += next.page.rows.len();
            group.push(next);
        }
        write_group(tables, group);
    }
}

/// A page that no database takes must not keep others from being stored.
fn write_group(tables: &ArticleTables, group: Vec<Queued>) {
    let (pages, outcomes): (Vec<FetchedPage>, Vec<_>) = group
        .into_iter()
        .map(|queued| (queued.page, queued.outcome))
        .unzip();
    let has_others = pages.len() > 1;
    match write_pages(tables, &pages) {
        Err(error) if has_others && !error.is_transient() => {
            for (page, outcome) in pages.iter().zip(outcomes) {
                let written = write_pages(tables, std::slice::from_ref(page));
                // Its sender may have been dropped.
                outcome.send(written.map_err(Arc::new)).ok();
            }
        }
        written => {
            let written = written.map_err(Arc::new);
            for outcome in outcomes {
                outcome.send(written.clone()).ok();
            }
        }
    }
}

fn write_pages(tables: &ArticleTables, pages: &[FetchedPage]) -> Result<(), StoringError> {
    let mut tries = 1;
    loop {
        match tables.merge(pages) {
            Err(error) if error.is_transient() && tries < TRIES => {
                tracing::debug!(tries, error = %error.public_message(), "articles are stored anew");
                thread::sleep(BETWEEN_TRIES.pause(tries, u64::from(tries) * 271));
                tries += 1;
            }
            merged => return merged,
        }
    }
}
