//! `audience brief speed`, which `scripts/bench` calls: how long words, workbooks and pictures take.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono_tz::Tz;
use clap::Args;
use serde_json::{Value, json};

use super::brief::Faulty;
use crate::process::{print_document, print_line};
use crate::settings::Loaded;
use crate::systems::briefs::article::{Article, Count};
use crate::systems::briefs::exporting::{StoredArticle, speed};
use crate::systems::briefs::request::read_time;
use crate::systems::briefs::settings::BriefSettings;

#[derive(Debug, Args)]
pub(super) struct SpeedArguments {
    /// Articles as JSON Lines, their members named as in the lists of a brief
    file: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// On one thread, after all articles were read.
pub(super) fn run(
    arguments: &SpeedArguments,
    loaded: &Loaded,
) -> anyhow::Result<Result<ExitCode, Faulty>> {
    let section = loaded.system::<BriefSettings>().briefs;
    let articles = match read(&arguments.file, section.zone()) {
        Ok(articles) => articles,
        Err(fault) => {
            let file = arguments.file.display();
            return Ok(Err(Faulty::one(format!("{file}: {fault}"))));
        }
    };
    let bytes: usize = articles.iter().map(|stored| length(&stored.article)).sum();
    let megabytes = bytes as f64 / 1e6;
    let folder = std::env::temp_dir().join(format!("audience-brief-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let took = speed(&articles, section.zone(), &section.fonts, &folder);
    // What is left there is as temporary as all others.
    std::fs::remove_dir_all(&folder).ok();
    let took = took?;
    let rate = megabytes / took.segment_s;
    match arguments.json {
        true => print_document(
            &json!({
                "rows": articles.len(), "mb": megabytes, "segment_s": took.segment_s,
                "segment_mb_s": rate, "workbooks_s": took.workbooks_s,
                "pictures_s": took.pictures_s,
            })
            .to_string(),
        ),
        false => print_line(&format!(
            "{} articles: words {rate:.1} MB/s, workbooks {:.2} s, pictures {:.3} s",
            articles.len(),
            took.workbooks_s,
            took.pictures_s
        )),
    }
    Ok(Ok(ExitCode::SUCCESS))
}

fn length(article: &Article) -> usize {
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    length(&article.title) + length(&article.content)
}

fn read(file: &Path, zone: Tz) -> Result<Vec<StoredArticle>, String> {
    let file = File::open(file).map_err(|error| error.to_string())?;
    let mut articles = Vec::new();
    for (no, line) in (1..).zip(BufReader::new(file).lines()) {
        let line = line.map_err(|error| format!("{no}: {error}"))?;
        let row: Value = serde_json::from_str(&line).map_err(|error| format!("{no}: {error}"))?;
        articles.push(stored(&row, zone));
    }
    Ok(articles)
}

fn stored(row: &Value, zone: Tz) -> StoredArticle {
    let text = |name: &str| row[name].as_str().map(str::to_owned);
    let mut article = Article {
        id: text("id").unwrap_or_default(),
        url: text("url"),
        title: text("title"),
        content: text("content"),
        user_id: text("user_id"),
        user_name: text("user_name"),
        user_fans: row["user_fans"].as_i64(),
        ..Article::default()
    };
    let time = row["post_time"].as_str();
    article.post_time = time
        .and_then(|text| read_time(text, zone))
        .unwrap_or_default();
    let topics = row["topics"].as_array().into_iter().flatten();
    article.topics = topics
        .filter_map(|topic| Some(topic.as_str()?.to_owned()))
        .collect();
    for count in Count::ALL {
        article.counts.set(count, row[count.name()].as_i64());
    }
    StoredArticle {
        platform: text("platform").unwrap_or_default(),
        keyword: text("keyword").unwrap_or_default(),
        article,
        sentiment: None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn articles_are_read_with_their_counts() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let row = json!({
            "platform": "bili", "id": "b1", "title": "防晒霜", "content": "好用", "like": 3,
            "topics": ["防晒霜推荐"], "post_time": "2026-11-01 08:00:00", "user_fans": 12,
        });
        writeln!(file, "{row}").unwrap();
        let articles = read(file.path(), Tz::Asia__Shanghai).unwrap();
        let [stored] = articles.as_slice() else {
            panic!("{articles:?}");
        };
        assert_eq!(stored.platform, "bili");
        assert_eq!(stored.article.counts.get(Count::Like), Some(3));
        assert_eq!(stored.article.counts.get(Count::Play), None);
        assert_eq!(stored.article.topics, ["防晒霜推荐"]);
        assert_eq!(stored.article.post_time, 1_793_491_200_000_000);
        assert_eq!(length(&stored.article), 15);
        writeln!(file, "{{").unwrap();
        let fault = read(file.path(), Tz::UTC).unwrap_err();
        assert!(fault.starts_with("2: "), "{fault}");
    }
}
