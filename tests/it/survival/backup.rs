//! The procedures in packaging/README.md: a copy of a database that is made while a task runs.

use std::process::{Command, Stdio};

use url::Url;

use super::program::{Labelling, Program};
use crate::store::databases::TestDatabase;
use crate::support::{RANGE, USUAL_RULES, corpus, expected, wait_until};

const ROWS: u32 = 3_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_task_continues_from_a_backup_that_was_made_while_it_ran() {
    let expected = expected(&corpus(ROWS), USUAL_RULES, RANGE);
    for kind in ["sqlite", "postgres", "mysql"] {
        eprintln!("on {kind}");
        let mut labelling = Labelling::new(ROWS, TestDatabase::of(kind).await);
        let mut program = Program::start(&mut labelling.command(3));
        wait_until("some slices are durable", || labelling.slices() > 3);
        let restored = TestDatabase::of(kind).await;
        copy(&labelling.output, &restored);
        assert!(!program.has_ended(), "the copy was made too late");
        program.kill();
        let original = std::mem::replace(&mut labelling.output, restored);
        assert!(labelling.slices() > 3, "{kind}: the task is in the copy");
        Program::start(&mut labelling.command(1_000)).succeeds();
        labelling.is_as_expected(&expected);
        original.drop_it().await;
        labelling.output.drop_it().await;
    }
}

/// Backs a database up and restores it into an empty one, by the vendor's tools.
fn copy(from: &TestDatabase, to: &TestDatabase) {
    let (save, restore) = match from.kind {
        "sqlite" => {
            let path = |database: &TestDatabase| database.url.replace("sqlite://", "");
            let mut backup = Command::new("sqlite3");
            backup.args([path(from), format!(".backup {}", path(to))]);
            assert!(backup.status().unwrap().success());
            return;
        }
        "postgres" => {
            let mut save = Command::new("pg_dump");
            save.args(["--format=custom", &from.url]);
            let mut restore = Command::new("pg_restore");
            restore.args(["--no-owner", "--dbname", &to.url]);
            (save, restore)
        }
        _ => {
            let mut save = of_mariadb("mariadb-dump", &from.url);
            save.arg("--single-transaction");
            (save, of_mariadb("mariadb", &to.url))
        }
    };
    through_a_pipe(save, restore);
}

/// A client of MariaDB on the database of a URL.
fn of_mariadb(program: &str, url: &str) -> Command {
    let url = Url::parse(url).unwrap();
    let (_, socket) = url.query_pairs().find(|(key, _)| key == "socket").unwrap();
    let mut command = Command::new(program);
    command.args(["--user", url.username(), "--socket", &*socket]);
    command.arg(url.path().trim_matches('/'));
    command
}

fn through_a_pipe(mut save: Command, mut restore: Command) {
    let mut saving = save.stdout(Stdio::piped()).spawn().unwrap();
    let saved = saving.stdout.take().unwrap();
    assert!(restore.stdin(saved).status().unwrap().success());
    assert!(saving.wait().unwrap().success());
}
