//! Pages on their way to the tables, and what rows of a brief need besides their articles.

use std::sync::{Arc, LazyLock};

use entity::JobId;
use sha2::{Digest, Sha256};

use crate::systems::briefs::analysing::{Segmenter, Sentiment};
use crate::systems::briefs::article::{Article, KeywordSet, PageId, Row};
use crate::systems::briefs::keywords::{Keyword, numbers_of};

/// Characters of a key in every database.
const ID_CHARS_MAX: usize = 255;

/// What is kept of an id that is longer, before the digest of the whole.
const ID_BEGINNING: usize = 190;

/// Of all briefs: what an article says does not depend on who looks for it.
static SENTIMENT: LazyLock<(Segmenter, Sentiment)> = LazyLock::new(Default::default);

/// A page that was fetched, with those of its articles that count.
#[derive(Clone, Debug)]
pub(crate) struct FetchedPage {
    pub job: JobId,
    pub platform: String,
    pub page: PageId,
    /// Goes up when its articles are to be stored anew.
    pub attempt: i32,
    pub words: Arc<BriefWords>,
    /// As [`BriefWords::row`] makes them.
    pub rows: Vec<Row>,
}

/// The keywords of a brief.
#[derive(Debug)]
pub(crate) struct BriefWords {
    keywords: Vec<String>,
}

impl BriefWords {
    pub fn new(keywords: &[Keyword]) -> Self {
        Self {
            keywords: keywords
                .iter()
                .map(|keyword| keyword.text.clone())
                .collect(),
        }
    }

    pub fn keywords(&self) -> &[String] {
        &self.keywords
    }

    /// The row of an article as a page has it, with its sentiment. Takes as long as cutting the text does.
    pub fn row(&self, article: Article, keywords: KeywordSet, page: PageId) -> Row {
        let article = storable(article);
        let mut words = Vec::new();
        let (title, content) = (article.title.as_deref(), article.content.as_deref());
        let (segmenter, sentiment) = &*SENTIMENT;
        segmenter.words(title, content, |word| words.push(word.to_owned()));
        let sentiment = sentiment.score(words.iter().map(String::as_str));
        Row {
            article,
            keywords,
            page,
            sentiment: Some(sentiment),
        }
    }

    /// The keywords of a row as its column has them.
    pub(super) fn joined(&self, keywords: KeywordSet) -> String {
        let texts = keywords.iter().filter_map(|no| self.keywords.get(no));
        texts.map(String::as_str).collect::<Vec<_>>().join(",")
    }

    /// The reverse.
    pub(super) fn numbers(&self, joined: &str) -> KeywordSet {
        numbers_of(joined, &self.keywords).into_iter().collect()
    }
}

/// An article as every database can hold it: without U+0000, and with an id that fits a key.
fn storable(mut article: Article) -> Article {
    let clean = |text: &mut String| {
        if text.contains('\0') {
            *text = text.replace('\0', "\u{FFFD}");
        }
    };
    clean(&mut article.id);
    article.topics.iter_mut().for_each(clean);
    let texts = [
        &mut article.url,
        &mut article.title,
        &mut article.content,
        &mut article.user_id,
        &mut article.user_name,
    ];
    texts.into_iter().flatten().for_each(clean);
    // Some databases do not tell keys apart by spaces at their end.
    article.id.truncate(article.id.trim_end_matches(' ').len());
    if article.id.chars().count() > ID_CHARS_MAX {
        let digest = Sha256::digest(article.id.as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let beginning: String = article.id.chars().take(ID_BEGINNING).collect();
        article.id = format!("{beginning}-{digest}");
    }
    article
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(keywords: &[&str]) -> BriefWords {
        let parsed: Vec<Keyword> = keywords
            .iter()
            .map(|text| Keyword::parse(text).expect("a keyword"))
            .collect();
        BriefWords::new(&parsed)
    }

    #[test]
    fn keywords_are_read_as_they_were_joined() {
        let words = words(&["防晒霜", "粉底液", "防晒", "a,b"]);
        for numbers in [vec![], vec![0], vec![0, 2], vec![1, 2, 3]] {
            let set: KeywordSet = numbers.into_iter().collect();
            assert_eq!(words.numbers(&words.joined(set)), set);
        }
        assert_eq!(words.joined([2, 0].into_iter().collect()), "防晒霜,防晒");
    }

    #[test]
    fn an_article_becomes_what_every_database_holds() {
        let article = |id: String| Article {
            id,
            title: Some("a\0b 👍".to_owned()),
            topics: vec!["\0".to_owned()],
            ..Article::default()
        };
        let page = PageId {
            sequence: 1,
            number: 1,
        };
        let row = |id: String| words(&["a"]).row(article(id), KeywordSet::default(), page);
        let short = row("1\0 ".to_owned());
        assert_eq!(short.article.id, "1\u{FFFD}");
        assert_eq!(short.article.title.as_deref(), Some("a\u{FFFD}b 👍"));
        assert_eq!(short.article.topics, ["\u{FFFD}"]);
        assert!(short.sentiment.is_some());
        let (one, other) = (row("長".repeat(300)), row("長".repeat(301)));
        assert_eq!(one.article.id.chars().count(), ID_CHARS_MAX);
        assert_ne!(one.article.id, other.article.id);
        assert_eq!(one.article.id, row("長".repeat(300)).article.id);
    }
}
