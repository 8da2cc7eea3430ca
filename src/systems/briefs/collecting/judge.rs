//! Which articles of a page count: those of the range that fulfil a keyword. Pure.

use crate::systems::briefs::article::{Article, KeywordSet};
use crate::systems::briefs::keywords::{Keyword, Matcher, fold};
use crate::systems::briefs::request::{BriefRequest, Matching, RequestFault};

/// The keywords and the range of a request.
#[derive(Clone, Debug)]
pub(crate) struct Judge {
    keywords: Vec<Keyword>,
    matcher: Matcher,
    matching: Matching,
    start: i64,
    end: i64,
}

/// What a page comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub kept: u64,
    pub filtered: u64,
    pub out_of_range: u64,
}

/// Why an article does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LeftOut {
    Filtered,
    OutOfRange,
}

impl Judge {
    pub fn new(request: &BriefRequest) -> Result<Self, RequestFault> {
        let keywords = request.parsed()?;
        Ok(Self {
            matcher: Matcher::new(&keywords),
            keywords,
            matching: request.matching,
            start: request.start_time,
            end: request.end_time,
        })
    }

    pub fn keywords(&self) -> &[Keyword] {
        &self.keywords
    }

    /// The number of a keyword as it stands in the request.
    pub fn number(&self, text: &str) -> Option<usize> {
        self.keywords
            .iter()
            .position(|keyword| keyword.text == text)
    }

    /// `found_for`: the keyword whose query has found the page, if one has.
    pub fn count(&self, articles: &[Article], found_for: Option<usize>) -> Verdict {
        let mut verdict = Verdict::default();
        for article in articles {
            match self.judge(article, found_for) {
                Ok(_) => verdict.kept += 1,
                Err(LeftOut::Filtered) => verdict.filtered += 1,
                Err(LeftOut::OutOfRange) => verdict.out_of_range += 1,
            }
        }
        verdict
    }

    /// The articles that count, with the keywords for which they do.
    pub fn keep(
        &self,
        articles: Vec<Article>,
        found_for: Option<usize>,
    ) -> impl Iterator<Item = (Article, KeywordSet)> {
        articles.into_iter().filter_map(move |article| {
            let keywords = self.judge(&article, found_for).ok()?;
            Some((article, keywords))
        })
    }

    /// Whether all of a page is older than the range, and there is something.
    pub fn are_all_older(&self, articles: &[Article]) -> bool {
        let is_older = |article: &Article| article.post_time < self.start;
        !articles.is_empty() && articles.iter().all(is_older)
    }

    fn judge(&self, article: &Article, found_for: Option<usize>) -> Result<KeywordSet, LeftOut> {
        if !(self.start..=self.end).contains(&article.post_time) {
            return Err(LeftOut::OutOfRange);
        }
        let found = self.matcher.find(&fold(&article.searched()));
        let keywords: KeywordSet = match (self.matching, found_for) {
            (Matching::Platform, Some(keyword)) => {
                let counts = !self.matcher.is_excluded(keyword, &found);
                counts.then_some(keyword).into_iter().collect()
            }
            _ => self.matcher.fulfilled(&found).collect(),
        };
        match keywords.is_empty() {
            true => Err(LeftOut::Filtered),
            false => Ok(keywords),
        }
    }
}
