//! The executor as a process of its own: this test binary, started again for a single test.

mod logs;
mod survival;
mod trees;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use super::process_table::processes;
use super::protocol::AttemptState;
use super::{
    Attempt, Cause, CommandLimits, Commands, End, Executor, ExecutorError, ExecutorOptions, Exit,
    Heartbeat, HostOptions, exec_with_limits, kill_marked, run_executor,
};
use crate::systems::pipelines::console::{ConsoleReader, MarkKind, Piece};

const DIR: &str = "AUDIENCE_TEST_DIR";
const ORPHAN_MS: &str = "AUDIENCE_TEST_ORPHAN_MS";
const SCRIPT: &str = "AUDIENCE_TEST_SCRIPT";
const PATIENCE: Duration = Duration::from_secs(60);

fn this_test(name: &str) -> Vec<String> {
    let path = format!("{}::{name}", module_path!());
    let path = path
        .split_once("::")
        .map_or(path.clone(), |(_, path)| path.to_owned());
    ["--exact", &path, "--nocapture", "--quiet"]
        .map(str::to_owned)
        .to_vec()
}

/// Does nothing, unless it is started by the other tests.
#[test]
fn as_executor() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let orphan_ms = std::env::var(ORPHAN_MS).unwrap().parse().unwrap();
    let program = std::env::current_exe().unwrap();
    let mut limits_command = vec![program.to_str().unwrap().to_owned()];
    limits_command.extend(this_test("as_limits"));
    limits_command.push("--".to_owned());
    let options = HostOptions {
        dir: dir.into(),
        orphan: Duration::from_millis(orphan_ms),
        limits_command,
    };
    run_executor(options).unwrap();
    std::process::exit(0);
}

/// Becomes a command under limits, if it is started by the executor.
#[test]
fn as_limits() {
    let mut arguments = std::env::args_os()
        .skip_while(|argument| argument != "--")
        .skip(1)
        .peekable();
    if arguments.peek().is_some() {
        panic!("{}", exec_with_limits(arguments));
    }
}

/// Starts an attempt and waits for being killed, if it is started by the other tests.
#[test]
fn as_server() {
    let Ok(script) = std::env::var(SCRIPT) else {
        return;
    };
    let bench = Bench::at(PathBuf::from(std::env::var(DIR).unwrap()));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let executor = bench.executor().await;
        executor.start(&bench.attempt("a", &script)).await.unwrap();
        println!("started");
        sleep(PATIENCE).await;
    });
}

struct Bench {
    _temporary: Option<TempDir>,
    root: PathBuf,
    orphan_ms: u64,
    heartbeat: Heartbeat,
}

impl Bench {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let mut bench = Self::at(temporary.path().to_owned());
        bench._temporary = Some(temporary);
        bench
    }

    fn at(root: PathBuf) -> Self {
        Self {
            _temporary: None,
            root,
            orphan_ms: 20_000,
            heartbeat: Heartbeat::default(),
        }
    }

    fn options(&self) -> ExecutorOptions {
        ExecutorOptions {
            // Longer than the path of a socket may be.
            dir: self.root.join("d".repeat(100)).join("e".repeat(100)),
            program: std::env::current_exe().unwrap(),
            args: this_test("as_executor")
                .into_iter()
                .map(OsString::from)
                .collect(),
            env: vec![
                (DIR.into(), self.options_dir().into()),
                (ORPHAN_MS.into(), self.orphan_ms.to_string().into()),
            ],
            heartbeat: self.heartbeat,
        }
    }

    fn options_dir(&self) -> PathBuf {
        self.root.join("d".repeat(100)).join("e".repeat(100))
    }

    async fn executor(&self) -> Executor {
        Executor::connect_or_start(self.options()).await.unwrap()
    }

    fn attempt(&self, id: &str, script: &str) -> Attempt {
        let unique = self.root.file_name().unwrap().to_str().unwrap();
        Attempt {
            id: id.to_owned(),
            commands: Commands::Exec(["bash", "-c", script].map(str::to_owned).to_vec()),
            env: vec![
                ("PATH".into(), std::env::var("PATH").unwrap()),
                ("ROOT".into(), self.root.to_str().unwrap().to_owned()),
                ("AUDIENCE_ATTEMPT".into(), format!("{unique}.{id}")),
            ],
            cwd: self.root.clone(),
            log: self.log_path(id),
            log_max: 1 << 20,
            secrets: vec!["geheimnis".to_owned()],
            timeout_ms: None,
            grace_ms: 300,
            limits: CommandLimits::default(),
            marker: vec![("AUDIENCE_ATTEMPT".into(), format!("{unique}.{id}"))],
        }
    }

    fn log_path(&self, id: &str) -> PathBuf {
        self.root.join("logs").join(format!("{id}.log"))
    }

    fn log(&self, id: &str) -> String {
        String::from_utf8_lossy(&whole_log(&self.log_path(id))).into_owned()
    }

    /// Runs a script to its end and makes sure that nothing of it is left.
    async fn run(&self, script: &str) -> (End, String) {
        let executor = self.executor().await;
        let end = run_with(&executor, &self.attempt("a", script)).await;
        assert_eq!(self.marked(), Vec::<i32>::new(), "{}", self.log("a"));
        (end, self.log("a"))
    }

    /// The processes that have this bench in their environment.
    fn marked(&self) -> Vec<i32> {
        let is_marked = |pid: i32| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let root = format!("ROOT={}", self.root.display()).into_bytes();
            environment
                .split(|&byte| byte == 0)
                .any(|variable| variable == root)
        };
        let living = processes().into_iter().filter(|process| !process.is_zombie);
        living
            .map(|process| process.identity.pid)
            .filter(|&pid| is_marked(pid))
            .collect()
    }

    async fn until_file(&self, name: &str) -> String {
        let path = self.root.join(name);
        until(|| {
            std::fs::read_to_string(&path)
                .ok()
                .filter(|text| text.ends_with('\n'))
        })
        .await
    }
}

fn whole_log(log: &Path) -> Vec<u8> {
    let reader = ConsoleReader::open(log).unwrap();
    let mut all = Vec::new();
    while let Piece::Bytes { bytes, .. } = reader.read(all.len() as u64, 1 << 20).unwrap() {
        all.extend(bytes);
    }
    all
}

async fn run_with(executor: &Executor, attempt: &Attempt) -> End {
    executor.start(attempt).await.unwrap();
    timeout(PATIENCE, executor.wait(&attempt.id))
        .await
        .expect("the attempt ends")
        .unwrap()
}

async fn until<T>(mut condition: impl FnMut() -> Option<T>) -> T {
    let waiting = async {
        loop {
            match condition() {
                Some(value) => return value,
                None => sleep(Duration::from_millis(5)).await,
            }
        }
    };
    timeout(PATIENCE, waiting)
        .await
        .expect("the condition becomes true")
}

fn is_alive(pid: i32) -> bool {
    processes()
        .iter()
        .any(|process| process.identity.pid == pid && !process.is_zombie)
}

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

async fn freeze(pid: u32) {
    let process = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(process, Signal::STOP).unwrap();
    // Its threads stop one after the other.
    let are_stopped = || {
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        let mut stats =
            threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("stat")));
        stats.all(|stat| stat.is_ok_and(|stat| stat.contains(") T ")))
    };
    until(|| are_stopped().then_some(())).await;
}

#[tokio::test]
async fn a_command_has_the_environment_that_is_given_and_nothing_to_read() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let mut attempt = bench.attempt("a", "");
    attempt.commands = Commands::Exec(vec!["env".into()]);
    assert!(run_with(&executor, &attempt).await.is_success());
    let log = bench.log("a");
    let mut names: Vec<&str> = log
        .lines()
        .map(|line| line.split_once('=').unwrap().0)
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["AUDIENCE_ATTEMPT", "PATH", "ROOT", "TMPDIR"]);
    let script = r#"cat; pwd; touch "$TMPDIR/x"; mkdir "$TMPDIR/y"; touch "$TMPDIR/y/z"; chmod 500 "$TMPDIR/y"; echo "$TMPDIR""#;
    assert!(
        run_with(&executor, &bench.attempt("b", script))
            .await
            .is_success()
    );
    let log = bench.log("b");
    let (cwd, temporary) = log.trim().split_once('\n').unwrap();
    assert_eq!(cwd, bench.root.to_str().unwrap());
    assert!(temporary.ends_with("/tmp/b") && !Path::new(temporary).exists());
}

#[tokio::test]
async fn a_program_that_cannot_be_started_ends_the_attempt() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let mut attempt = bench.attempt("a", "");
    attempt.commands = Commands::Exec(vec!["no-such-program".into()]);
    let end = run_with(&executor, &attempt).await;
    assert_eq!(
        end.exit,
        Exit::NotStarted("failed to start no-such-program: not found".into())
    );
    attempt.id = "b".into();
    attempt.commands = Commands::Exec(vec!["true".into(), "\0".into()]);
    assert!(matches!(
        run_with(&executor, &attempt).await.exit,
        Exit::NotStarted(_)
    ));
    attempt.id = "c".into();
    attempt.cwd = bench.root.join("nowhere");
    assert!(matches!(
        run_with(&executor, &attempt).await.exit,
        Exit::NotStarted(_)
    ));
    attempt.id = "../d".into();
    let refused = executor.start(&attempt).await;
    assert!(matches!(refused, Err(ExecutorError::InvalidAttempt { .. })));
}

#[tokio::test]
async fn limits_hold_from_the_first_instruction_on() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let mut attempt = bench.attempt("a", "ulimit -n; ulimit -v; echo $0");
    attempt.limits = CommandLimits {
        memory: Some(1 << 30),
        open_files: Some(77),
    };
    let end = run_with(&executor, &attempt).await;
    let log = bench.log("a");
    assert!(end.is_success(), "{end:?} {log}");
    assert!(log.ends_with("77\n1048576\nbash\n"), "{log}");
}

#[tokio::test]
async fn nothing_is_started_twice() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let attempt = bench.attempt(
        "a",
        "echo x >> started; until [ -e go ]; do sleep 0.01; done",
    );
    let first = executor.start(&attempt).await.unwrap();
    let again = executor.start(&attempt).await.unwrap();
    assert_eq!(first, again);
    bench.until_file("started").await;
    std::fs::write(bench.root.join("go"), "").unwrap();
    assert!(executor.wait("a").await.unwrap().is_success());
    assert!(matches!(
        executor.start(&attempt).await.unwrap(),
        AttemptState::Ended(_)
    ));
    drop(executor);
    let executor = bench.executor().await;
    assert!(matches!(
        executor.start(&attempt).await.unwrap(),
        AttemptState::Ended(_)
    ));
    assert_eq!(bench.until_file("started").await, "x\n");
    executor.forget("a").unwrap();
    assert!(matches!(
        executor.wait("a").await,
        Err(ExecutorError::UnknownAttempt { .. })
    ));
    until(|| (!bench.options_dir().join("attempts/a").exists()).then_some(())).await;
}

#[tokio::test]
async fn many_commands_at_once_keep_their_ends_apart() {
    let bench = Bench::new();
    let executor = bench.executor().await;
    let attempts: Vec<Attempt> = (0..40)
        .map(|number| {
            bench.attempt(
                &format!("n{number}"),
                &format!("echo {number}; sleep 0.0{}; exit {number}", number % 7),
            )
        })
        .collect();
    for attempt in &attempts {
        executor.start(attempt).await.unwrap();
    }
    for (number, attempt) in attempts.iter().enumerate() {
        let end = timeout(PATIENCE, executor.wait(&attempt.id))
            .await
            .expect("it ends")
            .unwrap();
        assert_eq!(end.exit, Exit::Code(i32::try_from(number).unwrap()));
        assert_eq!(bench.log(&attempt.id), format!("{number}\n"));
    }
}
