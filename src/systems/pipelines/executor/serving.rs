//! What the executor does about requests of servers.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::mpsc;

use super::attempt_run::{AttemptRun, StopOrder};
use super::host::{Host, Known};
use super::process_table::own_session;
use super::protocol::{
    Attempt, AttemptState, Cause, End, Event, Exit, Request, attempt_id_is_valid, frame, next_frame,
};
use super::record::{Record, Step};
use super::tree::Tree;
use crate::clock::now_micros;

impl Host {
    pub(super) async fn serve_connection(self: Arc<Self>, stream: UnixStream) {
        let (reader, writer) = stream.into_split();
        let (sender, receiver) = mpsc::unbounded_channel();
        self.greet(sender.clone());
        self.connections
            .send_modify(|connections| *connections += 1);
        let mut writing = tokio::spawn(write_frames(writer, receiver));
        let mut reader = BufReader::new(reader);
        loop {
            let next = tokio::select! {
                next = next_frame(&mut reader) => next,
                _ = &mut writing => break,
            };
            let Ok(Some(line)) = next else {
                break;
            };
            match serde_json::from_slice(&line) {
                Ok(request) => self.answer(request, &sender),
                Err(error) => {
                    self.report(&format!(
                        "invalid request: {:?} at {}",
                        error.classify(),
                        error.column()
                    ));
                    break;
                }
            }
        }
        writing.abort();
        self.connections
            .send_modify(|connections| *connections -= 1);
    }

    fn greet(&self, sender: mpsc::UnboundedSender<Arc<str>>) {
        let mut state = self.state();
        let attempts = state
            .attempts
            .iter()
            .map(|(id, known)| (id.clone(), known.state.clone()));
        let hello = Event::Hello {
            pid: std::process::id(),
            attempts: attempts.collect(),
            answers_pings: true,
        };
        if let Ok(hello) = frame(&hello) {
            sender.send(hello.into()).ok();
        }
        state.servers.push(sender);
    }

    fn answer(self: &Arc<Self>, request: Request, server: &mpsc::UnboundedSender<Arc<str>>) {
        match request {
            Request::Start(attempt) => self.start(*attempt),
            Request::Stop { id, grace_ms } => {
                let orders = self
                    .state()
                    .attempts
                    .get(&id)
                    .and_then(|known| known.orders.clone());
                if let Some(orders) = orders {
                    let grace = grace_ms.map(Duration::from_millis);
                    // An attempt that has just ended needs no order.
                    orders
                        .send(StopOrder {
                            cause: Cause::Stopped,
                            grace,
                        })
                        .ok();
                }
            }
            Request::Forget { id } => {
                let mut state = self.state();
                let has_ended = |known: &Known| matches!(known.state, AttemptState::Ended(_));
                if state.attempts.get(&id).is_some_and(has_ended) {
                    state.attempts.remove(&id);
                    self.spares.put_record(&self.directory.attempts().join(&id));
                }
            }
            Request::Ping => {
                if let Ok(pong) = frame(&Event::Pong) {
                    // A server that has left is noticed where its requests are read.
                    server.send(pong.into()).ok();
                }
            }
        }
    }

    fn start(self: &Arc<Self>, attempt: Attempt) {
        let id = attempt.id.clone();
        let mut state = self.state();
        if let Some(known) = state.attempts.get(&id) {
            let event = Event::State {
                id,
                state: known.state.clone(),
            };
            return state.send(&event);
        }
        // The server asks the next executor.
        if *self.closing.borrow() || !attempt_id_is_valid(&id) {
            return;
        }
        let temporary = self.directory.temporaries().join(&id);
        let (orders, received) = mpsc::unbounded_channel();
        let record = match self.begin_record(&attempt, &temporary) {
            Ok(record) => record,
            // Without a record, the next executor would not find its processes.
            Err(error) => {
                let reason = format!("failed to record the attempt: {error}");
                let end = End::now(Cause::Exited, Exit::NotStarted(reason));
                return state.set(&id, AttemptState::Ended(end), None);
            }
        };
        state
            .trees
            .insert(id.clone(), Tree::new(&temporary, &attempt.marker));
        state.set(&id, AttemptState::Running { pid: 0 }, Some(orders));
        drop(state);
        let run = AttemptRun {
            host: Arc::clone(self),
            record,
            temporary,
            orders: received,
            attempt,
        };
        self.running.send_modify(|running| *running += 1);
        let host = Arc::clone(self);
        tokio::spawn(async move {
            let end = run.run().await;
            host.state().trees.remove(&id);
            host.set_state(&id, AttemptState::Ended(end));
            host.running.send_modify(|running| *running -= 1);
        });
    }

    fn begin_record(&self, attempt: &Attempt, temporary: &Path) -> io::Result<Record> {
        let mut record = Record::create(&self.directory.attempts(), &attempt.id, &self.spares)?;
        record.add(&Step::Received {
            at: now_micros(),
            boot_id: self.boot_id.clone(),
            log: attempt.log.clone(),
            temporary: temporary.to_owned(),
            marker: attempt.marker.clone(),
            executor: own_session(),
        })?;
        Ok(record)
    }
}

async fn write_frames(mut writer: OwnedWriteHalf, mut frames: mpsc::UnboundedReceiver<Arc<str>>) {
    while let Some(frame) = frames.recv().await {
        if writer.write_all(frame.as_bytes()).await.is_err() {
            return;
        }
    }
}
