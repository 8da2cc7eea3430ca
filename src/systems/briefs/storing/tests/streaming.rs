use super::*;
use crate::systems::briefs::article::Count;

fn filled(database: &OwnDatabase, articles: usize) -> (ArticleTables, JobId) {
    let (tables, job) = (database.tables(), JobId::new());
    let words = words(&["防晒"]);
    let all: Vec<usize> = (0..articles).collect();
    for (chunk, number) in all.chunks(1_000).zip(1..) {
        let articles = chunk.iter().map(|no| {
            let mut article = article(&format!("{no:06}"));
            // A seventh of them has none.
            let like = Some((no * 7_919 % 1_000) as i64).filter(|like| like % 7 > 0);
            article.counts.set(Count::Like, like);
            Row {
                article,
                keywords: [0].into_iter().collect(),
                page: page_of(number),
                sentiment: None,
            }
        });
        let page = FetchedPage {
            rows: articles.collect(),
            ..page(
                &job,
                ["bili", "douyin"][number as usize % 2],
                number,
                &words,
                &[],
            )
        };
        tables.merge(&[page]).unwrap();
    }
    (tables, job)
}

/// Returns how many there are.
fn check(tables: &ArticleTables, job: &JobId) -> usize {
    let platforms = ["bili", "douyin"].map(str::to_owned);
    let (mut seen, mut before) = (0, None);
    let ordered = tables.ordered(job, &platforms, |stored| {
        let article = &stored.article;
        let like = article.counts.interraction();
        // Most first, none last, then by id.
        let place = (like.map_or(i64::MAX, |like| -like), article.id.clone());
        assert!(
            before.as_ref().is_none_or(|before| *before < place),
            "{before:?} {place:?}"
        );
        before = Some(place);
        seen += 1;
        true
    });
    ordered.unwrap();
    seen
}

#[test]
fn all_articles_come_in_order() {
    on_each_kind(|database| {
        let (tables, job) = filled(database, 3_210);
        assert_eq!(check(&tables, &job), 3_210);
        // Who has enough can stop.
        let mut left = 1_500;
        let platforms = ["bili", "douyin"].map(str::to_owned);
        let ordered = tables.ordered(&job, &platforms, |_| {
            left -= 1;
            left > 0
        });
        ordered.unwrap();
        assert_eq!(left, 0);
        assert_eq!(check(&tables, &job), 3_210);
    });
}

#[test]
fn many_articles_come_in_order() {
    let database = OwnDatabase::new(Kind::Sqlite);
    let (tables, job) = filled(&database, 50_000);
    assert_eq!(check(&tables, &job), 50_000);
}
