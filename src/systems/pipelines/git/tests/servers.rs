//! Servers that do not answer as they should.

use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn address(written: &str) -> Address {
    Address::parse(written).unwrap()
}

/// Processes whose command line holds this text.
fn running(text: &str) -> usize {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines
        .filter(|line| String::from_utf8_lossy(line).contains(text))
        .count()
}

async fn none_runs(script: &str) {
    while running(script) + running("sleep\u{0}98765") > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_left_with_all_that_was_started() {
    let folder = tempfile::tempdir().unwrap();
    // In place of ssh: it starts another process, and both wait for ever.
    let script = folder.path().join("hanging-ssh");
    fs::write(&script, "#!/bin/sh\nsleep 98765 & wait\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let script = script.to_str().unwrap();
    let here = Here::new()
        .with("GIT_SSH_COMMAND", script)
        .silent_for(Duration::from_millis(500));
    let refused = here
        .open()
        .fetch(&address("git@example.com:a/b.git"))
        .await
        .unwrap_err();
    assert!(matches!(refused, GitError::Silent { .. }), "{refused}");
    assert!(refused.is_transient());
    none_runs(script).await;
    // A caller that goes away takes them along.
    let here = here.silent_for(Duration::from_secs(60));
    let (repositories, at) = (here.open(), address("git@example.com:a/b.git"));
    let fetch = tokio::spawn(async move { repositories.fetch(&at).await });
    while running("sleep\u{0}98765") == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    fetch.abort();
    none_runs(script).await;
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || stream.read_to_end(&mut Vec::new()));
        }
    });
    let here = Here::new().silent_for(Duration::from_millis(500));
    let at = address(&format!("https://user:t0ken@127.0.0.1:{port}/a.git"));
    let refused = here.open().fetch(&at).await.unwrap_err();
    assert!(matches!(refused, GitError::Silent { .. }), "{refused}");
    assert!(!format!("{refused} {refused:?}").contains("t0ken"));
}

#[tokio::test]
async fn errors_are_sentences_without_passwords_and_paths() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("refusing-ssh");
    fs::write(
        &script,
        "#!/bin/sh\necho 'git@x: Permission denied (publickey).' >&2\nexit 255\n",
    )
    .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let here = Here::new().with("GIT_SSH_COMMAND", script.to_str().unwrap());
    let repositories = here.open();
    for (written, expected) in [
        (
            format!("https://user:t0ken@127.0.0.1:{closed}/a.git"),
            format!("https://***@127.0.0.1:{closed}/a.git cannot be fetched: "),
        ),
        (
            "git@example.com:a.git".to_owned(),
            "git@example.com:a.git cannot be fetched: it refuses the ssh key of the user that runs \
             this server"
                .to_owned(),
        ),
        (
            "file:///nowhere/a.git".to_owned(),
            "file:///nowhere/a.git cannot be fetched: there is no repository at this address"
                .to_owned(),
        ),
    ] {
        let error = repositories.fetch(&address(&written)).await.unwrap_err();
        let shown = error.to_string();
        assert!(shown.starts_with(&expected), "{shown}");
        let root = here.root();
        assert!(!shown.contains("t0ken") && !shown.contains(root.to_str().unwrap()), "{shown}");
    }
}

/// A server of ssh on this machine, which is there for one test.
struct Sshd {
    process: std::process::Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Sshd {
    /// `None`: it is not installed; `scripts/servers` does that.
    fn start() -> Option<Self> {
        const SSHD: &str = "/usr/sbin/sshd";
        if !Path::new(SSHD).exists() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        for name in ["host", "user", "stranger"] {
            let key = ["-q", "-t", "ed25519", "-N", "", "-f", &at(name)];
            assert!(
                Command::new("ssh-keygen")
                    .args(key)
                    .status()
                    .unwrap()
                    .success()
            );
        }
        fs::create_dir_all("/run/sshd").ok();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let process = Command::new(SSHD)
            .args([
                "-D",
                "-e",
                "-f",
                "/dev/null",
                "-p",
                &port.to_string(),
                "-h",
                &at("host"),
            ])
            .args([
                "-o",
                "ListenAddress=127.0.0.1",
                "-o",
                "StrictModes=no",
                "-o",
                "UsePAM=no",
            ])
            .args(["-o", &format!("AuthorizedKeysFile={}", at("user.pub"))])
            .args(["-o", &format!("PidFile={}", at("pid"))])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let sshd = Self {
            process,
            folder,
            port,
        };
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(sshd)
    }

    fn client(&self, key: &str) -> String {
        let folder = self.folder.path().display();
        format!(
            "ssh -F /dev/null -i {folder}/{key} -oIdentitiesOnly=yes -oIdentityAgent=none -oBatchMode=yes \
             -oStrictHostKeyChecking=accept-new -oUserKnownHostsFile={folder}/known_hosts"
        )
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[tokio::test]
async fn a_repository_is_fetched_by_ssh() {
    let Some(sshd) = Sshd::start() else {
        eprintln!("sshd is not installed");
        return;
    };
    let upstream = Upstream::new();
    upstream.write("x", "first");
    let first = upstream.commit();
    let user = Command::new("id").arg("-un").output().unwrap().stdout;
    let user = String::from_utf8(user).unwrap();
    let (user, port, path) = (user.trim(), sshd.port, upstream.path().display());
    let at = address(&format!("ssh://{user}@127.0.0.1:{port}{path}"));
    let here = Here::new().with("GIT_SSH_COMMAND", &sshd.client("user"));
    let directory = here.open().checkout(&at, &first).await.unwrap();
    assert_eq!(read(directory.join("x")), "first");
    upstream.write("x", "second");
    let second = upstream.commit();
    let directory = here.open().checkout(&at, &second).await.unwrap();
    assert_eq!(read(directory.join("x")), "second");
    let unknown = CommitId::parse(&"1".repeat(40)).unwrap();
    let refused = here.open().checkout(&at, &unknown).await.unwrap_err();
    assert!(
        matches!(refused, GitError::UnknownCommit { .. }),
        "{refused}"
    );
    // Another key, and a host that has another key than before.
    let stranger = Here::new().with("GIT_SSH_COMMAND", &sshd.client("stranger"));
    let refused = stranger.open().fetch(&at).await.unwrap_err().to_string();
    assert!(refused.contains("refuses the ssh key"), "{refused}");
    let known = sshd.folder.path().join("known_hosts");
    let key = read(sshd.folder.path().join("user.pub"));
    fs::write(&known, format!("[127.0.0.1]:{port} {key}")).unwrap();
    let refused = here.open().fetch(&at).await.unwrap_err().to_string();
    assert!(refused.contains("known_hosts"), "{refused}");
}

#[tokio::test]
async fn a_user_is_shown_to_the_host_and_to_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    // A server of https that notes how it is asked, and has no repository.
    let server = "import http.server, ssl, sys\n\
        class Handler(http.server.BaseHTTPRequestHandler):\n\
        \x20   def do_GET(self):\n\
        \x20       open(sys.argv[1] + '/seen', 'a').write(self.path + ' ' + str(self.headers['Authorization']) + '\\n')\n\
        \x20       self.send_error(404)\n\
        server = http.server.HTTPServer(('127.0.0.1', 0), Handler)\n\
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n\
        context.load_cert_chain(sys.argv[1] + '/cert', sys.argv[1] + '/key')\n\
        server.socket = context.wrap_socket(server.socket, server_side=True)\n\
        open(sys.argv[1] + '/port.new', 'w').write(str(server.server_port))\n\
        import os; os.rename(sys.argv[1] + '/port.new', sys.argv[1] + '/port')\n\
        server.serve_forever()\n";
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ])
        .args([
            "-keyout",
            &at("key"),
            "-out",
            &at("cert"),
            "-subj",
            "/CN=x",
            "-days",
            "2",
        ])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let mut python = Command::new("python3")
        .args(["-c", server, folder.path().to_str().unwrap()])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !folder.path().join("port").exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let port = read(folder.path().join("port"));
    let here = Here::new().with("GIT_SSL_CAINFO", &at("cert"));
    let at = address(&format!("https://u:t0ken@127.0.0.1:{port}/a.git"));
    let refused = here.open().fetch(&at).await.unwrap_err().to_string();
    python.kill().ok();
    python.wait().ok();
    let address = format!("https://***@127.0.0.1:{port}/a.git cannot be fetched");
    assert_eq!(
        refused,
        format!("{address}: there is no repository at this address")
    );
    let seen = read(folder.path().join("seen"));
    assert!(
        seen.starts_with("/a.git/info/refs?service=git-upload-pack Basic dTp0MGtlbg=="),
        "{seen}"
    );
}
