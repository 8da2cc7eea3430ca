//! Mappings that stand in files of the settings' directory, saved at the start if they have changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tracing::{error, info};

use super::imports::Imports;
use crate::engine::store::StoreError;
use crate::small_file;
use crate::systems::prediction::import::read_mapping;
use crate::systems::prediction::settings::PredictionSection;

/// The folder in `prediction.dir`.
const FOLDER: &str = "imports";

/// A file that holds a mapping.
#[derive(Clone, Debug)]
pub(crate) struct MappingFile {
    pub path: PathBuf,
    /// Who has changed a mapping that comes from it: in words, without the path of the host.
    pub by: String,
}

/// In the order of their names; none without a directory.
pub(crate) fn mapping_files(section: &PredictionSection) -> io::Result<Vec<MappingFile>> {
    let Some(directory) = &section.dir else {
        return Ok(Vec::new());
    };
    let entries = match fs::read_dir(directory.join(FOLDER)) {
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
            let by = format!("{FOLDER}/{}", name.to_string_lossy());
            files.push(MappingFile { by, path });
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// The name and the text of a mapping, or all that is wrong with its file.
pub(crate) fn faults_of(path: &Path) -> Result<(String, String), Vec<String>> {
    let shown = path.display();
    let text = small_file::read_text(path).map_err(|error| vec![format!("{shown}: {error}")])?;
    match read_mapping(text.as_bytes()) {
        Ok(mapping) => Ok((mapping.name, text)),
        Err(faults) => {
            let faults = faults.iter().map(|fault| format!("{shown}:{fault}"));
            Err(faults.collect())
        }
    }
}

impl Imports {
    /// Saves mappings of files. One that was saved before and has not changed since is left alone, whatever
    /// has become of the mapping by calls.
    pub(crate) async fn save_files(&self, section: &PredictionSection) -> Result<(), StoreError> {
        let files = match mapping_files(section) {
            Ok(files) => files,
            Err(error) => {
                error!(
                    error = error.to_string(),
                    "files of mappings cannot be read"
                );
                return Ok(());
            }
        };
        for file in files {
            let (name, text) = match faults_of(&file.path) {
                Ok(read) => read,
                Err(faults) => {
                    for fault in faults {
                        error!(fault, "a mapping is not saved");
                    }
                    continue;
                }
            };
            if self.store.has_saved(&name, &text, &file.by).await? {
                continue;
            }
            self.store.put_mapping(&name, &text, &file.by, None).await?;
            info!(mapping = name, "a mapping was saved");
        }
        Ok(())
    }
}
