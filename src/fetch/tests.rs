use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::*;

const WITHIN: Duration = Duration::from_secs(10);

/// A real server: answers a path with what it says, e.g. `/204` or `/to?http://…`.
pub(crate) fn server() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || answer(stream));
        }
    });
    (port, asked)
}

fn answer(mut stream: TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let answer = match path {
        "/silent" => {
            // Until the client goes away.
            stream.read_to_end(&mut Vec::new()).ok();
            return;
        }
        "/to" => format!("302 Found\r\nLocation: {query}\r\nContent-Length: 0"),
        // Announces a body that never comes.
        "/endless" => "200 OK\r\nContent-Length: 1000000".to_owned(),
        "/no-http" => {
            stream.write_all(b"hello\n").ok();
            return;
        }
        status => format!("{} Status\r\nContent-Length: 0", &status[1..]),
    };
    let answer = format!("HTTP/1.1 {answer}\r\nConnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).ok();
    if path == "/endless" {
        stream.read_to_end(&mut Vec::new()).ok();
    }
}

fn fetch(hosts: &[&str]) -> Fetch {
    let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
    Fetch::new(AllowedHosts::read(&hosts).unwrap()).unwrap()
}

#[tokio::test]
async fn a_server_answers_with_a_status() {
    let (port, _) = server();
    let (elsewhere, _) = server();
    let fetch = fetch(&["127.0.0.1", "localhost"]);
    let away = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let at = |path: &str| format!("http://127.0.0.1:{port}{path}");
    for (url, status, expected) in [
        (at("/200"), 200, true),
        (at("/204"), 200, false),
        (at("/204"), 204, true),
        (at("/404"), 404, true),
        (at("/500"), 200, false),
        (at("/endless"), 200, true),
        (at("/no-http"), 200, false),
        (at("/to?/200"), 200, true),
        (at("/to?/200"), 302, true),
        (
            at(&format!("/to?http://127.0.0.1:{elsewhere}/200")),
            200,
            true,
        ),
        (at(&format!("/to?http://localhost:{port}/200")), 200, false),
        (at("/to?http://example.com/200"), 200, false),
        (at("/to?file:///etc/passwd"), 200, false),
        (at("/to?/to?/to?/to?/to?/to?/to?/200"), 200, false),
        (format!("http://127.0.0.1:{away}/200"), 200, false),
    ] {
        let answer = fetch.answers_with(&url, status, WITHIN).await.unwrap();
        assert_eq!(answer, expected, "{url} {status}");
    }
}

#[tokio::test]
async fn a_silent_server_says_no() {
    let (port, _) = server();
    let fetch = fetch(&["127.0.0.1"]);
    let url = format!("http://127.0.0.1:{port}/silent");
    let answer = fetch
        .answers_with(&url, 200, Duration::from_millis(50))
        .await;
    assert!(!answer.unwrap());
}

#[tokio::test]
async fn other_hosts_are_not_asked() {
    let (port, asked) = server();
    let fetch = fetch(&["localhost", "127.0.0.1:1"]);
    for (url, expected) in [
        (
            format!("http://127.0.0.1:{port}/200"),
            format!("the host 127.0.0.1:{port} is not"),
        ),
        (
            format!("http://u:secret@127.0.0.1:{port}/"),
            "without a user".to_owned(),
        ),
        ("file:///etc/passwd".to_owned(), "expected a URL".to_owned()),
        ("ftp://localhost/".to_owned(), "expected a URL".to_owned()),
        ("no url".to_owned(), "expected a URL".to_owned()),
    ] {
        let error = fetch
            .answers_with(&url, 200, WITHIN)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(&expected), "{error}");
        assert!(!error.contains("secret"));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}
