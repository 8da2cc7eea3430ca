//! Counts words and topics over the articles of a brief.

use std::collections::HashMap;

use super::segment::{Segmenter, is_counted};
use super::stop::is_stop_word;
use super::topics::topics_of;
use crate::systems::briefs::article::Article;
use crate::text::inverse_frequencies;

/// Words beyond these are the rarest, which no list shows.
const WORDS_MAX: usize = 500_000;

/// How often a word, or a topic, is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mentions {
    mentions: u64,
    articles: u64,
    /// The number of the last article that has it.
    last: u64,
}

/// Figures of one word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WordFigures {
    pub word: String,
    pub mentions: u64,
    pub articles: u64,
    /// The mentions times the inverse document frequency of jieba.
    pub weight: f64,
}

/// Figures of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TopicFigures {
    pub topic: String,
    pub articles: u64,
    pub interraction: i64,
}

/// What is counted of the articles of a brief.
#[derive(Debug, Default)]
pub(crate) struct Analysis {
    words: HashMap<Box<str>, Mentions>,
    topics: HashMap<Box<str>, (u64, i64)>,
    articles: u64,
    /// Whether rare words were dropped.
    is_pruned: bool,
}

impl Analysis {
    /// Counts the words and topics of an article.
    pub fn add(&mut self, article: &Article, segmenter: &Segmenter) {
        self.articles += 1;
        let (title, content) = (article.title.as_deref(), article.content.as_deref());
        segmenter.words(title, content, |word| {
            if is_counted(word) && !is_stop_word(word) {
                self.mention(word);
            }
        });
        for topic in topics_of(article) {
            let figures = self.topics.entry(topic.into()).or_default();
            figures.0 += 1;
            figures.1 += article.counts.interraction().unwrap_or(0);
        }
        if self.words.len() > WORDS_MAX {
            self.prune();
        }
    }

    fn mention(&mut self, word: &str) {
        let mentions = match self.words.get_mut(word) {
            Some(mentions) => mentions,
            None => self.words.entry(word.into()).or_default(),
        };
        mentions.mentions += 1;
        if mentions.last != self.articles {
            mentions.last = self.articles;
            mentions.articles += 1;
        }
    }

    /// Whether words were dropped because there were too many.
    pub fn is_pruned(&self) -> bool {
        self.is_pruned
    }

    /// The heaviest words first; ties in the order of the words.
    pub fn words(&self, most: usize) -> Vec<WordFigures> {
        let mut chosen: Vec<(&Box<str>, &Mentions)> = self.words.iter().collect();
        // No idf is more than ten times another one that counts: words that are rarer than that cannot be among the
        // heaviest, and need not be looked up.
        chosen.sort_by(|one, other| {
            let by_mentions = other.1.mentions.cmp(&one.1.mentions);
            by_mentions.then_with(|| one.0.cmp(other.0))
        });
        chosen.truncate(most.saturating_mul(20));
        let names: Vec<&str> = chosen.iter().map(|(word, _)| word.as_ref()).collect();
        let idf = inverse_frequencies(&names);
        let mut words: Vec<WordFigures> = chosen
            .into_iter()
            .zip(idf)
            .map(|((word, mentions), idf)| WordFigures {
                word: word.to_string(),
                mentions: mentions.mentions,
                articles: mentions.articles,
                weight: mentions.mentions as f64 * idf,
            })
            .collect();
        words.sort_by(|one, other| {
            let by_weight = other.weight.total_cmp(&one.weight);
            by_weight.then_with(|| one.word.cmp(&other.word))
        });
        words.truncate(most);
        words
    }

    /// Those of most articles first; ties by interraction, then in the order of the topics.
    pub fn topics(&self, most: usize) -> Vec<TopicFigures> {
        let topics = self.topics.iter();
        let mut topics: Vec<TopicFigures> = topics
            .map(|(topic, (articles, interraction))| TopicFigures {
                topic: topic.to_string(),
                articles: *articles,
                interraction: *interraction,
            })
            .collect();
        topics.sort_by(|one, other| {
            let by_articles = other.articles.cmp(&one.articles);
            let by_interraction = other.interraction.cmp(&one.interraction);
            by_articles
                .then(by_interraction)
                .then_with(|| one.topic.cmp(&other.topic))
        });
        topics.truncate(most);
        topics
    }

    /// Drops the rarer half.
    fn prune(&mut self) {
        let mut counts: Vec<u64> = self.words.values().map(|found| found.mentions).collect();
        let middle = counts.len() / 2;
        let (_, least, _) = counts.select_nth_unstable(middle);
        let least = (*least).max(1);
        self.words.retain(|_, found| found.mentions > least);
        self.is_pruned = true;
    }
}
