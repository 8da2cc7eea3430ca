//! `audience brief adapter test`.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use serde_json::json;

use super::{json_of, place, printed};

#[test]
fn a_page_is_shown_with_what_the_adapter_does_not_say() {
    let place = place();
    let test = [
        "brief",
        "adapter",
        "test",
        "adapters/notes.yaml",
        "--keyword",
        "防晒霜",
    ];
    let (code, out, errors) = printed(&place, &test);
    assert_eq!(code, 0, "{errors}");
    for part in [
        "3 items, 0 rejected",
        "防晒霜一",
        "missing:",
        "user_name",
        "1 of 3",
        "not mapped:",
        "more",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let (_, out, _) = printed(&place, &[&test[..], &["--json"]].concat());
    let all = json_of(&out);
    assert_eq!(
        (&all["items"], &all["rows"][0]["like"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(
        all["missing"],
        json!([{ "field": "user_name", "path": "who", "items": 1 }])
    );
    assert_eq!(all["not_mapped"], json!({ "more": 3 }));
}

/// Answers one call, and returns what was asked.
fn platform(answer: &'static str) -> (u16, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).unwrap();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
        write!(
            stream,
            "{head}Content-Length: {}\r\n\r\n{answer}",
            answer.len()
        )
        .unwrap();
        String::from_utf8_lossy(&bytes[..read]).into_owned()
    });
    (port, asked)
}

#[test]
fn a_platform_is_asked_once_and_a_secret_is_not_shown() {
    let place = place();
    let (port, asked) = platform(r#"{"list":[{"id":1,"t":1790000000,"x":"防晒","extra":1}]}"#);
    let text = format!(
        "platform: live\nkind: http\nbase: http://127.0.0.1:{port}\n\
         request: {{path: /s, query: {{q: '{{keyword}}'}}, headers: {{X-Key: '{{secret:LIVE_KEY}}'}}}}\n\
         retry: {{timeout: 60s}}\nitems: $.list[*]\nmap: {{id: $.id, post_time: {{path: $.t, type: unix_s}}, title: $.x, like: $.l}}\n"
    );
    fs::write(place.path("live.yaml"), text).unwrap();
    let test = [
        "brief",
        "adapter",
        "test",
        "live.yaml",
        "--keyword",
        "a b|c",
    ];
    let (code, _, errors) = printed(&place, &test);
    assert_eq!(code, 2);
    assert!(
        errors.contains("the platform is off: the secret LIVE_KEY is not set"),
        "{errors}"
    );
    let test = [&test[..], &["--json"]].concat();
    let run = |arguments: &[&str]| {
        let done = place
            .command()
            .env("LIVE_KEY", "s3cret-value")
            .args(arguments)
            .output()
            .unwrap();
        let shown = [done.stdout.clone(), done.stderr].concat();
        assert!(!String::from_utf8_lossy(&shown).contains("s3cret-value"));
        (
            done.status.code().unwrap(),
            String::from_utf8(done.stdout).unwrap(),
        )
    };
    let (code, refused) = run(&test);
    assert_eq!(code, 1, "{refused}");
    let refused = json_of(&refused);
    assert!(
        refused["error"]
            .as_str()
            .unwrap()
            .contains("`briefs.private_hosts` makes exceptions, and so does --allow-host"),
        "{refused}"
    );
    let (code, out) = run(&[&test[..], &["--allow-host", "127.0.0.1"]].concat());
    assert_eq!(code, 0, "{out}");
    let all = json_of(&out);
    assert_eq!(
        (&all["rows"][0]["title"], &all["not_mapped"]),
        (&json!("防晒"), &json!({ "extra": 1 }))
    );
    let asked = asked.join().unwrap();
    assert!(
        asked.starts_with("GET /s?q=a+b ") || asked.starts_with("GET /s?q=a%20b "),
        "{asked}"
    );
    assert!(
        asked.to_ascii_lowercase().contains("x-key: s3cret-value"),
        "{asked}"
    );
}

#[test]
fn a_fault_of_an_adapter_is_named_with_its_line() {
    let place = place();
    for (text, expected) in [
        ("platform: x\nkind: http\nrequst: 1\n", "x.yaml:3:"),
        (
            "platform: y\nkind: push\n",
            "x.yaml:1:1: platform: expected the file to be named y.yaml",
        ),
    ] {
        fs::write(place.path("x.yaml"), text).unwrap();
        let test = ["brief", "adapter", "test", "x.yaml", "--keyword", "a"];
        let (code, _, errors) = printed(&place, &test);
        assert_eq!(code, 2);
        assert!(errors.contains(expected), "{errors}");
    }
    let test = [
        "brief",
        "adapter",
        "test",
        "adapters/notes.yaml",
        "--keyword",
        "\"a",
    ];
    let (code, _, errors) = printed(&place, &test);
    assert_eq!(code, 2);
    assert!(errors.contains("--keyword: column "), "{errors}");
}
