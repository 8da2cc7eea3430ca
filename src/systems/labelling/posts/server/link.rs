//! A connection with what drives it, and the thread that streams rows over it.
//!
//! The thread ends when its query does, or when nobody wants the rows any more, whatever it waits
//! for at that time: it then tells the server to end the query too.

use std::{future, io, mem, sync::mpsc as std_mpsc, thread, time::Duration};

use tokio::{
    select,
    sync::mpsc::{self, Receiver, Sender},
    time::timeout,
};

use super::{
    engine::{Cells, Engine},
    shape::TimeKind,
};
use crate::servers::Blocking;

/// How long a server may take to let us in.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How many bytes are sent at a time, and how many such parcels wait to be used: what a stream
/// holds besides the row that is being packed and the time that is being read.
const PARCEL_BYTES: usize = 64 * 1024;
const PARCELS_WAITING: usize = 4;

/// A session on a server.
pub(super) struct Link<E: Engine> {
    // Dropped before what drives it.
    connection: E::Connection,
    blocking: Blocking,
    options: E::Options,
}

/// What a thread sends. If nothing more comes and there was no end, the thread died.
pub(super) enum Parcel {
    /// Packed rows; a row may begin in one parcel and end in another.
    Bytes(Vec<u8>),
    End,
    Trouble(sqlx::Error),
}

impl<E: Engine> Link<E> {
    pub(super) fn new(options: &E::Options) -> sqlx::Result<Self> {
        let blocking = Blocking::new()?;
        let connection = blocking.run(connect::<E>(options))?;
        Ok(Self {
            connection,
            blocking,
            options: options.clone(),
        })
    }

    /// All rows of a small query.
    pub(super) fn rows(&mut self, sql: String) -> sqlx::Result<Vec<Cells>> {
        self.blocking.run(E::rows(&mut self.connection, sql))
    }

    /// About how many rows a query gives.
    pub(super) fn estimate(&mut self, query: &str) -> sqlx::Result<Option<u64>> {
        self.blocking.run(E::estimate(&mut self.connection, query))
    }

    /// Starts a thread that streams the rows of a query, and gives the link back behind the end.
    pub(super) fn stream(
        self,
        sql: String,
        times: TimeKind,
    ) -> sqlx::Result<(Receiver<Parcel>, LentLink<E>)> {
        let (parcels, receiver) = mpsc::channel(PARCELS_WAITING);
        let (back, lent) = std_mpsc::channel();
        thread::Builder::new()
            .name("source".to_owned())
            .spawn(move || {
                let Self {
                    mut connection,
                    blocking,
                    options,
                } = self;
                let sending = send_rows::<E>(&mut connection, &options, sql, times, parcels);
                if blocking.run(sending) {
                    // Fails if nobody wants to go on with it.
                    let _ = back.send(Self {
                        connection,
                        blocking,
                        options,
                    });
                }
            })?;
        Ok((receiver, LentLink(lent)))
    }
}

/// A link that a thread streams over.
pub(super) struct LentLink<E: Engine>(std_mpsc::Receiver<Link<E>>);

impl<E: Engine> LentLink<E> {
    /// The link, if its query has ended well.
    pub(super) fn take_back(&self, has_ended: bool) -> Option<Link<E>> {
        if has_ended {
            // The thread is about to give it back.
            return self.0.recv().ok();
        }
        self.0.try_recv().ok()
    }
}

async fn connect<E: Engine>(options: &E::Options) -> sqlx::Result<E::Connection> {
    match timeout(CONNECT_TIMEOUT, E::connect(options)).await {
        Ok(connected) => connected,
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}

/// Answers whether the connection can be used for something else.
async fn send_rows<E: Engine>(
    connection: &mut E::Connection,
    options: &E::Options,
    sql: String,
    times: TimeKind,
    parcels: Sender<Parcel>,
) -> bool {
    let mut session = None;
    let stream = async {
        let rows = E::rows(connection, E::SESSION.to_owned()).await?;
        session = rows.into_iter().flatten().flatten().next();
        let mut outbox = Outbox {
            parcels: parcels.clone(),
            bytes: Vec::with_capacity(PARCEL_BYTES),
        };
        E::stream(connection, sql, times, &mut outbox).await?;
        outbox.send().await;
        Ok(())
    };
    let last = select! {
        streamed = stream => match streamed {
            Ok(()) => Parcel::End,
            Err(cause) => Parcel::Trouble(cause),
        },
        () = parcels.closed() => {
            if let Some(session) = session {
                end_query::<E>(options, &session).await;
            }
            return false;
        }
    };
    let has_ended = matches!(last, Parcel::End);
    // Fails if nobody waits for it.
    let _ = parcels.send(last).await;
    has_ended
}

/// Tells the server to end what a session is doing: while it sorts, it would not notice that the
/// connection is closed. If that fails, it ends when it has rows to send.
async fn end_query<E: Engine>(options: &E::Options, session: &str) {
    if let Ok(mut connection) = connect::<E>(options).await {
        let _ = E::rows(&mut connection, E::cancel(session)).await;
    }
}

/// Where packed rows are put by the thread that streams.
pub(super) struct Outbox {
    parcels: Sender<Parcel>,
    bytes: Vec<u8>,
}

impl Outbox {
    /// Waits while enough parcels are on their way, for ever if nobody wants them any more.
    pub(super) async fn put(&mut self, mut bytes: &[u8]) {
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
            // The thread is about to hear that it may end.
            future::pending::<()>().await;
        }
    }
}
