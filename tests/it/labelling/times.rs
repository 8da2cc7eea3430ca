//! Times of rows: in which form they are read and published, what they mean in a zone, and what
//! becomes of rows without one.

use entity::JobState;

use super::{label, panels};
use crate::support::{Post, TestApp, TestSettings, post};

/// Posts of one author a group, in several forms.
fn in_several_forms() -> Vec<Post> {
    vec![
        post("1", "WH_A", "amy1", "2020-01-05T01:00:00"),
        post("2", "WH_A", "amy1", "2020-01-05 23:00:00"),
        post("3", "WH_A", "amy2", "2020-01-05T03:00:00Z"),
        post("4", "WH_A", "amy2", "2020-01-05T10:00:00+08:00"),
        post("5", "WH_A", "amy3", "2020-01-05 10:00:00"),
        post("6", "WH_A", "amy3", "2020/01/05 10:00"),
        post("7", "WH_A", "amy4", " 2020-01-05 10:00:00.5"),
        post("8", "WH_A", "amy4", "2020-01-05 10:00:00.25"),
        post("9", "WH_A", "amy5", "2020-01-05"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_row_is_that_of_the_latest_moment() {
    let (app, id) = label(&in_several_forms(), |_| {}).await;
    let published = app.published(&id);
    let rows: Vec<(&str, &str)> = published
        .iter()
        .map(|row| (&*row.id, &*row.create_time))
        .collect();
    assert_eq!(
        rows,
        [
            ("2", "2020-01-05 23:00:00"),
            ("3", "2020-01-05 03:00:00"),
            ("6", "2020-01-05 10:00:00"),
            ("7", "2020-01-05 10:00:00.5"),
            ("9", "2020-01-05 00:00:00"),
        ]
    );
    assert_eq!(app.state(&id, "error_message"), None);
}

fn in_zone(name: &'static str) -> impl FnOnce(&mut TestSettings) {
    move |settings| {
        let source = settings.sources.get_mut("posts").unwrap();
        source.time_zone = Some(name.to_owned());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_has_a_time_zone() {
    let posts = [
        // The range begins and ends at midnight in Taipei.
        post("before", "WH_A", "amy1", "2019-12-31T15:59:59Z"),
        post("first", "WH_A", "amy2", "2019-12-31T16:00:00Z"),
        post("older", "WH_A", "amy3", "2020-01-05 10:00:00"),
        post("newer", "WH_A", "amy3", "2020-01-05T02:00:01Z"),
        post("last", "WH_A", "amy4", "2020-02-01 00:00:00"),
        post("after", "WH_A", "amy5", "2020-01-31T16:00:01Z"),
    ];
    let app = TestApp::with().settings(in_zone("Asia/Taipei"));
    let app = app.start(&posts).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    let published = app.published(&id);
    let rows: Vec<(&str, &str)> = published
        .iter()
        .map(|row| (&*row.id, &*row.create_time))
        .collect();
    assert_eq!(
        rows,
        [
            ("first", "2020-01-01 00:00:00"),
            ("last", "2020-02-01 00:00:00"),
            ("newer", "2020-01-05 10:00:01"),
        ]
    );
    assert_eq!(
        app.state(&id, "date_range").unwrap(),
        "2020-01-01 00:00:00 - 2020-02-01 00:00:00"
    );
    assert_eq!(
        app.state(&id, "check_point").unwrap(),
        "2020-02-01 00:00:00"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_hour_that_a_clock_shows_twice_the_second_is_newer() {
    for (zone, older, newer, published_time) in [
        (
            "Europe/Berlin",
            "2020-10-25T02:59:00+02:00",
            "2020-10-25T02:01:00+01:00",
            "2020-10-25 02:01:00",
        ),
        // By two hours.
        (
            "Antarctica/Troll",
            "2020-10-25T00:45:00Z",
            "2020-10-25T01:15:00Z",
            "2020-10-25 01:15:00",
        ),
        (
            "America/Havana",
            "2020-11-01T04:45:00Z",
            "2020-11-01T05:15:00Z",
            "2020-11-01 00:15:00",
        ),
    ] {
        let posts = [
            post("1", "WH_A", "amy1", older),
            post("2", "WH_A", "amy1", newer),
        ];
        let app = TestApp::with().settings(in_zone(zone));
        let app = app.start(&posts).await;
        let id = app
            .submit_with(|request| request.end_time = Some("2021-01-01".parse().unwrap()))
            .await;
        assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
        let published = app.published(&id);
        assert_eq!(panels(&published), [("WH_A_amy1", "/first", "2")]);
        assert_eq!(published[0].create_time, published_time, "{zone}");
    }
}

/// So many rows of which the first have no time.
fn with_bad_times(rows: usize, bad: usize) -> Vec<Post> {
    (0..rows)
        .map(|number| {
            let time = match number < bad {
                true => "soon".to_owned(),
                false => format!("2020-01-05 00:00:{:02}", number % 60),
            };
            post(&number.to_string(), "WH_A", &format!("amy{number}"), &time)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_rows_without_a_time_are_left_out_and_named() {
    let (app, id) = label(&with_bad_times(50, 4), |_| {}).await;
    assert_eq!(app.published(&id).len(), 46);
    assert_eq!(
        app.state(&id, "length_receive_table").as_deref(),
        Some("46")
    );
    let view = app.labelling.view(&id).await.unwrap().unwrap();
    assert_eq!(view.figures.unwrap().undated, 4);
    assert_eq!(
        app.state(&id, "error_message").unwrap(),
        "warning: 4 rows were left out because the time cannot be read: row `0`: `soon`, \
         row `1`: `soon`, row `2`: `soon`, …"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_with_too_many_rows_without_a_time_is_not_published() {
    let posts = with_bad_times(50, 4);
    let strict = |settings: &mut TestSettings| settings.labelling.unreadable_times_max = 3;
    let app = TestApp::with().settings(strict).start(&posts).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Failed);
    assert!(app.published(&id).is_empty());
    assert_eq!(app.state(&id, "stat").as_deref(), Some("FAILURE"));
    assert_eq!(app.state(&id, "prod_stat").as_deref(), Some("failure"));
    let reason = app.state(&id, "error_message").unwrap();
    for part in [
        "4 of the 50 rows",
        "row `0`: `soon`, row `1`: `soon`, row `2`: `soon`, …",
        "labelling.unreadable_times_max = 3",
    ] {
        assert!(reason.contains(part), "{reason}");
    }
    let failed = "SELECT count(*) FROM audience_attempt WHERE outcome = 'failed'";
    assert_eq!(app.count(failed), 1, "it is not tried again");

    // More than so many, but no more than this share.
    let lenient = |settings: &mut TestSettings| {
        settings.labelling.unreadable_times_max = 3;
        settings.labelling.unreadable_times_share = 0.08;
    };
    let app = TestApp::with().settings(lenient).start(&posts).await;
    let id = app.submit().await;
    assert_eq!(app.wait_until_ended(&id).await, JobState::Succeeded);
    assert_eq!(app.published(&id).len(), 46);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_without_a_single_time_of_the_range_says_so() {
    let mut posts = with_bad_times(5, 5);
    posts.push(post("other", "WH_A", "amy", "1999-01-01"));
    let (app, id) = label(&posts, |_| {}).await;
    assert_eq!(app.state(&id, "prod_stat").as_deref(), Some("no_data"));
    let warning = app.state(&id, "error_message").unwrap();
    assert!(
        warning.starts_with("warning: 5 rows were left out"),
        "{warning}"
    );
}
