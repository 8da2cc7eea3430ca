//! Parts of files: what is sent of one to a caller who may have some of it, or all.

use std::ops::Range;

use super::tagged::matches;

/// The headers `Range`, `If-Range` and `If-None-Match` of a call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked<'a> {
    pub range: Option<&'a str>,
    pub if_range: Option<&'a str>,
    pub if_none_match: Option<&'a str>,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// 200
    Whole,
    /// 206
    Part(Range<u64>),
    /// 304
    NotModified,
    /// 416: the file has none of these bytes.
    Nothing,
}

impl Asked<'_> {
    /// `etag`: of the file, in quotes.
    pub fn of(&self, etag: &str, bytes: u64) -> Sent {
        if self.if_none_match.is_some_and(|known| matches(known, etag)) {
            return Sent::NotModified;
        }
        // A part of another file is of no use; a weak tag or a date tells nothing.
        let is_same = self.if_range.is_none_or(|known| known.trim() == etag);
        match self.range.filter(|_| is_same) {
            Some(range) => wanted(range, bytes),
            None => Sent::Whole,
        }
    }
}

/// One range of bytes. What is none, and several at once, is answered by all of it.
fn wanted(header: &str, bytes: u64) -> Sent {
    let Some((unit, range)) = header.split_once('=') else {
        return Sent::Whole;
    };
    let Some((first, last)) = range.split_once('-') else {
        return Sent::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // What does not fit is behind every file.
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    let range = match (first, last) {
        _ if !unit.trim().eq_ignore_ascii_case("bytes") => return Sent::Whole,
        ("", last) if is_number(last) => bytes.saturating_sub(number(last))..bytes,
        (first, "") if is_number(first) => number(first)..bytes,
        (first, last) if is_number(first) && is_number(last) => {
            if number(last) < number(first) {
                return Sent::Whole;
            }
            number(first)..number(last).saturating_add(1).min(bytes)
        }
        _ => return Sent::Whole,
    };
    match range.start < range.end {
        true => Sent::Part(range),
        false => Sent::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_as_it_is_written() {
        for (range, expected) in [
            ("bytes=0-9", Sent::Part(0..10)),
            ("bytes=90-200", Sent::Part(90..100)),
            ("bytes=95-", Sent::Part(95..100)),
            ("bytes=-5", Sent::Part(95..100)),
            ("bytes=-500", Sent::Part(0..100)),
            ("Bytes = 1 - 1", Sent::Part(1..2)),
            ("bytes=100-", Sent::Nothing),
            ("bytes=-0", Sent::Nothing),
            ("bytes=99999999999999999999-", Sent::Nothing),
            ("bytes=9-1", Sent::Whole),
            ("bytes=0-1,5-6", Sent::Whole),
            ("bytes=a-b", Sent::Whole),
            ("bytes=-", Sent::Whole),
            ("rows=0-1", Sent::Whole),
        ] {
            assert_eq!(wanted(range, 100), expected, "{range}");
        }
    }

    #[test]
    fn a_part_is_sent_of_the_same_file_only() {
        let asked = |if_range, if_none_match| Asked {
            range: Some("bytes=1-2"),
            if_range,
            if_none_match,
        };
        let tag = "\"a\"";
        assert_eq!(asked(None, None).of(tag, 9), Sent::Part(1..3));
        assert_eq!(asked(Some(tag), None).of(tag, 9), Sent::Part(1..3));
        assert_eq!(asked(Some("\"b\""), None).of(tag, 9), Sent::Whole);
        assert_eq!(asked(Some("W/\"a\""), None).of(tag, 9), Sent::Whole);
        assert_eq!(asked(None, Some(tag)).of(tag, 9), Sent::NotModified);
    }
}
