//! Looks at outputs of instances, of several projects at once.

use std::collections::HashMap;
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::outputs::{self, Found, Look, OutputError, ProjectDir, ResolvedOutput, Sources};
use super::settings::PipelinesSection;
use crate::engine::seam::StepError;
use crate::fetch::{AllowedHosts, Fetch};
use crate::tables::AskedDatabase;

/// The outputs of an instance, and the directory of its project.
#[derive(Clone, Debug)]
pub(crate) struct LookAt {
    pub directory: Arc<ProjectDir>,
    pub outputs: Vec<ResolvedOutput>,
}

/// The first output that is not there, as people read it; `None`: all are there. Markers are not
/// looked at.
pub(crate) type Looked = Result<Option<String>, Arc<OutputError>>;

/// What outputs are asked of. Clones share connections.
#[derive(Clone)]
pub(crate) struct Looker(Arc<Sources>);

impl Looker {
    pub(crate) fn of(section: &PipelinesSection) -> anyhow::Result<Self> {
        let mut connections = HashMap::new();
        for (name, connection) in &section.connections {
            let database = AskedDatabase::of_url(connection.url.expose_secret());
            let database = database.map_err(|problem| {
                anyhow::anyhow!("pipelines.connections.{name}.url: {problem}")
            })?;
            connections.insert(name.clone(), database);
        }
        let hosts = AllowedHosts::read(&section.http_allow)
            .map_err(|problem| anyhow::anyhow!("pipelines.http_allow: {problem}"))?;
        Ok(Self(Arc::new(Sources {
            connections,
            fetch: Fetch::new(hosts)?,
        })))
    }

    /// Answers in the order of the instances.
    pub(crate) async fn look(&self, all: &[LookAt]) -> Result<Vec<Looked>, StepError> {
        let mut by_directory: Vec<(&Arc<ProjectDir>, Vec<usize>)> = Vec::new();
        for (place, look) in all.iter().enumerate() {
            let same = |(directory, _): &&mut (&Arc<ProjectDir>, _)| *directory == &look.directory;
            match by_directory.iter_mut().find(same) {
                Some((_, places)) => places.push(place),
                None => by_directory.push((&look.directory, vec![place])),
            }
        }
        let mut looked: Vec<Looked> = all.iter().map(|_| Ok(None)).collect();
        for (directory, places) in by_directory {
            let outputs = places.iter().map(|place| all[*place].outputs.as_slice());
            let outputs: Vec<&[ResolvedOutput]> = outputs.collect();
            let found = outputs::look(directory, &self.0, &outputs).await?;
            for (place, found) in places.into_iter().zip(found) {
                looked[place] = first_missing(found);
            }
        }
        Ok(looked)
    }

    pub(crate) async fn look_at(&self, look: LookAt) -> Result<Option<String>, StepError> {
        let looked = self.look(std::slice::from_ref(&look)).await?;
        let looked = looked.into_iter().next().unwrap_or(Ok(None));
        looked.map_err(|error| StepError::new(error.class(), error.to_string()))
    }

    /// After a command has ended well: whether what it made besides files is there.
    pub(crate) async fn look_after(
        &self,
        directory: &ProjectDir,
        outputs: &[ResolvedOutput],
    ) -> Result<(), StepError> {
        outputs::look_after(directory, &self.0, outputs).await
    }
}

fn first_missing(found: Vec<Look>) -> Looked {
    for found in found {
        if let Found::Missing(reason) = found? {
            let what = reason.strip_prefix("no ").unwrap_or(&reason);
            return Ok(Some(what.to_owned()));
        }
    }
    Ok(None)
}
