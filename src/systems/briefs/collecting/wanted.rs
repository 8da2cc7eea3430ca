//! The sequences that a request asks of a platform: queries of its keywords, and pieces of its range. Pure.

use std::time::Duration;

use entity::{JobId, brief_sequence};

use crate::systems::briefs::keywords::Keyword;
use crate::systems::briefs::request::BriefRequest;
use crate::systems::briefs::sources::Sequences;

/// A sequence that is asked for. Two that are the same have the same pages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wanted {
    /// Empty: the source is asked once for all keywords.
    pub keyword: String,
    pub query: String,
    /// The range, where the platform is asked for one.
    pub range: Option<(i64, i64)>,
}

impl Wanted {
    pub fn is(&self, row: &brief_sequence::Model) -> bool {
        self.keyword == row.keyword && self.has_pages_of(row)
    }

    /// Whether the platform is asked the same.
    pub fn has_pages_of(&self, row: &brief_sequence::Model) -> bool {
        self.query == row.query && self.range == row.from_at.zip(row.to_at)
    }

    pub fn row(&self, job: &JobId, platform: &str, number: u32) -> brief_sequence::Model {
        let (from_at, to_at) = self.range.unzip();
        brief_sequence::Model {
            job_id: job.clone(),
            platform: platform.to_owned(),
            no: number as i32,
            keyword: self.keyword.clone(),
            query: self.query.clone(),
            from_at,
            to_at,
            wanted: true,
        }
    }
}

/// A range is cut into no more windows than this.
const WINDOWS_MAX: i64 = 1_000;

pub(crate) fn wanted(
    request: &BriefRequest,
    keywords: &[Keyword],
    sequences: Sequences,
) -> Vec<Wanted> {
    let Sequences::OfQueries {
        sends_range,
        windows,
    } = sequences
    else {
        return vec![Wanted {
            keyword: String::new(),
            query: String::new(),
            range: None,
        }];
    };
    let ranges: Vec<Option<(i64, i64)>> = match (sends_range, windows) {
        (false, _) => vec![None],
        (true, None) => vec![Some((request.start_time, request.end_time))],
        (true, Some(window)) => cut(request.start_time, request.end_time, window)
            .map(Some)
            .collect(),
    };
    let mut wanted: Vec<Wanted> = Vec::new();
    for keyword in keywords {
        for query in keyword.queries() {
            for range in &ranges {
                let one = Wanted {
                    keyword: keyword.text.clone(),
                    query: query.clone(),
                    range: *range,
                };
                if !wanted.contains(&one) {
                    wanted.push(one);
                }
            }
        }
    }
    wanted
}

/// Pieces of a range that follow on each other. A platform may know times by the second: so long is a piece at least,
/// and none ends in the second in which another begins.
fn cut(start: i64, end: i64, window: Duration) -> impl Iterator<Item = (i64, i64)> {
    const SECOND: i64 = 1_000_000;
    let least = (end - start) / WINDOWS_MAX + 1;
    let window = i64::try_from(window.as_micros()).unwrap_or(i64::MAX);
    let window = window.max(least).max(SECOND);
    let window = window.saturating_add(SECOND - 1) / SECOND * SECOND;
    let mut from = start;
    std::iter::from_fn(move || {
        if from > end {
            return None;
        }
        let next = from.saturating_add(window);
        let piece = (from, end.min(next - 1));
        from = next;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::briefs::request::Matching;

    const DAY: i64 = 86_400_000_000;

    fn request(keywords: &[&str], days: i64) -> BriefRequest {
        BriefRequest {
            job_name: "b".to_owned(),
            platforms: vec!["p".to_owned()],
            keywords: keywords.iter().map(|one| (*one).to_owned()).collect(),
            start_time: 0,
            end_time: days * DAY - 1_000_000,
            max_pages: 20,
            deadline_s: 300,
            matching: Matching::Text,
        }
    }

    fn made(request: &BriefRequest, sequences: Sequences) -> Vec<Wanted> {
        wanted(request, &request.parsed().unwrap(), sequences)
    }

    #[test]
    fn each_query_is_a_sequence_in_each_window() {
        let request = request(&["面膜 敏感肌|油皮", "口红"], 10);
        let whole = Sequences::OfQueries {
            sends_range: false,
            windows: None,
        };
        let found = made(&request, whole);
        let queries: Vec<&str> = found.iter().map(|one| one.query.as_str()).collect();
        assert_eq!(queries, ["面膜 敏感肌", "面膜 油皮", "口红"]);
        assert!(found.iter().all(|one| one.range.is_none()));
        let cut = Sequences::OfQueries {
            sends_range: true,
            windows: Some(Duration::from_secs(7 * 86_400)),
        };
        let found = made(&request, cut);
        assert_eq!(found.len(), 6);
        assert_eq!(found[0].range, Some((0, 7 * DAY - 1)));
        assert_eq!(found[1].range, Some((7 * DAY, 10 * DAY - 1_000_000)));
        assert_eq!(made(&request, Sequences::One).len(), 1);
    }

    #[test]
    fn windows_cover_the_range_without_overlap() {
        for (start, end, window) in [
            (0, 0, 1),
            (500_000, 3 * DAY + 7, 86_400),
            (0, 40_000 * DAY, 1),
            (0, DAY, 86_400),
        ] {
            let pieces: Vec<_> = cut(start, end, Duration::from_secs(window)).collect();
            assert!(pieces.len() <= 1_001, "{}", pieces.len());
            assert_eq!(pieces[0].0, start);
            assert_eq!(pieces.last().unwrap().1, end);
            for pair in pieces.windows(2) {
                assert_eq!(pair[0].1 + 1, pair[1].0);
            }
        }
    }
}
