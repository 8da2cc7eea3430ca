//! Stands between a program and a database server, and breaks connections where a transaction is
//! committed, or lets them go silent.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What happens to a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Passes,
    /// The connection breaks before the server hears of it.
    LostBefore,
    /// The server commits, and the connection breaks before its answer arrives.
    LostBehind,
    /// Nothing more is carried, either way; the connection stays open.
    Silent,
}

/// Decides on each commit of a transaction in which the marker was sent.
type Decide = dyn FnMut() -> Fate + Send;

/// A statement of the protocols is a few bytes longer than its text.
const COMMIT_BYTES_MAX: usize = 32;

struct Rule {
    marker: &'static str,
    decide: Mutex<Box<Decide>>,
}

/// Listens until the test has ended.
pub(crate) struct CommitProxy {
    /// The database of the server, by way of the proxy, without encryption.
    pub url: String,
}

impl CommitProxy {
    /// `url` names a server by its address.
    pub(crate) fn to(
        url: &str,
        marker: &'static str,
        decide: impl FnMut() -> Fate + Send + 'static,
    ) -> Self {
        let (before, rest) = url.split_once('@').unwrap();
        let (address, database) = rest.split_once('/').unwrap();
        let database = database.split('?').next().unwrap();
        let plain = match url.starts_with("postgres") {
            true => "sslmode=disable",
            false => "ssl-mode=DISABLED",
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let rule = Arc::new(Rule {
            marker,
            decide: Mutex::new(Box::new(decide)),
        });
        let address = address.to_owned();
        thread::spawn(move || {
            for client in listener.incoming() {
                let server = TcpStream::connect(&address);
                if let (Ok(client), Ok(server)) = (client, server) {
                    connect(client, server, &rule);
                }
            }
        });
        Self {
            url: format!("{before}@127.0.0.1:{port}/{database}?{plain}"),
        }
    }
}

fn connect(client: TcpStream, server: TcpStream, rule: &Arc<Rule>) {
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let is_muted = Arc::new(AtomicBool::new(false));
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (rule, muted) = (Arc::clone(rule), Arc::clone(&is_muted));
    thread::spawn(move || {
        ask(&from, &to, &rule, &muted);
        end(&from, &to);
    });
    thread::spawn(move || {
        answer(&server, &client, &is_muted);
        end(&server, &client);
    });
}

fn end(one: &TcpStream, other: &TcpStream) {
    for stream in [one, other] {
        // It may have ended already.
        stream.shutdown(Shutdown::Both).ok();
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

fn ask(mut client: &TcpStream, mut server: &TcpStream, rule: &Rule, muted: &AtomicBool) {
    let mut bytes = vec![0; 1 << 16];
    let mut is_marked = false;
    while let Ok(length @ 1..) = client.read(&mut bytes) {
        let sent = &bytes[..length];
        is_marked |= contains(sent, rule.marker);
        if length <= COMMIT_BYTES_MAX && contains(sent, "COMMIT") && is_marked {
            is_marked = false;
            match (rule.decide.lock().unwrap())() {
                Fate::Passes => {}
                Fate::LostBefore => return,
                Fate::LostBehind => muted.store(true, Ordering::SeqCst),
                Fate::Silent => return swallow(client),
            }
        }
        if server.write_all(sent).is_err() {
            return;
        }
    }
}

/// Until the client gives up.
fn swallow(mut client: &TcpStream) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(1..) = client.read(&mut bytes) {}
}

fn answer(mut server: &TcpStream, mut client: &TcpStream, is_muted: &AtomicBool) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(length @ 1..) = server.read(&mut bytes) {
        if is_muted.load(Ordering::SeqCst) || client.write_all(&bytes[..length]).is_err() {
            return;
        }
    }
}
