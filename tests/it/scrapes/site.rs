//! A small site: observations in Shift_JIS, a page of them for each day and number, and what can go wrong with it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Ends with the test.
pub(crate) struct Site {
    pub port: u16,
    shared: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    /// Answers everything but robots.txt with 503.
    is_away: bool,
    /// Pages have no rows.
    is_empty: bool,
    /// A cell holds what would be markup, as a text.
    is_foul: bool,
    /// Is part of each page, so that another one makes all pages new.
    edition: u32,
    slowness: Duration,
}

/// What was asked, and when.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub at: Instant,
}

/// Rows of a page; behind the second page there are none.
pub(crate) const ROWS: usize = 20;
pub(crate) const PAGES: usize = 2;

impl Site {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Mutex::new(State::default()));
        let of_threads = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&of_threads);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { port, shared }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
    }

    pub fn set_away(&self, is_away: bool) {
        self.change(|state| state.is_away = is_away);
    }

    pub fn set_empty(&self, is_empty: bool) {
        self.change(|state| state.is_empty = is_empty);
    }

    pub fn set_foul(&self, is_foul: bool) {
        self.change(|state| state.is_foul = is_foul);
    }

    pub fn set_slowness(&self, slowness: Duration) {
        self.change(|state| state.slowness = slowness);
    }

    pub fn next_edition(&self) {
        self.change(|state| state.edition += 1);
    }

    /// For `scrape.allow`.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// All that was asked but robots.txt.
    pub fn asked(&self) -> Vec<Asked> {
        let state = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = state.asked.iter();
        asked
            .filter(|one| one.path != "/robots.txt")
            .cloned()
            .collect()
    }

    /// The scrape `obs` of this site; `more` are further keys.
    pub fn scrape(&self, more: &str) -> String {
        let host = self.host();
        format!(
            "scrape: obs\n\
             request: {{url: \"http://{host}/obs?day={{day:%Y-%m-%d}}&page={{page}}\"}}\n\
             pages: {{from: 1, max: 5}}\n\
             polite: {{delay_ms: 1}}\n\
             retry: {{tries: 2, first_s: 0.01, longest_s: 0.05}}\n\
             extract:\n  html:\n    rows: \"table#obs tbody tr\"\n    fields:\n      \
             station: {{css: td.s}}\n      temp: {{css: td.t, type: number, unit: ℃}}\n      \
             url: {{css: \"td.s a@href\"}}\n\
             expect: {{min_rows: 10, filled: {{temp: 0.9}}}}\n\
             into: {{table: obs, key: [day, station]}}\n{more}"
        )
    }
}

fn serve(mut stream: TcpStream, shared: &Mutex<State>) {
    while let Some(asked) = read(&mut stream) {
        let answer = {
            let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
            state.asked.push(asked.clone());
            let slowness = state.slowness;
            let answer = answer(&asked, &state);
            drop(state);
            thread::sleep(slowness);
            answer
        };
        if stream.write_all(&answer).is_err() {
            return;
        }
    }
}

fn answer(asked: &Asked, state: &State) -> Vec<u8> {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(known, _)| *known == name);
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    match path {
        "/robots.txt" => http("200 OK", &[], b"User-agent: *\nDisallow: /secret\n"),
        _ if state.is_away => http("503 Service Unavailable", &[], b""),
        "/obs" => {
            let page: usize = value("page").parse().unwrap_or(1);
            let tag = format!("ETag: \"{}-{page}-{}\"", value("day"), state.edition);
            let known = asked.headers.get("if-none-match");
            if known.is_some_and(|known| tag.ends_with(known.as_str())) {
                return http("304 Not Modified", &[&tag], b"");
            }
            let rows = match state.is_empty || page > PAGES {
                true => 0,
                false => ROWS,
            };
            let html = obs(&value("day"), page, rows, state);
            let kind = "Content-Type: text/html; charset=Shift_JIS";
            http("200 OK", &[kind, &tag], &html)
        }
        _ => http("404 Not Found", &[], b""),
    }
}

/// 観測 and 地点 are written as bytes of Shift_JIS.
fn obs(day: &str, page: usize, rows: usize, state: &State) -> Vec<u8> {
    let edition = state.edition;
    let mut html = b"<html><body><h1>\x8a\xcf\x91\xaa</h1><table id=obs><tbody>".to_vec();
    for row in 0..rows {
        let no = (page - 1) * ROWS + row;
        let temp = match no {
            7 if state.is_foul => "&lt;img src=x onerror=alert(1)>".to_owned(),
            7 => "x".to_owned(),
            no => format!("{}.5\u{2103}", no as u32 + edition).replace('\u{2103}', "&#8451;"),
        };
        html.extend(b"<tr><td class=s><a href=\"/s/");
        html.extend(format!("{no}\">").as_bytes());
        html.extend(b"\x92\x6e\x93\x5f");
        html.extend(format!("{no}</a></td><td class=t>{temp}</td></tr>").as_bytes());
    }
    html.extend(format!("</tbody></table><!-- {day} --></body></html>").as_bytes());
    html
}

fn http(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len()).into_bytes();
    for header in headers {
        bytes.extend(format!("{header}\r\n").as_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    Some(Asked {
        path,
        headers: headers.collect(),
        at: Instant::now(),
    })
}
