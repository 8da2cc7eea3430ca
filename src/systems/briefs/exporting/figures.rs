//! What the workbook of figures says, counted over the articles of a brief.

use std::collections::{BTreeMap, HashMap};

use chrono::DateTime;
use chrono_tz::Tz;

use super::stored::StoredArticle;
use crate::systems::briefs::analysing::Tone;
use crate::systems::briefs::article::FanLevel;
use crate::systems::briefs::keywords::numbers_of;

/// Rows of the lists of articles and accounts, for each platform.
const TOP: usize = 50;

/// Figures of some articles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub articles: u64,
    pub interraction: i64,
}

/// An account with its articles.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AccountSums {
    pub name: Option<String>,
    pub fans: Option<i64>,
    pub sums: Sums,
}

/// One of the articles with most interraction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TopArticle {
    pub title: Option<String>,
    pub url: Option<String>,
    pub user_name: Option<String>,
    pub post_time: i64,
    pub interraction: Option<i64>,
}

/// Figures of one platform.
#[derive(Debug, Default)]
pub(crate) struct PlatformFigures {
    pub sums: Sums,
    accounts: HashMap<Box<str>, AccountSums>,
    /// Positive, neutral, negative.
    pub tones: [u64; 3],
    pub top: Vec<TopArticle>,
}

/// Everything that is counted. Articles come with most interraction first.
#[derive(Debug)]
pub(crate) struct Figures {
    /// Their names and labels, in the order of the brief.
    pub platforms: Vec<(String, String)>,
    pub keywords: Vec<String>,
    /// The numbers of the keywords of rows, by the text that rows have: there are few of them.
    read: HashMap<String, Vec<usize>>,
    zone: Tz,
    pub by_platform: Vec<PlatformFigures>,
    /// By keyword, then by platform.
    pub by_keyword: Vec<Vec<Sums>>,
    /// By day, then by platform.
    pub by_day: BTreeMap<String, Vec<u64>>,
}

impl Figures {
    pub fn new(platforms: Vec<(String, String)>, keywords: Vec<String>, zone: Tz) -> Self {
        let count = platforms.len();
        Self {
            by_platform: (0..count).map(|_| PlatformFigures::default()).collect(),
            by_keyword: vec![vec![Sums::default(); count]; keywords.len()],
            by_day: BTreeMap::new(),
            platforms,
            keywords,
            read: HashMap::new(),
            zone,
        }
    }

    pub fn add(&mut self, stored: &StoredArticle) {
        let is_it = |(name, _): &(String, String)| *name == stored.platform;
        let Some(platform) = self.platforms.iter().position(is_it) else {
            return;
        };
        let article = &stored.article;
        let interraction = article.counts.interraction();
        let one = Sums {
            articles: 1,
            interraction: interraction.unwrap_or(0),
        };
        if !self.read.contains_key(&stored.keyword) {
            let numbers = numbers_of(&stored.keyword, &self.keywords);
            self.read.insert(stored.keyword.clone(), numbers);
        }
        for number in self.read.get(&stored.keyword).into_iter().flatten() {
            self.by_keyword[*number][platform].add(one);
        }
        let count = self.platforms.len();
        let day = DateTime::from_timestamp_micros(article.post_time).unwrap_or_default();
        let day = day.with_timezone(&self.zone).format("%Y-%m-%d").to_string();
        self.by_day.entry(day).or_insert_with(|| vec![0; count])[platform] += 1;
        self.by_platform[platform].add(stored, one);
    }

    pub fn total(&self) -> Sums {
        let mut total = Sums::default();
        self.by_platform
            .iter()
            .for_each(|figures| total.add(figures.sums));
        total
    }

    pub fn accounts(&self) -> u64 {
        self.by_platform
            .iter()
            .map(PlatformFigures::account_count)
            .sum()
    }

    /// Accounts and the sums of their articles, by level.
    pub fn by_level(&self) -> [(FanLevel, u64, Sums); 4] {
        FanLevel::ALL.map(|level| {
            let accounts = self
                .by_platform
                .iter()
                .flat_map(|found| found.accounts.values());
            let mut count = 0;
            let mut sums = Sums::default();
            for account in accounts.filter(|account| FanLevel::of(account.fans) == level) {
                count += 1;
                sums.add(account.sums);
            }
            (level, count, sums)
        })
    }
}

impl Sums {
    pub fn add(&mut self, other: Self) {
        self.articles += other.articles;
        self.interraction = self.interraction.saturating_add(other.interraction);
    }

    /// Of an article.
    pub fn mean(self) -> Option<f64> {
        (self.articles > 0).then(|| self.interraction as f64 / self.articles as f64)
    }
}

impl PlatformFigures {
    fn add(&mut self, stored: &StoredArticle, one: Sums) {
        let article = &stored.article;
        self.sums.add(one);
        if let Some(account) = article.account() {
            let account = match self.accounts.get_mut(account) {
                Some(account) => account,
                None => self.accounts.entry(account.into()).or_default(),
            };
            account.sums.add(one);
            account.fans = account.fans.max(article.user_fans);
            // The name of the article with most interraction, which comes first.
            if account.name.is_none() {
                account.name.clone_from(&article.user_name);
            }
        }
        if let Some(score) = stored.sentiment {
            let place = match Tone::of(score) {
                Tone::Positive => 0,
                Tone::Neutral => 1,
                Tone::Negative => 2,
            };
            self.tones[place] += 1;
        }
        if self.top.len() < TOP {
            self.top.push(TopArticle {
                title: article.title.clone().or_else(|| article.content.clone()),
                url: article.url.clone(),
                user_name: article.user_name.clone(),
                post_time: article.post_time,
                interraction: article.counts.interraction(),
            });
        }
    }

    pub fn account_count(&self) -> u64 {
        self.accounts.len() as u64
    }

    /// Those with most interraction first.
    pub fn top_accounts(&self) -> Vec<&AccountSums> {
        let mut accounts: Vec<(&Box<str>, &AccountSums)> = self.accounts.iter().collect();
        accounts.sort_by(|one, other| {
            let by_interraction = other.1.sums.interraction.cmp(&one.1.sums.interraction);
            let by_articles = other.1.sums.articles.cmp(&one.1.sums.articles);
            by_interraction
                .then(by_articles)
                .then_with(|| one.0.cmp(other.0))
        });
        let accounts = accounts.into_iter().map(|(_, account)| account);
        accounts.take(TOP).collect()
    }
}
