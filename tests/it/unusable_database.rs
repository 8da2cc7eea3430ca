//! The engine's database cannot be used: that is found at once and blamed on its setting, by the server
//! and by `check --connect`, which changes nothing.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command};

use audience::engine::store::Store;
use audience::tables::Blocking;
use rusqlite::Connection;

use crate::support::{DatabaseKind, OwnDatabase, Place, wait_until};

/// A start that does not fail by itself is ended after so many seconds.
const FAILS_WITHIN_S: &str = "90";

/// Without the rights of root, who may write whatever the file system says.
fn unprivileged(place: &Place, arguments: &[&str]) -> Command {
    let program = env!("CARGO_BIN_EXE_audience");
    let mut command = Command::new("timeout");
    command.arg(FAILS_WITHIN_S);
    if rustix::process::geteuid().is_root() {
        command.args(["setpriv", "--bounding-set=-all"]);
    }
    command.arg(program).args(["--settings", "s.yaml"]);
    command.args(arguments).current_dir(place.path(""));
    command.env_remove("AUTH_TOKEN");
    command
}

/// What each command says that must not succeed.
fn refusals(place: &Place) -> Vec<(&'static str, String)> {
    let commands = [
        ("serve", vec!["serve", "--bind", "127.0.0.1:0"]),
        ("migrate", vec!["migrate"]),
        ("check", vec!["check", "--connect"]),
    ];
    let said = commands.map(|(name, arguments)| {
        let output = unprivileged(place, &arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        // 124: it did not end by itself.
        assert!(
            matches!(output.status.code(), Some(1 | 2)),
            "{name}: {said}"
        );
        (name, said)
    });
    said.to_vec()
}

fn expect_blamed(place: &Place, cause: &str) {
    for (name, said) in refusals(place) {
        for named in ["s.yaml:1: database.url: ", cause] {
            assert!(said.contains(named), "{name}: {named} is missing in {said}");
        }
        assert!(!said.contains("secret"), "{name}: {said}");
    }
}

fn with_database(url: &str) -> Place {
    let place = Place::empty();
    let settings = format!("database: {{url: '{url}'}}\n");
    fs::write(place.path("s.yaml"), settings).unwrap();
    place
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_file_that_cannot_be_written_is_blamed_on_its_setting() {
    let place = with_database("sqlite://data/a.db");
    let migrated = unprivileged(&place, &["migrate"]).output().unwrap();
    assert!(migrated.status.success());
    let (folder, file) = (place.path("data"), place.path("data/a.db"));
    let named = "the engine's database at sqlite://data/a.db: ";

    chmod(&file, 0o444);
    expect_blamed(
        &place,
        &format!("{named}the file cannot be written: Permission denied"),
    );
    assert_eq!(names_in(&folder), ["a.db"]);
    chmod(&file, 0o644);

    chmod(&folder, 0o555);
    expect_blamed(
        &place,
        &format!("{named}its directory `data` cannot be written"),
    );
    assert_eq!(names_in(&folder), ["a.db"]);
    chmod(&folder, 0o755);

    // Left by a program that another user ran.
    fs::write(place.path("data/a.db-wal"), "").unwrap();
    chmod(&place.path("data/a.db-wal"), 0o444);
    expect_blamed(
        &place,
        &format!("{named}`data/a.db-wal` beside it cannot be written"),
    );
    fs::remove_file(place.path("data/a.db-wal")).unwrap();

    fs::remove_file(&file).unwrap();
    chmod(&folder, 0o555);
    expect_blamed(&place, &format!("{named}the file cannot be made: "));
    assert!(names_in(&folder).is_empty());
    chmod(&folder, 0o755);
}

#[test]
fn a_damaged_file_is_blamed_on_its_setting() {
    let place = with_database("sqlite://a.db");
    let migrated = unprivileged(&place, &["migrate"]).output().unwrap();
    assert!(migrated.status.success());
    let whole = fs::read(place.path("a.db")).unwrap();
    // A copy that ended early.
    fs::write(place.path("a.db"), &whole[..whole.len() / 2]).unwrap();
    expect_blamed(&place, "the file is damaged");

    let mut damaged = whole.clone();
    let end = damaged.len();
    damaged[end / 2..end / 2 + 40_960].fill(0x5a);
    fs::write(place.path("a.db"), &damaged).unwrap();
    let checked = unprivileged(&place, &["check", "--connect"])
        .output()
        .unwrap();
    let said = String::from_utf8(checked.stdout).unwrap();
    assert!(
        said.contains("database.url: ") && said.contains("the file is damaged"),
        "{said}"
    );
    assert!(!checked.status.success());
    assert_eq!(fs::read(place.path("a.db")).unwrap(), damaged);

    fs::write(place.path("a.db"), &whole).unwrap();
    let checked = unprivileged(&place, &["check", "--connect"])
        .output()
        .unwrap();
    assert!(checked.status.success());
    assert_eq!(fs::read(place.path("a.db")).unwrap(), whole);
}

#[test]
fn an_output_whose_file_cannot_be_written_is_found_by_a_check() {
    let place = Place::empty();
    let settings = "outputs: {o: {url: 'sqlite://out/o.db'}}\nlabelling: {default_output: o}\n";
    fs::write(place.path("s.yaml"), settings).unwrap();
    fs::create_dir(place.path("out")).unwrap();
    fs::write(place.path("out/o.db"), "").unwrap();
    chmod(&place.path("out/o.db"), 0o444);
    let checked = unprivileged(&place, &["check", "--connect"])
        .output()
        .unwrap();
    let said = String::from_utf8(checked.stdout).unwrap();
    let fault = "outputs.o.url: sqlite://out/o.db: the file cannot be written: Permission denied";
    assert!(!checked.status.success() && said.contains(fault), "{said}");
}

#[test]
fn a_user_who_may_not_do_what_the_engine_does_is_blamed_on_the_setting() {
    for kind in DatabaseKind::SERVERS {
        let mut database = OwnDatabase::new(kind);
        let url = database.url_of_new_role("SELECT");
        let place = with_database(&url);
        expect_blamed(
            &place,
            "its tables cannot be brought to this version: the user may not make or change",
        );
        let is_there = database.columns("audience_right_to_make");
        assert!(is_there.is_empty(), "{kind:?}: a check has made a table");

        let admin = database.url.clone();
        Blocking::new().unwrap().run(async {
            Store::open(&admin).await.unwrap().close().await;
        });
        database.grant("SELECT");
        expect_blamed(
            &place,
            "failed to write to the engine's tables: the user may not do this",
        );
        database.grant("INSERT, UPDATE, DELETE");
        let checked = unprivileged(&place, &["check", "--connect"])
            .output()
            .unwrap();
        let said = String::from_utf8(checked.stdout).unwrap();
        assert!(checked.status.success(), "{kind:?}: {said}");
    }
}

/// Ends with the test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn what_is_waited_for_is_named_while_another_program_has_the_file() {
    let place = with_database("sqlite://a.db");
    let other = Connection::open(place.path("a.db")).unwrap();
    other
        .execute_batch("CREATE TABLE t (a); BEGIN EXCLUSIVE")
        .unwrap();
    let checked = unprivileged(&place, &["check", "--connect"])
        .output()
        .unwrap();
    let said = String::from_utf8(checked.stdout).unwrap();
    assert!(
        said.contains("database.url: ") && said.contains("locked by another process"),
        "{said}"
    );

    let mut serve = place.command();
    serve.args(["--settings", "s.yaml", "serve", "--bind", "127.0.0.1:0"]);
    serve.stderr(File::create(place.path("log")).unwrap());
    serve.stdout(File::create(place.path("printed")).unwrap());
    let serving = Serving(serve.spawn().unwrap());
    let read = |file: &str| fs::read_to_string(place.path(file)).unwrap();
    wait_until("what is waited for is named", || {
        let log = read("log");
        log.contains("s.yaml:1: database.url: sqlite://a.db has not been opened for 3 s")
            && log.contains("another program has locked the file")
    });
    drop(other);
    wait_until("it serves", || {
        read("printed").contains("audience listens on")
    });
    drop(serving);
}
