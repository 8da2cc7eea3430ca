//! Runs `git`: with an environment of ours and nothing else, within a time, killed with all that it has
//! started.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout_at};

use super::address::Address;
use super::error::GitError;

/// What git may take of the server's environment: to find programs and keys, and the way out of a house.
const KEPT: [&str; 11] = [
    "PATH",
    "HOME",
    "SSH_AUTH_SOCK",
    "GIT_SSH_COMMAND",
    "GIT_SSL_CAINFO",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// Asks nobody anything. A host that is new is believed once, one that has changed is not.
const SSH: &str = "ssh -oBatchMode=yes -oConnectTimeout=15 -oServerAliveInterval=15 \
     -oServerAliveCountMax=3 -oStrictHostKeyChecking=accept-new -oControlMaster=no \
     -oControlPath=none -oForwardAgent=no -oPermitLocalCommand=no -oClearAllForwardings=yes";

/// Instead of all files of configuration. `.gitattributes` of a commit name filters, which are defined
/// nowhere.
const CONFIGURATION: [(&str, &str); 18] = [
    ("core.hooksPath", "/dev/null"),
    ("core.attributesFile", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.symlinks", "true"),
    ("core.autocrlf", "false"),
    ("core.protectHFS", "true"),
    ("core.protectNTFS", "true"),
    ("credential.helper", ""),
    ("protocol.ext.allow", "never"),
    ("fetch.recurseSubmodules", "false"),
    ("submodule.recurse", "false"),
    ("filter.lfs.smudge", ""),
    ("filter.lfs.process", ""),
    ("filter.lfs.required", "false"),
    ("http.lowSpeedLimit", "1"),
    ("http.lowSpeedTime", "60"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
];

/// What is kept of the messages of git: their end.
const STDERR_MAX: usize = 16 << 10;

/// More than git has to say here.
const STDOUT_MAX: usize = 64 << 20;

#[derive(Clone, Copy, Debug)]
pub(crate) struct GitLimits {
    /// How long git may be silent while it fetches; it shows how far it is.
    pub silent: Duration,
    pub whole: Duration,
}

impl Default for GitLimits {
    fn default() -> Self {
        Self {
            silent: Duration::from_secs(60),
            whole: Duration::from_secs(1_800),
        }
    }
}

/// How git is run for one address.
#[derive(Clone, Debug)]
pub(super) struct Git {
    address: Address,
    environment: Vec<(String, String)>,
    limits: GitLimits,
}

#[derive(Debug)]
pub(super) struct Output {
    pub stdout: Vec<u8>,
    pub stderr: String,
    pub is_success: bool,
}

impl Git {
    /// `trusting` is a file of configuration for directories of other users.
    pub(super) fn new(
        address: &Address,
        server: &[(String, String)],
        limits: GitLimits,
        trusting: &Path,
    ) -> Self {
        let kept = server
            .iter()
            .filter(|(name, _)| KEPT.contains(&name.as_str()));
        let mut environment: Vec<(String, String)> = kept.cloned().collect();
        let mut set =
            |name: &str, value: &str| match environment.iter_mut().find(|(known, _)| known == name)
            {
                Some((_, known)) => value.clone_into(known),
                None => environment.push((name.to_owned(), value.to_owned())),
            };
        let is_ssh_set = server.iter().any(|(name, _)| name == "GIT_SSH_COMMAND");
        if !is_ssh_set {
            set("GIT_SSH_COMMAND", SSH);
        }
        let (protocols, global) = match address.is_directory() {
            // A directory that the settings allow may belong to another user.
            true => ("file", trusting.to_string_lossy()),
            false => ("https:ssh", "/dev/null".into()),
        };
        for (name, value) in [
            ("LC_ALL", "C"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", &global),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_ASKPASS", "true"),
            ("SSH_ASKPASS", "true"),
            ("GIT_ALLOW_PROTOCOL", protocols),
            ("GIT_PROTOCOL_FROM_USER", "0"),
            ("GIT_LITERAL_PATHSPECS", "1"),
            ("GIT_LFS_SKIP_SMUDGE", "1"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
        ] {
            set(name, value);
        }
        // By variables and not by arguments, which other users can see.
        let own = CONFIGURATION.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let remote = ("remote.origin.url".to_owned(), address.without_user());
        let user = address.authorization();
        let user = user.map(|(host, header)| (format!("http.{host}.extraHeader"), header));
        let all = own.into_iter().chain([remote]).chain(user);
        for (no, (key, value)) in all.enumerate() {
            set(&format!("GIT_CONFIG_KEY_{no}"), &key);
            set(&format!("GIT_CONFIG_VALUE_{no}"), &value);
            set("GIT_CONFIG_COUNT", &(no + 1).to_string());
        }
        Self {
            address: address.clone(),
            environment,
            limits,
        }
    }

    /// With another variable.
    pub(super) fn with(mut self, name: &str, value: &Path) -> Self {
        let value = value.to_string_lossy().into_owned();
        self.environment.push((name.to_owned(), value));
        self
    }

    /// Runs git in a directory; `input` is what it reads.
    pub(super) async fn run(
        &self,
        directory: &Path,
        arguments: &[&str],
        input: Option<&[u8]>,
    ) -> Result<Output, GitError> {
        let stdin = match input {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        };
        let child = Command::new("git")
            .args(arguments)
            .current_dir(directory)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn();
        let child = child.map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound if directory.is_dir() => GitError::NoGit,
            _ => GitError::disk(&self.address, "used")(cause),
        })?;
        let mut tree = Tree::new(child);
        let end = Instant::now() + self.limits.whole;
        let talked = talk(&mut tree.child, input, self.limits.silent, end).await;
        match talked {
            Ok((status, stdout, stderr)) => {
                tree.has_ended = true;
                Ok(Output {
                    stdout,
                    stderr: String::from_utf8_lossy(&stderr).into_owned(),
                    is_success: status.success(),
                })
            }
            Err(problem) => {
                tree.kill();
                tree.child.wait().await.ok();
                tree.has_ended = true;
                Err(problem.of(&self.address, self.limits))
            }
        }
    }
}

/// Why git was not waited for.
enum Problem {
    Silent,
    TooSlow,
    Io(io::Error),
}

impl Problem {
    fn of(self, address: &Address, limits: GitLimits) -> GitError {
        let address = address.clone();
        match self {
            Self::Silent => GitError::Silent {
                address,
                after: limits.silent,
            },
            Self::TooSlow => GitError::TooSlow {
                address,
                after: limits.whole,
            },
            Self::Io(cause) => GitError::disk(&address, "used")(cause),
        }
    }
}

/// A process and all that it has started; killed when it is dropped before its end.
struct Tree {
    child: Child,
    group: Option<Pid>,
    has_ended: bool,
}

impl Tree {
    fn new(child: Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self {
            group: id.and_then(Pid::from_raw),
            child,
            has_ended: false,
        }
    }

    fn kill(&self) {
        if let Some(group) = self.group.filter(|_| !self.has_ended) {
            // It may have ended just now.
            kill_process_group(group, Signal::KILL).ok();
        }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Until both ends of a process are closed and it has ended.
async fn talk(
    child: &mut Child,
    input: Option<&[u8]>,
    silent: Duration,
    end: Instant,
) -> Result<(ExitStatus, Vec<u8>, Vec<u8>), Problem> {
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        // A few lines: they fit into the pipe.
        stdin.write_all(input).await.ok();
    }
    while out.is_some() || err.is_some() {
        let until = (Instant::now() + silent).min(end);
        let both = async {
            tokio::select! {
                read = piece(&mut out, &mut stdout, STDOUT_MAX), if out.is_some() => read,
                read = piece(&mut err, &mut stderr, usize::MAX), if err.is_some() => read,
            }
        };
        match timeout_at(until, both).await {
            Ok(read) => read.map_err(Problem::Io)?,
            Err(_) if until == end => return Err(Problem::TooSlow),
            Err(_) => return Err(Problem::Silent),
        }
        if stderr.len() > 2 * STDERR_MAX {
            stderr.drain(..stderr.len() - STDERR_MAX);
        }
    }
    match timeout_at(end, child.wait()).await {
        Ok(status) => Ok((status.map_err(Problem::Io)?, stdout, stderr)),
        Err(_) => Err(Problem::TooSlow),
    }
}

/// Reads a piece; at its end the source is dropped.
async fn piece(
    source: &mut Option<impl AsyncRead + Unpin>,
    to: &mut Vec<u8>,
    most: usize,
) -> io::Result<()> {
    let Some(open) = source else {
        return Ok(());
    };
    match open.read_buf(to).await? {
        0 => *source = None,
        _ if to.len() > most => return Err(io::Error::other("git wrote too much")),
        _ => {}
    }
    Ok(())
}
