//! Packages as folders, which a command is given.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::files::Files;
use super::upload::PackageLimits;
use crate::models::refusal::Refusal;

/// Folders in each other: those of MLflow have one.
const DEPTH_MAX: usize = 4;

pub(super) struct Folder {
    root: PathBuf,
    names: Vec<String>,
    limits: PackageLimits,
    /// Bytes that may still be read.
    left: u64,
}

impl Folder {
    pub fn open(root: &Path, limits: &PackageLimits) -> Result<Self, Refusal> {
        let mut folder = Self {
            root: root.to_owned(),
            names: Vec::new(),
            limits: *limits,
            left: limits.bytes,
        };
        folder.list(root, "", DEPTH_MAX)?;
        folder.names.sort_unstable();
        Ok(folder)
    }

    /// Links are left out: what a package needs is in it.
    fn list(&mut self, path: &Path, prefix: &str, depth: usize) -> Result<(), Refusal> {
        let name = prefix.trim_end_matches('/');
        let entries = fs::read_dir(path).map_err(|error| unreadable(name, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(name, &error))?;
            let kind = entry
                .file_type()
                .map_err(|error| unreadable(name, &error))?;
            let Some(name) = entry
                .file_name()
                .to_str()
                .map(|own| format!("{prefix}{own}"))
            else {
                continue;
            };
            if kind.is_dir() && depth > 0 {
                self.list(&entry.path(), &format!("{name}/"), depth - 1)?;
            } else if kind.is_file() {
                self.names.push(name);
            }
            if self.names.len() > self.limits.files {
                return Err(Refusal::new(format!(
                    "the folder has more than {} files; is it the folder of a model?",
                    self.limits.files
                )));
            }
        }
        Ok(())
    }
}

impl Files for Folder {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn content(&mut self, index: usize) -> Result<Vec<u8>, Refusal> {
        let name = &self.names[index];
        let mut content = Vec::new();
        File::open(self.root.join(name))
            .and_then(|file| file.take(self.left + 1).read_to_end(&mut content))
            .map_err(|error| unreadable(name, &error))?;
        let left = self.left.checked_sub(content.len() as u64);
        self.left = left.ok_or_else(|| self.limits.too_large())?;
        Ok(content)
    }
}

fn unreadable(name: &str, error: &io::Error) -> Refusal {
    let what = match name {
        "" => "the folder".to_owned(),
        name => format!("`{name}`"),
    };
    Refusal::new(format!("{what} cannot be read: {}", error.kind()))
}
