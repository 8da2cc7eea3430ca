//! Servers of a test's own, which it can stop, kill and start again.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Their home, removed together with them.
pub(crate) struct OwnServers(TempDir);

/// What a start prints: the variables that tests find servers by.
pub(crate) type Variables = BTreeMap<String, String>;

/// The script that installs, starts and stops servers.
pub(crate) fn servers_script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/servers")
}

impl OwnServers {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        // Servers run as users of their own.
        let enter = std::fs::Permissions::from_mode(0o711);
        std::fs::set_permissions(folder.path(), enter).unwrap();
        Self(folder)
    }

    /// Runs `scripts/servers COMMAND DIR ARGUMENT...`.
    pub(crate) fn run(&self, command: &str, arguments: &[&str]) -> Variables {
        let mut script = Command::new(servers_script());
        script.arg(command).arg(self.0.path().join("servers"));
        let done = script.args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{command} {arguments:?}: {errors}");
        let lines = String::from_utf8(done.stdout).unwrap();
        let lines = lines.lines().filter_map(|line| {
            let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
            Some((name.to_owned(), value.trim_matches('\'').to_owned()))
        });
        lines.collect()
    }
}

impl Drop for OwnServers {
    fn drop(&mut self) {
        self.run("remove", &[]);
    }
}
