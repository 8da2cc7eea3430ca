//! From headers and body to a delivery whose sender knows the secret.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use sha2::{Digest, Sha256};

use super::delivery::Delivery;
use super::forge::Forge;
use super::refused::Refused;
use super::signature::{self, KEY_PREFIX};
use super::{gitlab, header, push};

const GITHUB_SIGNATURE: &str = "x-hub-signature-256";
const GITEA_SIGNATURE: &str = "x-gitea-signature";
const GITLAB_TOKEN: &str = "x-gitlab-token";
const STANDARD_SIGNATURE: &str = "webhook-signature";
const STANDARD_ID: &str = "webhook-id";
const STANDARD_TIME: &str = "webhook-timestamp";

/// What a delivery says, if it was signed with this secret. The body is read only then.
pub(crate) fn verify(
    forge: Forge,
    secret: &str,
    headers: &HeaderMap,
    body: &[u8],
    now_s: i64,
) -> Result<Delivery, Refused> {
    // Anybody could sign with an empty secret.
    if secret.is_empty() {
        return Err(Refused::Secret("is empty"));
    }
    let digest = || {
        Sha256::digest(body)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    match forge {
        Forge::Github => {
            let written = header::required(headers, GITHUB_SIGNATURE)?;
            let hex = written.strip_prefix("sha256=").ok_or(Refused::Malformed {
                name: GITHUB_SIGNATURE,
                expected: "sha256= and 64 hexadecimal digits in small letters",
            })?;
            signature::check_hex(GITHUB_SIGNATURE, hex, secret, body)?;
            let json = match is_form(headers)? {
                true => &form_payload(body)?,
                false => body,
            };
            push::read(&push::GITHUB, headers, json, digest())
        }
        Forge::Gitea => {
            let hex = header::required(headers, GITEA_SIGNATURE)?;
            // In a form it signs the payload and not the form.
            let json = match is_form(headers)? {
                true => &form_payload(body).map_err(|_| Refused::Wrong)?,
                false => body,
            };
            signature::check_hex(GITEA_SIGNATURE, hex, secret, json)?;
            push::read(&push::GITEA, headers, json, digest())
        }
        Forge::Gitlab => {
            let signed_id = check_gitlab(secret, headers, body, now_s)?;
            gitlab::read(headers, signed_id, body, digest())
        }
    }
}

/// The id of the delivery, if it was signed.
fn check_gitlab<'h>(
    secret: &str,
    headers: &'h HeaderMap,
    body: &[u8],
    now_s: i64,
) -> Result<Option<&'h str>, Refused> {
    // A key signs, and is sent to nobody. Another secret is a token.
    if secret.starts_with(KEY_PREFIX) {
        let written = header::optional(headers, STANDARD_SIGNATURE)?;
        let written = written.ok_or(Refused::Missing(STANDARD_SIGNATURE))?;
        let id = header::optional_text(headers, STANDARD_ID)?;
        let id = id.ok_or(Refused::Missing(STANDARD_ID))?;
        let timestamp = header::required(headers, STANDARD_TIME)?;
        signature::check_standard((id, timestamp), written, secret, body, now_s)?;
        return Ok(Some(id));
    }
    let token = header::optional(headers, GITLAB_TOKEN)?;
    let token = token.ok_or(Refused::Missing(GITLAB_TOKEN))?;
    signature::check_token(token, secret)?;
    Ok(None)
}

fn is_form(headers: &HeaderMap) -> Result<bool, Refused> {
    let kind = header::optional(headers, CONTENT_TYPE.as_str())?.unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    Ok(kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// The field `payload` of a form.
fn form_payload(body: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut payloads = url::form_urlencoded::parse(body).filter(|(name, _)| name == "payload");
    match (payloads.next(), payloads.next()) {
        (Some((_, payload)), None) => Ok(payload.into_owned().into_bytes()),
        _ => Err(Refused::Body(
            "is a form; expected one field payload in it".to_owned(),
        )),
    }
}
