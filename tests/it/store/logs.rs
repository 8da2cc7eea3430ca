//! The log of each job in the store.

use audience::engine::store::{NewLine, Store};
use entity::{JobId, LogLevel};
use serde_json::{Value, json};

use super::databases::each;
use super::keeping::two_steps;

fn line(job: &JobId, level: LogLevel, message: &str, fields: &Value) -> NewLine {
    NewLine {
        job: job.clone(),
        at: 1_767_225_600_123_456,
        level,
        message: message.to_owned(),
        fields: fields.as_object().unwrap().clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_kept_in_order_and_those_of_unknown_jobs_are_left_out() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let (job, other) = (two_steps(), two_steps());
        for job in [&job, &other] {
            store.jobs().submit(job.clone(), 10).await.unwrap();
        }
        let mut lines = vec![
            line(
                &job.id,
                LogLevel::Info,
                "begun",
                &json!({ "job.id": job.id.as_str() }),
            ),
            line(&JobId::new(), LogLevel::Error, "of nobody", &json!({})),
            line(&other.id, LogLevel::Info, "of another", &json!({})),
            line(
                &job.id,
                LogLevel::Error,
                "a\0b \"男\" \\u0000\n",
                &json!({ "error": "\0 \\ 女" }),
            ),
        ];
        let many = (0..500).map(|no| {
            line(
                &job.id,
                LogLevel::Debug,
                "did",
                &json!({ "batch.no": no, "trace_id": "a" }),
            )
        });
        lines.extend(many);
        store.logs().keep(&lines).await.unwrap();
        store.logs().keep(&[]).await.unwrap();
        store.logs().keep(&lines[1..2]).await.unwrap();

        let read = async |after, limit, level| {
            store
                .logs()
                .after(&job.id, after, limit, level)
                .await
                .unwrap()
        };
        let all = read(0, 1_000, None).await;
        assert_eq!(all.len(), 502);
        assert!(all.is_sorted_by_key(|line| line.seq));
        assert_eq!(
            (all[0].message.as_str(), all[0].at),
            ("begun", 1_767_225_600_123_456)
        );
        assert_eq!(all[1].message, "a\u{FFFD}b \"男\" \\u0000\n");
        let fields = |at: usize| serde_json::from_str::<Value>(&all[at].fields).unwrap();
        assert_eq!(fields(1)["error"], "\0 \\ 女");
        // A line outside of the job's spans belongs to its trace, which has its id.
        assert_eq!(fields(1)["trace_id"], job.id.as_str());
        assert_eq!(fields(2)["trace_id"], "a");
        for no in 0..500 {
            assert_eq!(fields(no + 2)["batch.no"], no);
        }
        assert_eq!(read(all[9].seq, 5, None).await, all[10..15]);
        assert_eq!(read(0, 1_000, Some(LogLevel::Info)).await, all[..2]);
        assert_eq!(read(0, 1_000, Some(LogLevel::Error)).await, all[1..2]);
        assert_eq!(read(0, 1_000, Some(LogLevel::Trace)).await, all);
        store.close().await;
    })
    .await;
}
