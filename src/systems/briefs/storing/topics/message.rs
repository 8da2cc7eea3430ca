//! A part of a page as a message.

use entity::JobId;
use serde::{Deserialize, Serialize};

use crate::systems::briefs::article::{Article, PageId, Row};
use crate::systems::briefs::storing::page::FetchedPage;

/// Bytes of a message.
const BYTES_MAX: usize = 900_000;

/// A part. Parts of a page arrive in order, since they have the same key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PagePart {
    pub job_id: JobId,
    /// As [`PageId::text`] writes it.
    pub page_id: String,
    pub attempt: i32,
    /// From 1.
    pub part: u32,
    pub parts: u32,
    pub articles: Vec<SentArticle>,
}

/// An article that counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SentArticle {
    pub article: Article,
    /// As callers wrote them.
    pub keywords: Vec<String>,
    pub sentiment: Option<f64>,
}

impl PagePart {
    pub fn page(&self) -> Option<PageId> {
        PageId::read(&self.page_id)
    }
}

/// The messages of a page; `None`: one of its articles is larger than a message may be.
pub(super) fn parts_of(page: &FetchedPage) -> serde_json::Result<Option<Vec<Vec<u8>>>> {
    let mut articles = Vec::new();
    for row in &page.rows {
        articles.push(serde_json::to_vec(&sent(row, page.words.keywords()))?);
    }
    // With the longest numbers that there can be.
    let around = head(page, u32::MAX, u32::MAX)?.len() + 2;
    let room = BYTES_MAX.saturating_sub(around);
    let mut groups: Vec<Vec<Vec<u8>>> = vec![Vec::new()];
    let mut bytes = 0;
    for article in articles {
        if article.len() > room {
            return Ok(None);
        }
        let last = groups.len() - 1;
        if !groups[last].is_empty() && bytes + article.len() + 1 > room {
            groups.push(vec![article]);
            bytes = groups[last + 1][0].len();
        } else {
            bytes += article.len() + 1;
            groups[last].push(article);
        }
    }
    let parts = groups.len() as u32;
    let messages = groups.into_iter().zip(1..).map(|(articles, part)| {
        let mut message = head(page, part, parts)?;
        message.extend(articles.join(&b','));
        message.extend(b"]}");
        Ok::<_, serde_json::Error>(message)
    });
    messages.collect::<serde_json::Result<_>>().map(Some)
}

/// A message up to its first article.
fn head(page: &FetchedPage, part: u32, parts: u32) -> serde_json::Result<Vec<u8>> {
    let mut head = serde_json::to_vec(&PagePart {
        job_id: page.job.clone(),
        page_id: page.page.text(),
        attempt: page.attempt,
        part,
        parts,
        articles: Vec::new(),
    })?;
    // Without the brackets that end the list and the message.
    head.truncate(head.len() - 2);
    Ok(head)
}

fn sent(row: &Row, keywords: &[String]) -> SentArticle {
    let texts = row.keywords.iter().filter_map(|no| keywords.get(no));
    SentArticle {
        article: row.article.clone(),
        keywords: texts.cloned().collect(),
        sentiment: row.sentiment,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::systems::briefs::keywords::Keyword;
    use crate::systems::briefs::storing::page::BriefWords;

    fn page(contents: &[usize]) -> FetchedPage {
        let keyword = Keyword::parse("防晒霜").expect("a keyword");
        let words = BriefWords::new(&[keyword]);
        let page = PageId {
            sequence: 1,
            number: 2,
        };
        let rows = contents.iter().enumerate().map(|(no, length)| Row {
            article: Article {
                id: no.to_string(),
                content: Some("x".repeat(*length)),
                ..Article::default()
            },
            keywords: [0].into_iter().collect(),
            page,
            sentiment: Some(0.5),
        });
        FetchedPage {
            job: JobId::new(),
            platform: "douyin".to_owned(),
            page,
            attempt: 1,
            rows: rows.collect(),
            words: Arc::new(words),
        }
    }

    #[test]
    fn parts_hold_all_articles_and_none_is_too_large() {
        for (contents, expected) in [
            (vec![10, 20], 1),
            (vec![400_000; 5], 3),
            (vec![899_000, 10, 899_000], 2),
        ] {
            let page = page(&contents);
            let parts = parts_of(&page).expect("JSON").expect("all fit");
            assert_eq!(parts.len(), expected, "{contents:?}");
            let mut ids = Vec::new();
            for (no, part) in parts.iter().enumerate() {
                assert!(part.len() <= BYTES_MAX);
                let part: PagePart = serde_json::from_slice(part).expect("a part");
                assert_eq!(
                    (part.part as usize, part.parts as usize),
                    (no + 1, expected)
                );
                assert_eq!(part.page(), Some(page.page));
                for sent in part.articles {
                    assert_eq!(sent.keywords, ["防晒霜"]);
                    ids.push(sent.article.id);
                }
            }
            let all: Vec<String> = (0..contents.len()).map(|no| no.to_string()).collect();
            assert_eq!(ids, all);
        }
        assert_eq!(parts_of(&page(&[900_000])).expect("JSON"), None);
    }
}
