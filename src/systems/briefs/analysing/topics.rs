//! The topics of an article: those that the platform names, and those that stand in its text.

use std::sync::LazyLock;

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;

use crate::systems::briefs::article::Article;
use crate::systems::briefs::keywords::fold;

/// `#话题#`, also `#话题[话题]#`, without a blank at its edges; or `#tag` up to the next blank or mark. Only one group takes part.
static TOPIC: LazyLock<Regex> = LazyLock::new(|| {
    let enclosed = r"#([^#\s](?:[^#\n]{0,58}[^#\s])?)#";
    let open = r"#([^\s#\[\],，。！？!?;；:：、]{1,60})";
    Regex::new(&format!("{enclosed}|{open}")).expect("the pattern is valid")
});

/// What some platforms write behind a topic.
const MARKS: [&str; 3] = ["[话题]", "[超话]", "[topic]"];

/// Each topic once, folded, in the order in which it is found.
pub(super) fn topics_of(article: &Article) -> Vec<String> {
    let mut topics: Vec<String> = Vec::new();
    let mut add = |topic: &str| {
        let folded = folded(topic);
        if !folded.is_empty() && !topics.contains(&folded) {
            topics.push(folded);
        }
    };
    article.topics.iter().for_each(|topic| add(topic));
    let texts = [article.title.as_deref(), article.content.as_deref()];
    for text in texts
        .into_iter()
        .flatten()
        .filter(|text| text.contains(['#', '＃']))
    {
        let text = text.replace('＃', "#");
        let mut captures: Captures = TOPIC.create_captures();
        let mut at = 0;
        while at < text.len() {
            let input = regex_automata::Input::new(&text).range(at..);
            TOPIC.search_captures(&input, &mut captures);
            let Some(whole) = captures.get_match() else {
                break;
            };
            at = whole.end();
            let group = captures.get_group(1).or_else(|| captures.get_group(2));
            if let Some(group) = group {
                add(&text[group.range()]);
            }
        }
    }
    topics
}

fn folded(topic: &str) -> String {
    let folded = fold(topic);
    let mut topic = folded.trim().trim_matches('#').trim();
    for mark in MARKS {
        topic = topic.strip_suffix(mark).unwrap_or(topic).trim();
    }
    topic.to_owned()
}
