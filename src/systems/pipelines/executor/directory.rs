//! The directory that a server and its executor share.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

const SOCKET: &str = "socket";

#[derive(Clone, Debug)]
pub(super) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Makes what is missing; only its owner may look into it.
    pub(super) fn prepare(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let directory = Self { path };
        for path in [
            directory.path.clone(),
            directory.attempts(),
            directory.temporaries(),
            directory.spares(),
        ] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&path)?;
        }
        std::fs::set_permissions(&directory.path, PermissionsExt::from_mode(0o700))?;
        Ok(directory)
    }

    pub(super) fn attempts(&self) -> PathBuf {
        self.path.join("attempts")
    }

    pub(super) fn temporaries(&self) -> PathBuf {
        self.path.join("tmp")
    }

    pub(super) fn spares(&self) -> PathBuf {
        self.path.join("spare")
    }

    /// What the executor writes on standard error, such as a panic.
    pub(super) fn error_log(&self) -> io::Result<File> {
        self.open("executor.log", OpenOptions::new().append(true))
    }

    /// `None`: another process has it.
    pub(super) fn lock_as_server(&self) -> io::Result<Option<File>> {
        self.lock("lock")
    }

    /// `None`: an executor lives.
    pub(super) fn lock_as_executor(&self) -> io::Result<Option<File>> {
        self.lock("executor.lock")
    }

    fn lock(&self, name: &str) -> io::Result<Option<File>> {
        let file = self.open(name, OpenOptions::new().write(true))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn open(&self, name: &str, options: &mut OpenOptions) -> io::Result<File> {
        options.create(true).mode(0o600).open(self.path.join(name))
    }

    /// For the holder of the executor's lock.
    pub(super) fn listen(&self) -> io::Result<UnixListener> {
        self.remove_socket();
        self.with_short_path(|socket| UnixListener::bind(socket))
    }

    pub(super) async fn connect(&self) -> io::Result<UnixStream> {
        let (_directory, socket) = self.short_path()?;
        UnixStream::connect(socket).await
    }

    /// One that is not there is fine.
    pub(super) fn remove_socket(&self) {
        std::fs::remove_file(self.path.join(SOCKET)).ok();
    }

    fn with_short_path<T>(&self, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
        let (_directory, socket) = self.short_path()?;
        act(&socket)
    }

    /// A socket's path has at most 107 bytes; through the open directory it is always short.
    fn short_path(&self) -> io::Result<(File, PathBuf)> {
        let directory = File::open(&self.path)?;
        let socket = format!("/proc/self/fd/{}/{SOCKET}", directory.as_raw_fd());
        Ok((directory, PathBuf::from(socket)))
    }
}
