//! Databases that go away for a while.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use audience::settings::Settings;
use entity::JobState;

use super::program::{Labelling, Program, published_at, wait_until};
use crate::store::databases::TestDatabase;
use crate::support::{Place, RANGE, TestApp, USUAL_RULES, corpus, expected};

/// Database servers of this test's own.
struct Servers {
    folder: tempfile::TempDir,
}

impl Servers {
    fn script(&self, what: &str) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/servers");
        let done = Command::new(script)
            .arg(what)
            .arg(self.home())
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        String::from_utf8(done.stdout).unwrap()
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("servers")
    }

    /// Their URLs, by the variables of the tests.
    fn start(&self) -> Vec<(String, String)> {
        let lines = self.script("start");
        let lines = lines.lines().filter_map(|line| {
            let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
            Some((name.to_owned(), value.trim_matches('\'').to_owned()))
        });
        lines.collect()
    }

    /// As a machine does that loses its power.
    fn stop(&self) {
        self.script("stop");
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.script("remove");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_goes_away_is_waited_for_with_its_reason_and_nothing_is_lost() {
    let posts = corpus(3_000);
    let servers = Servers {
        folder: tempfile::TempDir::new().unwrap(),
    };
    std::fs::set_permissions(
        servers.folder.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o711),
    )
    .unwrap();
    let urls = servers.start();
    let mut tasks = Vec::new();
    for (kind, variable) in [
        ("postgres", "AUDIENCE_TEST_POSTGRES"),
        ("mysql", "AUDIENCE_TEST_MYSQL"),
    ] {
        let (_, server) = urls.iter().find(|(name, _)| name == variable).unwrap();
        let output = TestDatabase::at(kind, server).await;
        let url = output.url.clone();
        let slow = move |settings: &mut Settings| {
            settings.labelling.rows_per_slice = 2;
            settings.outputs.get_mut("result").unwrap().url = Some(url.clone());
        };
        let app = TestApp::with().settings(slow).start(&posts).await;
        let id = app.submit().await;
        let begun = "SELECT count(*) FROM audience_event WHERE kind = 'progress'";
        app.wait_for_rows(begun).await;
        tasks.push((app, id, output));
    }
    // Its engine's tables are in the database that goes away.
    let (_, server) = &urls[0];
    let labelling = Labelling {
        place: Place::with_rows(3_000),
        output: TestDatabase::at("postgres", server).await,
    };
    let mut label = Program::start(&mut labelling.command(2));
    wait_until("it labels", || labelling.slices() > 3);
    servers.stop();
    for (app, id, _) in &tasks {
        let waiting = app
            .wait_until(id, |job| job.waiting.is_some())
            .await
            .waiting;
        let waiting = waiting.unwrap();
        assert!(
            waiting.starts_with("waiting for the output database since "),
            "{waiting}"
        );
        let (_, shown) = app.get(&format!("/v1/jobs/{id}")).await;
        assert_eq!(shown["waiting"].as_str(), Some(waiting.as_str()));
    }
    assert!(!label.has_ended());
    servers.start();
    label.succeeds();
    labelling.is_as_expected(&expected(&posts, USUAL_RULES, RANGE));
    for (app, id, output) in tasks {
        assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
        let published = published_at(&output.url, id.as_str());
        assert_eq!(published, expected(&posts, USUAL_RULES, RANGE).published);
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_goes_away_is_waited_for() {
    let posts = corpus(3_000);
    let slow = |settings: &mut Settings| settings.labelling.rows_per_slice = 5;
    let first = TestApp::with().settings(slow).start(&posts).await;
    let folder = Arc::clone(&first.folder);
    let id = first.submit().await;
    first
        .wait_for_rows("SELECT count(*) FROM audience_output_batch")
        .await;
    first.stop().await;
    let (here, away) = (
        folder.path().join("posts.db"),
        folder.path().join("away.db"),
    );
    std::fs::rename(&here, &away).unwrap();

    let second = TestApp::with().settings(slow).beside(&folder);
    let second = second.posts_are_away().start(&posts).await;
    let waiting = second
        .wait_until(&id, |job| job.waiting.is_some())
        .await
        .waiting;
    let waiting = waiting.unwrap();
    assert!(
        waiting.starts_with("waiting for the source since "),
        "{waiting}"
    );
    std::fs::rename(&away, &here).unwrap();
    assert_eq!(second.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(
        second.published(&id),
        expected(&posts, USUAL_RULES, RANGE).published
    );
}
