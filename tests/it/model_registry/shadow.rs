//! Versions that score the same rows and never answer.

use serde_json::json;

use super::{Caller, row};
use crate::support::{TestApp, wait_for};

#[tokio::test(flavor = "multi_thread")]
async fn a_version_in_the_shadow_is_compared_and_never_answers() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    caller.add_regression("price", 1.0, 2.0).await;
    caller.add_regression("price", 1.0, 3.0).await;
    caller.point("price", 1).await;
    let body = json!({ "version": 2 });
    assert_eq!(caller.set("price", "shadow", &body).await.0, 200);
    for _ in 0..5 {
        let rows = json!([row(30.0), row(60.0), row(70.0)]);
        let (status, answer) = caller.predict("price", "", &rows).await;
        assert_eq!((status, &answer["version"]), (200, &json!(1)));
        let expected = json!([{ "value": 1.0 }, { "value": 2.0 }, { "value": 2.0 }]);
        assert_eq!(answer["predictions"], expected);
    }
    let shadow = wait_for("all rows are compared", async || {
        let model = caller.get("/v1/models/price").await;
        let shadow = model["shadow"][0].clone();
        (shadow["compared"] == 15).then_some(shadow)
    })
    .await;
    for (member, expected) in [
        ("version", 1),
        ("shadow_version", 2),
        ("different", 10),
        ("other_label", 0),
        ("failed", 0),
        ("dropped", 0),
    ] {
        assert_eq!(shadow[member], expected, "{member}: {shadow}");
    }
    // Who asks for the version itself gets it, and nothing is compared.
    assert_eq!(caller.value("price", "?alias=shadow", 60.0).await, (2, 3.0));
    // The roles change: the pair is another one.
    caller.point("price", 2).await;
    let body = json!({ "version": 1 });
    assert_eq!(caller.set("price", "shadow", &body).await.0, 200);
    caller.value("price", "", 60.0).await;
    wait_for("the other pair is compared", async || {
        let model = caller.get("/v1/models/price").await;
        let shadow = model["shadow"][0].clone();
        (shadow["version"] == 2 && shadow["different"] == 1).then_some(())
    })
    .await;
    app.stop().await;
}
