//! The flow `import`, as others know it by name.

use std::io;
use std::path::Path;

use async_trait::async_trait;
use entity::job;
use serde_json::Value;
use tracing::warn;

use super::FLOW;
use super::composing::NewImport;
use super::error::ImportsError;
use super::imports::Imports;
use super::kind::summary;
use super::request::{self, ImportRequest};
use crate::engine::seam::{
    AnyFlow, Composed, Composing, FlowDescription, FlowExamples, NewRun, SystemError, blocking,
};
use crate::small_file;
use crate::telemetry::chain;

/// A file becomes rows.
pub(crate) struct ImportFlow(pub Imports);

impl ImportFlow {
    pub(crate) fn describe() -> FlowDescription {
        FlowDescription {
            name: FLOW,
            // Its callers send a file, by a call of its own.
            member: None,
            uses: Some(FLOW),
            parked_for: None,
            summary: "Make rows of a workbook or CSV.",
            request: request::schema(),
            check: |request| request::read(request.clone()).map(drop),
            view: None,
            examples: FlowExamples::default(),
        }
    }
}

#[async_trait]
impl AnyFlow for ImportFlow {
    fn description(&self) -> FlowDescription {
        Self::describe()
    }

    fn compose(&self, request: Value, run: NewRun) -> Result<Composing, SystemError> {
        let request = request::read(request)?;
        let imports = self.0.clone();
        Ok(Box::pin(async move {
            let composed = imports.compose_file(request, run).await;
            composed.map_err(SystemError::of)
        }))
    }

    /// Missing while the store is away.
    async fn view(&self, job: &job::Model) -> Option<Value> {
        match self.result(job).await {
            Ok(Value::Null) => None,
            Ok(result) => Some(result),
            Err(error) => {
                warn!(job.id = %job.id, error = chain(&error), "shown without its figures");
                None
            }
        }
    }

    async fn result(&self, job: &job::Model) -> Result<Value, SystemError> {
        let import = self.0.store().import_of_job(&job.id).await;
        match import.map_err(SystemError::of)? {
            Some(import) => {
                let summary = summary(&import).map_err(ImportsError::from);
                summary.map_err(SystemError::of)
            }
            None => Ok(Value::Null),
        }
    }
}

impl Imports {
    /// Of a file that the server reads.
    async fn compose_file(
        &self,
        request: ImportRequest,
        run: NewRun,
    ) -> Result<Composed, ImportsError> {
        let mapping = self.choose(&request.mapping).await?;
        let path = request.file.clone();
        let read = blocking(move || Ok(small_file::read(Path::new(&path))));
        let read: io::Result<Vec<u8>> = read.await.map_err(ImportsError::ThreadLost)?;
        let bytes = read.map_err(|cause| ImportsError::Unreadable {
            path: request.file.clone(),
            cause,
        })?;
        let new = NewImport {
            file_name: request.file,
            bytes,
            mapping,
            output: request.output,
            strict: request.strict,
        };
        self.compose(new, run)
    }
}
