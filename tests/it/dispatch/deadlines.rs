//! Tasks that nobody reports on, or whose workers fail.

use serde_json::{Value, json};

use super::{Dispatching, With};
use crate::store::databases::each;

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_nobody_takes_or_goes_on_with_fails() {
    each(|url| async move {
        let program = Dispatching::start(With {
            database: Some(url),
            change: Some(|service| {
                service.waiting_timeout = Some(1);
                service.running_timeout = Some(2);
            }),
            ..With::default()
        })
        .await;
        let (untaken, begun) = (
            program.create("aaa", json!({})).await,
            program.create("aaa", json!({})).await,
        );
        assert_eq!(program.report(&begun, "running").await.0, 200);
        let failed = program.wait_until(&untaken, "failed").await;
        assert_eq!(
            failed["message"],
            "no worker has reported for 1 s (waiting_timeout)"
        );
        // A further report is a sign of life.
        assert_eq!(program.report(&begun, "running").await.0, 200);
        let failed = program.wait_until(&begun, "failed").await;
        assert_eq!(
            failed["message"],
            "no report for 2 s while it was running (running_timeout)"
        );

        let (_, page) = program.app.get("/v1/dispatch/dead_letters?kind=task").await;
        let letters = page["dead_letters"].as_array().unwrap();
        let of = |letter: &Value| letter["task_id"].as_str().unwrap().to_owned();
        assert_eq!(
            letters.iter().map(of).collect::<Vec<_>>(),
            [begun.clone(), untaken]
        );
        let seq = &letters[0]["seq"];
        let path = format!("/v1/dispatch/dead_letters/{seq}/replay");
        assert_eq!(program.ok(&path, Value::Null).await["status"], "replayed");
        let (_, page) = program
            .app
            .get("/v1/dispatch/dead_letters?replayed=false")
            .await;
        assert_eq!(page["dead_letters"].as_array().unwrap().len(), 1);
        program.wait_until(&begun, "failed").await;
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_attempt_is_followed_by_another() {
    let program = Dispatching::start(With {
        change: Some(|service| {
            service.retries = 2;
            service.backoff = 0;
        }),
        ..With::default()
    })
    .await;
    let task = program.create("aaa", json!({})).await;
    for attempt in 1..=3 {
        assert_eq!(program.report(&task, "running").await.0, 200);
        let data = json!({
            "task_id": task, "status": "failed", "message": format!("no {attempt}"),
            "attempt": attempt,
        });
        program
            .ok("/api/update_status_task", json!({ "data": data }))
            .await;
        let found = program.status(&task).await;
        let expected = if attempt < 3 { "waiting" } else { "failed" };
        assert_eq!(found["status"], expected);
        assert_eq!(found["message"], format!("no {attempt}"));
    }
    program.app.stop().await;
}
