//! Projects whose files come from git: the commit of a run, and what its forge is sent.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::own_project::OwnProject;
use super::served::Server;
use crate::support::wait_for;

/// A task that shows where it runs, and for which commit.
const FILE: &str = "
project: small
tasks:
  test:
    params: [commit]
    outputs: ['out/{commit}.txt']
    run: |
      cat ci/version > $OUT
      echo \"$commit $AUDIENCE_COMMIT\" >> $OUT
";

/// The repository in a directory of the project.
pub(super) struct Upstream<'p>(&'p OwnProject);

impl<'p> Upstream<'p> {
    pub(super) fn new(project: &'p OwnProject) -> Self {
        let upstream = Self(project);
        project.write("upstream/ci/version", "");
        upstream.git(&["init", "-q", "-b", "main", "."]);
        upstream
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=x", "-c", "user.email=x@example.com"])
            .args(arguments)
            .current_dir(self.0.path("upstream"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A commit with this version of the files; its id.
    pub(super) fn commit(&self, version: &str, file: &str) -> String {
        self.0.write("upstream/ci/version", &format!("{version}\n"));
        self.0.write("upstream/project.yaml", file);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", version]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// The file that the server is given.
    pub(super) fn source(&self, more: &str) -> String {
        let path = self.0.path("upstream");
        format!(
            "secrets: [TOKEN]\nsource: {{git: 'file://{}'{more}}}\n",
            path.display()
        )
    }
}

/// What a forge was sent, and how it answers.
#[derive(Clone)]
struct Receiver {
    port: u16,
    /// Path, headers, body.
    received: Arc<Mutex<Vec<(String, String, Value)>>>,
    /// Answers of 500 that are left.
    failures: Arc<Mutex<usize>>,
}

impl Receiver {
    fn start(failures: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self {
            port: listener.local_addr().unwrap().port(),
            received: Arc::default(),
            failures: Arc::new(Mutex::new(failures)),
        };
        let own = receiver.clone();
        thread::spawn(move || {
            listener
                .incoming()
                .flatten()
                .for_each(|stream| own.answer(stream))
        });
        receiver
    }

    fn answer(&self, mut stream: TcpStream) {
        let (mut read, mut piece) = (Vec::new(), [0; 4096]);
        let (head, body) = loop {
            let count = stream.read(&mut piece).unwrap_or(0);
            if count == 0 {
                return;
            }
            read.extend_from_slice(&piece[..count]);
            let text = String::from_utf8_lossy(&read).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n")
                && let Ok(body) = serde_json::from_str(body)
            {
                break (head.to_ascii_lowercase(), body);
            }
        };
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        self.received.lock().unwrap().push((path, head, body));
        let mut failures = self.failures.lock().unwrap();
        let status = match *failures {
            0 => "201 Created",
            _ => "500 Internal Server Error",
        };
        *failures = failures.saturating_sub(1);
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).ok();
    }

    /// States that a commit was sent, in their order.
    fn states(&self, commit: &str) -> Vec<String> {
        let received = self.received.lock().unwrap();
        let of_commit = received.iter().filter(|(path, ..)| path.ends_with(commit));
        let states = of_commit.map(|(_, _, body)| body["state"].as_str().unwrap().to_owned());
        states.collect()
    }

    async fn wait_for_states(&self, commit: &str, expected: &[&str]) {
        wait_for("the forge knows the state", async || {
            (self.states(commit) == expected).then_some(())
        })
        .await;
    }
}

fn settings(project: &OwnProject) -> Value {
    let secrets = project.path("secrets.yaml");
    fs::write(&secrets, "TOKEN: s3cret-t0ken\n").unwrap();
    fs::set_permissions(&secrets, fs::Permissions::from_mode(0o600)).unwrap();
    json!({"git_file": true, "secrets_file": secrets.display().to_string()})
}

fn request(commit: Option<&str>) -> Value {
    let mut body = json!({"targets": [{"task": "test"}]});
    if let Some(commit) = commit {
        body["commit"] = json!(commit);
    }
    body
}

#[tokio::test]
async fn a_run_has_the_files_of_its_commit_and_the_forge_learns_its_state() {
    let project = OwnProject::with("");
    let upstream = Upstream::new(&project);
    let first = upstream.commit("first", FILE);
    let second = upstream.commit("second", FILE);
    let receiver = Receiver::start(2);
    let status = format!(
        ", status: {{gitea: 'http://127.0.0.1:{}/api/v1', repo: o/r, token: TOKEN}}",
        receiver.port
    );
    project.write(
        "project.yaml",
        &format!("project: small\n{}", upstream.source(&status)),
    );
    let server = Server::start(&project, "settings", settings(&project)).await;

    let run = server
        .run_until_ended("small", &request(Some(&first)))
        .await;
    assert_eq!(run["state"], "succeeded", "{run}");
    assert_eq!(run["commit"], first);
    // Outputs are in the directory of the file that the server was given.
    let made = project.read(&format!("out/{first}.txt"));
    assert_eq!(made, format!("first\n{first} {first}\n"));
    receiver
        .wait_for_states(&first, &["pending", "pending", "pending", "success"])
        .await;

    // The newest one, also when it was pushed just now; what is made stays made.
    let run = server.run_until_ended("small", &request(None)).await;
    assert_eq!(run["commit"], second);
    assert!(
        project
            .read(&format!("out/{second}.txt"))
            .starts_with("second\n")
    );
    let third = upstream.commit("third", FILE);
    let run = server.run_until_ended("small", &request(None)).await;
    assert_eq!(run["commit"], third);
    let run = server
        .run_until_ended("small", &request(Some(&first.to_ascii_uppercase())))
        .await;
    assert_eq!(
        (&run["commit"], &run["planned"]["complete"]),
        (&json!(first), &json!(1))
    );
    let params = json!({"targets": [{"task": "test", "params": {"commit": second}}]});
    let run = server.run_until_ended("small", &params).await;
    assert_eq!(run["commit"], second);
    receiver
        .wait_for_states(&third, &["pending", "success"])
        .await;
    // A command that asks the server finds the tasks where the server does.
    let words = ["plan", "test", "--commit", &first, "--server", server.url()];
    let mut command = project.command(&words);
    command.env("AUDIENCE__PIPELINES__GIT_FILE", "true");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let planned = super::own_project::Ended::from(output.await.unwrap());
    assert!(planned.out.contains("1 complete"), "{planned:?}");
    let (_, view) = server.get("/v1/projects/small").await;
    assert_eq!(view["commit"], third);
    assert_eq!(view["tasks"][0]["task"], "test");
    {
        let received = receiver.received.lock().unwrap();
        let (path, head, body) = &received[0];
        assert_eq!(*path, format!("/api/v1/repos/o/r/statuses/{first}"));
        assert!(head.contains("authorization: token s3cret-t0ken"), "{head}");
        assert_eq!(body["context"], "audience/small");
    }

    for (commit, expected) in [
        ("1".repeat(40), "has no commit 1111"),
        ("main".to_owned(), "expected 40 or 64 hexadecimal digits"),
        (
            "--upload-pack=x".to_owned(),
            "expected 40 or 64 hexadecimal digits",
        ),
        ("$(id)".to_owned(), "expected 40 or 64 hexadecimal digits"),
    ] {
        let (status, problem) = server
            .post("/v1/projects/small/runs", &request(Some(&commit)))
            .await;
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert_eq!(status, 422, "{problem}");
        assert!(detail.contains(expected), "{problem}");
    }
    let mut two = request(Some(&first));
    two["targets"][0]["params"] = json!({"commit": second});
    let (status, problem) = server.post("/v1/projects/small/runs", &two).await;
    assert_eq!(status, 422, "{problem}");
}

#[tokio::test]
async fn a_commit_with_faults_is_passed_over() {
    let project = OwnProject::with("");
    let upstream = Upstream::new(&project);
    let good = upstream.commit("good", FILE);
    let faulty = upstream.commit("faulty", "project: small\ntasks:\n  test: {rnu: x}\n");
    upstream.commit("other", "project: other\ntasks:\n  test: {run: x}\n");
    project.write(
        "project.yaml",
        &format!("project: small\n{}", upstream.source("")),
    );
    let server = Server::start(&project, "settings", settings(&project)).await;
    let run = server.run_until_ended("small", &request(None)).await;
    assert_eq!(
        (&run["commit"], &run["state"]),
        (&json!(good), &json!("succeeded"))
    );
    let (_, view) = server.get("/v1/projects/small").await;
    assert_eq!(view["commit"], good);
    assert_eq!(view["faults"][0]["key"], "project", "{view}");
    let (status, problem) = server
        .post("/v1/projects/small/runs", &request(Some(&faulty)))
        .await;
    assert_eq!(status, 422);
    assert_eq!(problem["errors"][0]["key"], "tasks.test.rnu", "{problem}");
    assert_eq!(problem["errors"][0]["line"], 3);
    let mended = upstream.commit("mended", FILE);
    let run = server.run_until_ended("small", &request(None)).await;
    assert_eq!(run["commit"], mended);
    let (_, view) = server.get("/v1/projects/small").await;
    assert_eq!(view["faults"], json!([]));
}

#[tokio::test]
async fn a_state_that_was_not_sent_is_sent_after_a_restart() {
    let project = OwnProject::with("");
    let upstream = Upstream::new(&project);
    let commit = upstream.commit("first", &FILE.replace("cat ci", "exit 3; cat ci"));
    let receiver = Receiver::start(1_000);
    let status = format!(
        ", status: {{gitlab: 'http://127.0.0.1:{}', repo: g/r, token: TOKEN}}",
        receiver.port
    );
    project.write(
        "project.yaml",
        &format!("project: small\n{}", upstream.source(&status)),
    );
    let server = Server::start(&project, "settings", settings(&project)).await;
    let run = server.run_until_ended("small", &request(None)).await;
    assert_eq!(run["state"], "failed");
    wait_for("it is tried", async || {
        (!receiver.states(&commit).is_empty()).then_some(())
    })
    .await;
    drop(server);
    *receiver.failures.lock().unwrap() = 0;
    receiver.received.lock().unwrap().clear();
    let _server = Server::start(&project, "settings", settings(&project)).await;
    receiver
        .wait_for_states(&commit, &["running", "failed"])
        .await;
    let received = receiver.received.lock().unwrap();
    assert_eq!(received[0].0, format!("/projects/g%2fr/statuses/{commit}"));
    assert!(received[0].1.contains("private-token: s3cret-t0ken"));
}

#[test]
fn the_command_line_works_on_a_commit() {
    let project = OwnProject::with("");
    let upstream = Upstream::new(&project);
    let first = upstream.commit("first", FILE);
    let second = upstream.commit("second", FILE);
    project.write(
        "project.yaml",
        &format!("project: small\n{}", upstream.source("")),
    );
    let run = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        command.env("AUDIENCE__PIPELINES__GIT_FILE", "true");
        super::own_project::Ended::from(command.output().unwrap())
    };
    let ended = run(&["run", "test", "--commit", &first]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        project
            .read(&format!("out/{first}.txt"))
            .starts_with("first\n")
    );
    // Its tasks are in commits only: the newest one.
    let ended = run(&["run", "test"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        project
            .read(&format!("out/{second}.txt"))
            .starts_with("second\n")
    );
    let ended = run(&["plan", "test", "--commit", &first]);
    assert!(ended.out.contains("1 complete"), "{ended:?}");
    let ended = run(&["run", "test", "--commit", "main"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    // What is here counts where the file has tasks, though it names a source.
    project.write("ci/version", "here\n");
    project.write(
        "project.yaml",
        &format!("{FILE}{}", upstream.source("").trim_start()),
    );
    let ended = run(&["run", "test", "--commit", &first]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let here = FILE
        .replace("params: [commit]", "params: []")
        .replace("{commit}", "here");
    let here = here.replace("$commit ", "");
    project.write(
        "project.yaml",
        &format!("{here}{}", upstream.source("").trim_start()),
    );
    let ended = run(&["run", "test"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        project.read("out/here.txt").starts_with("here\n"),
        "{ended:?}"
    );
    assert!(Path::new(&project.path("out/here.txt")).exists());
}
