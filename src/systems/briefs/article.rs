//! Articles: what adapters read from answers, and how pages that found the same one become one row. Pure.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// What platforms count of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    Like,
    Read,
    Share,
    Comment,
    Collect,
    Play,
    Danmu,
    Download,
}

impl Count {
    /// In the order of columns.
    pub const ALL: [Self; 8] = [
        Self::Like,
        Self::Read,
        Self::Share,
        Self::Comment,
        Self::Collect,
        Self::Play,
        Self::Danmu,
        Self::Download,
    ];

    /// Those that add up to `interraction`.
    pub const OF_INTERRACTION: [Self; 5] = [
        Self::Like,
        Self::Comment,
        Self::Share,
        Self::Collect,
        Self::Danmu,
    ];

    /// The name of its column and of its member.
    pub fn name(self) -> &'static str {
        match self {
            Self::Like => "like",
            Self::Read => "read",
            Self::Share => "share",
            Self::Comment => "comment",
            Self::Collect => "collect",
            Self::Play => "play",
            Self::Danmu => "danmu",
            Self::Download => "download",
        }
    }
}

/// The counts of an article. What a platform does not say is `None`, which is not 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts([Option<i64>; 8]);

impl Counts {
    pub fn get(&self, count: Count) -> Option<i64> {
        self.0[count as usize]
    }

    pub fn set(&mut self, count: Count, value: Option<i64>) {
        self.0[count as usize] = value;
    }

    /// The greater of each.
    pub fn merge(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            // `None` is less than any number.
            *own = (*own).max(other);
        }
    }

    /// What people did with the article; `None` if nothing of it is known.
    pub fn interraction(&self) -> Option<i64> {
        sum(Count::OF_INTERRACTION.map(|count| self.get(count)))
    }
}

fn sum<const N: usize>(values: [Option<i64>; N]) -> Option<i64> {
    let known = values.into_iter().flatten();
    known.fold(None, |sum, value| {
        Some(sum.unwrap_or(0_i64).saturating_add(value))
    })
}

/// How many followers an account has, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FanLevel {
    Head,
    Waist,
    Tail,
    Amateur,
}

impl FanLevel {
    pub const ALL: [Self; 4] = [Self::Head, Self::Waist, Self::Tail, Self::Amateur];

    /// An account whose followers are not known is an amateur.
    pub fn of(fans: Option<i64>) -> Self {
        match fans.unwrap_or(0) {
            1_000_000.. => Self::Head,
            100_000.. => Self::Waist,
            10_000.. => Self::Tail,
            _ => Self::Amateur,
        }
    }

    /// As callers and workbooks know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "头部",
            Self::Waist => "腰部",
            Self::Tail => "尾部",
            Self::Amateur => "素人",
        }
    }
}

/// An article as an adapter has read it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Article {
    pub id: String,
    pub url: Option<String>,
    pub title: Option<String>,
    pub content: Option<String>,
    /// Microseconds since 1970.
    pub post_time: i64,
    pub counts: Counts,
    pub topics: Vec<String>,
    pub user_id: Option<String>,
    pub user_name: Option<String>,
    pub user_fans: Option<i64>,
}

impl Article {
    /// In what keywords are looked for, not folded yet.
    pub fn searched(&self) -> String {
        let parts = [self.title.as_deref(), self.content.as_deref()];
        let parts = parts.into_iter().flatten();
        let parts = parts.chain(self.topics.iter().map(String::as_str));
        parts.collect::<Vec<_>>().join(" ")
    }

    /// What tells its account apart from others of the platform.
    pub fn account(&self) -> Option<&str> {
        self.user_id.as_deref().or(self.user_name.as_deref())
    }
}

/// The place of a page among those of a platform's part of a brief. Its text sorts as it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PageId {
    pub sequence: u32,
    pub number: u32,
}

impl PageId {
    pub fn text(self) -> String {
        format!("{:05}-{:05}", self.sequence, self.number)
    }

    pub fn read(text: &str) -> Option<Self> {
        let (sequence, number) = text.split_once('-')?;
        Some(Self {
            sequence: sequence.parse().ok()?,
            number: number.parse().ok()?,
        })
    }
}

/// The row of an article: what all pages that found it say together. Merging is commutative, associative and
/// idempotent, so that it does not matter in which order, and how often, pages are stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub article: Article,
    /// The keywords for which it counts, a bit each, by their numbers.
    pub keywords: KeywordSet,
    /// The first of the pages that found it, whose texts it has.
    pub page: PageId,
    pub sentiment: Option<f64>,
}

/// Numbers of keywords; a brief has at most 100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeywordSet(u128);

impl KeywordSet {
    pub fn insert(&mut self, keyword: usize) {
        self.0 |= 1 << keyword;
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..u128::BITS as usize).filter(move |keyword| self.0 >> keyword & 1 == 1)
    }
}

impl FromIterator<usize> for KeywordSet {
    fn from_iter<I: IntoIterator<Item = usize>>(keywords: I) -> Self {
        let mut set = Self::default();
        keywords.into_iter().for_each(|keyword| set.insert(keyword));
        set
    }
}

impl Row {
    /// Adds what another page says of the same article.
    pub fn merge(&mut self, other: Self) {
        let keywords = self.keywords.union(other.keywords);
        let mut counts = self.article.counts;
        counts.merge(&other.article.counts);
        let fans = self.article.user_fans.max(other.article.user_fans);
        // Within a page the first of two that are alike is told by its texts, so that their order does not count.
        let order = other.page.cmp(&self.page);
        if order.then_with(|| texts(&other.article, &self.article)) == Ordering::Less {
            *self = other;
        }
        self.keywords = keywords;
        self.article.counts = counts;
        self.article.user_fans = fans;
    }
}

fn texts(one: &Article, other: &Article) -> Ordering {
    let key = |article: &Article| {
        (
            article.post_time,
            article.title.clone(),
            article.content.clone(),
            article.url.clone(),
            article.user_id.clone(),
            article.user_name.clone(),
            article.topics.clone(),
        )
    };
    key(one).cmp(&key(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(page: u32, keyword: usize, like: Option<i64>, title: &str) -> Row {
        let mut article = Article {
            id: "1".to_owned(),
            title: Some(title.to_owned()),
            ..Article::default()
        };
        article.counts.set(Count::Like, like);
        Row {
            article,
            keywords: KeywordSet::from_iter([keyword]),
            page: PageId {
                sequence: 1,
                number: page,
            },
            sentiment: None,
        }
    }

    fn merged(rows: &[&Row]) -> Row {
        let (first, rest) = rows.split_first().unwrap();
        let mut all = (*first).clone();
        rest.iter().for_each(|row| all.merge((*row).clone()));
        all
    }

    #[test]
    fn the_order_and_the_number_of_merges_do_not_matter() {
        let one = row(2, 0, Some(3), "b");
        let two = row(1, 7, None, "c");
        let three = row(2, 99, Some(9), "a");
        let expected = merged(&[&one, &two, &three]);
        assert_eq!(expected.article.title.as_deref(), Some("c"));
        assert_eq!(expected.article.counts.get(Count::Like), Some(9));
        assert_eq!(expected.keywords.iter().collect::<Vec<_>>(), [0, 7, 99]);
        assert_eq!(merged(&[&three, &two, &one]), expected);
        assert_eq!(merged(&[&two, &three, &three, &one, &two]), expected);
        assert_eq!(merged(&[&one, &three]), merged(&[&three, &one]));
    }

    #[test]
    fn what_is_not_known_is_not_zero() {
        let mut counts = Counts::default();
        assert_eq!(counts.interraction(), None);
        counts.set(Count::Play, Some(5));
        assert_eq!(counts.interraction(), None);
        counts.set(Count::Danmu, Some(0));
        assert_eq!(counts.interraction(), Some(0));
    }

    #[test]
    fn levels_begin_at_their_bounds() {
        for (fans, expected) in [
            (None, "素人"),
            (Some(9_999), "素人"),
            (Some(10_000), "尾部"),
            (Some(100_000), "腰部"),
            (Some(1_000_000), "头部"),
        ] {
            assert_eq!(FanLevel::of(fans).name(), expected);
        }
    }

    #[test]
    fn ids_of_pages_sort_as_their_texts() {
        let id = PageId {
            sequence: 12,
            number: 3,
        };
        assert_eq!(id.text(), "00012-00003");
        assert_eq!(PageId::read(&id.text()), Some(id));
    }
}
