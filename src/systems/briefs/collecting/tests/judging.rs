//! Which articles count.

use crate::systems::briefs::article::Article;
use crate::systems::briefs::collecting::judge::{Judge, Verdict};
use crate::systems::briefs::request::{BriefRequest, Matching};

fn judge(keywords: &[&str], matching: Matching) -> Judge {
    Judge::new(&BriefRequest {
        job_name: "b".to_owned(),
        platforms: vec!["p".to_owned()],
        keywords: keywords.iter().map(|one| (*one).to_owned()).collect(),
        start_time: 100,
        end_time: 200,
        max_pages: 20,
        deadline_s: 300,
        matching,
    })
    .unwrap()
}

fn article(post_time: i64, title: &str) -> Article {
    Article {
        id: title.to_owned(),
        title: Some(title.to_owned()),
        post_time,
        ..Article::default()
    }
}

#[test]
fn both_ends_of_the_range_count() {
    let judge = judge(&["防晒"], Matching::Text);
    let articles: Vec<Article> = [99, 100, 200, 201]
        .map(|time| article(time, "防晒霜"))
        .to_vec();
    let verdict = Verdict {
        kept: 2,
        filtered: 0,
        out_of_range: 2,
    };
    assert_eq!(judge.count(&articles, Some(0)), verdict);
    assert!(judge.are_all_older(&articles[..1]));
    assert!(!judge.are_all_older(&articles[..2]) && !judge.are_all_older(&[]));
}

#[test]
fn texts_count_for_all_keywords_that_they_fulfil() {
    let by_text = judge(&["面膜 -广告", "口红"], Matching::Text);
    let articles = vec![
        article(150, "面膜和口红"),
        article(150, "面膜 广告"),
        article(150, "眉笔"),
    ];
    let kept: Vec<_> = by_text.keep(articles.clone(), Some(0)).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].1.iter().collect::<Vec<_>>(), [0, 1]);
    // What a platform found counts for what it was asked for, whatever the text says, less the exclusions.
    let by_platform = judge(&["面膜 -广告", "口红"], Matching::Platform);
    let kept: Vec<_> = by_platform.keep(articles.clone(), Some(0)).collect();
    let ids: Vec<&str> = kept
        .iter()
        .map(|(article, _)| article.id.as_str())
        .collect();
    assert_eq!(ids, ["面膜和口红", "眉笔"]);
    // A source that is asked once was not asked for a keyword.
    assert_eq!(by_platform.keep(articles, None).count(), 1);
}
