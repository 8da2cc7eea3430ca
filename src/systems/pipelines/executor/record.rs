//! What is kept of an attempt on disk, so that its end is known even if the server was away.
//!
//! A file per attempt with a JSON line for each step: received, starting and started (per command), ended. Lines are
//! appended by one write each; a line that a kill cut short is ignored. They are not synced: a record
//! outlives every process, and when the machine itself goes down, the commands go with it, and an attempt
//! without an end counts as lost.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::process_table::Identity;
use super::protocol::End;
use super::spares::Spares;

/// Ends that no server has asked for are kept for so long.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Step {
    Received {
        at: i64,
        /// Process ids and start times mean something until the machine is started again.
        boot_id: String,
        log: PathBuf,
        temporary: PathBuf,
        marker: Vec<(String, String)>,
        /// The executor, if it leads the session that its children are in.
        executor: Option<Identity>,
    },
    /// Written before the process is there.
    Starting {
        command: usize,
        /// Inode of the pipe that it writes to.
        pipe: u64,
    },
    Started {
        main: Identity,
    },
    Ended(End),
}

pub(super) struct Record {
    file: File,
}

impl Record {
    pub(super) fn create(attempts: &Path, id: &str, spares: &Spares) -> io::Result<Self> {
        Ok(Self {
            file: spares.make_record(&attempts.join(id))?,
        })
    }

    /// Of an attempt that an earlier executor has left.
    pub(super) fn reopen(attempts: &Path, id: &str) -> io::Result<Self> {
        let mut file = OpenOptions::new().append(true).open(attempts.join(id))?;
        // Ends a line that was cut short.
        file.write_all(b"\n")?;
        Ok(Self { file })
    }

    pub(super) fn add(&mut self, step: &Step) -> io::Result<()> {
        let mut line = serde_json::to_vec(step)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

/// The records of earlier executors, by the attempts' ids. Old ones that have ended are removed.
pub(super) fn load_all(attempts: &Path) -> io::Result<Vec<(String, Vec<Step>)>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(attempts)? {
        let entry = entry?;
        let Ok(id) = entry.file_name().into_string() else {
            continue;
        };
        let bytes = std::fs::read(entry.path())?;
        let lines = bytes.split(|&byte| byte == b'\n');
        let steps: Vec<Step> = lines
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        let is_old = entry.metadata()?.modified().is_ok_and(|changed| {
            SystemTime::now()
                .duration_since(changed)
                .is_ok_and(|age| age > KEPT)
        });
        if is_old && matches!(steps.last(), Some(Step::Ended(_))) {
            std::fs::remove_file(entry.path())?;
        } else {
            all.push((id, steps));
        }
    }
    Ok(all)
}
