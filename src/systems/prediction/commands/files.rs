//! The files that a command is given.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use crate::engine::CallerError;
use crate::settings::Loaded;
use crate::small_file;
use crate::systems::Program;
use crate::systems::prediction::import::{self, Limits};
use crate::systems::prediction::importing::{ChosenMapping, Imports, ImportsError, written};

/// What is wrong with a file, a line each, with its path.
#[derive(Debug)]
pub(super) struct Faulty(pub Vec<String>);

impl Faulty {
    pub fn of(path: &Path, fault: impl Display) -> Self {
        Self(vec![format!("{}: {fault}", path.display())])
    }
}

pub(super) fn read(path: &Path) -> Result<Arc<[u8]>, Faulty> {
    let read = small_file::read(path);
    read.map(Arc::from).map_err(|error| Faulty::of(path, error))
}

/// As its owner calls it.
pub(super) fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The mapping in the file of this path, or else the stored one of this name.
pub(super) async fn chosen(
    given: &str,
    loaded: &Loaded,
    program: &dyn Program,
) -> anyhow::Result<Result<ChosenMapping, Faulty>> {
    let path = Path::new(given);
    if path.exists() || given.ends_with(".yaml") || given.ends_with(".yml") {
        return Ok(in_file(path));
    }
    let neither = || Faulty(vec![format!("--mapping {given}: there is no such file")]);
    let Some(store) = program.database(loaded).await? else {
        return Ok(Err(neither()));
    };
    match Imports::of(loaded, store).choose(given).await {
        Ok(chosen) => Ok(Ok(chosen)),
        Err(ImportsError::UnknownMapping { known, .. }) => {
            let stored = format!("nor a stored mapping of that name (known: {known})");
            let Faulty(lines) = neither();
            Ok(Err(Faulty(vec![format!("{}, {stored}", lines.join(""))])))
        }
        Err(error) if error.kind() == crate::engine::ErrorKind::Invalid => {
            Ok(Err(Faulty(vec![format!("--mapping {given}: {error}")])))
        }
        Err(error) => Err(error.into()),
    }
}

/// A mapping that stands in a file.
fn in_file(path: &Path) -> Result<ChosenMapping, Faulty> {
    let text = small_file::read_text(path).map_err(|error| Faulty::of(path, error))?;
    written(&text).map_err(|error| match error {
        ImportsError::Faults(faults) => {
            let path = path.display();
            let lines = faults.iter().map(|fault| format!("{path}:{fault}"));
            Faulty(lines.collect())
        }
        error => Faulty::of(path, error),
    })
}

/// The mapping that is drafted for a file.
pub(super) fn draft(
    name: &str,
    bytes: &Arc<[u8]>,
    limits: Limits,
) -> Result<ChosenMapping, Faulty> {
    let draft = import::suggest(name, bytes, None, limits);
    let draft = draft.map_err(|error| Faulty::of(Path::new(name), error))?;
    written(&draft).map_err(|_| {
        let problem = "no table was found in it; write a mapping and name it with --mapping";
        Faulty::of(Path::new(name), problem)
    })
}
