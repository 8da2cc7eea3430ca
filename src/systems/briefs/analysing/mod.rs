//! What articles say: the sentiment of each, scored as it arrives, and the words and topics of all, counted in the pass
//! of an export over their rows. Pure.

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
pub(crate) use words::{Analysis, TopicFigures, WordFigures};
