use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

use super::*;

const VALUES: &[(&str, NamedValue<'_>)] = &[
    ("date", NamedValue::Text("2026-11-21")),
    ("name", NamedValue::Text("o'neil \\ 資料")),
    ("n", NamedValue::Integer(-5)),
    ("flag", NamedValue::Truth(true)),
];

const TABLE: &str = "CREATE TABLE days (day date, n int, name varchar(40))";
const ROW: &str = "INSERT INTO days VALUES ('2026-11-21', -5, 'o''neil \\ 資料')";

/// What every database answers alike.
const QUESTIONS: &[(&str, bool)] = &[
    ("SELECT 1 FROM days WHERE day = :date", true),
    ("SELECT 1 FROM days WHERE day = :date; -- :date", true),
    ("SELECT 1 FROM days WHERE day > :date", false),
    ("SELECT 1 FROM days WHERE name = :name", true),
    (
        "SELECT name FROM days WHERE n = :n AND n = :n AND day = :date",
        true,
    ),
    ("SELECT n FROM days", true),
    ("SELECT day FROM days", true),
    ("SELECT count(*) FROM days", true),
    ("SELECT count(*) FROM days WHERE n > :n", false),
    ("SELECT sum(n) FROM days", true),
    ("SELECT sum(n) FROM days WHERE n > 0", false),
    ("SELECT sum(n) + 5 FROM days", false),
    ("SELECT sum(n) * 1.0 + 5 FROM days", false),
    ("SELECT 0.0", false),
    ("SELECT 0.5", true),
    ("SELECT ''", false),
    ("SELECT ' '", true),
    ("SELECT NULL", false),
    ("SELECT 0 UNION ALL SELECT 1", false),
    ("SELECT EXISTS (SELECT 1 FROM days)", true),
    ("SELECT EXISTS (SELECT 1 FROM days WHERE n = 7)", false),
    ("SELECT 1 FROM days WHERE :date = ':date'", false),
    ("SELECT 1 FROM nights", false),
    (
        "SELECT 1 FROM days WHERE n IN (SELECT n FROM nights)",
        false,
    ),
];

fn check(database: &AskedDatabase, more: &[(&str, bool)]) {
    for (sql, expected) in QUESTIONS.iter().chain(more) {
        let answer = database.says_yes(sql, VALUES);
        let answer = answer.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(answer, *expected, "{sql}");
    }
    for sql in [
        "DELETE FROM days",
        "INSERT INTO days (n) VALUES (1)",
        "DROP TABLE days",
        "SELECT 1; DELETE FROM days",
        "COMMIT; DELETE FROM days",
        "SELECT 1 FROM days WHERE",
        "SELECT nothing FROM days",
    ] {
        let error = database.says_yes(sql, VALUES).unwrap_err();
        assert!(!error.is_transient(), "{sql}: {error}");
        assert!(!error.reason().is_empty());
    }
    assert!(database.says_yes("SELECT 1 FROM days", VALUES).unwrap());
}

#[test]
fn a_file_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a b.db");
    let url = format!("sqlite://{}", file.display());
    let database = AskedDatabase::of_url(&url).unwrap();
    assert!(!database.says_yes("SELECT 1", VALUES).unwrap());
    assert!(!file.exists());
    std::fs::write(&file, "").unwrap();
    assert!(!database.says_yes("SELECT 1 FROM days", VALUES).unwrap());
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection
        .execute_batch(&format!("{TABLE}; {ROW}"))
        .unwrap();
    let more = [
        ("SELECT :flag = 1", true),
        ("SELECT x''", false),
        ("SELECT x'00'", true),
        ("PRAGMA user_version", false),
    ];
    check(&database, &more);
    // While somebody writes.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; DELETE FROM days")
        .unwrap();
    assert!(database.says_yes("SELECT 1 FROM days", VALUES).unwrap());

    std::fs::write(
        folder.path().join("no.db"),
        "not a database, but a long text ".repeat(40),
    )
    .unwrap();
    let url = format!("sqlite://{}", folder.path().join("no.db").display());
    let error = AskedDatabase::of_url(&url)
        .unwrap()
        .says_yes("SELECT 1 FROM a", VALUES);
    assert_eq!(error.unwrap_err().reason(), "the file is not a database");
}

fn fresh_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    format!("asked_{}_{}", std::process::id(), now.as_nanos())
}

/// A server of the tests, if there is one: its URL, with a database of its own.
async fn server<O: ConnectOptions<Connection: Sized>>(
    variable: &str,
) -> Option<(String, O::Connection, String)>
where
    for<'c> &'c mut O::Connection: Executor<'c>,
{
    let url = std::env::var(variable).ok()?;
    let name = fresh_name();
    let mut connection = url.parse::<O>().ok()?.connect().await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    (&mut connection).execute(create).await.ok()?;
    let url = url.replacen("/?", &format!("/{name}?"), 1);
    let mut inside = url.parse::<O>().ok()?.connect().await.unwrap();
    (&mut inside).execute(TABLE).await.ok()?;
    let row = match variable.ends_with("MYSQL") {
        true => ROW.replace('\\', "\\\\"),
        false => ROW.to_owned(),
    };
    (&mut inside).execute(AssertSqlSafe(row)).await.ok()?;
    Some((url, connection, name))
}

async fn drop_database<C>(mut connection: C, name: &str, how: &str)
where
    for<'c> &'c mut C: Executor<'c>,
{
    let drop = AssertSqlSafe(format!("DROP DATABASE {name} {how}"));
    (&mut connection).execute(drop).await.ok();
}

#[tokio::test]
async fn postgres_is_asked() {
    let Some((url, connection, name)) = server::<PgConnectOptions>("AUDIENCE_TEST_POSTGRES").await
    else {
        return;
    };
    tokio::task::spawn_blocking(move || {
        let database = AskedDatabase::of_url(&url).unwrap();
        let more = [
            ("SELECT :flag::bool", true),
            ("SELECT 1 FROM days WHERE day = :date::date", true),
            (
                "SELECT 1 FROM days WHERE day = :date AND name <> :date",
                true,
            ),
            ("SELECT false", false),
            ("SELECT true", true),
            ("SELECT 0::numeric(10, 2)", false),
            ("SELECT '-0'::float8", false),
            ("SELECT 'NaN'::numeric", true),
            ("SELECT 0::money", false),
            ("SELECT FROM days", false),
            ("SELECT 1 FROM none.nights", false),
            ("SELECT '{\"a\": 1}'::jsonb ? 'a'", true),
            ("SELECT generate_series(1, 1000000)", true),
        ];
        check(&database, &more);
        assert!(
            database
                .says_yes("SELECT nextval('x')", VALUES)
                .is_ok_and(|yes| !yes)
        );
    })
    .await
    .unwrap();
    drop_database(connection, &name, "WITH (FORCE)").await;
}

#[tokio::test]
async fn mysql_is_asked() {
    let Some((url, connection, name)) = server::<MySqlConnectOptions>("AUDIENCE_TEST_MYSQL").await
    else {
        return;
    };
    tokio::task::spawn_blocking(move || {
        let database = AskedDatabase::of_url(&url).unwrap();
        let more = [
            ("SELECT :flag = 1", true),
            ("SELECT CAST(0 AS UNSIGNED)", false),
            ("SELECT -0e0", false),
            ("SELECT CAST('0.00' AS DECIMAL(10, 2))", false),
            ("SELECT b'0'", false),
            ("SELECT 1 FROM none.nights", false),
            ("SELECT seq FROM seq_1_to_1000000", true),
        ];
        check(&database, &more);
    })
    .await
    .unwrap();
    drop_database(connection, &name, "").await;
}

#[test]
fn a_server_that_is_away_is_waited_for() {
    for url in ["postgres://u@127.0.0.1:1/d", "mysql://u@127.0.0.1:1/d"] {
        let database = AskedDatabase::of_url(url).unwrap();
        let error = database.says_yes("SELECT 1", VALUES).unwrap_err();
        assert!(error.is_transient(), "{error}");
    }
}
