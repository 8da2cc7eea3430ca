//! Why a commit could not be had. Sentences for people: without passwords and paths of this machine.

use std::io;
use std::time::Duration;

use super::address::Address;
use crate::webhooks::CommitId;

#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    #[error("git is not installed on this server; install it and try again")]
    NoGit,
    #[error("{0}: directories are fetched only where the setting `pipelines.git_file` is true")]
    FileNotAllowed(Address),
    #[error("{address} cannot be fetched: {reason}")]
    Fetch { address: Address, reason: String },
    #[error("{address} cannot be fetched: the server was silent for {} s", .after.as_secs())]
    Silent { address: Address, after: Duration },
    #[error("{address} cannot be fetched within {} s", .after.as_secs())]
    TooSlow { address: Address, after: Duration },
    #[error("{address} has no branch or tag {name}")]
    UnknownRef { address: Address, name: String },
    #[error("{address} has no commit {commit}; push it, or correct the id")]
    UnknownCommit { address: Address, commit: CommitId },
    #[error("commit {commit} has no file {path}")]
    NoFile { commit: CommitId, path: String },
    #[error("{path} of commit {commit} has {size} bytes, more than the {most} that it may have")]
    TooLarge {
        commit: CommitId,
        path: String,
        size: u64,
        most: u64,
    },
    #[error("commit {commit} has a link that leads out of the repository: {path}")]
    Link { commit: CommitId, path: String },
    #[error("the copy of {address} on this server cannot be {attempted}: {reason}")]
    Copy {
        address: Address,
        attempted: &'static str,
        reason: String,
    },
    #[error("the copy of {address} on this server cannot be {attempted}")]
    Disk {
        address: Address,
        attempted: &'static str,
        #[source]
        cause: io::Error,
    },
}

impl GitError {
    /// Whether trying again can help.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Fetch { .. }
            | Self::Silent { .. }
            | Self::TooSlow { .. }
            | Self::Copy { .. }
            | Self::Disk { .. } => true,
            Self::NoGit
            | Self::FileNotAllowed(_)
            | Self::UnknownRef { .. }
            | Self::UnknownCommit { .. }
            | Self::NoFile { .. }
            | Self::TooLarge { .. }
            | Self::Link { .. } => false,
        }
    }

    pub(super) fn disk(
        address: &Address,
        attempted: &'static str,
    ) -> impl Fn(io::Error) -> Self + use<> {
        let address = address.clone();
        move |cause| Self::Disk {
            address: address.clone(),
            attempted,
            cause,
        }
    }
}

/// What git wrote, and what to do about it.
const KNOWN: [(&str, &str); 11] = [
    (
        "Host key verification failed",
        "the key of its host is not the known one; see known_hosts of the user that runs this server",
    ),
    (
        "Permission denied",
        "it refuses the ssh key of the user that runs this server",
    ),
    (
        "Authentication failed",
        "it refuses the user or the token of the address",
    ),
    (
        "could not read Username",
        "it asks for a user and a token; put them into the address, or use ssh",
    ),
    (
        "could not read Password",
        "it asks for a token; put it into the address, or use ssh",
    ),
    ("Could not resolve host", "its host is not known"),
    ("Connection refused", "its host refuses the connection"),
    ("timed out", "its host does not answer"),
    (
        "does not appear to be a git repository",
        "there is no repository at this address",
    ),
    ("not found", "there is no repository at this address"),
    ("dubious ownership", "the directory belongs to another user"),
];

/// The reason in what git wrote, as a person needs it.
pub(super) fn reason(address: &Address, stderr: &str) -> String {
    for (part, meaning) in KNOWN {
        if stderr.contains(part) {
            return meaning.to_owned();
        }
    }
    let lines = stderr.lines().map(str::trim);
    let fault = lines.rev().find_map(|line| {
        let line = line
            .strip_prefix("fatal: ")
            .or(line.strip_prefix("error: "))?;
        // A path of this machine helps nobody else.
        (!line.contains('/')).then(|| address.masked(line))
    });
    fault.unwrap_or_else(|| "git has failed".to_owned())
}
