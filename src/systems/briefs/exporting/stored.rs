//! Articles as they come out of the tables, for lists and workbooks.

use crate::systems::briefs::article::Article;

/// A row of `brief_<platform>`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoredArticle {
    pub platform: String,
    /// The keywords for which it counts, joined by a comma in the brief's order.
    pub keyword: String,
    pub article: Article,
    /// From 0 to 1; `None` before it was judged.
    pub sentiment: Option<f64>,
}
