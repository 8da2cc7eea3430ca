//! Signatures of bodies, compared in constant time.
//!
//! The expected one is computed in any case, and all of it is compared. A signature that has not the
//! form of one (too short, other characters) is refused by its form, which says nothing of the secret.

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use ring::hmac::{HMAC_SHA256, Key, sign};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::refused::Refused;

const BYTES: usize = 32;

/// What keys of Standard Webhooks begin with.
pub(super) const KEY_PREFIX: &str = "whsec_";

/// Signatures in one header that are looked at: there are two while a key is being replaced.
const SIGNATURES_MAX: usize = 16;

/// How far the clocks of the forge and of this server may be apart.
const TOLERANCE_S: i64 = 300;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// 64 hexadecimal digits in small letters, as forges write them and as their documentation compares
/// them: character by character. Capital letters come from nobody who follows it.
pub(super) fn check_hex(
    name: &'static str,
    written: &str,
    secret: &str,
    signed: &[u8],
) -> Result<(), Refused> {
    let malformed = || Refused::Malformed {
        name,
        expected: "64 hexadecimal digits in small letters",
    };
    let given = unhex(written).ok_or_else(malformed)?;
    is_same(&given, &hmac(secret.as_bytes(), &[signed]))
}

/// `v1,` and base64 of the signature over `id.timestamp.body`, several of them between blanks.
pub(super) fn check_standard(
    (id, timestamp): (&str, &str),
    written: &str,
    secret: &str,
    body: &[u8],
    now_s: i64,
) -> Result<(), Refused> {
    let expected = standard((id, timestamp), secret, body)?;
    let given = written.split(' ').take(SIGNATURES_MAX);
    let given = given.filter_map(|one| one.strip_prefix("v1,"));
    // All of them are compared.
    let is_among = given
        .filter_map(|one| STANDARD.decode(one).ok())
        .map(|one| is_same(&one, &expected).is_ok())
        .fold(false, |found, same| found | same);
    if !is_among {
        return Err(Refused::Wrong);
    }
    check_time(timestamp, now_s)
}

/// What the header `webhook-signature` says of a body that is sent.
pub(crate) fn sign_standard(
    (id, timestamp): (&str, &str),
    secret: &str,
    body: &[u8],
) -> Result<String, Refused> {
    let signature = standard((id, timestamp), secret, body)?;
    Ok(format!("v1,{}", STANDARD.encode(signature)))
}

fn standard((id, timestamp): (&str, &str), secret: &str, body: &[u8]) -> Result<Vec<u8>, Refused> {
    let key = secret.strip_prefix(KEY_PREFIX).unwrap_or(secret);
    let key = LENIENT.decode(key).ok().filter(|key| !key.is_empty());
    let key = key.ok_or(Refused::Secret("is not a key of the form whsec_BASE64"))?;
    let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    Ok(hmac(&key, &parts))
}

/// A token that is sent as it is. Digests are compared, so that its length does not show.
pub(super) fn check_token(given: &str, secret: &str) -> Result<(), Refused> {
    is_same(&Sha256::digest(given), &Sha256::digest(secret))
}

fn check_time(timestamp: &str, now_s: i64) -> Result<(), Refused> {
    let is_number = timestamp.len() <= 12 && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let at: Option<i64> = is_number.then(|| timestamp.parse().ok()).flatten();
    let at = at.ok_or(Refused::Malformed {
        name: "webhook-timestamp",
        expected: "seconds since 1970",
    })?;
    match at.abs_diff(now_s) <= TOLERANCE_S.unsigned_abs() {
        true => Ok(()),
        false => Err(Refused::Time),
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let key = Key::new(HMAC_SHA256, key);
    match parts {
        [whole] => sign(&key, whole).as_ref().to_vec(),
        parts => {
            let mut context = ring::hmac::Context::with_key(&key);
            parts.iter().for_each(|part| context.update(part));
            context.sign().as_ref().to_vec()
        }
    }
}

fn is_same(given: &[u8], expected: &[u8]) -> Result<(), Refused> {
    match bool::from(given.ct_eq(expected)) {
        true => Ok(()),
        false => Err(Refused::Wrong),
    }
}

fn unhex(text: &str) -> Option<[u8; BYTES]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let text = text.as_bytes();
    let mut bytes = [0; BYTES];
    if text.len() != 2 * BYTES {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
