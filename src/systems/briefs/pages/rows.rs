//! Articles and accounts as lines of tables.

use super::data::{Account, Article};
use super::shown::{Labels, Moment, figure};
use crate::ui::{Frame, number};

pub(super) struct ArticleRow {
    pub platform: String,
    pub keywords: String,
    /// The title; the text of one without.
    pub title: String,
    /// Below it.
    pub content: Option<String>,
    /// Only addresses that a browser opens without running anything.
    pub href: Option<String>,
    pub posted: Moment,
    pub user: String,
    pub fans: String,
    /// Interraction, like, comment, share, collect.
    pub counts: [String; 5],
}

impl ArticleRow {
    pub fn of(frame: &Frame, labels: &Labels, article: &Article) -> Self {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let (title, content) = (text(&article.title), text(&article.content));
        let (title, content) = match title {
            Some(title) => (title, content),
            None => (content.unwrap_or_default(), None),
        };
        Self {
            platform: labels.label(&article.platform),
            keywords: article.keyword.clone(),
            title,
            content,
            href: text(&article.url).filter(|url| is_of_the_web(url)),
            posted: labels.moment(frame, &article.post_time),
            user: text(&article.user_name).unwrap_or_else(|| "–".to_owned()),
            fans: fans(article.user_fans, article.user_fans_level.as_deref()),
            counts: [
                article.interraction,
                article.like,
                article.comment,
                article.share,
                article.collect,
            ]
            .map(figure),
        }
    }
}

pub(super) struct AccountRow {
    pub platform: String,
    pub user: String,
    pub fans: String,
    pub articles: String,
    /// Interraction, like, comment, share, collect.
    pub counts: [String; 5],
}

impl AccountRow {
    pub fn of(labels: &Labels, account: &Account) -> Self {
        let user = account.user_name.clone();
        Self {
            platform: labels.label(&account.platform),
            user: user.unwrap_or_else(|| "–".to_owned()),
            fans: fans(account.user_fans, account.user_fans_level.as_deref()),
            articles: number(account.article_count),
            counts: [
                account.interraction,
                account.like,
                account.comment,
                account.share,
                account.collect,
            ]
            .map(figure),
        }
    }
}

fn fans(fans: Option<i64>, level: Option<&str>) -> String {
    let parts = [Some(figure(fans)), level.map(str::to_owned)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Platforms say what they like; nothing but `http` is a link.
fn is_of_the_web(url: &str) -> bool {
    let start = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    start.starts_with("http://") || start.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_links() {
        for url in ["http://a.example/b", "HTTPS://a.example"] {
            assert!(is_of_the_web(url), "{url}");
        }
        for url in [
            "javascript:alert(1)",
            "//a.example",
            "",
            "data:text/html,x",
            "世界你好世界",
        ] {
            assert!(!is_of_the_web(url), "{url}");
        }
    }

    #[test]
    fn fans_have_their_level() {
        assert_eq!(fans(Some(12_000), Some("尾部")), "12,000 · 尾部");
        assert_eq!(fans(None, None), "–");
    }
}
