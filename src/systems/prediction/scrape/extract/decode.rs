//! The text of a page: by the mark of its byte order, its header, its `meta`, or what it looks like.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};
use memchr::memchr_iter;
use url::{Host, Url};

use super::page::Page;
use crate::systems::prediction::import::utf16_by_nuls;

/// Bytes in which `meta` is looked for. Browsers look at 1,024; pages of old systems begin with comments.
const META_WITHIN: usize = 4_096;

/// Bytes that are looked at to tell encodings apart.
const SAMPLE: usize = 1 << 18;

/// The text of a page and its encoding. `meta` is looked for in HTML only.
pub(super) fn decode<'b>(page: &Page<'b>, is_html: bool) -> (Cow<'b, str>, &'static Encoding) {
    let body: &'b [u8] = page.body;
    let encoding = encoding(page, is_html);
    let (text, encoding, _) = encoding.decode(body);
    (text, encoding)
}

fn encoding(page: &Page<'_>, is_html: bool) -> &'static Encoding {
    let body: &[u8] = page.body;
    if let Some((encoding, _)) = Encoding::for_bom(body) {
        return encoding;
    }
    let by_header = page.content_type.and_then(of_content_type);
    let by_meta = is_html
        .then(|| of_meta(&body[..body.len().min(META_WITHIN)]))
        .flatten();
    // Many servers name one encoding for all of their pages: what the page says is right if only that fits.
    if let (Some(header), Some(meta)) = (by_header, by_meta)
        && header != meta
        && !fits(header, body)
        && fits(meta, body)
    {
        return meta;
    }
    by_header
        .or(by_meta)
        .unwrap_or_else(|| detect(body, page.url))
}

fn fits(encoding: &'static Encoding, body: &[u8]) -> bool {
    let text = encoding.decode_without_bom_handling_and_without_replacement(body);
    text.is_some()
}

/// `text/html; charset="Shift_JIS"`.
fn of_content_type(content_type: &str) -> Option<&'static Encoding> {
    let parameters = content_type.split(';').skip(1);
    let mut labels = parameters.filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches(['"', '\'']))
    });
    labels.find_map(|label| Encoding::for_label(label.as_bytes()))
}

/// `<meta charset=…>`, `<meta http-equiv content="…; charset=…">`, `<?xml encoding="…"?>`.
fn of_meta(beginning: &[u8]) -> Option<&'static Encoding> {
    for at in memchr_iter(b'<', beginning) {
        let tag = &beginning[at + 1..];
        let tag = &tag[..tag
            .iter()
            .position(|byte| *byte == b'>')
            .unwrap_or(tag.len())];
        let tag = String::from_utf8_lossy(tag).to_ascii_lowercase();
        let found = match tag.as_str() {
            tag if tag.starts_with("meta") => label_behind(tag, "charset"),
            tag if tag.starts_with("?xml") => label_behind(tag, "encoding"),
            _ => None,
        };
        if let Some(encoding) = found {
            return Some(encoding);
        }
    }
    None
}

fn label_behind(tag: &str, name: &str) -> Option<&'static Encoding> {
    let (_, behind) = tag.split_once(name)?;
    let value = behind.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    let end = value.find(['"', '\'', ';', '/', ' ', '\t', '\r', '\n']);
    let label = &value[..end.unwrap_or(value.len())];
    let encoding = Encoding::for_label(label.as_bytes())?;
    // This very text could be read, so it is none of these.
    Some(match encoding {
        encoding if encoding == UTF_16LE || encoding == UTF_16BE => UTF_8,
        encoding if encoding == X_USER_DEFINED => WINDOWS_1252,
        encoding => encoding,
    })
}

fn detect(body: &[u8], url: &Url) -> &'static Encoding {
    let sample = &body[..body.len().min(SAMPLE)];
    if let Some(encoding) = utf16_by_nuls(sample) {
        return encoding;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, true);
    detector.guess(Some(top_level(url).as_bytes()), Utf8Detection::Allow)
}

/// The country of a site makes some encodings more likely than others. Where none is known, it is Japan: there
/// the pages are from that do not say what they are.
fn top_level(url: &Url) -> &str {
    let last = match url.host() {
        Some(Host::Domain(name)) => name.trim_end_matches('.').rsplit('.').next(),
        _ => None,
    };
    let is_country = |last: &&str| last.len() == 2 && last.bytes().all(|b| b.is_ascii_lowercase());
    last.filter(is_country).unwrap_or("jp")
}
