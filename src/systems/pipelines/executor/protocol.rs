//! What a server and its executor say to each other: a JSON value a line.

use std::fmt;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt};

use crate::clock::now_micros;

/// A longer frame is an error. Attempts carry scripts (≤ 1 MiB) and lists of paths.
const FRAME_BYTES_MAX: usize = 64 << 20;
const ID_BYTES_MAX: usize = 120;

/// One try at running the commands of a job.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// Never used twice. Letters, digits, `.`, `_`, `-`.
    pub id: String,
    pub commands: Commands,
    /// The whole environment, but for `TMPDIR`, which the executor adds.
    pub env: Vec<(String, String)>,
    pub cwd: PathBuf,
    pub log: PathBuf,
    /// Bytes of the log that are kept.
    pub log_max: u64,
    /// Values that are masked in the log.
    pub secrets: Vec<String>,
    pub timeout_ms: Option<u64>,
    /// Between TERM and KILL.
    pub grace_ms: u64,
    pub limits: CommandLimits,
    /// Variables of `env` that together occur in no other attempt: by them its processes are found.
    pub marker: Vec<(String, String)>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Commands {
    /// A program and its arguments.
    Exec(Vec<String>),
    /// Scripts, one after the other until one fails; each is the last argument of the shell. Several are
    /// folds in the log.
    Scripts {
        shell: Vec<String>,
        scripts: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CommandLimits {
    /// Bytes of address space.
    pub memory: Option<u64>,
    pub open_files: Option<u64>,
}

impl fmt::Debug for Attempt {
    /// Without arguments and environment, which may hold secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Attempt");
        shown
            .field("id", &self.id)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AttemptState {
    /// `pid` of the latest command; 0 before the first.
    Running {
        pid: i32,
    },
    Ended(End),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    pub cause: Cause,
    /// Of the last command that ran.
    pub exit: Exit,
    /// Which of the commands that was, from 0.
    pub command: usize,
    /// Microseconds since 1970.
    pub started_at: i64,
    pub ended_at: i64,
    /// Bytes of the masked stream.
    pub log_bytes: u64,
    /// XXH3 of the masked stream, in hexadecimal digits; empty if it is not known.
    pub log_digest: String,
    /// Why the log is not whole.
    pub log_error: Option<String>,
}

/// Why an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Cause {
    /// By itself.
    Exited,
    TimedOut,
    /// The server asked for it.
    Stopped,
    /// There was no server for too long.
    Orphaned,
    /// The executor itself was killed; its successor made sure that nothing of the tree is left.
    ExecutorDied,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Exit {
    Code(i32),
    Signal(i32),
    /// The program could not be started.
    NotStarted(String),
    /// Not known.
    Lost,
}

impl End {
    /// Of an attempt about whose log and times nothing is known.
    pub(super) fn now(cause: Cause, exit: Exit) -> Self {
        let now = now_micros();
        Self {
            cause,
            exit,
            command: 0,
            started_at: now,
            ended_at: now,
            log_bytes: 0,
            log_digest: String::new(),
            log_error: None,
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        self.cause == Cause::Exited && self.exit == Exit::Code(0)
    }
}

#[derive(Serialize, Deserialize)]
pub(super) enum Request {
    /// Of an attempt that is known nothing is started again.
    Start(Box<Attempt>),
    Stop {
        id: String,
        grace_ms: Option<u64>,
    },
    /// The end has been stored by the server.
    Forget {
        id: String,
    },
    /// Asks for a sign of life. Only for executors that announce an answer.
    Ping,
}

#[derive(Serialize, Deserialize)]
pub(super) enum Event {
    /// The first frame: all that is known.
    Hello {
        pid: u32,
        attempts: Vec<(String, AttemptState)>,
        /// Executors of earlier versions of the program do not.
        #[serde(default)]
        answers_pings: bool,
    },
    State {
        id: String,
        state: AttemptState,
    },
    /// The answer to `Ping`, for the server that asked only.
    Pong,
}

pub(crate) fn attempt_id_is_valid(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !id.is_empty() && id.len() <= ID_BYTES_MAX && !id.starts_with('.') && id.bytes().all(is_plain)
}

pub(super) fn frame(message: &impl Serialize) -> io::Result<String> {
    let mut line = serde_json::to_string(message)?;
    line.push('\n');
    Ok(line)
}

/// The next frame; `None` at the end of the stream, also in the middle of a frame.
pub(super) async fn next_frame(
    reader: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    loop {
        let available = reader.fill_buf().await?;
        if available.is_empty() {
            return Ok(None);
        }
        let newline = memchr::memchr(b'\n', available);
        let taken = newline.map_or(available.len(), |newline| newline + 1);
        line.extend_from_slice(&available[..taken]);
        reader.consume(taken);
        if newline.is_some() {
            return Ok(Some(line));
        }
        if line.len() > FRAME_BYTES_MAX {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a frame is too long",
            ));
        }
    }
}
