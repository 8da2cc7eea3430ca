use std::collections::BTreeMap;

use super::*;
use crate::systems::briefs::adapter::{self, Kind};

const ADAPTER: &str = "platform: p\nkind: http\nbase: https://api.example.com/v2\n\
    request: {method: POST, path: '/s/{keyword}', query: {c: '{cursor.next}', n: '{page}'},\n\
    \x20 headers: {X-Key: '{secret:K}'}, json: {q: '{keyword}', next: '{cursor.next}', from: '{from:unix_s}'}}\n\
    errors: [{path: $.code, is: [7], means: quota}, {path: $.code, is: [8], means: rate_limited}]\n\
    items: $.items[*]\nnext: {cursor: {next: $.next}}\n\
    map: {id: $.id, post_time: {path: $.t, type: unix_s}, title: $.x}\n";

fn source() -> HttpSource {
    let adapter = adapter::read(ADAPTER.as_bytes()).unwrap();
    let Kind::Http(http) = adapter.kind.clone() else {
        panic!("{:?}", adapter.kind);
    };
    let platform = Platform {
        adapter,
        secrets: BTreeMap::from([("K".to_owned(), "s3cret".into())]),
        off: None,
    };
    let client = client_for(AllowedHosts::default()).unwrap();
    HttpSource::new(Arc::new(platform), http, Arc::new(client), Tz::UTC)
}

fn page(number: u32, cursor: &str) -> PageAsk {
    let cursors = [("next", cursor)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty());
    PageAsk {
        job: JobId::new(),
        query: "防晒 a/b".to_owned(),
        number,
        cursors: cursors
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect(),
        from: 7_000_000,
        to: 8_000_000,
    }
}

use entity::JobId;

fn answered(status: u16, headers: &[(&'static str, &str)], body: &str) -> Received {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    Received {
        status: StatusCode::from_u16(status).unwrap(),
        headers: map,
        body: body.as_bytes().to_vec(),
    }
}

#[test]
fn requests_are_made_of_templates() {
    let source = source();
    let first = source.request(&page(1, "")).unwrap();
    assert_eq!(
        first.url.as_str(),
        "https://api.example.com/v2/s/%E9%98%B2%E6%99%92%20a%2Fb?n=1"
    );
    let body: serde_json::Value = serde_json::from_slice(&first.body.unwrap()).unwrap();
    assert_eq!(body, serde_json::json!({ "q": "防晒 a/b", "from": 7 }));
    let second = source.request(&page(2, "x&y")).unwrap();
    assert_eq!(second.url.query(), Some("c=x%26y&n=2"));
    assert_eq!(second.headers["x-key"].to_str().unwrap(), "s3cret");
    assert!(!format!("{:?}", second.headers).contains("s3cret"));
}

#[test]
fn statuses_and_answers_have_their_classes() {
    let source = source();
    let class = |received: &Received| match source.judge(received) {
        Ok(_) => "good",
        Err(CallFault::Transient(text)) => {
            assert!(!text.contains("s3cret"), "{text}");
            "transient"
        }
        Err(CallFault::RateLimited(None)) => "rate_limited",
        Err(CallFault::RateLimited(Some(_))) => "rate_limited for",
        Err(CallFault::Auth(_)) => "auth",
        Err(CallFault::Quota(_)) => "quota",
        Err(CallFault::Final(_)) => "final",
    };
    let good = r#"{"items":[{"id":1,"t":1,"x":"y"}]}"#;
    for (status, body, expected) in [
        (200, good, "good"),
        (200, "<html>", "transient"),
        (200, "{}", "transient"),
        (200, r#"{"items":[{"id":1}]}"#, "transient"),
        (200, r#"{"code":7}"#, "quota"),
        (403, r#"{"code":7}"#, "quota"),
        (200, r#"{"code":8}"#, "rate_limited"),
        (429, "", "rate_limited"),
        (500, good, "transient"),
        (408, "", "transient"),
        (425, "", "transient"),
        (401, "", "auth"),
        (404, "", "final"),
        (400, "", "final"),
    ] {
        let received = answered(status, &[], body);
        assert_eq!(class(&received), expected, "{status} {body}");
    }
    let received = answered(429, &[("retry-after", "3")], "");
    assert_eq!(
        source.judge(&received),
        Err(CallFault::RateLimited(Some(Duration::from_secs(3))))
    );
    let received = answered(200, &[("date", "Sat, 01 Jun 2024 00:00:30 GMT")], good);
    assert_eq!(
        source.judge(&received).unwrap().answered_at,
        1_717_200_030_000_000
    );
}

#[test]
fn redirects_stay_within_the_origin() {
    let source = source();
    let url = Url::parse("https://api.example.com/v2/s").unwrap();
    for (location, expected) in [
        ("/x", Some("https://api.example.com/x")),
        (
            "https://api.example.com/y",
            Some("https://api.example.com/y"),
        ),
        ("http://api.example.com/y", None),
        ("https://example.com/", None),
        ("https://api.example.com:8443/", None),
    ] {
        let target = source.target(&url, &answered(302, &[("location", location)], ""));
        match (target, expected) {
            (Ok(Some(found)), Some(expected)) => assert_eq!(found.as_str(), expected),
            (Err(CallFault::Final(_)), None) => {}
            other => panic!("{location}: {other:?}"),
        }
    }
}
