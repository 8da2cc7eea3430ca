//! The executors that this process uses: its own, and those that dead processes have left.
//!
//! Several processes may share a store and a machine. Each takes the first directory that no other
//! one holds: `0`, `1`, … A process that is started again finds its executor in the same one. An attempt
//! that is not known there may stand in the directory of another process, which then has died or is
//! about to give the job up.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::engine::seam::StepError;
use crate::systems::pipelines::executor::{
    Executor, ExecutorError, ExecutorOptions, Heartbeat, kill_marked,
};

/// Processes of one store on one machine.
const MOST: u32 = 64;

/// Clones share the executors.
#[derive(Clone)]
pub(crate) struct Executors(Arc<Inner>);

struct Inner {
    root: PathBuf,
    program: PathBuf,
    orphan_s: u64,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    own: Option<Arc<Executor>>,
    /// By directory.
    all: BTreeMap<u32, Arc<Executor>>,
}

impl Executors {
    pub(crate) fn below(root: PathBuf, program: PathBuf, orphan_s: u64) -> Self {
        Self(Arc::new(Inner {
            root,
            program,
            orphan_s,
            open: Mutex::default(),
        }))
    }

    /// The one that this process starts commands with.
    pub(crate) async fn own(&self) -> Result<Arc<Executor>, StepError> {
        let mut open = self.0.open.lock().await;
        if let Some(own) = &open.own {
            return Ok(Arc::clone(own));
        }
        for number in 0..MOST {
            if open.all.contains_key(&number) {
                continue;
            }
            match self.0.connect(number).await {
                Ok(executor) => {
                    let executor = Arc::new(executor);
                    open.all.insert(number, Arc::clone(&executor));
                    open.own = Some(Arc::clone(&executor));
                    return Ok(executor);
                }
                Err(ExecutorError::InUse { .. }) => {}
                Err(error) => return Err(super::ending::away(error)),
            }
        }
        Err(StepError::outage(
            "an executor",
            format!("{MOST} processes use this directory of executors"),
        ))
    }

    /// The executor that knows an attempt; `None`: none does, and nothing of it runs here.
    pub(crate) async fn of_attempt(
        &self,
        id: &str,
        marker: &[(String, String)],
    ) -> Result<Option<Arc<Executor>>, StepError> {
        let own = self.own().await?;
        if own.state(id).is_some() {
            return Ok(Some(own));
        }
        let mut open = self.0.open.lock().await;
        for number in 0..MOST {
            if let Some(executor) = open.all.get(&number) {
                if executor.state(id).is_some() {
                    return Ok(Some(Arc::clone(executor)));
                }
                continue;
            }
            if !self.0.directory(number).join("attempts").join(id).exists() {
                continue;
            }
            match self.0.connect(number).await {
                Ok(executor) => {
                    let executor = Arc::new(executor);
                    open.all.insert(number, Arc::clone(&executor));
                    if executor.state(id).is_some() {
                        return Ok(Some(executor));
                    }
                }
                // Its server has lost the job, and does not know yet.
                Err(ExecutorError::InUse { .. }) => {
                    if !kill_marked(marker).await {
                        let sentence = "commands of an earlier attempt cannot be ended";
                        return Err(StepError::outage("another process", sentence));
                    }
                }
                Err(error) => return Err(super::ending::away(error)),
            }
        }
        Ok(None)
    }
}

impl Inner {
    fn directory(&self, number: u32) -> PathBuf {
        self.root.join(number.to_string())
    }

    async fn connect(&self, number: u32) -> Result<Executor, ExecutorError> {
        let dir = self.directory(number);
        let word = |text: &str| text.into();
        Executor::connect_or_start(ExecutorOptions {
            args: vec![
                word("executor"),
                word("--dir"),
                dir.clone().into_os_string(),
                word("--orphan-s"),
                word(&self.orphan_s.to_string()),
            ],
            dir,
            program: self.program.clone(),
            env: Vec::new(),
            heartbeat: Heartbeat::default(),
        })
        .await
    }
}

/// This program, also after its file has been replaced.
pub(crate) fn this_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}
