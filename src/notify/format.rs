//! The bodies that programs take: one of ours, and those for chats.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac::{HMAC_SHA256, Key, sign};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::language::Language;
use super::text::{headline, text};
use super::{Message, Part};
use crate::fetch::Answer;

/// Who reads a body. Slack's is understood by others, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON for programs, signed as Standard Webhooks say.
    #[default]
    Standard,
    Slack,
    Discord,
    Mattermost,
    Feishu,
    DingTalk,
    LineWorks,
}

/// Characters of a text that these programs take; Discord takes 2,000.
const CHARS_MAX: usize = 3_500;
const DISCORD_CHARS_MAX: usize = 1_900;

impl Format {
    /// The body. `at` is the time of sending, RFC 3339.
    pub fn body(self, message: &Message, language: Language, at: &str) -> Value {
        let whole = || cut(&text(message, language), CHARS_MAX);
        match self {
            Self::Standard => standard(message, at),
            Self::Slack => json!({ "text": slack(&whole()) }),
            Self::Discord => json!({
                "content": cut(&whole(), DISCORD_CHARS_MAX),
                "allowed_mentions": { "parse": [] },
            }),
            Self::Mattermost => json!({ "text": unmentioned(&whole()) }),
            Self::Feishu => json!({ "msg_type": "text", "content": { "text": feishu(&whole()) } }),
            Self::DingTalk => json!({
                "msgtype": "text", "text": { "content": whole() }, "at": { "isAtAll": false },
            }),
            Self::LineWorks => lineworks(message, language, whole()),
        }
    }

    /// Adds the signature of a chat program that has one of its own.
    pub fn sign(self, url: &str, body: &mut Value, secret: &str, now_ms: i64) -> String {
        match self {
            Self::Feishu => {
                let timestamp = (now_ms / 1_000).to_string();
                // The text is the key, and nothing is signed.
                body["sign"] = hmac(&format!("{timestamp}\n{secret}"), "").into();
                body["timestamp"] = timestamp.into();
            }
            Self::DingTalk => {
                if let Ok(mut signed) = Url::parse(url) {
                    let signature = hmac(secret, &format!("{now_ms}\n{secret}"));
                    signed
                        .query_pairs_mut()
                        .append_pair("timestamp", &now_ms.to_string())
                        .append_pair("sign", &signature);
                    return signed.into();
                }
            }
            Self::Standard | Self::Slack | Self::Discord | Self::Mattermost | Self::LineWorks => {}
        }
        url.to_owned()
    }

    /// Whether a secret counts for it.
    pub fn is_signed(self) -> bool {
        matches!(self, Self::Standard | Self::Feishu | Self::DingTalk)
    }

    /// What is wrong with an answer, if it was not taken. Some say so in the body only.
    pub fn refusal(self, answer: &Answer) -> Option<String> {
        let said = || {
            let said = cut(answer.said.trim(), 200);
            let said: String = said.chars().filter(|letter| !letter.is_control()).collect();
            match said.is_empty() {
                true => String::new(),
                false => format!(": {said}"),
            }
        };
        if !(200..300).contains(&answer.status) {
            return Some(format!("the receiver answered {}{}", answer.status, said()));
        }
        let member = match self {
            Self::Feishu => "code",
            Self::DingTalk => "errcode",
            Self::Standard | Self::Slack | Self::Discord | Self::Mattermost | Self::LineWorks => {
                return None;
            }
        };
        let body: Value = serde_json::from_str(&answer.said).unwrap_or_default();
        let code = body.get(member)?;
        (code.as_i64() != Some(0)).then(|| format!("the receiver answered 200{}", said()))
    }
}

/// The payload that Standard Webhooks recommend: what happened, when, and what there is to say of it.
fn standard(message: &Message, at: &str) -> Value {
    let shown = |part: &Part| {
        let mut shown = serde_json::to_value(&part.notification).unwrap_or_default();
        shown["count"] = part.count.into();
        shown
    };
    match message.parts.as_slice() {
        [part] if !message.is_digest() => json!({
            "type": part.notification.kind, "timestamp": at, "data": shown(part),
        }),
        parts => json!({
            "type": "digest", "timestamp": at, "data": {
                "count": message.count(),
                "notifications": parts.iter().map(shown).collect::<Vec<_>>(),
            },
        }),
    }
}

/// These three have a meaning; nothing else that is written begins a link or mentions anybody.
fn slack(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A character that is not seen keeps `@channel` from being a mention.
fn unmentioned(text: &str) -> String {
    text.replace('@', "@\u{200b}")
}

/// `<at user_id="all">` would be a mention.
fn feishu(text: &str) -> String {
    text.replace("<at", "<\u{200b}at")
}

fn lineworks(message: &Message, language: Language, text: String) -> Value {
    let title = cut(&headline(message, language), 100);
    let mut body = json!({ "title": title, "body": { "text": text } });
    let link = message
        .parts
        .first()
        .and_then(|part| part.notification.link.as_ref());
    if let Some(link) = link.filter(|_| !message.is_digest()) {
        let label = language.label(super::language::Label::Open);
        body["button"] = json!({ "label": label, "url": link });
    }
    body
}

fn hmac(key: &str, text: &str) -> String {
    let key = Key::new(HMAC_SHA256, key.as_bytes());
    STANDARD.encode(sign(&key, text.as_bytes()))
}

fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Notification;
    use super::super::text::tests::failed;
    use super::*;

    const AT: &str = "2026-11-29T16:00:01.000Z";

    fn body(format: Format) -> Value {
        format.body(&Message::of(failed()), Language::English, AT)
    }

    #[test]
    fn programs_get_all_of_it() {
        let standard = body(Format::Standard);
        assert_eq!(standard["type"], "job.failed");
        assert_eq!(standard["timestamp"], AT);
        assert_eq!(standard["data"]["count"], 1);
        assert_eq!(standard["data"]["error"], "disk full\n<b>&");
        let mut digest = Message::of(failed());
        digest.join(Message::of(failed()));
        let digest = Format::Standard.body(&digest, Language::English, AT);
        assert_eq!(digest["type"], "digest");
        assert_eq!(digest["data"]["count"], 2);
        assert_eq!(digest["data"]["notifications"][1]["name"], "interests");
    }

    #[test]
    fn chats_get_a_text_in_which_nothing_is_markup() {
        let slack = body(Format::Slack);
        let text = slack["text"].as_str().unwrap();
        assert!(text.starts_with("labelling interests failed\nReason: disk full &lt;b&gt;&amp;\n"));
        let everybody = Message::of(Notification {
            error: Some("@channel <at user_id=\"all\">".to_owned()),
            ..failed()
        });
        let of = |format: Format| format.body(&everybody, Language::English, AT).to_string();
        assert!(!of(Format::Mattermost).contains("@channel"));
        assert!(!of(Format::Feishu).contains("<at"));
        assert!(of(Format::Discord).contains(r#""allowed_mentions":{"parse":[]}"#));
        assert_eq!(body(Format::Feishu)["msg_type"], "text");
        assert_eq!(body(Format::DingTalk)["msgtype"], "text");
        let lineworks = body(Format::LineWorks);
        assert_eq!(lineworks["title"], "labelling interests failed");
        assert_eq!(lineworks["button"]["url"], "https://box.example/jobs/0123");
    }

    #[test]
    fn a_long_text_fits() {
        let long = Message::of(Notification {
            log: vec!["x".repeat(2_000); 20],
            ..failed()
        });
        let discord = Format::Discord.body(&long, Language::English, AT);
        assert!(discord["content"].as_str().unwrap().chars().count() <= 2_000);
    }

    #[test]
    fn some_say_in_the_body_that_they_refuse() {
        let answer = |status, said: &str| Answer {
            status,
            said: said.to_owned(),
        };
        for (format, answer, refusal) in [
            (Format::Slack, answer(200, "ok"), None),
            (
                Format::Slack,
                answer(404, "no_team\n"),
                Some("the receiver answered 404: no_team"),
            ),
            (
                Format::Standard,
                answer(500, ""),
                Some("the receiver answered 500"),
            ),
            (
                Format::Feishu,
                answer(200, r#"{"code":0,"msg":"success"}"#),
                None,
            ),
            (
                Format::Feishu,
                answer(200, r#"{"code":19021,"msg":"sign match fail"}"#),
                Some(r#"the receiver answered 200: {"code":19021,"msg":"sign match fail"}"#),
            ),
            (
                Format::DingTalk,
                answer(200, r#"{"errcode":0,"errmsg":"ok"}"#),
                None,
            ),
            (
                Format::DingTalk,
                answer(200, r#"{"errcode":310000}"#),
                Some(r#"the receiver answered 200: {"errcode":310000}"#),
            ),
        ] {
            assert_eq!(format.refusal(&answer).as_deref(), refusal);
        }
    }

    #[test]
    fn two_programs_have_signatures_of_their_own() {
        let mut body = json!({});
        let url = Format::Feishu.sign("https://f.example/", &mut body, "demo", 1_599_360_473_000);
        assert_eq!(url, "https://f.example/");
        assert_eq!(body["timestamp"], "1599360473");
        // As Python's `hmac` and `base64` compute it.
        assert_eq!(body["sign"], FEISHU_SIGN);
        let url = Format::DingTalk.sign(
            "https://d.example/?access_token=x",
            &mut body,
            "SECdemo",
            1_599_360_473_000,
        );
        let expected = format!(
            "https://d.example/?access_token=x&timestamp=1599360473000&sign={DINGTALK_SIGN}"
        );
        assert_eq!(url, expected);
    }

    const FEISHU_SIGN: &str = "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=";
    const DINGTALK_SIGN: &str = "tGWkA5eQOQNCNPDgphtxIoNLO%2B%2FgD8Lcb705KQoRzeY%3D";
}
