//! Sends a message to a webhook.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::format::Format;
use super::language::Language;
use super::{Delivered, Message, Undelivered};
use crate::clock;
use crate::fetch::{PublicPost, PublicPostError, Sending};
use crate::telemetry::chain;
use crate::webhooks::sign_standard;

/// How long a receiver may take to answer.
const WITHIN: Duration = Duration::from_secs(15);

/// A receiver of webhooks.
#[derive(Clone, Debug)]
pub struct Hook {
    pub url: SecretString,
    pub format: Format,
    pub secret: Option<SecretString>,
}

impl Hook {
    /// Sends it once. `id` is the same each time.
    pub async fn send(
        &self,
        post: &PublicPost,
        id: &str,
        message: &Message,
        language: Language,
    ) -> Result<Delivered, Undelivered> {
        let sending = self.sending(id, message, language, clock::now_micros())?;
        let answer = post.send(&sending, WITHIN).await.map_err(undelivered)?;
        match self.format.refusal(&answer) {
            None => Ok(Delivered {
                said: format!("{} {}", answer.status, answer.said)
                    .trim()
                    .to_owned(),
            }),
            Some(reason) => Err(Undelivered {
                reason,
                // It says that it is gone for good.
                is_final: answer.status == 410,
            }),
        }
    }

    fn sending(
        &self,
        id: &str,
        message: &Message,
        language: Language,
        now: i64,
    ) -> Result<Sending, Undelivered> {
        let mut body = self.format.body(message, language, &clock::rfc3339(now));
        let mut url = self.url.expose_secret().to_owned();
        let secret = self.secret.as_ref().map(ExposeSecret::expose_secret);
        if let Some(secret) = secret {
            url = self.format.sign(&url, &mut body, secret, now / 1_000);
        }
        let body = body.to_string();
        let mut headers = Vec::new();
        if self.format == Format::Standard {
            let timestamp = (now / 1_000_000).to_string();
            if let Some(secret) = secret {
                let signature = sign_standard((id, &timestamp), secret, body.as_bytes());
                let signature = signature.map_err(|refused| Undelivered {
                    reason: refused.to_string(),
                    is_final: false,
                })?;
                headers.push(("webhook-signature", signature));
            }
            headers.push(("webhook-id", id.to_owned()));
            headers.push(("webhook-timestamp", timestamp));
        }
        Ok(Sending { url, headers, body })
    }
}

fn undelivered(error: PublicPostError) -> Undelivered {
    Undelivered {
        reason: chain(&error),
        is_final: false,
    }
}
