//! Schedules: flows that are started by a clock, a file, or a call.

mod calls;
mod clock;
mod dying;
mod hooks;
mod settings;

use serde_json::{Value, json};

use crate::support::{usual_pattern, wait_for};
use crate::telemetry::server::Server;

/// A labelling of the usual posts, with more members.
fn labelling(more: &Value) -> Value {
    let mut request = json!({ "rules": usual_pattern() });
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    json!({ "labelling": request })
}

async fn schedule(server: &Server, name: &str) -> Value {
    serde_json::from_str(&server.get(&format!("/v1/schedules/{name}")).await).unwrap()
}

async fn job(server: &Server, id: &Value) -> Value {
    let path = format!("/v1/jobs/{}", id.as_str().unwrap());
    serde_json::from_str(&server.get(&path).await).unwrap()
}

/// Waits until so many fires of a schedule have started a job; the oldest first.
async fn started(server: &Server, name: &str, count: usize) -> Vec<Value> {
    wait_for("the schedule has fired", async || {
        let mut fires = schedule(server, name).await["fires"].take();
        let fires = fires.as_array_mut().unwrap();
        fires.reverse();
        let all = fires.iter().filter(|fire| fire["state"] == "started");
        (all.count() == count).then(|| std::mem::take(fires))
    })
    .await
}
