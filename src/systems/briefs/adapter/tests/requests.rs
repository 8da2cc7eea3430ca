//! Templates: values are written for their place.

use std::collections::BTreeMap;

use chrono_tz::Asia::Shanghai;
use serde_json::{Value, json};

use super::super::template::JsonTemplate;
use super::super::{Encoding, Places, Template};

fn filled<T>(cursors: &[(&str, Value)], fill: impl FnOnce(&Places<'_>) -> T) -> T {
    let cursors: BTreeMap<String, Value> = cursors
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let secrets = BTreeMap::from([("KEY".to_owned(), "s3cret&".into())]);
    let places = Places {
        keyword: "防晒 a/b&c\"",
        page: 3,
        offset: 40,
        size: 20,
        cursors: &cursors,
        // 2026-11-01 00:00:00 in Shanghai.
        from: 1_793_462_400_000_000,
        to: 1_793_548_799_999_999,
        zone: Shanghai,
        secrets: &secrets,
    };
    fill(&places)
}

#[test]
fn a_value_is_encoded_for_its_place() {
    for (text, encoding, expected) in [
        ("{keyword}", Encoding::Plain, "防晒 a/b&c\""),
        (
            "/s/{keyword}",
            Encoding::Path,
            "/s/%E9%98%B2%E6%99%92%20a%2Fb%26c%22",
        ),
        ("{page}-{offset}-{size}", Encoding::Plain, "3-40-20"),
        ("Bearer {secret:KEY}", Encoding::Plain, "Bearer s3cret&"),
        (
            "{from}..{to}",
            Encoding::Plain,
            "2026-11-01 00:00:00..2026-11-01 23:59:59",
        ),
        ("{from:%Y-%m-%d}", Encoding::Plain, "2026-11-01"),
        (
            "{from:unix_s} {to:unix_ms}",
            Encoding::Plain,
            "1793462400 1793548799999",
        ),
        ("{{page}}", Encoding::Plain, "{page}"),
        ("{cursor.none}", Encoding::Plain, ""),
    ] {
        let template = Template::parse(text).unwrap();
        let found = filled(&[], |places| template.fill(places, encoding));
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_whole_value_of_json_keeps_its_type_and_an_empty_one_is_left_out() {
    let written = json!({
        "q": "{keyword}", "page": "{page}", "next": "{cursor.next}", "text": "p{page}", "at": "{from:unix_s}",
        "list": ["{size}", 1, true, null], "inner": { "c": "{cursor.next}" },
    });
    let template = JsonTemplate::parse(&written, "request.json").unwrap();
    let first = filled(&[], |places| template.fill(places)).unwrap();
    let expected = json!({
        "q": "防晒 a/b&c\"", "page": 3, "text": "p3", "at": 1_793_462_400, "list": [20, 1, true, null],
        "inner": {},
    });
    assert_eq!(first, expected);
    let cursor = [("next", json!({ "a": 1 }))];
    let second = filled(&cursor, |places| template.fill(places)).unwrap();
    assert_eq!(second["next"], json!({ "a": 1 }));
}
