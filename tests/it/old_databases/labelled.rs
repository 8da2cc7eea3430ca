//! Labelling jobs of an old database continue where they were.

use entity::{AttemptOutcome, JobState};

use super::restored::Restored;
use crate::support::{
    Expected, RANGE, TestApp, USUAL_RULES, expected, published_at, task_is_as_expected,
};

pub(super) async fn everything_ends_right(old: &Restored, program: &TestApp) {
    let expected = expected(&old.posts, USUAL_RULES, RANGE);
    for name in [
        "label_running_1",
        "label_running_2",
        "label_queued_1",
        "label_counting_down",
    ] {
        let id = old.job(name);
        assert_eq!(program.wait_until_ended(&id).await, JobState::Succeeded);
        is_published(old, name, &expected);
    }
    // The posts are about their authors: the same are found in the contents.
    let other = old.job("label_queued_2");
    assert_eq!(program.wait_until_ended(&other).await, JobState::Succeeded);
    assert!(!published_at(&old.database.url, other.as_str()).is_empty());

    let mut crashed = 0;
    for name in ["label_running_1", "label_running_2"] {
        let attempts = program.app.store.jobs().attempts(&old.job(name), 100).await;
        let attempts = attempts.unwrap();
        let count = |outcome| {
            let attempts = attempts.iter().filter(|attempt| attempt.step_no == 0);
            attempts.filter(|found| found.outcome == outcome).count()
        };
        assert_eq!(
            count(AttemptOutcome::Completed),
            4,
            "{name}: no batch twice"
        );
        crashed += count(AttemptOutcome::Crashed);
    }
    assert!(crashed > 0, "batches continued in the middle");
    for name in ["label_succeeded", "label_swept"] {
        is_published(old, name, &expected);
    }
    for name in ["label_cancelled", "label_failed"] {
        let id = old.job(name);
        assert!(published_at(&old.database.url, id.as_str()).is_empty());
        assert!(program.app.runtime.resume(&id).await.unwrap(), "{name}");
        assert_eq!(program.wait_until_ended(&id).await, JobState::Succeeded);
        is_published(old, name, &expected);
    }
    let swept = old.job("label_swept");
    assert!(program.app.runtime.rerun(&swept).await.unwrap());
    assert_eq!(program.wait_until_ended(&swept).await, JobState::Succeeded);
    is_published(old, "label_swept", &expected);
}

fn is_published(old: &Restored, name: &str, expected: &Expected) {
    eprintln!("{name} is published");
    task_is_as_expected(&old.database.url, old.job(name).as_str(), expected);
}
