//! Executes a script in one transaction, until its caller asks it to stop.

use std::io;
use std::pin::{Pin, pin};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Executor};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::session::{STOP_TIMEOUT, Server, ServerSession, end, own_number, stop};

/// A script may catch what interrupts one of its statements, and continue with the next one.
const BETWEEN_STOPS: Duration = Duration::from_millis(200);

impl<S> ServerSession<S>
where
    S: Server,
    for<'c> &'c mut S::Connection: Executor<'c, Database = S>,
{
    /// Once `cancel` is cancelled, the server is asked to stop the statement in work, and after `grace` to
    /// end the session; what was done is not committed. After an error the session cannot be used again.
    pub(in crate::tables) fn execute_script(
        &mut self,
        begin: &str,
        script: &str,
        cancel: &CancellationToken,
        grace: Duration,
    ) -> sqlx::Result<()> {
        let Self {
            connection,
            runtime,
            options,
            ..
        } = self;
        runtime.run(async {
            run::<S>(connection, begin).await?;
            let number = own_number::<S>(connection).await?;
            {
                let mut executing = pin!(run::<S>(connection, script));
                tokio::select! {
                    executed = &mut executing => executed?,
                    () = cancel.cancelled() => {
                        stop_or_end::<S>(options, number, grace, executing).await?;
                    }
                }
            }
            if cancel.is_cancelled() {
                return Err(io::Error::from(io::ErrorKind::Interrupted).into());
            }
            run::<S>(connection, "COMMIT").await
        })
    }
}

async fn run<S>(connection: &mut S::Connection, script: &str) -> sqlx::Result<()>
where
    S: Server,
    for<'c> &'c mut S::Connection: Executor<'c, Database = S>,
{
    let script = sqlx::raw_sql(AssertSqlSafe(script.to_owned()));
    script.execute(connection).await.map(drop)
}

async fn stop_or_end<S: Server>(
    options: &S::Options,
    number: i64,
    grace: Duration,
    mut executing: Pin<&mut impl Future<Output = sqlx::Result<()>>>,
) -> sqlx::Result<()> {
    let stopping = async {
        loop {
            // A server that does not answer is asked again, and its session ended at last.
            timeout(STOP_TIMEOUT, stop::<S>(options, number)).await.ok();
            sleep(BETWEEN_STOPS).await;
        }
    };
    tokio::select! {
        executed = &mut executing => return executed,
        () = stopping => {}
        () = sleep(grace) => {}
    }
    match timeout(STOP_TIMEOUT, end::<S>(options, number)).await {
        Ok(ended) => ended?,
        Err(_) => return Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
    match timeout(STOP_TIMEOUT, executing).await {
        Ok(executed) => executed,
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}
