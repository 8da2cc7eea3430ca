use std::fs;

use super::*;
use crate::fetch::AllowedHosts;
use crate::systems::pipelines::outputs::Bound;

fn sources(connections: &[(&str, &str)]) -> Arc<Sources> {
    let hosts = AllowedHosts::read(&["127.0.0.1".to_owned()]).unwrap();
    let open =
        |(name, url): &(&str, &str)| ((*name).to_owned(), AskedDatabase::of_url(url).unwrap());
    Arc::new(Sources {
        connections: connections.iter().map(open).collect(),
        fetch: Fetch::new(hosts).unwrap(),
    })
}

fn path(path: &str, min_bytes: u64) -> ResolvedOutput {
    ResolvedOutput::Path {
        path: path.to_owned(),
        min_bytes,
        atomic: true,
    }
}

fn glob(glob: &str, min: u64) -> ResolvedOutput {
    ResolvedOutput::Glob {
        glob: glob.to_owned(),
        min,
    }
}

fn sql(connection: &str, sql: &str) -> ResolvedOutput {
    ResolvedOutput::Sql {
        sql: sql.to_owned(),
        params: vec![("date".to_owned(), Bound::Text("2026-11-21".to_owned()))],
        connection: connection.to_owned(),
    }
}

fn http(url: &str) -> ResolvedOutput {
    ResolvedOutput::Http {
        url: url.to_owned(),
        status: 200,
    }
}

fn said(look: &Look) -> String {
    match look {
        Ok(Found::There) => "there".to_owned(),
        Ok(Found::Missing(reason)) => reason.clone(),
        Ok(Found::Marker) => "marker".to_owned(),
        Err(error) => format!("error: {error}"),
    }
}

#[tokio::test]
async fn outputs_of_all_forms_are_looked_at_together() {
    let folder = tempfile::tempdir().unwrap();
    let project = ProjectDir::open(folder.path()).unwrap();
    fs::create_dir(project.root().join("d")).unwrap();
    for name in ["a.csv", "b.csv"] {
        fs::write(project.root().join("d").join(name), "x").unwrap();
    }
    let database = format!("sqlite://{}", project.root().join("none.db").display());
    let away = "postgres://u@127.0.0.1:1/d";
    let sources = sources(&[("warehouse", &database), ("away", away)]);
    let first = [
        path("d/a.csv", 0),
        path("d/none", 0),
        path("d/b.csv", 2),
        glob("d/*.csv", 2),
        glob("d/*.csv", 3),
        glob("d/*.txt", 1),
        ResolvedOutput::Marker,
    ];
    let second = [
        path("d/a.csv", 0),
        path("../x", 0),
        sql("warehouse", "SELECT 1 FROM days WHERE day = :date"),
        sql("unknown", "SELECT 1"),
        sql("away", "SELECT 1"),
        http("http://127.0.0.1:1/ready?token=1"),
        http("http://example.com/"),
    ];
    let looks = look(&project, &sources, &[&first, &[], &second])
        .await
        .unwrap();
    let looks: Vec<Vec<String>> = looks
        .iter()
        .map(|looks| looks.iter().map(said).collect())
        .collect();
    assert_eq!(
        looks[0],
        [
            "there",
            "no d/none",
            "only 1 B of d/b.csv",
            "there",
            "only 2 of 3 d/*.csv",
            "no d/*.txt",
            "marker",
        ]
    );
    assert_eq!(looks[1], Vec::<String>::new());
    assert_eq!(
        looks[2],
        [
            "there",
            "error: ../x: expected a path without `..`",
            "no SELECT 1 FROM days WHERE day = :date",
            "error: SELECT 1: unknown connection `unknown`",
            "error: connection `away`: it cannot be reached",
            "no http://127.0.0.1:1/ready",
            "error: http://example.com/: the host example.com is not among those that may be asked",
        ]
    );
}

#[tokio::test]
async fn what_a_program_made_besides_files_is_looked_at_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let project = ProjectDir::open(folder.path()).unwrap();
    let database = format!("sqlite://{}", project.root().join("w.db").display());
    let sources = sources(&[("w", &database)]);
    let outputs = [path("none", 0), sql("w", "SELECT 1 FROM days")];
    let error = look_after(&project, &sources, &outputs).await.unwrap_err();
    assert_eq!(error.public_message(), "made no SELECT 1 FROM days");
    look_after(&project, &sources, &outputs[..1]).await.unwrap();
}

#[test]
fn paths_are_absolute_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let project = ProjectDir::open(folder.path()).unwrap();
    for name in ["b", "a", "c"] {
        fs::write(project.root().join(name), "").unwrap();
    }
    let outputs = [path("x/y", 0), ResolvedOutput::Marker, glob("[ab]", 1)];
    let expected = ["x/y", "a", "b"].map(|name| project.root().join(name));
    assert_eq!(paths_of(&project, &outputs).unwrap(), expected);
}
