//! Which of many outputs are there.
//!
//! Files are looked at together; statements wait for their database beside them, and servers are
//! asked at the same time, but not more at once than there is a number for. What several
//! instances have in common is asked once.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, future, stream};

use super::error::OutputError;
use super::files::{FileQuestion, FileState, look_at_files};
use super::matches::{Visit, count_matches, visit_matches};
use super::place::ProjectDir;
use super::resolved::ResolvedOutput;
use crate::engine::seam::{StepError, blocking};
use crate::fetch::Fetch;
use crate::tables::AskedDatabase;

/// How long a server may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// Servers that are asked at once.
const PAGES_AT_ONCE: usize = 16;

/// Connections to one database at once.
const CONNECTIONS_MAX: usize = 4;

/// What outputs other than files are asked of: as the settings have it.
pub(crate) struct Sources {
    /// By name.
    pub connections: HashMap<String, AskedDatabase>,
    pub fetch: Fetch,
}

/// What was found out about one output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    There,
    /// With the reason, e.g. `no data/x.json`.
    Missing(String),
    /// Its caller knows whether this instance succeeded once.
    Marker,
}

/// Shared where several instances have the same output.
pub(crate) type Look = Result<Found, Arc<OutputError>>;

/// Looks at the outputs of many instances; answers in their order.
pub(crate) async fn look(
    project: &ProjectDir,
    sources: &Arc<Sources>,
    instances: &[&[ResolvedOutput]],
) -> Result<Vec<Vec<Look>>, StepError> {
    let mut questions = Questions::default();
    let places: Vec<Vec<usize>> = instances
        .iter()
        .map(|outputs| outputs.iter().map(|output| questions.add(output)).collect())
        .collect();
    let answers = questions.ask(project, sources).await?;
    let answers_of = |places: Vec<usize>| places.into_iter().map(|at| answers[at].clone());
    Ok(places
        .into_iter()
        .map(|places| answers_of(places).collect())
        .collect())
}

/// After a program has ended well: whether what it made besides files is there.
pub(crate) async fn look_after(
    project: &ProjectDir,
    sources: &Arc<Sources>,
    outputs: &[ResolvedOutput],
) -> Result<(), StepError> {
    let others: Vec<_> = outputs
        .iter()
        .filter(|output| {
            matches!(
                output,
                ResolvedOutput::Sql { .. } | ResolvedOutput::Http { .. }
            )
        })
        .cloned()
        .collect();
    let found = look(project, sources, &[&others]).await?;
    for (output, found) in others.iter().zip(found.into_iter().flatten()) {
        match found {
            Ok(Found::There | Found::Marker) => {}
            Ok(Found::Missing(_)) => return Err(OutputError::NotMade(output.label()).into()),
            Err(error) => return Err(StepError::new(error.class(), error.to_string())),
        }
    }
    Ok(())
}

/// The absolute paths of outputs that are files, those of a glob in their order: what tasks that
/// need them are given.
pub(crate) fn paths_of(
    project: &ProjectDir,
    outputs: &[ResolvedOutput],
) -> Result<Vec<PathBuf>, OutputError> {
    let mut paths = Vec::new();
    for output in outputs {
        match output {
            ResolvedOutput::Path { path, .. } => {
                paths.push(project.absolute(&project.relative(path)?));
            }
            ResolvedOutput::Glob { glob, .. } => {
                let from = paths.len();
                visit_matches(project, glob, &mut |found| {
                    paths.push(found.path);
                    Visit::Deeper
                })?;
                paths[from..].sort();
            }
            ResolvedOutput::Sql { .. } | ResolvedOutput::Http { .. } | ResolvedOutput::Marker => {}
        }
    }
    Ok(paths)
}

/// Each output once.
#[derive(Default)]
struct Questions<'q> {
    outputs: Vec<&'q ResolvedOutput>,
    places: HashMap<&'q ResolvedOutput, usize>,
}

type Answers = Vec<(usize, Look)>;

impl<'q> Questions<'q> {
    fn add(&mut self, output: &'q ResolvedOutput) -> usize {
        *self.places.entry(output).or_insert_with(|| {
            self.outputs.push(output);
            self.outputs.len() - 1
        })
    }

    async fn ask(
        self,
        project: &ProjectDir,
        sources: &Arc<Sources>,
    ) -> Result<Vec<Look>, StepError> {
        let mut files = Vec::new();
        let mut statements: HashMap<&str, Vec<(usize, ResolvedOutput)>> = HashMap::new();
        let mut pages = Vec::new();
        for (at, output) in self.outputs.iter().copied().enumerate() {
            match output {
                ResolvedOutput::Path { .. } | ResolvedOutput::Glob { .. } => {
                    files.push((at, output.clone()));
                }
                ResolvedOutput::Sql { connection, .. } => {
                    let statements = statements.entry(connection.as_str()).or_default();
                    statements.push((at, output.clone()));
                }
                ResolvedOutput::Http { url, status } => pages.push((at, output, url, *status)),
                ResolvedOutput::Marker => {}
            }
        }
        let project = project.clone();
        let files = async move {
            match files.is_empty() {
                true => Ok(Answers::new()),
                false => blocking(move || Ok(look_at_all_files(&project, &files))).await,
            }
        };
        let databases = statements.into_values().flat_map(|statements| {
            let share = statements.len().div_ceil(CONNECTIONS_MAX);
            let shares: Vec<_> = statements.chunks(share).map(<[_]>::to_vec).collect();
            shares.into_iter().map(|share| {
                let sources = sources.clone();
                blocking(move || Ok(ask_database(&sources, share)))
            })
        });
        // Owned: a stream of futures that borrow is not known to be `Send`.
        let pages = pages.into_iter().map(|(at, output, url, status)| {
            let (sources, output, url) = (Arc::clone(sources), output.clone(), url.clone());
            let asked = async move {
                let answer = sources
                    .fetch
                    .answers_with(&url, status, ANSWERS_WITHIN)
                    .await;
                let answer = answer.map_err(|error| {
                    Arc::new(OutputError::refused(&output.label(), error.to_string()))
                });
                (at, answer.map(|is_there| found(is_there, &output)))
            };
            asked.boxed()
        });
        let pages = stream::iter(pages.collect::<Vec<_>>());
        let pages = pages.buffer_unordered(PAGES_AT_ONCE).collect::<Answers>();
        let (files, databases, pages) =
            future::join3(files, future::join_all(databases), pages).await;
        let mut looks = vec![Ok(Found::Marker); self.outputs.len()];
        for answers in databases.into_iter().chain([files, Ok(pages)]) {
            for (at, look) in answers? {
                looks[at] = look;
            }
        }
        Ok(looks)
    }
}

fn found(is_there: bool, output: &ResolvedOutput) -> Found {
    match is_there {
        true => Found::There,
        false => Found::Missing(format!("no {}", output.label())),
    }
}

fn look_at_all_files(project: &ProjectDir, outputs: &[(usize, ResolvedOutput)]) -> Answers {
    let mut answers = Answers::with_capacity(outputs.len());
    let mut places = Vec::new();
    let mut questions = Vec::new();
    for (at, output) in outputs {
        match output {
            ResolvedOutput::Path {
                path, min_bytes, ..
            } => {
                places.push((*at, path));
                questions.push(FileQuestion {
                    path,
                    min_bytes: *min_bytes,
                });
            }
            ResolvedOutput::Glob { glob, min } => {
                let look = count_matches(project, glob, *min).map_err(Arc::new);
                answers.push((*at, look.map(|count| enough(glob, count, *min))));
            }
            ResolvedOutput::Sql { .. } | ResolvedOutput::Http { .. } | ResolvedOutput::Marker => {}
        }
    }
    let states = look_at_files(project, &questions);
    for ((at, path), state) in places.into_iter().zip(states) {
        let look = state.map_err(Arc::new).map(|state| match state {
            FileState::There => Found::There,
            FileState::Missing => Found::Missing(format!("no {path}")),
            FileState::TooSmall(bytes) => Found::Missing(format!("only {bytes} B of {path}")),
        });
        answers.push((at, look));
    }
    answers
}

fn enough(glob: &str, count: u64, min: u64) -> Found {
    match count {
        count if count >= min => Found::There,
        0 => Found::Missing(format!("no {glob}")),
        count => Found::Missing(format!("only {count} of {min} {glob}")),
    }
}

/// Asks for one after the other.
fn ask_database(sources: &Sources, outputs: Vec<(usize, ResolvedOutput)>) -> Answers {
    let mut answers = Answers::with_capacity(outputs.len());
    let mut away = None;
    for (at, output) in outputs {
        // One that is away is not waited for again for each of a thousand statements.
        let look = match &away {
            Some(error) => Err(Arc::clone(error)),
            None => ask_statement(sources, &output).map_err(Arc::new),
        };
        if let Err(error) = &look
            && matches!(**error, OutputError::Away { .. })
        {
            away = Some(Arc::clone(error));
        }
        answers.push((at, look));
    }
    answers
}

fn ask_statement(sources: &Sources, output: &ResolvedOutput) -> Result<Found, OutputError> {
    let ResolvedOutput::Sql {
        sql,
        params,
        connection,
    } = output
    else {
        return Ok(Found::Marker);
    };
    let Some(database) = sources.connections.get(connection) else {
        let problem = format!("unknown connection `{connection}`");
        return Err(OutputError::refused(&output.label(), problem));
    };
    let values: Vec<_> = params
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_named()))
        .collect();
    match database.says_yes(sql, &values) {
        Ok(is_there) => Ok(found(is_there, output)),
        Err(error) if error.is_transient() => Err(OutputError::Away {
            output: format!("connection `{connection}`"),
            problem: error.reason().into_owned(),
            cause: Some(Box::new(error)),
        }),
        Err(error) => Err(OutputError::refused(&output.label(), error.reason())),
    }
}

#[cfg(test)]
mod tests;
