//! Connections that hosts close while they are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::super::{BodyLimit, GuardedClient, GuardedFault, Rules, SystemDns};
use crate::fetch::AllowedHosts;

/// Reads requests of a connection and answers so many of them; the one after them closes it.
async fn answer(stream: TcpStream, most: usize, read: Arc<AtomicUsize>) {
    let mut lines = BufReader::new(stream).lines();
    let mut answered = 0;
    while let Ok(Some(line)) = lines.next_line().await {
        if !line.is_empty() {
            continue;
        }
        read.fetch_add(1, Ordering::SeqCst);
        if answered == most {
            return;
        }
        answered += 1;
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        lines.get_mut().write_all(answer).await.unwrap();
    }
}

/// A host, and how many requests it has read.
async fn host(most: usize) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let read = Arc::new(AtomicUsize::new(0));
    let counted = read.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, most, counted.clone()));
        }
    });
    let url = Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
    (url, read)
}

fn client() -> GuardedClient {
    let rules = Rules {
        allowed: AllowedHosts::read(&["127.0.0.1".to_owned()]).unwrap(),
        any_port: true,
        setting: "test",
    };
    GuardedClient::new(rules, Arc::new(SystemDns), BodyLimit(100), 1).unwrap()
}

const WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_request_on_a_connection_that_was_kept_is_sent_again_if_the_host_closes_it() {
    let (url, read) = host(1).await;
    let client = client();
    for _ in 0..2 {
        let received = client.get(&url, HeaderMap::new(), WITHIN).await.unwrap();
        assert_eq!(received.body, b"ok");
    }
    // One was answered, one closed its connection, and was answered on the next one.
    assert_eq!(read.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_new_connection_that_is_closed_is_no_answer() {
    let (url, read) = host(0).await;
    let failed = client().get(&url, HeaderMap::new(), WITHIN).await;
    assert!(
        matches!(failed, Err(GuardedFault::Unreachable { .. })),
        "{:?}",
        failed.err()
    );
    assert_eq!(read.load(Ordering::SeqCst), 1);
}
