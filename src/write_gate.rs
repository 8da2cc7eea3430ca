//! Lets one writer at a time into a SQLite file, first come first served.
//!
//! SQLite itself has one writer and lets the others poll with growing sleeps, so a busy
//! labelling job would keep the engine's own small writes waiting for seconds. Everybody
//! in this process who writes to a file passes its gate instead. Other processes still
//! meet SQLite's lock.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as FairMutex, OwnedMutexGuard};

static GATES: LazyLock<Mutex<HashMap<PathBuf, Weak<FairMutex<()>>>>> =
    LazyLock::new(Mutex::default);

/// The gate of one file. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct WriteGate(Arc<FairMutex<()>>);

/// The right to write, until dropped.
#[derive(Debug)]
pub struct WritePass(#[expect(dead_code, reason = "held for its drop")] OwnedMutexGuard<()>);

impl WriteGate {
    /// The gate that all users of this file in this process share.
    pub fn of_file(path: &Path) -> Self {
        let key = canonical(path);
        let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
        gates.retain(|_, gate| gate.strong_count() > 0);
        if let Some(gate) = gates.get(&key).and_then(Weak::upgrade) {
            return Self(gate);
        }
        let gate = Arc::new(FairMutex::new(()));
        gates.insert(key, Arc::downgrade(&gate));
        Self(gate)
    }

    pub async fn enter(&self) -> WritePass {
        WritePass(Arc::clone(&self.0).lock_owned().await)
    }

    /// The same from a thread that may block.
    pub fn enter_blocking(&self) -> WritePass {
        WritePass(Arc::clone(&self.0).blocking_lock_owned())
    }
}

/// The file need not exist yet, but its folder distinguishes two spellings.
fn canonical(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return absolute;
    };
    folder
        .canonicalize()
        .map(|folder| folder.join(name))
        .unwrap_or(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_spellings_of_one_file_share_a_gate() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let gate = WriteGate::of_file(&folder.path().join("a.db"));
        let same = WriteGate::of_file(&folder.path().join(".").join("a.db"));
        let other = WriteGate::of_file(&folder.path().join("b.db"));
        let _pass = gate.enter().await;
        assert!(same.0.try_lock().is_err());
        assert!(other.0.try_lock().is_ok());
    }
}
