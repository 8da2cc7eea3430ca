//! Finds instances of a plan that would make the same path, and overwrite each other's work.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_128;

use super::error::PipelineError;
use super::looking::LookAt;
use super::outputs::ResolvedOutput;
use super::planning::Question;
use super::project::Project;

/// The paths of the instances of one plan.
#[derive(Default)]
pub(crate) struct MadePaths {
    directories: Vec<PathBuf>,
    /// By the digest of the path: a plan may have many.
    makers: HashMap<u128, Maker>,
}

struct Maker {
    project: Arc<Project>,
    identity: Arc<str>,
}

impl MadePaths {
    /// `own` is the project that is planned.
    pub(crate) fn add(
        &mut self,
        own: &str,
        question: &Question,
        look: &LookAt,
    ) -> Result<(), PipelineError> {
        // What others make may be for several.
        if question.project.tasks[question.task].body.is_none() {
            return Ok(());
        }
        for output in &look.outputs {
            let (ResolvedOutput::Path { path: written, .. }
            | ResolvedOutput::Glob { glob: written, .. }) = output
            else {
                continue;
            };
            let Some(path) = look.directory.path_inside(written) else {
                continue;
            };
            let directory = self.number(look.directory.root());
            let key = xxh3_128(format!("{directory}/{path}").as_bytes());
            let maker = Maker {
                project: Arc::clone(&question.project),
                identity: Arc::clone(&question.identity),
            };
            if let Some(first) = self.makers.insert(key, maker)
                && first.identity != question.identity
            {
                return Err(PipelineError::SameOutput {
                    output: output.label(),
                    first: name(own, &first.project, &first.identity),
                    second: name(own, &question.project, &question.identity),
                });
            }
        }
        Ok(())
    }

    fn number(&mut self, directory: &std::path::Path) -> usize {
        let known = self.directories.iter().position(|one| one == directory);
        known.unwrap_or_else(|| {
            self.directories.push(directory.to_owned());
            self.directories.len() - 1
        })
    }
}

fn name(own: &str, project: &Project, identity: &str) -> String {
    match project.name == own {
        true => identity.to_owned(),
        false => format!("{}/{identity}", project.name),
    }
}
