use super::clean::clean;
use super::topics::topics_of;
use super::*;
use crate::systems::briefs::article::{Article, Count};
use crate::systems::briefs::keywords::Keyword;

fn article(content: &str) -> Article {
    Article {
        content: Some(content.to_owned()),
        ..Article::default()
    }
}

fn score(text: &str, segmenter: &Segmenter, sentiment: &Sentiment) -> f64 {
    let mut words = Vec::new();
    segmenter.words(None, Some(text), |word| words.push(word.to_owned()));
    sentiment.score(words.iter().map(String::as_str))
}

#[test]
fn what_is_no_language_is_left_out() {
    for (text, expected) in [
        ("看 https://t.cn/A6x?y=1 这里", "看   这里"),
        ("@小红 你好[doge]！", "  你好 !"),
        ("#防晒[话题]# 好用 #护肤 推荐", "  好用   推荐"),
        ("ＳＰＦ50 #防晒#好", "spf50  好"),
    ] {
        assert_eq!(clean(None, Some(text)), expected, "{text}");
    }
    assert_eq!(clean(Some("Title"), Some("x")), "title\nx");
}

#[test]
fn topics_are_found_once() {
    let mut article = article("#防晒[话题]# 好 #防晒# ＃Ａ b #C，x #y#");
    article.topics = vec!["护肤".to_owned(), "#防晒#".to_owned()];
    assert_eq!(topics_of(&article), ["护肤", "防晒", "a", "c", "y"]);
}

#[test]
fn words_of_the_brief_are_known() {
    let keywords = [Keyword::parse("水杨酸棉片 spf|\"a b\"").unwrap()];
    let segmenter = Segmenter::new(&keywords, &["早c晚a".to_owned()]);
    let mut words = Vec::new();
    let text = "我用水杨酸棉片，早C晚A，SPF50 和 spf";
    segmenter.words(None, Some(text), |word| words.push(word.to_owned()));
    for word in ["水杨酸棉片", "早c晚a", "spf"] {
        assert!(
            words.iter().any(|found| found == word),
            "{word} in {words:?}"
        );
    }
}

#[test]
fn words_topics_and_their_figures_are_counted() {
    let mut analysis = Analysis::default();
    let segmenter = Segmenter::default();
    let mut first = article("防晒霜 防晒霜 我们 #夏天#");
    first.counts.set(Count::Like, Some(7));
    let mut second = article("防晒霜 ok 1 22");
    second.topics = vec!["夏天".to_owned()];
    for article in [&first, &second] {
        analysis.add(article, &segmenter);
    }
    let words = analysis.words(10);
    let found = words.iter().find(|found| found.word == "防晒霜");
    let found = found.expect("it is counted");
    assert_eq!((found.mentions, found.articles), (3, 2));
    assert!(found.weight > 3.0 * 5.0, "{}", found.weight);
    assert!(
        words
            .iter()
            .all(|found| found.word != "我们" && found.word != "22")
    );
    let topics = analysis.topics(10);
    assert_eq!(topics.len(), 1);
    assert_eq!((topics[0].articles, topics[0].interraction), (2, 7));
    assert!(!analysis.is_pruned());
}

#[test]
fn the_baseline_knows_praise_from_complaint() {
    let sentiment = Sentiment::default();
    let segmenter = Segmenter::default();
    let tone = |text: &str| Tone::of(score(text, &segmenter, &sentiment));
    assert_eq!(tone("非常好用，很喜欢，推荐大家购买"), Tone::Positive);
    assert_eq!(tone("太差了，很失望，再也不会买，垃圾"), Tone::Negative);
    assert_eq!(Tone::of(0.5), Tone::Neutral);
    assert_eq!(
        (Tone::of(0.6), Tone::of(0.4)),
        (Tone::Positive, Tone::Negative)
    );
}

/// Some of the fifth of the reviews that the weights were not learned from; on all of it the accuracy is 0.88.
#[test]
fn the_baseline_is_right_about_most_reviews_that_it_was_not_trained_on() {
    let sentiment = Sentiment::default();
    let segmenter = Segmenter::default();
    let mut right = 0;
    let mut all = 0;
    for line in include_str!("sentiment/sample.tsv").lines() {
        let (label, text) = line.split_once('\t').expect("a label and a text");
        let is_positive = score(text, &segmenter, &sentiment) > 0.5;
        right += usize::from(is_positive == (label == "positive"));
        all += 1;
    }
    assert_eq!(all, 200);
    assert!(right >= 170, "{right} of {all}");
}
