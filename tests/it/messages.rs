//! Faults that people make: the message names the thing, the place and the mend, and nothing is left.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{DatabaseKind, OwnDatabase, Place, TASK, TestApp, corpus, wait_until};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What is said by a command that fails.
fn refused(output: &Output) -> String {
    let said = text(&output.stderr);
    assert!(!output.status.success(), "{}", text(&output.stdout));
    assert!(
        !said.contains("panicked") && !said.contains("secret"),
        "{said}"
    );
    said
}

#[test]
fn all_faults_of_arguments_are_named_at_once() {
    let place = Place::with_rows(10);
    let changes = [
        ("--rules", "none"),
        ("--groups", "nothing.yaml"),
        ("--start", "soon"),
        ("--task-id", "17"),
    ];
    let mut command = place.label(&changes);
    command.args([
        "--time-zone",
        "Mars",
        "--predict-type",
        "mood",
        "--row-labels",
        "some",
    ]);
    command.args(["--column", "when=x", "--columns", "no.yaml"]);
    let said = refused(&command.output().unwrap());
    for named in [
        "--rules: `none` does not exist",
        "--groups nothing.yaml: cannot be read",
        "--start: `soon` is not a time",
        "--task-id: expect 32 digits",
        "--time-zone: `Mars`",
        "--predict-type: unknown predict type `mood`, expected one of author_name",
        "--row-labels: unknown variant `some`, expected `first` or `all`",
        "--column: expected one of id",
        "--columns no.yaml: cannot be read",
    ] {
        assert!(said.contains(named), "{named}: {said}");
    }
    // What shows only when it is looked at is reported at once, too: in a new output, and in one
    // that may have the task.
    fs::write(place.path("rules/bad.tsv"), "amy\tsideways\n").unwrap();
    for has_output in [false, true] {
        if has_output {
            fs::write(place.path("out.db"), "").unwrap();
        }
        let changes = [("--source", "sqlite://none.db"), ("--start", "2020-03-01")];
        let said = refused(&place.label(&changes).output().unwrap());
        for named in [
            "--source: sqlite://none.db: found no source",
            "--start, --end: ",
            "--rules: rules/bad.tsv:1: ",
        ] {
            assert!(said.contains(named), "{named}: {said}");
        }
    }
}

#[test]
fn a_task_that_cannot_be_done_leaves_no_output_behind() {
    let place = Place::with_rows(10);
    fs::write(place.path("bad.tsv"), "amy\tsideways\n").unwrap();
    fs::write(place.path("twice.yaml"), "groups: {a: [X], b: [X]}\n").unwrap();
    for change in [
        ("--source", "sqlite://none.db"),
        ("--source", "csv://none"),
        ("--source", "postgres://user:secret@127.0.0.1:1/d"),
        ("--table", "none"),
        ("--rules", "bad.tsv"),
        ("--groups", "twice.yaml"),
        ("--start", "2021-01-01"),
    ] {
        let said = refused(&place.label(&[change]).output().unwrap());
        assert!(said.contains(change.0), "{change:?}: {said}");
        assert!(!place.path("out.db").exists(), "{change:?}");
    }
}

#[test]
fn a_finished_task_is_shown_without_what_it_was_made_from() {
    let place = Place::with_rows(50);
    let first = place.label(&[]).output().unwrap();
    assert!(first.status.success(), "{}", text(&first.stderr));
    fs::remove_dir_all(place.path("rules")).unwrap();
    fs::remove_file(place.path("posts.db")).unwrap();
    let again = place.label(&[]).output().unwrap();
    let said = text(&again.stderr);
    assert!(
        again.status.success() && said.contains("the task is finished"),
        "{said}"
    );
    assert!(text(&again.stdout).contains(TASK));
}

#[test]
fn an_output_that_cannot_be_used_is_named() {
    let place = Place::with_rows(10);
    fs::create_dir(place.path("folder")).unwrap();
    fs::write(
        place.path("file"),
        "no database, but long enough for a header of one",
    )
    .unwrap();
    for (url, cause) in [
        ("sqlite:///proc/x/out.db", "`/proc/x` cannot be made"),
        ("sqlite://folder", "sqlite://folder"),
        ("sqlite://file", "not a SQLite database"),
        ("sqlite::memory:", "expected sqlite://PATH of a file"),
        ("mysql://user:secret@127.0.0.1:1/d", "connection refused"),
        ("mysql://user:secret@127.0.0.1:1", "names no database"),
        (
            "postgres://user:secret@127.0.0.1:1",
            "PostgreSQL takes the name of the user",
        ),
    ] {
        let said = refused(&place.label(&[("--output", url)]).output().unwrap());
        assert!(
            said.contains("--output: ") && said.contains(cause),
            "{url}: {said}"
        );
        assert!(
            !said.contains("engine's database") && !said.contains("socket"),
            "{said}"
        );
    }
}

#[test]
fn a_server_that_refuses_is_named_with_its_setting_at_once() {
    let place = Place::empty();
    for kind in DatabaseKind::SERVERS {
        let database = OwnDatabase::new(kind);
        let (server, name) = database.url.split_once("audience_own_").unwrap();
        let rest = name.split_once('?').map_or("", |(_, options)| options);
        let nobody = database.url.replacen("root@", "nobody:secret@", 1);
        let nobody = nobody.replacen("postgres@", "nobody:secret@", 1);
        for (url, cause) in [
            (format!("{server}none?{rest}"), "no such database"),
            (nobody, "it refused the user or the password"),
        ] {
            let settings = format!("database:\n  url: '{url}'\n");
            fs::write(place.path("s.yaml"), settings).unwrap();
            for name in ["serve", "migrate", "audit", "jobs"] {
                let mut command = place.command();
                command.args(["--settings", "s.yaml", name]);
                let said = refused(&command.output().unwrap());
                assert!(said.contains("s.yaml:2: database.url: "), "{name}: {said}");
                assert!(said.contains(cause), "{name}: {said}");
            }
        }
    }
}

#[test]
fn settings_without_what_they_need_are_faults_with_their_lines() {
    let place = Place::empty();
    for (settings, fault) in [
        (
            "mq_conf:\n",
            "s.yaml:1: mq_conf.bootstrap_servers: is missing",
        ),
        (
            "mq_conf:\n  bootstrap_servers:\n",
            "s.yaml:2: mq_conf.bootstrap_servers: is missing",
        ),
        (
            "database:\n  url: mysql://root@127.0.0.1:1/\n",
            "s.yaml:2: database.url: the URL names no database",
        ),
        (
            "sources:\n  a: {url: 'mysql://root@h', tables: {t: {}}}\nlabelling: {default_source: a}\n",
            "s.yaml:2: sources.a.url: the URL names no database",
        ),
        (
            "outputs:\n  p: {url: 'mariadb://root@h'}\nlabelling: {default_output: p}\n",
            "s.yaml:2: outputs.p.url: the URL names no database",
        ),
        (
            "labelling:\n  default_source: posts\n",
            "s.yaml:2: labelling.default_source: `posts` is not in `sources`: there are none",
        ),
        (
            "labelling:\n  default_output: panels\n",
            "s.yaml:2: labelling.default_output: `panels` is not in `outputs`: there are none",
        ),
        (
            "labelling:\n  rule_sets: {x: none.yaml}\n",
            "s.yaml:2: labelling.rule_sets.x: `none.yaml` does not exist",
        ),
    ] {
        fs::write(place.path("s.yaml"), settings).unwrap();
        let mut check = place.command();
        let output = check
            .args(["--settings", "s.yaml", "check"])
            .output()
            .unwrap();
        let printed = text(&output.stdout);
        assert!(
            !output.status.success() && printed.contains(fault),
            "{fault}: {printed}"
        );
    }
    for (arguments, named) in [
        (
            &["--settings", "none", "check"][..],
            "none: does not exist, expected a directory",
        ),
        (
            &["serve", "--bind", "127.0.0.1"],
            "expected an address and a port, such as",
        ),
        (
            &["token", "new", "a", "--role", "king"],
            "viewer, operator, admin",
        ),
        (&["top", "--url", "x"], "--url: expected http://"),
    ] {
        let output = place.command().args(arguments).output().unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(
            !output.status.success() && said.contains(named),
            "{named}: {said}"
        );
    }
}

#[test]
fn a_proxy_that_does_not_answer_is_named_without_its_password() {
    let place = Place::empty();
    for (url, variable) in [
        ("http://box.invalid:8080", "HTTP_PROXY"),
        ("https://box.invalid", "HTTPS_PROXY"),
        ("https://box.invalid", "ALL_PROXY"),
    ] {
        let asked = |without: &str| {
            let mut command = place.command();
            for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
                command.env_remove(name).env_remove(name.to_lowercase());
            }
            command
                .args(["jobs", "--server", url])
                .env("NO_PROXY", without);
            command.env(variable, "http://amy:secret@127.0.0.1:9");
            refused(&command.output().unwrap())
        };
        let said = asked("");
        let note = format!(
            "(asked through the proxy http://127.0.0.1:9 of the variable {variable}; \
             NO_PROXY=box.invalid asks without it)"
        );
        assert!(said.contains(&note), "{said}");
        assert!(!asked("box.invalid").contains("proxy"));
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error_and_a_full_disk_is_one() {
    let place = Place::with_rows(2_000);
    assert!(place.label(&[]).output().unwrap().status.success());
    let settings = "database: {url: 'sqlite://out.db'}\noutputs: {output: {}}\n\
                    labelling: {default_output: output}\n";
    fs::write(place.path("s.yaml"), settings).unwrap();
    for arguments in [
        &["result", TASK][..],
        &["result", TASK, "--format", "jsonl"],
        &["jobs"],
        &["jobs", "--json"],
        &["job", TASK, "--json"],
        &["audit"],
        &["openapi"],
        &["completions", "bash"],
        &["label", "--help"],
    ] {
        let run = |output: Stdio| {
            let mut command = place.command();
            command.args(arguments).env("AUDIENCE_SETTINGS", "s.yaml");
            command
                .stdout(output)
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        let mut child = run(Stdio::piped());
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
        assert!(output.status.success(), "{arguments:?}");
        if arguments.contains(&"--help") {
            continue;
        }
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = run(full.into()).wait_with_output().unwrap();
        let said = refused(&output);
        assert!(
            said.contains("standard output: No space left"),
            "{arguments:?}: {said}"
        );
    }
}

/// Ends TLS before a server, as a proxy does; prints its port.
const PROXY: &str = r#"
import socket, ssl, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)

def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass

while True:
    plain, _ = listener.accept()
    try:
        near = context.wrap_socket(plain, server_side=True)
    except OSError:
        continue
    far = socket.create_connection(("127.0.0.1", int(sys.argv[3])))
    threading.Thread(target=pump, args=(near, far), daemon=True).start()
    threading.Thread(target=pump, args=(far, near), daemon=True).start()
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_behind_tls_is_asked_if_its_certificate_is_trusted() {
    let ca = std::env::var("AUDIENCE_TEST_CA").unwrap();
    let folder = Path::new(&ca).parent().unwrap();
    let app = TestApp::with().token("t0p-secret-t0p-secret");
    let app = app.start(&corpus(10)).await;
    let place = Place::empty();
    let port = app.url("").rsplit_once(':').unwrap().1.to_owned();
    let mut proxy = Command::new("python3")
        .args(["-c", PROXY])
        .args([folder.join("server.pem"), folder.join("server.key")])
        .arg(&port)
        .stdout(fs::File::create(place.path("port")).unwrap())
        .spawn()
        .unwrap();
    let port = || {
        fs::read_to_string(place.path("port"))
            .unwrap()
            .trim()
            .to_owned()
    };
    wait_until("the proxy listens", || !port().is_empty());
    let server = format!("https://127.0.0.1:{}", port());
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = place.command();
        command.args(arguments).envs(variables.iter().copied());
        tokio::task::block_in_place(|| command.output().unwrap())
    };
    for name in ["AUDIENCE_TOKEN", "AUTH_TOKEN"] {
        let token = (name, "t0p-secret-t0p-secret");
        for command in [
            &["jobs", "--server", &server][..],
            &["top", "--once", "--url", &server],
            &["top", "--once", "--server", &server],
            &["health", "--url", &server],
        ] {
            let with_ca = [command, &["--ca", &ca]].concat();
            let output = run(&with_ca, &[token]);
            assert!(
                output.status.success(),
                "{name} {command:?}: {}",
                text(&output.stderr)
            );
            let output = run(command, &[token, ("AUDIENCE_CA", &ca)]);
            assert!(
                output.status.success(),
                "{name} {command:?}: {}",
                text(&output.stderr)
            );
            let said = refused(&run(command, &[token]));
            assert!(
                said.contains("is not trusted") && said.contains("--ca FILE"),
                "{said}"
            );
        }
    }
    // Without a token, with a wrong one, with one that no header can carry.
    let ask = ["jobs", "--server", &server, "--ca", &ca];
    assert!(refused(&run(&ask, &[])).contains("set the variable AUDIENCE_TOKEN"));
    let wrong = [("AUDIENCE_TOKEN", "another-token-of-others")];
    assert!(refused(&run(&ask, &wrong)).contains("the token in AUDIENCE_TOKEN"));
    let broken = [("AUDIENCE_TOKEN", "two lines of\na token that is long")];
    assert!(refused(&run(&ask, &broken)).contains("AUDIENCE_TOKEN contains a line break"));
    // TLS where there is none, a file without certificates, and none.
    let plain = app.url("").replacen("http:", "https:", 1);
    let said = refused(&run(&["jobs", "--server", &plain, "--ca", &ca], &[]));
    assert!(said.contains("does not speak TLS"), "{said}");
    fs::write(place.path("empty.pem"), "").unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\nMIIB!!!!\n-----END CERTIFICATE-----\n";
    fs::write(place.path("broken.pem"), broken).unwrap();
    let not_one = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    fs::write(place.path("not_one.pem"), not_one).unwrap();
    // An address that has a path of the API.
    let below = app.url("/v1");
    for command in [
        &["jobs", "--server", &below][..],
        &["top", "--once", "--url", &below],
        &["health", "--url", &below],
    ] {
        let token = ("AUDIENCE_TOKEN", "t0p-secret-t0p-secret");
        let said = refused(&run(command, &[token]));
        let expected = format!("there is nothing at {below}/");
        assert!(said.contains(&expected), "{said}");
    }
    let said = refused(&run(&["jobs", "--ca", &ca], &[]));
    assert!(
        said.contains("--ca: expected a server at https://"),
        "{said}"
    );
    for file in ["empty.pem", "none.pem", "broken.pem", "not_one.pem"] {
        let said = refused(&run(&["jobs", "--server", &server, "--ca", file], &[]));
        assert!(said.contains(file) && said.contains("--ca"), "{said}");
    }
    proxy.kill().unwrap();
    proxy.wait().unwrap();
    app.stop().await;
}
