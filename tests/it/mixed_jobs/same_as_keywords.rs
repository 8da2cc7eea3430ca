//! A mixed model of plain keywords gives what a keyword model gives, also when things break.

use audience::fault::{FaultKind, FaultPoint, Faults};
use serde_json::{Value, json};

use super::label;
use crate::support::{TestApp, USUAL_RULES, corpus, expected, task_is_as_expected, usual_pattern};

const RANGE: (&str, &str) = ("2020-01-01 00:00:00", "2020-02-01 00:00:00");

fn usual_rules() -> Value {
    json!({
        "model_type": "mixed_model",
        "rules": { "in": ["author"], "labels": usual_pattern() },
    })
}

async fn is_like_keywords(faults: Faults) -> TestApp {
    let posts = corpus(3_000);
    let app = TestApp::with().faults(faults).start(&posts).await;
    let id = label(&app, usual_rules()).await;
    let output = format!("sqlite://{}", app.database().display());
    let expected = expected(&posts, USUAL_RULES, RANGE);
    task_is_as_expected(&output, id.as_str(), &expected);
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mixed_model_of_keywords_publishes_what_a_keyword_model_does() {
    let app = is_like_keywords(Faults::default()).await;
    let keywords = label(&app, json!({ "rules": usual_pattern() })).await;
    let ends = |column: &str| {
        app.count(&format!(
            "SELECT count(DISTINCT {column}) FROM state WHERE stat = 'SUCCESS'"
        ))
    };
    for column in [
        "length_receive_table",
        "length_output_table",
        "length_prod_table",
        "uniq_source_author",
        "rate_of_label",
        "check_point",
    ] {
        assert_eq!(ends(column), 1, "{column}");
    }
    // Of the old kinds nothing is said that was not said before.
    assert_eq!(app.state(&keywords, "rule_set"), None);
    assert_eq!(
        app.state(&keywords, "model_type").as_deref(),
        Some("keyword_model")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_breaks_continues_at_its_checkpoint() {
    for kind in [FaultKind::Error, FaultKind::Panic] {
        for point in [FaultPoint::BeforeCheckpoint, FaultPoint::AfterCheckpoint] {
            is_like_keywords(Faults::default().with(point, kind, 3, 2)).await;
        }
    }
}
