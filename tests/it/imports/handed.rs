//! The workbooks of the specification, row for row and problem for problem.

use serde_json::Value;

use super::{HANDED, assert_problems, assert_rows, bytes, data, expected, import, send, text};
use crate::support::{Place, TestApp};

#[test]
fn commands_make_the_rows_and_problems_of_the_handed_workbooks() {
    let place = Place::empty();
    for (name, file) in HANDED {
        let database = place.path(&format!("{name}.db"));
        let mut command = place.command();
        command.args(["import", "run"]).arg(data(file));
        command.arg("--mapping").arg(data(&format!("{name}.yaml")));
        let output = format!("sqlite://{}", database.display());
        let done = command
            .args(["--output", &output, "--json"])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{name}: {errors}");
        let done: Value = serde_json::from_slice(&done.stdout).unwrap();
        let expected = expected(name);
        assert_rows(name, &database, &expected);
        assert_problems(name, &done["problems"], &expected);
        assert_eq!(done["state"], "imported", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_make_the_rows_and_problems_of_the_handed_workbooks() {
    let app = TestApp::with().start(&[]).await;
    for (name, file) in HANDED {
        let (content, mapping) = (bytes(file), text(&format!("{name}.yaml")));
        let expected = expected(name);
        let parts = [("mapping", &*mapping)];
        let sent = (file, &*content);
        let (status, preview) = send(&app, "/v1/imports/preview", sent, &parts).await;
        assert_eq!(status, 200, "{name}: {preview}");
        assert_problems(name, &preview["problems"], &expected);
        let done = import(&app, sent, &parts).await;
        assert_eq!(done["state"], "imported", "{name}: {done}");
        assert_rows(name, &app.database(), &expected);
        let path = format!(
            "/v1/imports/{}/problems?limit=1000",
            done["id"].as_str().unwrap()
        );
        let (_, page) = app.get(&path).await;
        assert_problems(name, &page["problems"], &expected);
        assert_eq!(done["problems"], page["problems"].as_array().unwrap().len());
        let (status, _) = app
            .delete(&format!("/v1/imports/{}", done["id"].as_str().unwrap()))
            .await;
        assert_eq!(status, 204);
        for table in expected["tables"].as_array().unwrap() {
            let into = table["into"].as_str().unwrap();
            assert_eq!(app.count(&format!("SELECT count(*) FROM \"{into}\"")), 0);
        }
        // The next one may have a table of the same name with other columns.
        for table in expected["tables"].as_array().unwrap() {
            let into = table["into"].as_str().unwrap();
            app.execute(&format!(
                "DROP TABLE \"{into}\"; DELETE FROM audience_output_table WHERE name = '{into}'"
            ));
        }
    }
    let (_, listed) = app.get("/v1/imports").await;
    assert_eq!(listed["imports"].as_array().unwrap().len(), 0);
}
