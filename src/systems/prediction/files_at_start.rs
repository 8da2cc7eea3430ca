//! Mappings and scrapes that stand in files of the settings' directory, saved at the start if they have
//! changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tracing::{error, info};

use super::import::{MappingFault, read_mapping};
use super::scrape::read_scrape;
use super::settings::PredictionSection;
use super::store::{Defined, PredictionStore};
use crate::engine::store::StoreError;
use crate::small_file;

/// A file that holds a definition.
#[derive(Clone, Debug)]
pub(crate) struct DefinitionFile {
    pub path: PathBuf,
    /// Who has changed a definition that comes from it: in words, without the path of the host.
    pub by: String,
}

impl Defined {
    /// The folder in `prediction.dir`.
    const fn folder(self) -> &'static str {
        match self {
            Self::Mapping => "imports",
            Self::Scrape => "scrapes",
        }
    }

    /// The name that a text gives itself.
    fn name_in(self, text: &[u8]) -> Result<String, Vec<MappingFault>> {
        match self {
            Self::Mapping => read_mapping(text).map(|mapping| mapping.name),
            Self::Scrape => read_scrape(text).map(|scrape| scrape.name),
        }
    }
}

/// In the order of their names; none without a directory.
pub(super) fn files_of(
    kind: Defined,
    section: &PredictionSection,
) -> io::Result<Vec<DefinitionFile>> {
    let Some(directory) = &section.dir else {
        return Ok(Vec::new());
    };
    let folder = kind.folder();
    let entries = match fs::read_dir(directory.join(folder)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let is_yaml = path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml");
        if let Some(name) = path.file_name().filter(|_| is_yaml) {
            let by = format!("{folder}/{}", name.to_string_lossy());
            files.push(DefinitionFile { by, path });
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// The name and the text of a definition, or all that is wrong with its file.
pub(super) fn read_file(kind: Defined, path: &Path) -> Result<(String, String), Vec<String>> {
    let shown = path.display();
    let text = small_file::read_text(path).map_err(|error| vec![format!("{shown}: {error}")])?;
    match kind.name_in(text.as_bytes()) {
        Ok(name) => Ok((name, text)),
        Err(faults) => {
            let faults = faults.iter().map(|fault| format!("{shown}:{fault}"));
            Err(faults.collect())
        }
    }
}

/// Saves definitions of files. One that was saved before and has not changed since is left alone, whatever has
/// become of it by calls.
pub(super) async fn save_files(
    kind: Defined,
    section: &PredictionSection,
    store: &PredictionStore,
) -> Result<(), StoreError> {
    let files = match files_of(kind, section) {
        Ok(files) => files,
        Err(error) => {
            error!(
                error = error.to_string(),
                "files of `prediction.dir` cannot be read"
            );
            return Ok(());
        }
    };
    let definitions = store.definitions(kind);
    for file in files {
        let (name, text) = match read_file(kind, &file.path) {
            Ok(read) => read,
            Err(faults) => {
                for fault in faults {
                    error!(fault, "a file of `prediction.dir` is not saved");
                }
                continue;
            }
        };
        if definitions.has_saved(&name, &text, &file.by).await? {
            continue;
        }
        definitions.put(&name, &text, &file.by, None).await?;
        match kind {
            Defined::Mapping => info!(mapping = name, "a mapping was saved"),
            Defined::Scrape => info!(scrape = name, "a scrape was saved"),
        }
    }
    Ok(())
}
