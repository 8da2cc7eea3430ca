//! Where articles are stored: `brief_<platform>` in `briefs.output`, and the way there, which is a channel in the
//! process or a topic of Kafka.
//!
//! ```text
//! page       a fetched page with the rows that its articles become
//! page_store takes pages: a page is in its table, or in its topic, once `store` returns
//! writer     one thread: groups pages, a transaction each
//! tables     the tables: making, merging, lists, streams, sums, removing
//! topics     pages as messages, and the consumer that stores them
//! ```

mod error;
mod page;
mod page_store;
mod tables;
#[cfg(test)]
mod tests;
mod topics;
mod writer;

pub(crate) use error::StoringError;
pub(crate) use page::{BriefWords, FetchedPage};
pub(crate) use page_store::{PageStore, Stored};
pub(crate) use tables::{
    AccountKey, AccountQuery, AccountRow, ArticleKey, ArticleQuery, ArticleTables, Descent, Order,
};
pub(crate) use topics::{PageConsumer, Topics};
