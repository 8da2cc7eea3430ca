//! What articles say together: words, topics, sentiment, days. Pure; made as articles arrive, and made again from
//! the rows after a restart.

mod clean;
mod segment;
mod sentiment;
mod stop;
mod topics;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use segment::Segmenter;
pub(crate) use sentiment::{Sentiment, Tone};
pub(crate) use topics::topics_of;
pub(crate) use words::{Analysis, TopicFigures, WordFigures};
