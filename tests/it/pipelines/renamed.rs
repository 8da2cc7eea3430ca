//! A project whose file says another name.

use serde_json::Value;

use super::own_project::OwnProject;
use super::server::PipelineServer;
use crate::support::wait_for;

const TASKS: &str = "tasks: {one: {run: 'true'}}\n";

async fn until_projects_are(server: &PipelineServer, expected: &[&str]) {
    wait_for(&format!("the projects are {expected:?}"), async || {
        let projects = server.get("/v1/projects").await;
        let projects = projects["projects"].as_array().cloned().unwrap_or_default();
        let names: Vec<&Value> = projects.iter().map(|one| &one["project"]).collect();
        (names == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_is_renamed_is_served_under_its_new_name_only() {
    let server = PipelineServer::serve(OwnProject::with(TASKS), "").await;
    until_projects_are(&server, &["other", "small"]).await;
    server
        .project
        .write("project.yaml", &format!("project: large\n{TASKS}"));
    until_projects_are(&server, &["large", "other"]).await;
    // A faulty file leaves it under the name that it has.
    server
        .project
        .write("project.yaml", "project: faulty\ntasks: {one: {rnu: x}}\n");
    wait_for("the fault is found", async || {
        let project = server.get("/v1/projects/large").await;
        (project["faults"][0]["key"] == "tasks.one.rnu").then_some(())
    })
    .await;
    until_projects_are(&server, &["large", "other"]).await;
    // Names may change hands.
    server
        .project
        .write("project.yaml", &format!("project: other\n{TASKS}"));
    server
        .project
        .write("other/project.yaml", &format!("project: large\n{TASKS} \n"));
    until_projects_are(&server, &["large", "other"]).await;
    wait_for("both are without faults", async || {
        let of = async |name: &str| server.get(&format!("/v1/projects/{name}")).await;
        let faults = [of("large").await, of("other").await].map(|one| one["faults"].clone());
        faults
            .iter()
            .all(|faults| faults.as_array().is_some_and(Vec::is_empty))
            .then_some(())
    })
    .await;
}
