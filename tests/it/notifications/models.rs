//! What people learn of models.

use serde_json::{Value, json};

use super::receiver::Receiver;
use crate::model_registry::{Caller, golden, regression};
use crate::support::wait_for;
use crate::telemetry::server::Served;

#[tokio::test(flavor = "multi_thread")]
async fn people_learn_of_swaps_and_of_files_that_were_refused() {
    let receiver = Receiver::start(&[]);
    let mut served = Served::with_rows(1);
    served.settings["notify"] = json!([{
        "name": "models", "when": ["model.swapped", "model.refused"], "to": ["hook:own"],
        "throttle_s": 0,
    }]);
    served.settings["notify_allow"] = json!([receiver.address()]);
    served.settings["hooks"] = json!({ "own": { "url": receiver.url("/own") } });
    let server = served.start("server", &[]).await;
    let caller = Caller::at(&server);
    let told = async |count: usize| {
        wait_for("it is told of", async || {
            let calls = receiver.calls().into_iter();
            let data: Vec<Value> = calls.map(|mut call| call["body"].take()).collect();
            (data.len() >= count).then_some(data)
        })
        .await
    };
    caller.add_regression("price", 1.0, 2.0).await;
    caller.point("price", 1).await;
    let swapped = told(1).await.remove(0);
    assert_eq!(swapped["type"], "model.swapped", "{swapped}");
    assert_eq!(swapped["data"]["name"], "price");
    let figures = &swapped["data"]["figures"];
    assert_eq!(figures["version"], 1, "{swapped}");
    assert_eq!(figures["alias"], "champion", "{swapped}");
    let content = regression(1.0, 2.0);
    let wrong = golden(1.0, 9.0);
    let (status, _) = caller
        .add("price", ("m.txt", &content), &[("golden", &wrong)])
        .await;
    assert_eq!(status, 422);
    let refused = told(2).await.remove(1);
    assert_eq!(refused["type"], "model.refused", "{refused}");
    assert_eq!(refused["data"]["figures"]["version"], 2);
    assert!(
        refused["data"]["error"].as_str().unwrap().contains("row 1"),
        "{refused}"
    );
    // Whoever moves an alias finds it among what is told to them, too.
    let bell = caller.get("/v1/notifications").await;
    let kinds: Vec<&str> = bell["notifications"]
        .as_array()
        .unwrap()
        .iter()
        .map(|news| news["kind"].as_str().unwrap_or_default())
        .collect();
    assert!(kinds.contains(&"model.swapped"), "{bell}");
    server.stop().await;
}
