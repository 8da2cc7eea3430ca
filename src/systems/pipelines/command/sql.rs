//! The body `sql`: statements in one transaction of a connection of the settings.

use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::batch::CommandBatch;
use super::ending;
use super::work::Work;
use crate::engine::seam::{Progress, Slice, StepError, blocking};
use crate::systems::pipelines::outputs::Bound;
use crate::systems::pipelines::settings::PipelinesSection;
use crate::tables::{NamedValue, ScriptDatabase};

/// What a database may need beyond the grace, to end a session for example.
const STOP_MARGIN: Duration = Duration::from_secs(12);

/// The databases in which statements of tasks are executed, by name.
#[derive(Clone, Default)]
pub(crate) struct ScriptDatabases(HashMap<String, ScriptDatabase>);

/// How the statements of an instance ended.
enum SqlEnd {
    Committed,
    Failed(StepError),
    TimedOut,
    /// The batch was asked to stop.
    Stopped,
}

impl ScriptDatabases {
    pub(crate) fn of(section: &PipelinesSection) -> anyhow::Result<Self> {
        let mut databases = HashMap::new();
        for (name, connection) in &section.connections {
            let database = ScriptDatabase::of_url(connection.url.expose_secret());
            let database = database.map_err(|problem| {
                anyhow::anyhow!("pipelines.connections.{name}.url: {problem}")
            })?;
            databases.insert(name.clone(), database);
        }
        Ok(Self(databases))
    }

    /// Executes the statements of an instance within the time of its task; `:name` stands for the value of a
    /// parameter.
    async fn execute(
        &self,
        work: &Work,
        (connection, script): (&str, &str),
        cancel: &CancellationToken,
    ) -> SqlEnd {
        let Some(database) = self.0.get(connection).cloned() else {
            return SqlEnd::Failed(StepError::refused(format!(
                "there is no connection {connection}; expected it in pipelines.connections"
            )));
        };
        let values: Vec<(String, Bound)> = work
            .params_by_name()
            .into_iter()
            .map(|(name, value)| (name, Bound::from(&value)))
            .collect();
        let (connection, script) = (connection.to_owned(), script.to_owned());
        let (limit, grace) = (work.task().timeout, work.task().grace);
        let stop = CancellationToken::new();
        // A slice that is dropped leaves no statement behind.
        let _stop_when_dropped = stop.clone().drop_guard();
        let is_stopped = stop.clone();
        let mut executing = pin!(blocking(move || {
            let values: Vec<(&str, NamedValue<'_>)> = values
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_named()))
                .collect();
            let executed = database.execute(&script, &values, &is_stopped, grace);
            executed.map_err(|error| {
                let sentence = format!("connection {connection}: {}", error.reason_for_author());
                match error.is_transient() {
                    true => StepError::outage("a connection", sentence),
                    false => StepError::retry(sentence),
                }
                .caused_by(error)
            })
        }));
        let end = tokio::select! {
            executed = &mut executing => return match executed {
                Ok(()) => SqlEnd::Committed,
                Err(error) => SqlEnd::Failed(error),
            },
            () = cancel.cancelled() => SqlEnd::Stopped,
            () = passed(limit) => SqlEnd::TimedOut,
        };
        stop.cancel();
        match timeout(grace + STOP_MARGIN, executing).await {
            // They were just being committed.
            Ok(Ok(())) => SqlEnd::Committed,
            Ok(Err(_)) | Err(_) => end,
        }
    }
}

/// Never without a limit.
async fn passed(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

impl CommandBatch {
    pub(super) async fn execute_statements(
        &mut self,
        connection: &str,
        script: &str,
    ) -> Result<Slice, StepError> {
        let statements = (connection, script);
        let databases = &self.kind.databases;
        let executing = databases.execute(&self.work, statements, &self.context.cancel);
        let reason = match executing.await {
            SqlEnd::Committed => return self.succeeded().await,
            // Then the batch is stopped.
            SqlEnd::Stopped => return Ok(Slice::More(Progress::default().into())),
            SqlEnd::Failed(error) if error.is_transient() => return Err(error),
            SqlEnd::Failed(error) => error.public_message().to_owned(),
            SqlEnd::TimedOut => ending::timed_out(self.work.task()),
        };
        self.discard().await?;
        Ok(self.failed(reason, false))
    }
}
