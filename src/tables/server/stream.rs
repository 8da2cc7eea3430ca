//! Streams the rows of a query over a session, by a thread that fetches them while those before
//! are worked on.
//!
//! The thread ends with its query, or as soon as the receiver is dropped, whatever it waits for at
//! that time: it then makes the server end the query too.

use std::sync::mpsc as std_mpsc;
use std::{future, mem, thread};

use tokio::select;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::timeout;

use super::session::{STOP_TIMEOUT, Server, ServerSession, own_number, stop};

/// How many bytes are sent at a time, and how many such parcels wait to be used: what a stream
/// holds besides the row that is being packed and the time that is being read.
const PARCEL_BYTES: usize = 64 * 1024;
const PARCELS_WAITING: usize = 4;

/// What the thread sends. If nothing more comes and there was no end, the thread died.
pub(in crate::tables) enum Parcel {
    /// Packed rows; a row may begin in one parcel and end in another.
    Bytes(Vec<u8>),
    End,
    Failed(sqlx::Error),
}

impl<S: Server> ServerSession<S> {
    /// Starts a thread that runs `pack`, which packs the rows of a query into the outbox, and
    /// gives the session back behind the end.
    pub(in crate::tables) fn stream(
        self,
        pack: impl AsyncFnOnce(&mut S::Connection, &mut Outbox) -> sqlx::Result<()> + Send + 'static,
    ) -> sqlx::Result<(Receiver<Parcel>, LentSession<S>)> {
        let (parcels, receiver) = mpsc::channel(PARCELS_WAITING);
        let (back, lent) = std_mpsc::channel();
        thread::Builder::new()
            .name("source".to_owned())
            .spawn(move || {
                let mut session = self;
                if session.send_rows(pack, parcels) {
                    // Fails if the receiver was dropped.
                    back.send(session).ok();
                }
            })?;
        Ok((receiver, LentSession(lent)))
    }

    /// Returns whether the connection can be used for something else.
    fn send_rows(
        &mut self,
        pack: impl AsyncFnOnce(&mut S::Connection, &mut Outbox) -> sqlx::Result<()>,
        parcels: Sender<Parcel>,
    ) -> bool {
        let Self {
            connection,
            runtime,
            options,
            ..
        } = self;
        runtime.run(async {
            let mut number = None;
            let packing = async {
                if !S::WHILE_READING.is_empty() {
                    let begin = format!("BEGIN; {}", S::WHILE_READING);
                    S::rows(connection, begin).await?;
                }
                number = Some(own_number::<S>(connection).await?);
                let mut outbox = Outbox {
                    parcels: parcels.clone(),
                    bytes: Vec::with_capacity(PARCEL_BYTES),
                };
                pack(connection, &mut outbox).await?;
                if !S::WHILE_READING.is_empty() {
                    S::rows(connection, "COMMIT".to_owned()).await?;
                }
                outbox.send().await;
                Ok(())
            };
            let last = select! {
                packed = packing => match packed {
                    Ok(()) => Parcel::End,
                    Err(cause) => Parcel::Failed(cause),
                },
                () = parcels.closed() => {
                    if let Some(number) = number {
                        // While the server sorts, it would not notice that the connection is
                        // closed. If this fails, it ends when it has rows to send. A pool without
                        // a free connection never answers.
                        let stopping = stop::<S>(options, number);
                        drop(timeout(STOP_TIMEOUT, stopping).await);
                    }
                    return false;
                }
            };
            let has_ended = matches!(last, Parcel::End);
            // Fails if the receiver was dropped.
            parcels.send(last).await.ok();
            has_ended
        })
    }
}

/// A session that a thread streams over.
pub(in crate::tables) struct LentSession<S: Server>(std_mpsc::Receiver<ServerSession<S>>);

impl<S: Server> LentSession<S> {
    /// The session, if its query has ended well.
    pub(in crate::tables) fn take_back(&self, has_ended: bool) -> Option<ServerSession<S>> {
        if has_ended {
            // The thread is about to give it back.
            return self.0.recv().ok();
        }
        self.0.try_recv().ok()
    }
}

/// Where packed rows are put by the thread that streams.
pub(in crate::tables) struct Outbox {
    parcels: Sender<Parcel>,
    bytes: Vec<u8>,
}

impl Outbox {
    /// Waits while enough parcels are on their way; for ever once the receiver was dropped.
    pub(in crate::tables) async fn put(&mut self, mut bytes: &[u8]) {
        loop {
            let room = PARCEL_BYTES - self.bytes.len();
            let Some((now, later)) = bytes.split_at_checked(room) else {
                self.bytes.extend_from_slice(bytes);
                return;
            };
            self.bytes.extend_from_slice(now);
            self.send().await;
            bytes = later;
        }
    }

    async fn send(&mut self) {
        let bytes = mem::replace(&mut self.bytes, Vec::with_capacity(PARCEL_BYTES));
        if self.parcels.send(Parcel::Bytes(bytes)).await.is_err() {
            // `parcels.closed()` is about to end the thread.
            future::pending::<()>().await;
        }
    }
}
