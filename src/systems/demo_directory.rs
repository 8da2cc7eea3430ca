//! Directories that demos make.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::Context;

/// The directory that was asked for, or the first of these names that is free: `name`, `name-2`, …
/// `create_dir` rather than a look first: what exists is never written into.
pub(super) fn make_directory(asked: Option<PathBuf>, name: &str) -> anyhow::Result<PathBuf> {
    if let Some(directory) = asked {
        fs::create_dir(&directory)
            .with_context(|| format!("failed to make the directory {}", directory.display()))?;
        return Ok(directory);
    }
    const MOST: u32 = 1000;
    for number in 1..MOST {
        let directory = PathBuf::from(match number {
            1 => name.to_owned(),
            _ => format!("{name}-{number}"),
        });
        match fs::create_dir(&directory) {
            Ok(()) => return Ok(directory),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).context("failed to make a directory here"),
        }
    }
    anyhow::bail!("there are {MOST} directories of earlier runs here; remove some")
}
