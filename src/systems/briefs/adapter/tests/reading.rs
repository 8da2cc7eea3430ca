//! Answers, good and bad.

use chrono_tz::Asia::Shanghai;
use serde_json::{Value, json};

use super::super::reading::Answer;
use super::super::{AnswerFault, Means, Next, missing, read_answer, unread};
use super::{adapter, http};

const ADAPTER: &str = r#"
platform: p
kind: http
base: https://api.example.com
request: {path: /s, query: {q: "{keyword}", c: "{cursor.next}"}}
ok: {path: $.code, is: [0, "ok"]}
errors: [{path: $.code, is: [429], means: rate_limited}, {path: $.code, is: [7], means: gone}]
items: $.data.cards[*].item
next: {more: {path: $.more, is: [true, 1]}, cursor: {next: $.cursor}}
map:
  id: $.id
  url: "https://example.com/{id}"
  content: {path: $.text, type: html}
  post_time: {path: $.time, type: unix_s}
  like: $.likes
  play: {path: $.plays, zero_is_null: true}
  topics: $.tags[*].name
  user_fans: $.user.fans
"#;

fn answer(answer: &Value) -> Result<Answer, AnswerFault> {
    let adapter = adapter(ADAPTER).unwrap();
    let body = answer.to_string();
    read_answer(&adapter, http(&adapter), body.as_bytes(), 0, Shanghai)
}

fn item(id: Value) -> Value {
    json!({ "item": {
        "id": id, "text": "<p>防晒<br>霜</p>", "time": 1_790_000_000, "likes": "1.2万", "plays": 0,
        "tags": [{ "name": "防晒" }, { "name": "" }, { "name": "防晒" }], "user": { "fans": 12 }, "more": 1,
    } })
}

fn page(cards: Value, more: Value) -> Value {
    json!({ "code": 0, "data": { "cards": cards }, "more": more, "cursor": 20 })
}

#[test]
fn an_item_becomes_an_article() {
    let answer = answer(&page(json!([item(json!(7))]), json!(true))).unwrap();
    let article = &answer.articles[0];
    assert_eq!(
        (article.id.as_str(), article.post_time),
        ("7", 1_790_000_000_000_000)
    );
    assert_eq!(article.url.as_deref(), Some("https://example.com/7"));
    assert_eq!(article.content.as_deref(), Some("防晒\n霜"));
    assert_eq!(article.topics, ["防晒"]);
    assert_eq!(article.counts.interraction(), Some(12_000));
    use crate::systems::briefs::article::Count;
    assert_eq!(article.counts.get(Count::Play), None);
    assert_eq!(article.user_fans, Some(12));
    assert_eq!(
        answer.next,
        Next::Cursor([("next".to_owned(), json!(20))].into())
    );
}

#[test]
fn the_end_is_told_from_the_next_page() {
    for (more, expected) in [
        (json!(1), false),
        (json!(1.0), false),
        (json!(false), true),
        (Value::Null, true),
    ] {
        let answer = answer(&page(json!([item(json!(1))]), more.clone())).unwrap();
        assert_eq!(answer.next == Next::End, expected, "{more}");
    }
    let mut last = page(json!([item(json!(1))]), json!(true));
    last["cursor"] = json!("");
    assert_eq!(answer(&last).unwrap().next, Next::End);
}

#[test]
fn what_is_no_good_answer_is_told_apart() {
    let no_list = answer(&json!({ "code": 0, "data": {} })).unwrap_err();
    assert!(
        matches!(no_list, AnswerFault::NoItems { .. }),
        "{no_list:?}"
    );
    let empty = answer(&page(json!([]), json!(true))).unwrap();
    assert_eq!((empty.received, empty.articles.len()), (0, 0));
    let not_ok = answer(&json!({ "code": 5 })).unwrap_err();
    assert_eq!(
        not_ok.to_string(),
        "the answer says that it is not good: $.code is 5"
    );
    for (code, expected) in [(json!(429), Means::RateLimited), (json!(7), Means::Gone)] {
        match answer(&json!({ "code": code })).unwrap_err() {
            AnswerFault::Means { means, .. } => assert_eq!(means, expected),
            other => panic!("{other:?}"),
        }
    }
    let rejected = answer(&page(json!([item(Value::Null)]), json!(1))).unwrap_err();
    let expected = "no item of the answer can be read: $.id: expected an id";
    assert_eq!(rejected.to_string(), expected);
    let adapter = adapter(ADAPTER).unwrap();
    let html = read_answer(&adapter, http(&adapter), b"<html>", 0, Shanghai);
    assert_eq!(html, Err(AnswerFault::NotJson));
}

#[test]
fn items_that_cannot_be_read_are_counted() {
    let cards =
        json!([item(json!(1)), { "item": { "id": 2 } }, { "item": { "id": "", "time": 1 } }]);
    let answer = answer(&page(cards, json!(0))).unwrap();
    assert_eq!((answer.received, answer.rejected), (3, 2));
    let first = answer.first_rejected.unwrap();
    assert_eq!(first.to_string(), "$.time: expected a time");
}

#[test]
fn halves_of_emoji_do_not_spoil_an_answer() {
    let adapter = adapter(ADAPTER).unwrap();
    let body = page(json!([item(json!(1))]), json!(0)).to_string();
    let body = body.replace("<p>防晒", r"<p>\ud83d防晒\ud83d\ude00");
    let answer = read_answer(&adapter, http(&adapter), body.as_bytes(), 0, Shanghai).unwrap();
    assert_eq!(
        answer.articles[0].content.as_deref(),
        Some("\u{fffd}防晒😀\n霜")
    );
}

#[test]
fn places_without_anything_and_members_that_nothing_reads_are_known() {
    let adapter = adapter(ADAPTER).unwrap();
    let item = json!({ "id": 1, "text": "x", "time": 2, "likes": null, "extra": 1, "user": {}, "tags": [] });
    let missing: Vec<&str> = missing(&adapter.map, &item)
        .into_iter()
        .map(|(field, _)| field)
        .collect();
    assert_eq!(missing, ["like", "play", "topics", "user_fans"]);
    assert_eq!(unread(&adapter.map, &item), ["extra"]);
}
