use std::collections::BTreeMap;

use super::*;
use crate::systems::briefs::article::Count;
use crate::systems::briefs::storing::tables::ArticleQuery;

/// A plain generator, so that a failure can be repeated.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % end
    }
}

const PLATFORMS: [&str; 2] = ["douyin", "bili"];
const KEYWORDS: [&str; 3] = ["防晒霜", "粉底液", "a,b"];

/// Pages of which several hold the same articles with other texts and counts.
fn made_pages(job: &JobId, numbers: &mut Numbers) -> Vec<FetchedPage> {
    let words = words(&KEYWORDS);
    let mut pages = Vec::new();
    for number in 1..=12 {
        let platform = PLATFORMS[number as usize % 2];
        let articles = (0..10).map(|_| {
            let mut article = article(&format!("id {}", numbers.below(15)));
            article.title = Some(format!("标题 {} 👍", numbers.below(3)));
            article.content =
                [None, Some("很好 it's \\ \"fine\"".to_owned())][numbers.below(2) as usize].clone();
            article.post_time += numbers.below(3) as i64 * 500_000;
            article.topics = vec!["话题\"1\"".to_owned(); numbers.below(3) as usize];
            article.user_name = Some(format!("人 {}", numbers.below(4)));
            for count in Count::ALL {
                let value = numbers.below(6) as i64;
                article
                    .counts
                    .set(count, Some(value).filter(|value| *value > 0));
            }
            article.user_fans = Some(numbers.below(2_000_000) as i64);
            let keywords: &[usize] = [&[0][..], &[1], &[0, 1, 2]][numbers.below(3) as usize];
            (article, keywords)
        });
        let articles: Vec<_> = articles.collect();
        pages.push(page(job, platform, number, &words, &articles));
    }
    pages
}

/// What the tables should hold.
fn expected(pages: &[FetchedPage]) -> BTreeMap<(String, String), Row> {
    let mut rows: BTreeMap<(String, String), Row> = BTreeMap::new();
    for page in pages {
        for row in &page.rows {
            let key = (page.platform.clone(), row.article.id.clone());
            rows.entry(key)
                .and_modify(|known| known.merge(row.clone()))
                .or_insert_with(|| row.clone());
        }
    }
    rows
}

fn check(tables: &ArticleTables, job: &JobId, pages: &[FetchedPage]) {
    let platforms = PLATFORMS.map(str::to_owned);
    let list = tables.articles(job, &platforms, &ArticleQuery::default(), 0, 1_000);
    let list = list.unwrap();
    let expected = expected(pages);
    assert_eq!(list.total, expected.len() as u64);
    assert_eq!(list.articles.len(), expected.len());
    for stored in list.articles {
        let row = &expected[&(stored.platform.clone(), stored.article.id.clone())];
        assert_eq!(stored.article, row.article);
        assert_eq!(stored.sentiment, row.sentiment);
        let keywords: Vec<&str> = row.keywords.iter().map(|no| KEYWORDS[no]).collect();
        assert_eq!(stored.keyword, keywords.join(","));
    }
}

#[test]
fn the_rows_are_the_same_whatever_the_order_of_pages_and_however_often_they_come() {
    on_each_kind(|database| {
        let mut numbers = Numbers(7);
        for group in [1, 3, 12] {
            let tables = database.tables();
            let job = JobId::new();
            let pages = made_pages(&job, &mut numbers);
            let mut shuffled: Vec<&FetchedPage> = pages.iter().chain(&pages).collect();
            for place in (1..shuffled.len()).rev() {
                shuffled.swap(place, numbers.below(place as u64 + 1) as usize);
            }
            for group in shuffled.chunks(group) {
                let group: Vec<FetchedPage> = group.iter().map(|page| (*page).clone()).collect();
                tables.merge(&group).unwrap();
            }
            check(&tables, &job, &pages);
        }
    });
}

#[test]
fn two_writers_of_one_brief_lose_nothing() {
    on_each_kind(|database| {
        let job = JobId::new();
        let pages = made_pages(&job, &mut Numbers(11));
        database.tables().merge(&pages[..1]).unwrap();
        std::thread::scope(|scope| {
            for half in 0..2 {
                let (tables, pages) = (database.tables(), &pages);
                scope.spawn(move || {
                    for page in pages.iter().skip(half).step_by(2) {
                        // A deadlock is tried again by the writer, too.
                        while let Err(error) = tables.merge(std::slice::from_ref(page)) {
                            assert!(error.is_transient(), "{error:?}");
                        }
                    }
                });
            }
        });
        check(&database.tables(), &job, &pages);
    });
}

#[test]
fn a_page_that_cannot_be_stored_keeps_no_other_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    let others = "CREATE TABLE brief_bili (job_id TEXT, article_id TEXT, day TEXT)";
    connection.execute_batch(others).unwrap();
    let tables = ArticleTables::of_url(&format!("sqlite://{}", file.display()));
    let job = JobId::new();
    let words = words(&KEYWORDS);
    let of = |platform: &str| page(&job, platform, 1, &words, &[(article("1"), &[0])]);
    let error = tables.merge(&[of("bili"), of("douyin")]).unwrap_err();
    let message = error.public_message();
    assert!(
        message.contains("`brief_bili` exists and was not made by briefs"),
        "{message}"
    );
    assert!(!error.is_transient());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = crate::systems::briefs::storing::PageStore::new(tables.clone(), None);
        let (one, other) = tokio::join!(store.write(of("bili")), store.write(of("douyin")));
        assert!(one.is_err());
        other.unwrap();
    });
    assert_eq!(tables.count(&job, "douyin").unwrap(), 1);
}

#[test]
fn rows_of_a_brief_are_removed_and_those_of_others_stay() {
    on_each_kind(|database| {
        let tables = database.tables();
        let words = words(&KEYWORDS);
        let (one, other) = (JobId::new(), JobId::new());
        for job in [&one, &other] {
            let articles: Vec<(Article, &[usize])> = (0..25)
                .map(|no| (article(&no.to_string()), &[0][..]))
                .collect();
            tables
                .merge(&[page(job, "bili", 1, &words, &articles)])
                .unwrap();
        }
        assert_eq!(tables.remove_some(&one, "bili", 10).unwrap(), 10);
        assert_eq!(tables.remove(&one, "bili").unwrap(), 15);
        assert_eq!(tables.remove(&one, "weixin").unwrap(), 0);
        assert_eq!(tables.count(&one, "bili").unwrap(), 0);
        assert_eq!(tables.count(&other, "bili").unwrap(), 25);
    });
}
