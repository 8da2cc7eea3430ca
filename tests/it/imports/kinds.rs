//! Rows that are there already, in databases of all kinds.

use std::fs;

use serde_json::Value;

use super::{LOG, STOCK};
use crate::support::{OwnDatabase, Place, on_each_kind};

/// Imports a CSV; returns what the command says.
fn run(place: &Place, database: &OwnDatabase, csv: &str, mapping: &str, strict: bool) -> Value {
    fs::write(place.path("goods.csv"), csv).unwrap();
    fs::write(place.path("mapping.yaml"), mapping).unwrap();
    let mut command = place.command();
    command.args(["import", "run", "goods.csv", "--mapping", "mapping.yaml"]);
    command.args(["--output", &database.url, "--json"]);
    if strict {
        command.arg("--strict");
    }
    let done = command.output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{errors}"))
}

fn counts(done: &Value) -> [u64; 4] {
    ["inserted", "updated", "unchanged", "replaced"].map(|name| {
        done["rows"][name]
            .as_u64()
            .unwrap_or_else(|| panic!("{done}"))
    })
}

/// The rows of a table, as texts.
fn shown(database: &OwnDatabase, columns: &[&str], table: &str) -> Vec<String> {
    use crate::support::DatabaseKind;
    let text = |column: &&str| match database.kind {
        DatabaseKind::MySql => format!("COALESCE(CAST({column} AS CHAR), '-')"),
        _ => format!("COALESCE(CAST({column} AS TEXT), '-')"),
    };
    let columns: Vec<String> = columns.iter().map(text).collect();
    let joined = match database.kind {
        DatabaseKind::MySql => format!("CONCAT_WS(' ', {})", columns.join(", ")),
        _ => columns.join(" || ' ' || "),
    };
    database.texts(&format!("SELECT {joined} FROM {table} ORDER BY 1"))
}

#[test]
fn rows_with_a_key_are_inserted_updated_or_left_alone() {
    on_each_kind(|database| {
        let place = Place::empty();
        let columns = ["item", "amount", "day", "_cell"];
        let csv = "品名,数量,日付\n机,\"1,200\",令和2年4月1日\n椅子,x,2020/4/2\n棚,5,\n";
        let done = run(&place, database, csv, STOCK, false);
        assert_eq!(counts(&done), [3, 0, 0, 0]);
        assert_eq!(done["problem_count"], 1);
        let before = [
            "机 1200 2020-04-01 goods!A2",
            "棚 5 - goods!A4",
            "椅子 - 2020-04-02 goods!A3",
        ];
        let mut found = shown(database, &columns, "stock");
        found.sort();
        let mut wanted = before.map(str::to_owned).to_vec();
        wanted.sort();
        assert_eq!(found, wanted);

        assert_eq!(
            counts(&run(&place, database, csv, STOCK, false)),
            [0, 0, 3, 0]
        );
        let ids = database.texts("SELECT DISTINCT _import_id FROM stock");
        assert_eq!(ids, [done["id"].as_str().unwrap()], "nothing was touched");

        let csv = "品名,数量,日付\n本,1,\n机,1200,令和2年4月1日\n椅子,7,2020/4/2\n";
        let done = run(&place, database, csv, STOCK, false);
        assert_eq!(counts(&done), [1, 1, 1, 0]);
        let id = done["id"].as_str().unwrap();
        let changed = database.texts(&format!(
            "SELECT item FROM stock WHERE _import_id = '{id}' ORDER BY amount"
        ));
        assert_eq!(changed, ["本", "椅子"]);
        assert_eq!(database.count("stock"), 4);

        // Another column, which the table lacks.
        let more = STOCK.replace("columns: {", "columns: {place: {from: 場所}, ");
        let csv = "品名,数量,日付,場所\n机,1200,令和2年4月1日,東京\n";
        assert_eq!(
            counts(&run(&place, database, csv, &more, false)),
            [0, 1, 0, 0]
        );
        let placed = database.texts("SELECT place FROM stock WHERE place IS NOT NULL");
        assert_eq!(placed, ["東京"]);
    });
}

#[test]
fn rows_without_a_key_belong_to_their_file() {
    on_each_kind(|database| {
        let place = Place::empty();
        let csv = "品名,数量\n机,1\n机,1\n棚,2\n";
        assert_eq!(
            counts(&run(&place, database, csv, LOG, false)),
            [3, 0, 0, 0]
        );
        let csv = "品名,数量\n本,3\n";
        assert_eq!(
            counts(&run(&place, database, csv, LOG, false)),
            [1, 0, 0, 3]
        );
        assert_eq!(shown(database, &["item", "amount"], "log"), ["本 3"]);
    });
}

#[test]
fn strictly_nothing_is_written_if_there_is_a_problem() {
    on_each_kind(|database| {
        let place = Place::empty();
        let csv = "品名,数量\n机,1\n棚,x\n";
        let done = run(&place, database, csv, LOG, true);
        assert_eq!(done["state"], "refused");
        assert_eq!(
            done["reason"],
            "1 problem, and so nothing was written (strict)"
        );
        assert_eq!(done["problems"][0]["cell"], "goods!B3");
        assert_eq!(database.columns("log"), Vec::<String>::new());
        let done = run(&place, database, "品名,数量\n机,1\n", LOG, true);
        assert_eq!(counts(&done), [1, 0, 0, 0]);
    });
}

#[test]
fn a_table_of_somebody_else_is_refused() {
    on_each_kind(|database| {
        database.run("CREATE TABLE log (item INTEGER)");
        let place = Place::empty();
        let done = run(&place, database, "品名,数量\n机,1\n", LOG, false);
        assert_eq!(done["state"], "refused");
        assert_eq!(
            done["reason"],
            "table `log` exists and was not made by an import: it lacks the column `_import_id`; \
             expected another name in `into`"
        );
        assert_eq!(database.columns("log"), ["item"]);
    });
}
