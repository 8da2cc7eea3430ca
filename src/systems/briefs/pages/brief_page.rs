//! A brief: how far it is, what is missing, what it has found, and its files.

use askama::Template;

use super::data::{AccountList, ArticleList, Brief, JobCan, Progress, read};
use super::progress::{self, Missing};
use super::room::ROOT;
use super::rows::{AccountRow, ArticleRow};
use super::shown::{Labels, Moment, brief_calls, brief_path, export_path, optional, state};
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, percent};

/// Articles, and accounts, that the page begins with.
const SHOWN: u32 = 10;

/// The files of a stage, in the order of its folder.
const FILES: [&str; 5] = [
    "keyword.xlsx",
    "keyword_analysis.xlsx",
    "content_wc.png",
    "topic_wc.png",
    "manifest.json",
];

#[derive(Template)]
#[template(path = "systems/briefs/pages/brief.html")]
struct BriefPage<'a> {
    frame: &'a Frame,
    brief: &'a Brief,
    fault: Option<&'a str>,
    state: Markup,
    created: Moment,
    finished: Option<Moment>,
    job: String,
    here: String,
    missing: Option<Missing>,
    progress: Markup,
    platforms: Markup,
    articles: Vec<ArticleRow>,
    accounts: Vec<AccountRow>,
    article_count: String,
    account_count: String,
    coverage: String,
    facts: Vec<(String, String)>,
    zone: Option<&'static str>,
    /// The newest first.
    stages: Vec<StageShown>,
    may_cancel: bool,
    may_resume: bool,
}

/// An export that can be downloaded.
struct StageShown {
    number: u64,
    zip: String,
    /// Names and addresses.
    files: Vec<(&'static str, String)>,
    content_cloud: String,
    topic_cloud: String,
    tables: String,
}

pub(super) async fn show(
    asked: &Asked<'_>,
    id: &str,
    fault: Option<&PageError>,
) -> Result<Answer, PageError> {
    let data = brief_calls(id);
    let brief: Brief = read(asked.get(&data).await?);
    let progress: Progress = read(asked.get_part(&format!("{data}/progress")).await);
    let first = format!("order_by=interraction&order=desc&limit={SHOWN}");
    let articles = format!("{data}/articles?{first}");
    let articles: ArticleList = read(asked.get_part(&articles).await);
    let accounts = format!("{data}/accounts?{first}");
    let accounts: AccountList = read(asked.get_part(&accounts).await);
    let job = format!("/jobs/{}", encoded(&brief.job_id));
    let can: JobCan = read(asked.get_part(&format!("/v1{job}")).await);
    let labels = Labels::of(asked).await;
    let frame = &asked.frame.clone().with_data(data);
    let finished = brief.finish_time.as_deref();
    let template = BriefPage {
        frame,
        fault: fault.map(|fault| fault.detail.as_str()),
        state: state(frame, &brief.status),
        created: labels.moment(frame, &brief.create_time),
        finished: finished.map(|at| labels.moment(frame, at)),
        job: frame.path(&job),
        here: frame.path(&brief_path(&brief.job_id)),
        missing: progress::missing(frame, &labels, &brief, &progress),
        progress: progress::card(frame, &labels, &brief, &progress),
        platforms: progress::platforms(frame, &labels, &progress),
        articles: articles
            .articles
            .iter()
            .map(|article| ArticleRow::of(frame, &labels, article))
            .collect(),
        accounts: accounts
            .accounts
            .iter()
            .map(|account| AccountRow::of(&labels, account))
            .collect(),
        article_count: optional(brief.article_count),
        account_count: optional(brief.account_count),
        coverage: brief.coverage.map_or_else(|| "–".to_owned(), percent),
        facts: facts(frame, &labels, &brief),
        zone: labels.zone().map(|zone| zone.name()),
        stages: stages(frame, &brief),
        may_cancel: can.is_allowed("cancel"),
        may_resume: can.is_allowed("resume") && brief.status != "finished",
        brief: &brief,
    };
    Answer::page_or_fault(&template, fault)
}

/// What was asked for.
fn facts(frame: &Frame, labels: &Labels, brief: &Brief) -> Vec<(String, String)> {
    let platforms = brief.platforms.iter();
    let platforms: Vec<String> = platforms.map(|name| labels.label(name)).collect();
    let deadline = i64::try_from(brief.deadline_s).unwrap_or(i64::MAX / 1_000_000);
    let facts = [
        ("briefs-platforms", platforms.join(", ")),
        ("briefs-from", brief.start_time.clone()),
        ("briefs-to", brief.end_time.clone()),
        ("briefs-max-pages", brief.max_pages.to_string()),
        (
            "briefs-deadline",
            frame.duration(deadline.saturating_mul(1_000_000)),
        ),
        ("briefs-match", match_word(frame, &brief.matching)),
    ];
    let facts = facts.into_iter();
    facts
        .map(|(word, value)| (frame.say(word), value))
        .collect()
}

fn match_word(frame: &Frame, matching: &str) -> String {
    match matching {
        "platform" => frame.say("briefs-match-platform"),
        _ => frame.say("briefs-match-text"),
    }
}

/// While a stage is made, those before it are there.
fn stages(frame: &Frame, brief: &Brief) -> Vec<StageShown> {
    let newest = match (&brief.zip, brief.stage) {
        (Some(_), Some(stage)) => stage,
        (None, Some(stage)) => stage.saturating_sub(1),
        (_, None) => 0,
    };
    let path = |stage: u64, file: Option<&str>| {
        let path = export_path(&brief.job_id, stage, file);
        frame.path(&path)
    };
    let shown = (1..=newest).rev().map(|stage| StageShown {
        number: stage,
        zip: path(stage, None),
        files: FILES
            .iter()
            .map(|file| (*file, path(stage, Some(*file))))
            .collect(),
        content_cloud: path(stage, Some("content_wc.png")),
        topic_cloud: path(stage, Some("topic_wc.png")),
        tables: frame.path(&format!(
            "{ROOT}/{}/tables?stage={stage}",
            encoded(&brief.job_id)
        )),
    });
    shown.collect()
}
