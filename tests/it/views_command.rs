//! `audience views`: what it prints makes a user who may read the views, and nothing else.

use std::fs;

use crate::support::{DatabaseKind, OwnDatabase, Place};

fn printed(place: &Place, arguments: &[&str]) -> String {
    let mut command = place.command();
    command.args(["views", "--settings", "settings.yaml"]);
    let done = command.args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{errors}");
    String::from_utf8(done.stdout).unwrap()
}

fn settings(place: &Place, url: &str) {
    fs::write(
        place.path("settings.yaml"),
        format!("database: {{url: \"{url}\"}}\n"),
    )
    .unwrap();
    let migrate = ["migrate", "--settings", "settings.yaml"];
    let migrated = place.command().args(migrate).output().unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
}

#[test]
fn a_reader_sees_views_and_named_tables_only() {
    for kind in DatabaseKind::SERVERS {
        let (place, database) = (Place::empty(), OwnDatabase::new(kind));
        settings(&place, &database.url);
        database.run("CREATE TABLE sales (shop INTEGER); CREATE TABLE other (shop INTEGER)");
        let reader = format!("reader_of_{}", database.name());
        let sql = printed(&place, &["--reader", &reader, "--table", "sales"]);
        database.run(&sql);
        let (_, password) = sql.lines().next().unwrap().split_once('\'').unwrap();
        let password = match kind {
            // Behind the name and the host, which are quoted alike.
            DatabaseKind::MySql => password.split('\'').nth(4).unwrap(),
            _ => password.split('\'').next().unwrap(),
        };
        for (sql, is_let) in [
            ("SELECT id, created_at, seconds FROM v_job", true),
            ("SELECT imported_at FROM v_import", true),
            ("SELECT message FROM v_import_problem", true),
            ("SELECT began_at FROM v_scrape_run", true),
            ("SELECT created_at, is_champion FROM v_model_version", true),
            ("SELECT rows_scored, finished_at FROM v_prediction", true),
            ("SELECT shop FROM sales", true),
            ("SELECT shop FROM other", false),
            ("SELECT request FROM audience_job", false),
            ("INSERT INTO sales VALUES (1)", false),
            ("CREATE TABLE mine (no INTEGER)", false),
        ] {
            let may = database.lets(&reader, password, sql);
            assert_eq!(may, is_let, "{kind:?}: {sql}");
        }
        database.run(&match kind {
            DatabaseKind::MySql => format!("DROP USER '{reader}'@'%'"),
            _ => format!("DROP OWNED BY {reader}; DROP ROLE {reader}"),
        });
    }
}

#[test]
fn sqlite_has_no_users() {
    let (place, database) = (Place::empty(), OwnDatabase::new(DatabaseKind::Sqlite));
    settings(&place, &database.url);
    let said = printed(&place, &["--reader", "redash"]);
    assert!(said.lines().all(|line| line.starts_with("-- ")), "{said}");
    assert!(said.contains("?mode=ro"), "{said}");
    assert!(
        said.contains("v_job, v_import, v_import_problem, v_scrape_run"),
        "{said}"
    );
    let count = "SELECT CAST(count(*) AS TEXT) FROM v_job";
    assert_eq!(database.texts(count), ["0"]);
}
