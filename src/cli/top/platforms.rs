//! The platforms that briefs ask, below the tree.

use std::fmt::Write as _;

use anyhow::Context;
use console::{Alignment, measure_text_width, pad_str};
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use crate::cli::server::Server;
use crate::printable::printable;

/// What `GET /v1/brief-platforms` answers.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Platforms {
    platforms: Vec<Platform>,
}

#[derive(Debug, Deserialize)]
struct Platform {
    platform: String,
    on: bool,
    /// Why it is off.
    reason: Option<String>,
    /// `None`: this process has not asked it yet.
    breaker: Option<String>,
    paused_until: Option<String>,
}

impl Platforms {
    /// A server without them, or a token that may not see them, shows none.
    pub async fn of(server: &Server) -> anyhow::Result<Self> {
        let response = server.call(Method::GET, "/v1/brief-platforms").await?;
        match response.status() {
            StatusCode::OK => response.json().await.context("the answer cannot be read"),
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN => Ok(Self::default()),
            status => {
                let path = "/v1/brief-platforms";
                Err(server.refused(path, status.as_u16(), None))
            }
        }
    }

    pub fn write(&self, text: &mut String) {
        if self.platforms.is_empty() {
            return;
        }
        writeln!(text, "\nPLATFORMS").ok();
        let names = self.platforms.iter();
        let width = names.map(|one| measure_text_width(&one.platform)).max();
        for one in &self.platforms {
            let name = printable(&one.platform);
            let name = pad_str(&name, width.unwrap_or(0), Alignment::Left, None);
            writeln!(text, "{name}  {}", printable(&one.state())).ok();
        }
    }
}

impl Platform {
    fn state(&self) -> String {
        if !self.on {
            return format!("off: {}", self.reason.as_deref().unwrap_or_default());
        }
        let breaker = match self.breaker.as_deref() {
            None => "not asked yet",
            Some("open") => "breaker open",
            Some("half_open") => "breaker on trial",
            Some(_) => "asked",
        };
        match &self.paused_until {
            None => breaker.to_owned(),
            Some(until) => format!("{breaker}, paused until {until}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_stand_below_the_tree() {
        let platforms: Platforms = serde_json::from_value(serde_json::json!({
            "time_zone": "Asia/Shanghai",
            "platforms": [
                { "platform": "bili", "label": "B站", "kind": "http", "on": true, "reason": null,
                    "breaker": null, "paused_until": null },
                { "platform": "douyin", "on": true, "breaker": "open",
                    "paused_until": "2026-11-30 20:00:00" },
                { "platform": "mweibo", "on": true, "breaker": "closed" },
                { "platform": "weixin\u{1b}", "on": false, "reason": "the secret K is not set" },
            ],
        }))
        .unwrap();
        let mut text = String::new();
        platforms.write(&mut text);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines[0], "PLATFORMS");
        assert_eq!(lines[1].split_whitespace().next(), Some("bili"));
        assert!(lines[1].ends_with("not asked yet"), "{text}");
        assert!(lines[2].ends_with("breaker open, paused until 2026-11-30 20:00:00"));
        assert!(lines[3].ends_with("  asked"), "{text}");
        assert!(lines[4].starts_with("weixin\\u{1b}"), "{text}");
        assert!(lines[4].ends_with("off: the secret K is not set"), "{text}");
        let mut text = String::new();
        Platforms::default().write(&mut text);
        assert_eq!(text, "");
    }
}
