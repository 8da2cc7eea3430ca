use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn exchange(exceptions: &[&str]) -> Exchange {
    let exceptions: Vec<String> = exceptions.iter().map(|host| (*host).to_owned()).collect();
    let exceptions = AllowedHosts::read(&exceptions).unwrap();
    Exchange::new(exceptions, "prediction.remote_hosts", 1_000).unwrap()
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

#[test]
fn only_public_addresses_and_exceptions_are_asked() {
    let exchange = exchange(&["127.0.0.1:9000", "models.example"]);
    for fine in [
        "http://127.0.0.1:9000/x",
        "http://models.example:8000/",
        "https://example.com/",
        "http://8.8.8.8/",
    ] {
        assert_eq!(exchange.check(&url(fine)), Ok(()), "{fine}");
    }
    for (refused, reason) in [
        (
            "http://127.0.0.1/",
            "the address 127.0.0.1 of 127.0.0.1 is not public",
        ),
        (
            "http://2130706433/",
            "the address 127.0.0.1 of 127.0.0.1 is not public",
        ),
        ("http://[::1]/", "the address ::1 of [::1] is not public"),
        ("http://169.254.169.254/", "the address 169.254.169.254"),
        (
            "http://127.0.0.1:9001/",
            "the port 9001 of 127.0.0.1 may not be asked",
        ),
        (
            "https://example.com:8443/",
            "the port 8443 of example.com may not be asked",
        ),
        ("ftp://example.com/", "expected a URL"),
        ("http://user@example.com/", "expected a URL"),
    ] {
        let error = exchange.check(&url(refused)).unwrap_err().to_string();
        assert!(error.starts_with(reason), "{refused}: {error}");
    }
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_refused() {
    let asked = exchange(&[]);
    let localhost = url("http://localhost/");
    let inquiry = Inquiry {
        url: &localhost,
        headers: Vec::new(),
        body: None,
    };
    let error = asked
        .ask(inquiry, Duration::from_secs(5))
        .await
        .unwrap_err();
    let error = error.to_string();
    assert!(error.contains("of localhost is not public"), "{error}");
    assert!(error.contains("`prediction.remote_hosts`"), "{error}");
}

/// Answers each connection with these bytes, and then says nothing more.
async fn server(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = [0; 1024];
            drop(connection.read(&mut request).await);
            drop(connection.write_all(answer).await);
            open.push(connection);
        }
    });
    address
}

async fn said(answer: &'static [u8]) -> Result<InquiryAnswer, ExchangeError> {
    let address = server(answer).await;
    let asked = exchange(&[&address]);
    let url = url(&format!("http://{address}/secret-path?token=s3cret"));
    let inquiry = Inquiry {
        url: &url,
        headers: vec![("x-b", "2".to_owned())],
        body: Some(b"{}".to_vec()),
    };
    let begun = Instant::now();
    let said = asked.ask(inquiry, Duration::from_secs(1)).await;
    assert!(begun.elapsed() < Duration::from_secs(20));
    if let Err(error) = &said {
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
    said
}

#[tokio::test]
async fn an_answer_has_its_status_its_headers_and_its_body() {
    let said = said(b"HTTP/1.1 404 Not Found\r\nX-A: 1\r\nContent-Length: 4\r\n\r\nnone").await;
    let said = said.unwrap();
    assert_eq!((said.status, said.body.as_slice()), (404, &b"none"[..]));
    assert_eq!(said.header("x-a").as_deref(), Some("1"));
}

#[tokio::test]
async fn no_answer_leads_on_to_elsewhere() {
    let answer =
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(said(answer).await.unwrap().status, 302);
}

#[tokio::test]
async fn an_answer_that_is_too_long_too_slow_or_compressed_is_refused() {
    for (answer, reason) in [
        (
            &b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"[..],
            "does not answer within 1 s",
        ),
        (b"", "does not answer within 1 s"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
            "is compressed, which was not asked for",
        ),
        (b"nonsense\r\n\r\n", "cannot be reached"),
    ] {
        let error = said(answer).await.unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    let mut long = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n".to_vec();
    long.resize(long.len() + 2000, b' ');
    let error = said(long.leak()).await.unwrap_err().to_string();
    assert!(error.contains("has more than 1000 bytes"), "{error}");
}
