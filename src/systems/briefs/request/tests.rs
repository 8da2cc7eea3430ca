use chrono_tz::Asia::Shanghai;
use serde_json::{Map, Value, json};

use super::*;

fn known() -> KnownPlatforms {
    KnownPlatforms {
        on: vec!["bili".to_owned(), "douyin".to_owned()],
        off: vec![(
            "weixin".to_owned(),
            "the secret WEIXIN_KEY is not set".to_owned(),
        )],
    }
}

fn members(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn read(value: Value) -> Result<BriefRequest, String> {
    let now = read_time("2026-11-28 10:00:00", Shanghai).unwrap();
    submit(&members(value), &known(), Shanghai, now).map_err(|fault| fault.to_string())
}

#[test]
fn what_is_left_out_is_filled_in() {
    let request = read(json!({ "keywords": ["防晒霜", "面膜", "防晒霜"] })).unwrap();
    assert_eq!(request.job_name, "防晒霜");
    assert_eq!(request.keywords, ["防晒霜", "面膜"]);
    assert_eq!(request.platforms, ["bili", "douyin"]);
    assert_eq!(
        shown_time(request.start_time, Shanghai),
        "2026-10-29 10:00:00"
    );
    assert_eq!(
        shown_time(request.end_time, Shanghai),
        "2026-11-28 10:00:00"
    );
    assert_eq!((request.max_pages, request.deadline_s), (20, 300));
    assert_eq!(request.matching, Matching::Text);
}

#[test]
fn faults_name_their_field() {
    for (body, expected) in [
        (
            json!({}),
            "keywords: expected a list of at least one keyword",
        ),
        (
            json!({"keywords": []}),
            "keywords: expected a list of at least one keyword",
        ),
        (
            json!({"keywords": ["a", 1]}),
            "keywords[1]: expected a text",
        ),
        (
            json!({"keywords": ["a", "\"b"]}),
            "keywords[1]: column 1: a quotation mark is opened and not closed",
        ),
        (
            json!({"keywords": ["a"], "platforms": ["x"]}),
            "platforms[0]: unknown platform `x`; expected one of bili, douyin",
        ),
        (
            json!({"keywords": ["a"], "platforms": ["weixin"]}),
            "platforms[0]: the platform `weixin` is off: the secret WEIXIN_KEY is not set",
        ),
        (
            json!({"keywords": ["a"], "start_time": "2026-11-1 00:00:00"}),
            "start_time: expected a time such as 2026-11-01 00:00:00",
        ),
        (
            json!({"keywords": ["a"], "start_time": "2026-11-02 00:00:00", "end_time": "2026-11-01 00:00:00"}),
            "end_time: expected a time that is not before start_time",
        ),
        (
            json!({"keywords": ["a"], "max_pages": 0}),
            "max_pages: expected a whole number from 1 to 1000",
        ),
        (
            json!({"keywords": ["a"], "deadline_s": 1.5}),
            "deadline_s: expected a whole number from 1 to 86400",
        ),
        (
            json!({"keywords": ["a"], "match": "all"}),
            "match: expected text or platform",
        ),
        (
            json!({"keywords": ["a"], "keyword": "a"}),
            "keyword: unknown field; expected one of job_name, platforms, keywords, start_time, end_time, max_pages, deadline_s, match",
        ),
        (
            json!({"keywords": ["a"], "job_name": " "}),
            "job_name: expected a text of 1 to 200 characters",
        ),
    ] {
        assert_eq!(read(body.clone()), Err(expected.to_owned()), "{body}");
    }
}

#[test]
fn a_change_keeps_what_it_does_not_name() {
    let request = read(json!({ "keywords": ["a"], "max_pages": 3 })).unwrap();
    let body = members(json!({ "job_id": "x", "keywords": ["b", "c"], "platforms": null }));
    let changed = change(request.clone(), &body, &known(), Shanghai).unwrap();
    assert_eq!(changed.keywords, ["b", "c"]);
    assert_eq!(
        BriefRequest {
            keywords: request.keywords.clone(),
            ..changed
        },
        request
    );
}

#[test]
fn a_brief_has_a_limit_of_platforms_named_or_not() {
    let on: Vec<String> = (0..17).map(|no| format!("p{no}")).collect();
    let known = KnownPlatforms {
        on: on.clone(),
        off: Vec::new(),
    };
    let now = read_time("2026-11-28 10:00:00", Shanghai).unwrap();
    for body in [
        json!({ "keywords": ["a"] }),
        json!({ "keywords": ["a"], "platforms": on }),
    ] {
        let fault = submit(&members(body), &known, Shanghai, now).unwrap_err();
        let expected = "platforms: expected at most 16 platforms, found 17";
        assert_eq!(fault.to_string(), expected);
    }
}
