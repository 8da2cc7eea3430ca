//! What is wrong with a project file, with the place of the file.

use std::fmt;
use std::path::Path;

use super::project::Fault;

/// As text: `project.yaml:31:5: tasks.day_log.requries: unknown key; did you mean requires?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileFault {
    /// The path as the settings or a command have it: not for callers.
    file: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// A place in the file.
    Inside(Fault),
    /// The file as a whole.
    Whole(String),
    /// Another file has a project of this name.
    Twice { project: String, first: String },
}

impl FileFault {
    pub(crate) fn inside(file: &Path, fault: &Fault) -> Self {
        Self::new(file, What::Inside(fault.clone()))
    }

    pub(crate) fn whole(file: &Path, problem: impl Into<String>) -> Self {
        Self::new(file, What::Whole(problem.into()))
    }

    pub(crate) fn twice(file: &Path, project: &str, first: &Path) -> Self {
        let (project, first) = (project.to_owned(), first.display().to_string());
        Self::new(file, What::Twice { project, first })
    }

    fn new(file: &Path, what: What) -> Self {
        let file = file.display().to_string();
        Self { file, what }
    }

    /// The fault without the path, as callers may see it.
    pub(crate) fn shown(&self) -> Fault {
        match &self.what {
            What::Inside(fault) => fault.clone(),
            What::Whole(problem) => Fault::of_file(problem),
            What::Twice { project, .. } => {
                Fault::of_file(&format!("project {project} is in another file, too"))
            }
        }
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Inside(fault) => write!(f, "{}:{fault}", self.file),
            What::Whole(problem) => write!(f, "{}: {problem}", self.file),
            What::Twice { project, first } => {
                write!(f, "{}: project {project} is in {first}, too", self.file)
            }
        }
    }
}
