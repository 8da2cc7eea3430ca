//! What is collected is what the platforms have, and the end is exact.

use serde_json::json;

use super::fixture::{Platforms, ended, expected, has_all, pages, request, submit};

const KEYWORDS: [&str; 3] = ["防晒霜", "面膜 敏感肌|油皮 -广告", "口红"];

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_found_once_whatever_platforms_do() {
    let platforms = Platforms::usual(&["--error", "0.08", "--dup", "0.1"]);
    let app = platforms.app().await;
    let id = submit(&app, &request(&KEYWORDS)).await;
    let job = ended(&app, &id).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let expected = expected(&KEYWORDS, &["--dup", "0.1"]);
    has_all(&app.database(), &id, &expected);
    let figures = &job["figures"];
    assert_eq!(figures["outcome"], "finished", "{job}");
    assert_eq!(figures["articles"], expected["stored"], "{job}");
    assert_eq!(figures["accounts"], expected["accounts"], "{job}");
    assert_eq!(figures["coverage"], json!(1.0));
    let interraction = ["bili", "douyin", "mweibo", "redbook", "weixin"].map(|platform| {
        app.count(&format!(
            "SELECT coalesce(sum(interraction), 0) FROM brief_{platform} WHERE job_id = '{id}'"
        ))
    });
    let sum: i64 = interraction.iter().sum();
    assert_eq!(json!(sum), expected["interraction"]);
    // The job was exported as soon as no page was open any more.
    let waited = app.count(&format!(
        "SELECT (SELECT max(ended_at) FROM audience_brief_page WHERE job_id = '{id}') - \
         (SELECT collected_at FROM audience_brief WHERE job_id = '{id}')"
    ));
    assert!(waited.abs() < 100_000, "{waited} µs");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_platforms_found_counts_if_that_is_asked_for() {
    let platforms = Platforms::usual(&[]);
    let app = platforms.app().await;
    let mut asked = request(&KEYWORDS);
    asked["match"] = json!("platform");
    asked["max_pages"] = json!(2);
    let id = submit(&app, &asked).await;
    assert_eq!(ended(&app, &id).await["state"], "succeeded");
    // Without windows a sequence has the pages that are expected.
    let more = [
        "--match",
        "platform",
        "--max-pages",
        "2",
        "--platforms",
        "bili,mweibo,weixin",
    ];
    let expected = expected(&KEYWORDS, &more);
    for platform in ["bili", "mweibo", "weixin"] {
        let found = app.count(&format!("SELECT count(*) FROM brief_{platform}"));
        assert_eq!(
            json!(found),
            expected["platforms"][platform]["stored"],
            "{platform}"
        );
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_platform_costs_its_own_pages_only() {
    let platforms = Platforms::usual(&["--set", "redbook.hang=1.0"]);
    let app = platforms.app().await;
    let mut asked = request(&KEYWORDS);
    asked["deadline_s"] = json!(4);
    let id = submit(&app, &asked).await;
    let job = ended(&app, &id).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(job["figures"]["outcome"], "partial", "{job}");
    let expected = expected(&KEYWORDS, &[]);
    for platform in ["bili", "douyin", "mweibo", "weixin"] {
        let found = app.count(&format!("SELECT count(*) FROM brief_{platform}"));
        assert_eq!(
            json!(found),
            expected["platforms"][platform]["stored"],
            "{platform}"
        );
        assert_eq!(pages(&app, &id, platform, "failed"), 0);
    }
    assert_eq!(pages(&app, &id, "redbook", "done"), 0);
    assert!(pages(&app, &id, "redbook", "failed") > 0);
    let reason = format!(
        "SELECT count(*) FROM audience_brief_page WHERE job_id = '{id}' AND error = 'deadline: no answer'"
    );
    assert_eq!(app.count(&reason), pages(&app, &id, "redbook", "failed"));
    // Once it answers, the next stage has the rest.
    platforms.set("redbook", "hang", 0.0).await;
    let (status, answer) = app.post(&format!("/v1/jobs/{id}/resume"), &json!({})).await;
    assert_eq!(status, 202, "{answer}");
    let job = ended(&app, &id).await;
    assert_eq!(job["figures"]["outcome"], "finished", "{job}");
    assert_eq!(job["figures"]["stage"], 2, "{job}");
    has_all(&app.database(), &id, &expected);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_brief_asks_nothing_more() {
    let platforms = Platforms::usual(&["--latency", "1", "--sigma", "0"]);
    let app = platforms.app().await;
    let id = submit(&app, &request(&KEYWORDS)).await;
    crate::support::wait_for("something is asked", async || {
        (platforms.stats("bili").await["calls"].as_i64()? > 0).then_some(())
    })
    .await;
    let (status, answer) = app.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).await;
    assert_eq!(status, 202, "{answer}");
    assert_eq!(ended(&app, &id).await["state"], "cancelled");
    let before = platforms.stats("bili").await["calls"].clone();
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    assert_eq!(platforms.stats("bili").await["calls"], before);
    app.stop().await;
}
