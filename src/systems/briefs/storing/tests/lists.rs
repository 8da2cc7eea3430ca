use super::*;
use crate::systems::briefs::article::Count;
use crate::systems::briefs::storing::tables::{
    AccountKey, AccountQuery, ArticleKey, ArticleQuery, Descent, Order,
};

/// Id, platform, like, account, minutes, keywords.
type Made = (
    &'static str,
    &'static str,
    Option<i64>,
    &'static str,
    i64,
    &'static [usize],
);

/// A keyword, a part of an account, the order, and the ids in it.
type Listed = (
    Option<&'static str>,
    Option<&'static str>,
    Order,
    Descent,
    &'static str,
);

const MADE: [Made; 6] = [
    ("a", "bili", Some(5), "小明", 0, &[0]),
    ("b", "bili", None, "小红", 9, &[1]),
    ("c", "douyin", Some(5), "小明", 3, &[0, 1]),
    ("d", "douyin", Some(50), "Amy's 👍", 1, &[0]),
    ("e", "douyin", Some(5), "小明", 3, &[1]),
    ("f", "bili", Some(0), "小红", 0, &[0]),
];

fn platforms() -> Vec<String> {
    ["douyin", "weixin", "bili"].map(str::to_owned).to_vec()
}

fn filled(database: &OwnDatabase) -> (ArticleTables, JobId) {
    let (tables, job) = (database.tables(), JobId::new());
    let words = words(&["防晒", "防晒霜"]);
    let pages = MADE.iter().zip(1..).map(|(made, number)| {
        let (id, platform, like, name, minutes, keywords) = made;
        let mut article = article(id);
        article.counts.set(Count::Like, *like);
        article.counts.set(Count::Read, Some(1));
        article.user_name = Some((*name).to_owned());
        article.user_fans = Some(*minutes * 100_000);
        article.post_time += minutes * 60_000_000;
        page(&job, platform, number, &words, &[(article, keywords)])
    });
    tables.merge(&pages.collect::<Vec<_>>()).unwrap();
    (tables, job)
}

#[test]
fn articles_are_listed_in_order_and_filtered() {
    let table: [Listed; 9] = [
        // Ties: the newer first, then by id.
        (
            None,
            None,
            Order::Interraction,
            Descent::Descending,
            "dceafb",
        ),
        (
            None,
            None,
            Order::Interraction,
            Descent::Ascending,
            "fceadb",
        ),
        (
            None,
            None,
            Order::Count(Count::Like),
            Descent::Descending,
            "dceafb",
        ),
        (
            None,
            None,
            Order::Count(Count::Read),
            Descent::Ascending,
            "bcedaf",
        ),
        (None, None, Order::PostTime, Descent::Descending, "bcedaf"),
        (None, None, Order::UserFans, Descent::Ascending, "afdceb"),
        // One of the keywords, and not a part of one.
        (
            Some("防晒"),
            None,
            Order::Interraction,
            Descent::Descending,
            "dcaf",
        ),
        (
            Some("防晒霜"),
            Some("小"),
            Order::Interraction,
            Descent::Descending,
            "ceb",
        ),
        (
            None,
            Some("'s 👍"),
            Order::Interraction,
            Descent::Descending,
            "d",
        ),
    ];
    on_each_kind(|database| {
        let (tables, job) = filled(database);
        for (keyword, user_name, order, descent, expected) in &table {
            let query = ArticleQuery {
                keyword: keyword.map(str::to_owned),
                user_name: user_name.map(str::to_owned),
                order: *order,
                descent: *descent,
            };
            let ids = |skip, limit| {
                let list = tables
                    .articles(&job, &platforms(), &query, skip, limit)
                    .unwrap();
                assert_eq!(list.total, expected.len() as u64, "{query:?}");
                let ids = list.articles.iter().map(|stored| stored.article.id.clone());
                ids.collect::<String>()
            };
            assert_eq!(&ids(0, 100), expected, "{query:?}");
            assert_eq!(
                ids(1, 2),
                expected.get(1..3).unwrap_or_default(),
                "{query:?}"
            );
        }
        let others = tables.articles(&JobId::new(), &platforms(), &ArticleQuery::default(), 0, 9);
        assert_eq!(others.unwrap().total, 0);
    });
}

#[test]
fn articles_are_read_key_by_key() {
    on_each_kind(|database| {
        let (tables, job) = filled(database);
        let query = ArticleQuery::default();
        let (mut after, mut ids) = (None, String::new());
        loop {
            let found = tables.articles_after(&job, &platforms(), &query, after.as_ref(), 2);
            let found = found.unwrap();
            let Some(last) = found.last() else { break };
            after = Some(ArticleKey {
                platform: last.platform.clone(),
                id: last.article.id.clone(),
            });
            ids.extend(found.iter().map(|stored| stored.article.id.as_str()));
        }
        assert_eq!(ids, "cdeabf");
    });
}

#[test]
fn accounts_are_sums_of_their_articles() {
    on_each_kind(|database| {
        let (tables, job) = filled(database);
        let query = AccountQuery::default();
        let list = tables.accounts(&job, &platforms(), &query, 0, 10).unwrap();
        let shown: Vec<_> = list
            .accounts
            .iter()
            .map(|row| {
                let like = row.counts.get(Count::Like);
                (
                    row.platform.as_str(),
                    row.account.as_str(),
                    row.article_count,
                    like,
                    row.interraction,
                    row.user_fans,
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("douyin", "Amy's 👍", 1, Some(50), Some(50), Some(100_000)),
                ("douyin", "小明", 2, Some(10), Some(10), Some(300_000)),
                ("bili", "小明", 1, Some(5), Some(5), Some(0)),
                ("bili", "小红", 2, Some(0), Some(0), Some(900_000)),
            ]
        );
        assert_eq!(list.total, 4);
        let query = AccountQuery {
            user_name: Some("明".to_owned()),
            order: Order::ArticleCount,
            descent: Descent::Ascending,
        };
        let list = tables.accounts(&job, &platforms(), &query, 1, 1).unwrap();
        assert_eq!((list.total, list.accounts[0].article_count), (2, 2));
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let query = AccountQuery::default();
            let found = tables.accounts_after(&job, &platforms(), &query, after.as_ref(), 1);
            let Some(last) = found.unwrap().pop() else {
                break;
            };
            seen.push(format!("{} {}", last.platform, last.account));
            after = Some(AccountKey {
                platform: last.platform,
                account: last.account,
            });
        }
        assert_eq!(
            seen,
            ["douyin Amy's 👍", "douyin 小明", "bili 小明", "bili 小红"]
        );
        let sums = tables.sums(&job, &platforms()).unwrap();
        let sums: Vec<_> = sums
            .iter()
            .map(|sums| (sums.articles, sums.accounts))
            .collect();
        assert_eq!(sums, [(3, 2), (0, 0), (3, 2)]);
    });
}
