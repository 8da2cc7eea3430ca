//! Reports to Sentry, or to what understands its envelopes: a cause, where it happened, and nothing of rows,
//! bodies or secrets.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::cause::without_numbers;
use super::{Delivered, Message, Undelivered};
use crate::clock;
use crate::fetch::{PublicPost, Sending};
use crate::telemetry::chain;

/// How long the other side may take to answer.
const WITHIN: Duration = Duration::from_secs(10);

const CLIENT: &str = concat!("audience/", env!("CARGO_PKG_VERSION"));
const RELEASE: &str = concat!("audience@", env!("CARGO_PKG_VERSION"));

/// Where reports go.
#[derive(Clone, Debug)]
pub struct Sentry {
    /// Of envelopes.
    url: String,
    /// Names the project to which a report belongs.
    key: SecretString,
    environment: String,
}

/// What is reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What kind of trouble it is, such as `job.failed` or `panic`.
    pub kind: String,
    /// A sentence.
    pub message: String,
    /// Microseconds since 1970.
    pub at: i64,
    pub job: Option<String>,
    pub flow: Option<String>,
    /// How many there were.
    pub count: u64,
}

impl Sentry {
    /// Reads `https://KEY@host/PROJECT`. The error quotes nothing of it.
    pub fn read(dsn: &str, environment: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str = "is not a DSN, expected https://KEY@HOST/PROJECT";
        let url = Url::parse(dsn.trim()).map_err(|_| EXPECTED)?;
        let (path, project) = url.path().rsplit_once('/').ok_or(EXPECTED)?;
        let is_http = ["http", "https"].contains(&url.scheme());
        if !is_http || url.username().is_empty() || project.is_empty() || url.host_str().is_none() {
            return Err(EXPECTED);
        }
        let mut envelopes = url.clone();
        envelopes.set_username("").map_err(|()| EXPECTED)?;
        envelopes.set_password(None).map_err(|()| EXPECTED)?;
        envelopes.set_query(None);
        envelopes.set_path(&format!("{path}/api/{project}/envelope/"));
        Ok(Self {
            url: envelopes.into(),
            key: url.username().to_owned().into(),
            environment: environment.to_owned(),
        })
    }

    /// Reports what a message tells. `id` is the same each time.
    pub async fn send(
        &self,
        post: &PublicPost,
        id: &str,
        message: &Message,
    ) -> Result<Delivered, Undelivered> {
        let Some(part) = message.parts.first() else {
            return Ok(Delivered {
                said: String::new(),
            });
        };
        let notification = &part.notification;
        let error = notification.error.as_deref().unwrap_or_default();
        self.report(
            post,
            id,
            &Report {
                kind: notification.kind.clone(),
                message: error.to_owned(),
                at: clock::parse(&notification.at).unwrap_or_default(),
                job: Some(notification.about.clone()),
                flow: Some(notification.flow.clone()),
                count: message.count(),
            },
        )
        .await
    }

    /// Sends a report once.
    pub async fn report(
        &self,
        post: &PublicPost,
        id: &str,
        report: &Report,
    ) -> Result<Delivered, Undelivered> {
        let key = self.key.expose_secret();
        let authorization =
            format!("Sentry sentry_version=7, sentry_client={CLIENT}, sentry_key={key}");
        let sending = Sending {
            url: self.url.clone(),
            headers: vec![("x-sentry-auth", authorization)],
            body: self.envelope(id, report),
        };
        let undelivered = |reason| Undelivered {
            reason,
            is_final: false,
        };
        let answer = post.send(&sending, WITHIN).await;
        let answer = answer.map_err(|error| undelivered(chain(&error)))?;
        match answer.status {
            200..=299 => Ok(Delivered {
                said: answer.status.to_string(),
            }),
            status => Err(undelivered(format!("the receiver answered {status}"))),
        }
    }

    fn envelope(&self, id: &str, report: &Report) -> String {
        let sent_at = clock::rfc3339(clock::now_micros());
        let event = self.event(id, report).to_string();
        let header = json!({ "event_id": id, "sent_at": sent_at });
        let item =
            json!({ "type": "event", "length": event.len(), "content_type": "application/json" });
        format!("{header}\n{item}\n{event}\n")
    }

    fn event(&self, id: &str, report: &Report) -> Value {
        let message = masked(&report.message);
        let mut tags = json!({ "kind": report.kind });
        for (name, value) in [("job.id", &report.job), ("flow", &report.flow)] {
            if let Some(value) = value {
                tags[name] = value.as_str().into();
            }
        }
        json!({
            "event_id": id,
            "timestamp": report.at as f64 / 1e6,
            "platform": "other",
            "level": "error",
            "logger": "audience",
            "release": RELEASE,
            "environment": self.environment,
            "tags": tags,
            "extra": { "count": report.count },
            // What is alike is one issue there, too.
            "fingerprint": [report.kind, report.flow, without_numbers(&message)],
            "exception": { "values": [{ "type": report.kind, "value": message }] },
        })
    }
}

/// Without what stands between quotation marks, which may come from rows.
fn masked(text: &str) -> String {
    let mut shown = String::new();
    let mut closing = None;
    for letter in text.chars() {
        match (closing, letter) {
            (Some(end), letter) if letter == end => {
                shown.push('…');
                shown.push(letter);
                closing = None;
            }
            (Some(_), _) => {}
            (None, '`' | '"' | '“' | '«') => {
                shown.push(letter);
                closing = Some(match letter {
                    '“' => '”',
                    '«' => '»',
                    same => same,
                });
            }
            (None, letter) => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019ac1f06b5c7d10a1b2c3d4e5f60718";

    fn sentry() -> Sentry {
        Sentry::read("https://abc123@sentry.example:9000/sub/42", "production").unwrap()
    }

    #[test]
    fn a_dsn_names_the_place_the_project_and_the_key() {
        let sentry = sentry();
        assert_eq!(
            sentry.url,
            "https://sentry.example:9000/sub/api/42/envelope/"
        );
        assert_eq!(sentry.key.expose_secret(), "abc123");
        for wrong in [
            "",
            "sentry.example",
            "https://sentry.example/42",
            "https://k@sentry.example/",
            "ftp://k@h/1",
        ] {
            assert!(Sentry::read(wrong, "").is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_envelope_has_a_header_and_an_event() {
        let report = Report {
            kind: "job.failed".to_owned(),
            message: "step label: row 17 has `secret text` in it".to_owned(),
            at: 1_500_000,
            job: Some(ID.to_owned()),
            flow: Some("labelling".to_owned()),
            count: 3,
        };
        let envelope = sentry().envelope(ID, &report);
        let lines: Vec<&str> = envelope.lines().collect();
        let [header, item, event] = lines.as_slice() else {
            panic!("{envelope}");
        };
        let parsed = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        assert_eq!(parsed(header)["event_id"], ID);
        assert_eq!(parsed(item)["length"], event.len());
        let event = parsed(event);
        assert_eq!(event["timestamp"], 1.5);
        assert_eq!(event["release"], RELEASE);
        assert_eq!(event["environment"], "production");
        assert_eq!(
            event["tags"],
            json!({ "kind": "job.failed", "job.id": ID, "flow": "labelling" })
        );
        let value = &event["exception"]["values"][0]["value"];
        assert_eq!(value, "step label: row 17 has `…` in it");
        assert_eq!(event["fingerprint"][2], "step label: row # has `…` in it");
        assert!(!envelope.contains("abc123") && !envelope.contains("secret text"));
    }
}
