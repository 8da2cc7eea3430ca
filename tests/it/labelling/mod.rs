//! Labelling and publishing, letter by letter.

mod left_out;
mod outputs;
mod removed;
mod times;

use audience::systems::labelling::settings::UnmappedSetting;
use audience::systems::labelling::{
    AuthorConflict, LabellingRequest, RowLabels, RuleKind, RulesFrom,
};
use entity::JobState;
use serde_json::json;

use crate::support::{
    Post, Published, TestApp, TestSettings, USUAL_RULES, corpus, expected, post, usual_pattern,
};

const RANGE: (&str, &str) = ("2020-01-01 00:00:00", "2020-02-01 00:00:00");

/// Runs one task and answers the program with the task's id.
async fn label(
    posts: &[Post],
    change: impl FnOnce(&mut LabellingRequest),
) -> (TestApp, entity::JobId) {
    let app = TestApp::with().start(posts).await;
    let id = app.submit_with(change).await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    (app, id)
}

/// `source_author`, panel and id of a published row.
type Panel<'a> = (&'a str, &'a str, &'a str);

fn panels(rows: &[Published]) -> Vec<Panel<'_>> {
    rows.iter()
        .map(|row| {
            (
                row.source_author.as_str(),
                row.panel.as_str(),
                row.id.as_str(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ends_of_the_range_take_part_and_rows_with_nulls_do_not() {
    let mut posts = vec![
        post("before", "WH_A", "amy1", "2019-12-31 23:59:59"),
        post("first", "WH_A", "amy2", "2020-01-01 00:00:00"),
        post("last", "WH_A", "amy3", "2020-02-01 00:00:00"),
        post("after", "WH_A", "amy4", "2020-02-01 00:00:01"),
        post("no_author", "WH_A", "amy5", "2020-01-10 00:00:00"),
        post("no_source", "WH_A", "amy6", "2020-01-10 00:00:00"),
        post("no_content", "WH_A", "amy7", "2020-01-10 00:00:00"),
    ];
    posts[4].author = None;
    posts[5].s_id = None;
    posts[6].content = None;
    let (app, id) = label(&posts, |_| {}).await;
    let ids: Vec<String> = app.published(&id).into_iter().map(|row| row.id).collect();
    assert_eq!(
        ids,
        ["first", "last", "no_content"],
        "content is not the column that is matched"
    );
    assert_eq!(app.state(&id, "length_receive_table").as_deref(), Some("3"));
    assert_eq!(
        app.state(&id, "check_point").as_deref(),
        Some("2020-02-01 00:00:00")
    );
    assert_eq!(
        app.state(&id, "date_range").as_deref(),
        Some("2020-01-01 00:00:00 - 2020-02-01 00:00:00")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_share_one_moment_are_each_read_once() {
    let posts: Vec<Post> = (0..5_000)
        .map(|no| {
            post(
                &format!("{no}"),
                "WH_A",
                &format!("amy{no}"),
                "2020-01-15 12:00:00",
            )
        })
        .collect();
    let (app, id) = label(&posts, |_| {}).await;
    assert_eq!(
        app.state(&id, "length_receive_table").as_deref(),
        Some("5000")
    );
    assert_eq!(
        app.state(&id, "length_output_table").as_deref(),
        Some("5000")
    );
    assert_eq!(app.published(&id).len(), 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_row_of_an_author_is_published_and_ids_are_compared_as_text() {
    let posts = [
        post("9", "WH_A", "amy", "2020-01-05 00:00:00"),
        post("10", "WH_A", "amy", "2020-01-05 00:00:00"),
        post("99", "WH_A", "amy", "2020-01-04 00:00:00"),
        post("1", "WH_A", "  amy\u{3000}", "2020-01-03 00:00:00"),
    ];
    let (app, id) = label(&posts, |_| {}).await;
    assert_eq!(panels(&app.published(&id)), [("WH_A_amy", "/first", "9")]);
    assert_eq!(app.state(&id, "uniq_source_author").as_deref(), Some("1"));
    assert_eq!(app.state(&id, "rate_of_label").as_deref(), Some("100.0"));
}

/// An author with 2 rows of `first` and 1 of `second`, and one with 1 of each.
fn conflicting() -> Vec<Post> {
    let mut posts = Vec::new();
    for (no, (author, content)) in [
        ("major", "x"),
        ("major", "x"),
        ("major", "y"),
        ("tied", "y"),
        ("tied", "x"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut made = post(
            &format!("{no}"),
            "WH_A",
            author,
            &format!("2020-01-0{} 00:00:00", no + 1),
        );
        made.content = Some(content.to_owned());
        posts.push(made);
    }
    posts
}

fn on_content(request: &mut LabellingRequest) {
    request.predict_type = "content".parse().ok();
    let pattern = json!({"first": [["x", "partially"]], "second": [["y", "partially"]]});
    request.rules = RulesFrom::Body {
        field: "rules",
        rules: pattern,
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_of_an_author_are_settled_as_asked() {
    let major = ("WH_A_major", "/first", "1");
    let table: [(AuthorConflict, &[Panel<'_>]); 3] = [
        (AuthorConflict::MajorityDropTies, &[major]),
        (
            AuthorConflict::MajorityFirst,
            &[major, ("WH_A_tied", "/first", "4")],
        ),
        (
            AuthorConflict::KeepAll,
            &[
                major,
                ("WH_A_major", "/second", "2"),
                ("WH_A_tied", "/second", "3"),
                ("WH_A_tied", "/first", "4"),
            ],
        ),
    ];
    for (conflict, expected) in table {
        let (app, id) = label(&conflicting(), |request| {
            on_content(request);
            request.author_conflict = Some(conflict);
        })
        .await;
        assert_eq!(panels(&app.published(&id)), expected, "{conflict:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_whose_labels_do_not_exclude_each_other_keeps_every_panel() {
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    let text = "exclusive: false\nrow_labels: all\nlabels:\n  first: [[x, partially]]\n  \
                second: [[y, partially], [X, exactly]]\n";
    std::fs::write(file.path(), text).unwrap();
    let (app, id) = label(&conflicting(), |request| {
        on_content(request);
        request.rules = RulesFrom::Path(file.path().to_owned());
    })
    .await;
    assert_eq!(app.published(&id).len(), 4);
    assert_eq!(app.state(&id, "length_output_table").as_deref(), Some("8"));
    // The newest row of the other author matched `y`.
    let exact = app.count(
        "SELECT count(*) FROM wh_panel_mapping_a
         WHERE match_meta = '{\"rule\":\"X\",\"match_type\":\"absolutely\",\"span\":[0,1]}'",
    );
    assert_eq!(exact, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_gets_the_first_label_that_matches_or_all_of_them() {
    let posts = [post("1", "WH_A", "Amy Bob", "2020-01-05 00:00:00")];
    for (row_labels, staged) in [(RowLabels::First, "1"), (RowLabels::All, "2")] {
        let (app, id) = label(&posts, |request| {
            request.row_labels = Some(row_labels);
            request.author_conflict = Some(AuthorConflict::KeepAll);
        })
        .await;
        assert_eq!(
            app.state(&id, "length_output_table").as_deref(),
            Some(staged)
        );
        assert_eq!(app.published(&id).len().to_string(), staged);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn patterns_label_too() {
    let posts = [
        post("1", "WH_A", "amy 2020", "2020-01-05 00:00:00"),
        post("2", "WH_A", "amy", "2020-01-06 00:00:00"),
    ];
    let (app, id) = label(&posts, |request| {
        request.rule_kind = Some(RuleKind::RuleModel);
        request.rules = RulesFrom::Body {
            field: "rules",
            rules: json!({"dated": ["AMY\\s+\\d{4}"]}),
        };
    })
    .await;
    assert_eq!(
        panels(&app.published(&id)),
        [("WH_A_amy 2020", "/dated", "1")]
    );
    assert_eq!(app.state(&id, "model_type").as_deref(), Some("rule_model"));
}

#[tokio::test(flavor = "multi_thread")]
async fn unmapped_ids_go_to_other_or_are_left_out_or_refused() {
    let posts = [
        post("1", "WH_A", "amy", "2020-01-05 00:00:00"),
        post("2", "WH_X", "amy", "2020-01-06 00:00:00"),
    ];
    let (app, id) = label(&posts, |_| {}).await;
    assert_eq!(app.state(&id, "result").as_deref(), Some("a,other"));

    let skip = |settings: &mut TestSettings| {
        settings.labelling.unmapped = UnmappedSetting::Skip;
    };
    let app = TestApp::with().settings(skip).start(&posts).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(app.state(&id, "result").as_deref(), Some("a"));
    assert_eq!(app.state(&id, "length_receive_table").as_deref(), Some("2"));
    let view = app.labelling.view(&id).await.unwrap().unwrap();
    assert_eq!(view.figures.unwrap().unmapped, 1, "they are counted");

    let posts = [post("1", "WH_X\u{1b}[31m", "amy", "2020-01-06 00:00:00")];
    let fail = |settings: &mut TestSettings| {
        settings.labelling.unmapped = UnmappedSetting::Fail;
    };
    let app = TestApp::with().settings(fail).start(&posts).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    let reason = app.state(&id, "error_message").unwrap();
    // It is read on terminals, too.
    let named = r"s_id `WH_X\u{1b}[31m` is in no group";
    assert!(reason.contains(named), "{reason}");
    let failed = "SELECT count(*) FROM audience_attempt WHERE outcome = 'failed'";
    assert_eq!(app.count(failed), 1, "it is not tried again");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_rows_or_without_labels_there_is_no_data() {
    for posts in [
        vec![],
        vec![post("1", "WH_A", "amy", "2021-01-05 00:00:00")],
        vec![post("1", "WH_A", "nobody", "2020-01-05 00:00:00")],
    ] {
        let (app, id) = label(&posts, |_| {}).await;
        assert_eq!(app.state(&id, "stat").as_deref(), Some("SUCCESS"));
        assert_eq!(app.state(&id, "prod_stat").as_deref(), Some("no_data"));
        assert_eq!(app.state(&id, "result").as_deref(), Some(""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_countdown_lies_between_labelling_and_publishing() {
    let posts = corpus(200);
    let app = TestApp::with().start(&posts).await;
    let id = app.submit_with(|request| request.countdown_s = 1).await;
    app.wait_for_rows("SELECT count(*) FROM state WHERE stat = 'SUCCESS'")
        .await;
    assert_eq!(app.state(&id, "prod_stat"), None);
    assert!(app.published(&id).is_empty());
    app.wait_until_ended(&id).await;
    assert_eq!(app.state(&id, "prod_stat").as_deref(), Some("finish"));
    assert_eq!(
        app.published(&id),
        expected(&posts, USUAL_RULES, RANGE).published
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn staged_rows_are_kept_if_the_settings_say_so() {
    let posts = corpus(300);
    let keep = |settings: &mut TestSettings| settings.labelling.keep_staging = true;
    let app = TestApp::with().settings(keep).start(&posts).await;
    let id = app.submit().await;
    app.wait_until_ended(&id).await;
    let staged = app.count(
        "SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b) + (SELECT count(*) FROM other)",
    );
    assert_eq!(
        app.state(&id, "length_output_table"),
        Some(staged.to_string())
    );
    assert!(staged > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_without_an_index_works_and_says_so() {
    let posts = corpus(1_000);
    let app = TestApp::with().start(&posts).await;
    let source = app.folder.path().join("posts.db");
    rusqlite::Connection::open(source)
        .unwrap()
        .execute("DROP INDEX by_time", [])
        .unwrap();
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(
        app.published(&id),
        expected(&posts, USUAL_RULES, RANGE).published
    );
    let steps = app.app.store.steps().of(&id).await.unwrap();
    let notes = steps[0].notes.clone().unwrap_or_default();
    assert!(
        notes.contains("post_time") && notes.contains("CREATE INDEX"),
        "{notes}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_larger_than_what_may_be_in_flight_is_labelled_like_any_other() {
    let mut posts = corpus(100);
    let huge = format!("{}x", "好".repeat(1_000_000));
    posts[50].content = Some(huge.clone());
    posts[50].author = Some("someone".to_owned());
    posts[50].s_id = Some("WH_A".to_owned());
    let small = |settings: &mut TestSettings| {
        settings.labelling.bytes_per_slice = 64 << 10;
        settings.labelling.bytes_in_flight = 64 << 10;
    };
    let app = TestApp::with().settings(small).start(&posts).await;
    let id = app
        .submit_with(|request| {
            request.predict_type = "content".parse().ok();
            request.rules = RulesFrom::Body {
                field: "rules",
                rules: json!({"huge": [["好X", "end"]]}),
            };
        })
        .await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    let published = app.published(&id);
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].match_content, huge);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_tasks_at_once_do_not_disturb_each_other() {
    let posts = corpus(600);
    let app = TestApp::with().start(&posts).await;
    let mut ids = Vec::new();
    for _ in 0..30 {
        ids.push(
            app.submit_with(|request| {
                request.rules = RulesFrom::Body {
                    field: "rules",
                    rules: usual_pattern(),
                }
            })
            .await,
        );
    }
    let expected = expected(&posts, USUAL_RULES, RANGE).published;
    for id in &ids {
        assert_eq!(app.wait_until_ended(id).await, JobState::Succeeded);
        assert_eq!(app.published(id), expected);
    }
}
