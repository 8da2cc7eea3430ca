//! What people learn of briefs.

use serde_json::{Value, json};

use super::receiver::Receiver;
use crate::support::wait_for;
use crate::telemetry::server::Served;

const ADAPTER: &str = "\
platform: forum
label: 论坛
kind: file
path: posts.csv
map: {id: id, title: title, post_time: at, like: likes, user_name: who}
";

const POSTS: &str = "\
id,title,at,likes,who
1,防晒霜好用,2026-11-02 08:00:00,3,a
2,口红,2026-11-03 08:00:00,4,b
";

#[tokio::test(flavor = "multi_thread")]
async fn people_learn_that_a_zip_is_there() {
    let receiver = Receiver::start(&[]);
    let mut served = Served::with_rows(1);
    served.settings["notify"] = json!([{
        "name": "briefs", "when": ["brief.ready"], "where": { "name": "夏*" },
        "to": ["hook:own"], "throttle_s": 0,
    }]);
    served.settings["notify_allow"] = json!([receiver.address()]);
    served.settings["hooks"] = json!({ "own": { "url": receiver.url("/own") } });
    let place = &served.place;
    std::fs::create_dir(place.path("adapters")).unwrap();
    std::fs::write(place.path("adapters/forum.yaml"), ADAPTER).unwrap();
    std::fs::write(place.path("posts.csv"), POSTS).unwrap();
    served.settings["briefs"] = json!({
        "adapters": place.path("adapters"), "files": place.path(""), "exports": place.path("zips"),
    });
    let server = served.start("server", &[]).await;
    let submit = async |name: &str| {
        let brief = json!({
            "job_name": name, "keywords": ["防晒霜"], "start_time": "2026-11-01 00:00:00",
            "end_time": "2026-11-27 23:59:59",
        });
        let body = json!({ "brief": brief });
        let (status, accepted) = server.call("POST", "/v1/jobs", &body).await;
        assert_eq!(status, 202, "{accepted}");
        accepted["id"].as_str().unwrap().to_owned()
    };
    server.wait_until_ended(&submit("冬").await).await;
    let id = submit("夏季").await;
    let told: Vec<Value> = wait_for("it is told of", async || {
        let calls = receiver.calls().into_iter();
        let told: Vec<Value> = calls.map(|mut call| call["body"].take()).collect();
        (!told.is_empty()).then_some(told)
    })
    .await;
    // The other has another name.
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["type"], "brief.ready");
    let data = &told[0]["data"];
    assert_eq!(data["name"], "夏季", "{data}");
    assert_eq!(data["state"], "finished", "{data}");
    let figures = &data["figures"];
    for (name, expected) in [("stage", 1), ("articles", 1), ("accounts", 1)] {
        assert_eq!(figures[name], expected, "{name}: {data}");
    }
    assert_eq!(figures["coverage"], 1.0, "{data}");
    // Whoever is told can download it.
    let path = format!("/v1/briefs/{id}/export?file=manifest.json");
    let manifest: Value = serde_json::from_str(&server.get(&path).await).unwrap();
    assert_eq!(manifest["stage"], 1, "{manifest}");
    // It stands in the bell of who submitted it, and leads to its page.
    let bell: Value = serde_json::from_str(&server.get("/v1/notifications").await).unwrap();
    let news = bell["notifications"].as_array().unwrap().iter();
    let ready = news.filter(|news| news["kind"] == "brief.ready");
    assert_eq!(ready.count(), 2, "{bell}");
    let page = server.get("/notifications").await;
    assert!(page.contains(&format!("href=\"/briefs/{id}\"")), "{page}");
    assert!(page.contains("brief 夏季 can be downloaded"), "{page}");
    server.stop().await;
}
