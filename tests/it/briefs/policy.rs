//! Platforms are asked as they want to be.

use serde_json::json;

use super::fixture::{Platforms, ended, expected, has_all, pages, request, submit};

const KEYWORDS: [&str; 2] = ["防晒霜", "口红"];

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_asks_for_patience_gets_it() {
    let platforms = Platforms::usual(&["--set", "bili.rate=2"]);
    let app = platforms.app().await;
    let id = submit(&app, &request(&KEYWORDS)).await;
    let job = ended(&app, &id).await;
    assert_eq!(job["figures"]["outcome"], "finished", "{job}");
    has_all(&app.database(), &id, &expected(&KEYWORDS, &[]));
    let stats = platforms.stats("bili").await;
    assert!(stats["limited"].as_i64().unwrap() > 0, "{stats}");
    let during = stats["during_pause"].as_i64().unwrap();
    // Those that were on their way when the first answer came.
    assert!(during <= 60, "{stats}");
    // After the first pause, calls go out carefully.
    let pages = pages(&app, &id, "bili", "done");
    let calls = stats["calls"].as_i64().unwrap();
    assert!(
        calls <= 60 + 2 * pages,
        "{calls} calls for {pages} pages: {stats}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_never_answers_well_is_given_up() {
    let platforms = Platforms::start(&["--set", "mweibo.error=1.0"], |platform, text| {
        let breaker = "breaker: {of: 4, cool: 100ms, give_up: 1s}, tries: 20, backoff: 10ms..50ms";
        match platform {
            "mweibo" => text.replace("tries: 5", breaker),
            _ => text,
        }
    });
    let app = platforms.app().await;
    let id = submit(&app, &request(&KEYWORDS)).await;
    let job = ended(&app, &id).await;
    assert_eq!(job["figures"]["outcome"], "partial", "{job}");
    assert_eq!(pages(&app, &id, "mweibo", "failed"), 2);
    let calls = platforms.stats("mweibo").await["calls"].as_i64().unwrap();
    assert!(calls < 40, "{calls} calls");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_said_once() {
    let platforms = Platforms::start(&[], |platform, text| match platform {
        "weixin" => text.replace("{secret:WEIXIN_KEY}", "wrong"),
        _ => text,
    });
    let app = platforms.app().await;
    let mut asked = request(&["防晒霜", "口红", "面膜", "眉笔"]);
    asked["platforms"] = json!(["weixin"]);
    let id = submit(&app, &asked).await;
    let job = ended(&app, &id).await;
    assert_eq!(job["state"], "failed", "{job}");
    assert_eq!(pages(&app, &id, "weixin", "failed"), 4);
    assert!(platforms.stats("weixin").await["calls"].as_i64().unwrap() <= 4);
    let message = app.count(
        "SELECT count(*) FROM audience_brief_platform WHERE message LIKE '%$.code is 40001%' OR \
         message LIKE '%code%40001%'",
    );
    assert_eq!(message, 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_is_kept_over_briefs() {
    let platforms = Platforms::start(&[], |platform, text| match platform {
        "bili" => text.replace("concurrency: 60", "concurrency: 60, calls_per_day: 3"),
        _ => text,
    });
    let app = platforms.app().await;
    for _ in 0..2 {
        let mut asked = request(&KEYWORDS);
        asked["platforms"] = json!(["bili"]);
        let id = submit(&app, &asked).await;
        ended(&app, &id).await;
    }
    assert_eq!(platforms.stats("bili").await["calls"], 3);
    assert_eq!(app.count("SELECT calls FROM audience_brief_calls"), 3);
    app.stop().await;
}
