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

impl StoredArticle {
    /// Each of its keywords. A keyword may hold commas itself, so the brief's own are compared.
    pub fn keywords<'k>(&self, all: &'k [String]) -> impl Iterator<Item = &'k String> {
        let joined = format!(",{},", self.keyword);
        all.iter()
            .filter(move |keyword| joined.contains(&format!(",{keyword},")))
    }
}
