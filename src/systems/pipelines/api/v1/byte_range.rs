//! Which part of a log a caller wants: the header `Range`.

use std::ops::Range;

use crate::systems::pipelines::console::Extent;

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// No range was named, or in a form that may be ignored (RFC 9110).
    Whole,
    Part(Range<u64>),
    /// There is nothing at that range.
    Nothing,
}

/// The wanted bytes, as far as they are kept and follow each other.
pub(super) fn wanted(header: Option<&str>, extent: &Extent) -> Wanted {
    let Some(range) = header.and_then(|header| parse(header, extent.total)) else {
        return Wanted::Whole;
    };
    let mut range = range.start..range.end.min(extent.total);
    if let Some(gap) = &extent.gap {
        if gap.contains(&range.start) {
            range.start = gap.end;
        } else if range.start < gap.start {
            range.end = range.end.min(gap.start);
        }
    }
    match range.is_empty() {
        true => Wanted::Nothing,
        false => Wanted::Part(range),
    }
}

/// One range of bytes; several, or another unit: `None`.
fn parse(header: &str, total: u64) -> Option<Range<u64>> {
    let (unit, range) = header.split_once('=')?;
    let (first, last) = range.split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    match (first.trim(), last.trim()) {
        ("", suffix) => Some(total.saturating_sub(number(suffix)?)..total),
        (first, "") => Some(number(first)?..u64::MAX),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then(|| first..last.saturating_add(1))
        }
    }
}

/// Digits only. A number that is too large is as good as the largest.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_what_is_there() {
        let extent = Extent::whole(100);
        let part = |range: Range<u64>| Wanted::Part(range);
        for (header, expected) in [
            ("bytes=0-", part(0..100)),
            ("bytes=10-19", part(10..20)),
            ("Bytes = 99-1000", part(99..100)),
            ("bytes=-10", part(90..100)),
            ("bytes=-1000", part(0..100)),
            ("bytes=0-99999999999999999999999", part(0..100)),
            ("bytes=100-", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(wanted(Some(header), &extent), expected, "{header}");
        }
        assert_eq!(wanted(None, &extent), Wanted::Whole);
    }

    #[test]
    fn a_range_does_not_reach_over_what_was_dropped() {
        let extent = Extent {
            gap: Some(20..60),
            ..Extent::whole(100)
        };
        for (header, expected) in [
            ("bytes=0-", Wanted::Part(0..20)),
            ("bytes=10-70", Wanted::Part(10..20)),
            ("bytes=20-", Wanted::Part(60..100)),
            ("bytes=59-60", Wanted::Part(60..61)),
            ("bytes=30-40", Wanted::Nothing),
            ("bytes=60-", Wanted::Part(60..100)),
            ("bytes=-50", Wanted::Part(60..100)),
        ] {
            assert_eq!(wanted(Some(header), &extent), expected, "{header}");
        }
    }
}
