//! Scrapes that fail, and scrapes that nobody has run for too long.

use serde_json::{Value, json};

use super::receiver::Receiver;
use crate::scrapes::site::Site;
use crate::support::wait_for;
use crate::telemetry::server::Served;

#[tokio::test(flavor = "multi_thread")]
async fn people_learn_of_a_failed_run_and_once_of_a_stale_scrape() {
    let (receiver, site) = (Receiver::start(&[]), Site::start());
    let mut served = Served::with_rows(1);
    served.settings["notify"] = json!([{
        "name": "scrapes", "when": ["scrape.failed", "scrape.stale"], "to": ["hook:own"],
        "throttle_s": 0,
    }]);
    served.settings["notify_allow"] = json!([receiver.address()]);
    served.settings["hooks"] = json!({ "own": { "url": receiver.url("/own") } });
    served.settings["scrape"] = json!({ "allow": [site.host()] });
    served.settings["prediction"] = json!({ "dir": served.place.path("") });
    std::fs::create_dir(served.place.path("scrapes")).unwrap();
    let text = site.scrape("stale_after_h: 0.0003\n");
    std::fs::write(served.place.path("scrapes/obs.yaml"), text).unwrap();
    let server = served.start("server", &[]).await;
    let told = async |count: usize| {
        wait_for("it is told of", async || {
            let calls = receiver.calls().into_iter();
            let data: Vec<Value> = calls.map(|mut call| call["body"].take()).collect();
            (data.len() >= count).then_some(data)
        })
        .await
    };
    let stale = told(1).await.remove(0);
    assert_eq!(stale["type"], "scrape.stale", "{stale}");
    assert_eq!(stale["data"]["name"], "obs");
    assert_eq!(stale["data"]["error"], "no run has gone well yet");
    site.set_empty(true);
    let (status, answer) = server.call("POST", "/v1/scrapes/obs/run", &json!({})).await;
    assert_eq!(status, 202, "{answer}");
    let failed = told(2).await.remove(1);
    assert_eq!(failed["type"], "scrape.failed", "{failed}");
    let error = failed["data"]["error"].as_str().unwrap();
    assert!(
        error.starts_with("expected at least 10 rows, found 0; page 1 had no rows"),
        "{error}"
    );
    // A run that goes well makes it fresh, and then it is stale once more.
    site.set_empty(false);
    server.call("POST", "/v1/scrapes/obs/run", &json!({})).await;
    let again = told(3).await.remove(2);
    assert_eq!(again["type"], "scrape.stale", "{again}");
    let error = again["data"]["error"].as_str().unwrap();
    assert!(error.starts_with("no run has gone well since "), "{error}");
    server.stop().await;
}
