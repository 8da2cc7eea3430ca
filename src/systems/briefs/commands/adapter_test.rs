//! `audience brief adapter test`: what an adapter makes of one page of its platform.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use entity::JobId;
use serde_json::{Value, json};

use super::brief::Faulty;
use super::lines::aligned;
use crate::clock;
use crate::fetch::AllowedHosts;
use crate::printable::{counted, printable};
use crate::process::{print_document, print_error_line, print_line};
use crate::settings::Loaded;
use crate::systems::Program;
use crate::systems::briefs::adapter::{missing, unread};
use crate::systems::briefs::article::{Article, Count};
use crate::systems::briefs::keywords::Keyword;
use crate::systems::briefs::platforms::{Platform, Platforms, read_adapter};
use crate::systems::briefs::request::shown_time;
use crate::systems::briefs::settings::{BriefSettings, BriefsSection};
use crate::systems::briefs::sources::{PageAnswer, PageAsk, Trial, try_out};
use crate::systems::briefs::upstream::CallFault;

/// Exit code after SIGINT or SIGTERM.
const STOPPED: u8 = 130;

/// The range that is asked for.
const DAYS: i64 = 30;
const DAY: i64 = 86_400_000_000;

#[derive(Debug, Args)]
pub(super) struct TestArguments {
    /// File of the adapter
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What is looked for
    #[arg(long, value_name = "K", allow_hyphen_values = true)]
    keyword: String,
    /// Host that may be asked though its address is not public, such as 127.0.0.1; may be given several times
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Rows to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    rows: usize,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    arguments: TestArguments,
    loaded: &Loaded,
    program: &dyn Program,
) -> anyhow::Result<Result<ExitCode, Faulty>> {
    let (platform, section) = match prepared(&arguments, loaded) {
        Ok(prepared) => prepared,
        Err(faulty) => return Ok(Err(faulty)),
    };
    let query = match Keyword::parse(arguments.keyword.trim()) {
        Ok(keyword) => keyword.queries().into_iter().next().unwrap_or_default(),
        Err(fault) => return Ok(Err(Faulty::one(format!("--keyword: {fault}")))),
    };
    let now = clock::now_micros();
    let page = PageAsk {
        job: JobId::new(),
        query,
        number: 1,
        cursors: BTreeMap::new(),
        from: now - DAYS * DAY,
        to: now,
    };
    let stop = program.stop_on_signal()?;
    let timeout = platform.adapter.retry.timeout;
    let asked = tokio::time::timeout(timeout, try_out(&platform, &section, &page));
    let tried = tokio::select! {
        () = stop.cancelled() => return Ok(Ok(ExitCode::from(STOPPED))),
        tried = asked => tried,
    };
    let tried = tried.unwrap_or_else(|_| {
        let seconds = timeout.as_secs_f64();
        Err(CallFault::Transient(format!(
            "no answer came within {seconds} s"
        )))
    });
    Ok(Ok(shown(&arguments, &platform, &section, tried)))
}

/// The adapter with its secrets, and the settings that it is tried with.
fn prepared(
    arguments: &TestArguments,
    loaded: &Loaded,
) -> Result<(Arc<Platform>, BriefsSection), Faulty> {
    if let Err(fault) = AllowedHosts::read(&arguments.allow_host) {
        return Err(Faulty::one(format!("--allow-host {fault}")));
    }
    let mut section = loaded.system::<BriefSettings>().briefs;
    section.private_hosts.extend(arguments.allow_host.clone());
    if section.files.is_none() {
        // What an adapter of files names is looked for beside it.
        section.files = arguments.file.parent().map(|folder| {
            let is_here = folder.as_os_str().is_empty();
            if is_here {
                ".".into()
            } else {
                folder.to_owned()
            }
        });
    }
    let adapter = read_adapter(&arguments.file).map_err(Faulty)?;
    let name = adapter.platform.clone();
    let platforms = Platforms::only(adapter, &section);
    let platform = platforms.get(&name).cloned();
    let platform = platform.ok_or_else(|| Faulty::one("the adapter names no platform"))?;
    match &platform.off {
        Some(reason) => {
            let file = arguments.file.display();
            Err(Faulty::one(format!(
                "{file}: the platform is off: {reason}"
            )))
        }
        None => Ok((platform, section)),
    }
}

fn shown(
    arguments: &TestArguments,
    platform: &Platform,
    section: &BriefsSection,
    tried: Result<Trial, CallFault>,
) -> ExitCode {
    let (items, answer) = match tried {
        Ok(Trial { items, answer }) => (items, answer),
        Err(fault) => (Vec::new(), Err(fault)),
    };
    let about = About::of(platform, &items);
    if arguments.json {
        let document = about.as_json(&answer, section);
        print_document(&document.to_string());
    } else {
        if let Ok(answer) = &answer {
            print_rows(answer, section, arguments.rows);
        }
        about.print();
        if let Err(fault) = &answer {
            print_error_line(&format!("error: {}", printable(&reason(fault))));
        }
    }
    match answer {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// What the adapter does not say of the items of a page.
struct About {
    items: usize,
    /// A field of the map, its place, and how many items have nothing there.
    missing: Vec<(&'static str, String, usize)>,
    /// Members that no field reads, and how many items have them.
    unread: BTreeMap<String, usize>,
}

impl About {
    fn of(platform: &Platform, items: &[Value]) -> Self {
        let map = &platform.adapter.map;
        let mut counts: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
        let mut unread_members = BTreeMap::new();
        for item in items {
            for place in missing(map, item) {
                *counts.entry(place).or_default() += 1;
            }
            for name in unread(map, item) {
                *unread_members.entry(name).or_default() += 1;
            }
        }
        let missing = counts.into_iter();
        Self {
            items: items.len(),
            missing: missing
                .map(|((field, place), count)| (field, place, count))
                .collect(),
            unread: unread_members,
        }
    }

    fn print(&self) {
        let all = self.items;
        if !self.missing.is_empty() {
            print_line("\nmissing:");
            let rows = self.missing.iter().map(|(field, place, count)| {
                vec![
                    (*field).to_owned(),
                    place.clone(),
                    format!("{count} of {all}"),
                ]
            });
            for line in aligned(&rows.collect::<Vec<_>>()) {
                print_line(&format!("  {line}"));
            }
        }
        if !self.unread.is_empty() {
            print_line("\nnot mapped:");
            let rows = self.unread.iter();
            let rows = rows.map(|(name, count)| vec![name.clone(), format!("{count} of {all}")]);
            for line in aligned(&rows.collect::<Vec<_>>()) {
                print_line(&format!("  {line}"));
            }
        }
    }

    fn as_json(&self, answer: &Result<PageAnswer, CallFault>, section: &BriefsSection) -> Value {
        let missing = self
            .missing
            .iter()
            .map(|(field, place, count)| json!({ "field": field, "path": place, "items": count }));
        let missing: Vec<Value> = missing.collect();
        let mut document = json!({
            "items": self.items, "rows": [], "rejected": 0, "first_rejected": null,
            "missing": missing, "not_mapped": self.unread, "error": null,
        });
        match answer {
            Ok(answer) => {
                let rows = answer.articles.iter();
                let rows: Vec<Value> = rows.map(|article| row_json(article, section)).collect();
                document["rows"] = rows.into();
                document["rejected"] = answer.rejected.into();
                document["first_rejected"] = json!(answer.first_rejected);
            }
            Err(fault) => document["error"] = reason(fault).into(),
        }
        document
    }
}

fn row_json(article: &Article, section: &BriefsSection) -> Value {
    let mut row = json!({
        "id": article.id, "url": article.url, "title": article.title, "content": article.content,
        "post_time": shown_time(article.post_time, section.zone()),
    });
    for count in Count::ALL {
        row[count.name()] = json!(article.counts.get(count));
    }
    row["topics"] = json!(article.topics);
    row["user_id"] = json!(article.user_id);
    row["user_name"] = json!(article.user_name);
    row["user_fans"] = json!(article.user_fans);
    row
}

fn print_rows(answer: &PageAnswer, section: &BriefsSection, most: usize) {
    let articles = &answer.articles;
    let heads = [
        "id",
        "post_time",
        "title",
        "content",
        "user_name",
        "user_fans",
        "interraction",
        "url",
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let number = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
    for article in articles.iter().take(most) {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        rows.push(vec![
            article.id.clone(),
            shown_time(article.post_time, section.zone()),
            text(&article.title),
            text(&article.content),
            text(&article.user_name),
            number(article.user_fans),
            number(article.counts.interraction()),
            text(&article.url),
        ]);
    }
    let received = counted(answer.received, "item");
    print_line(&format!("{received}, {} rejected", answer.rejected));
    if let Some(rejected) = &answer.first_rejected {
        print_line(&format!("  the first: {}", printable(rejected)));
    }
    if articles.is_empty() {
        return;
    }
    print_line("");
    for line in aligned(&rows) {
        print_line(&line);
    }
    let left = articles.len().saturating_sub(most);
    if left > 0 {
        print_line(&format!("… {left} more"));
    }
}

/// The setting that allows hosts whose addresses are not public; a faulty call names it.
const PRIVATE_HOSTS: &str = "`briefs.private_hosts`";

fn reason(fault: &CallFault) -> String {
    match fault {
        CallFault::Transient(text)
        | CallFault::Auth(text)
        | CallFault::Quota(text)
        | CallFault::Final(text) => match text.contains(PRIVATE_HOSTS) {
            true => format!("{text}, and so does --allow-host"),
            false => text.clone(),
        },
        CallFault::RateLimited(Some(pause)) => {
            format!("the platform asks for {} s of patience", pause.as_secs())
        }
        CallFault::RateLimited(None) => "the platform asks for patience".to_owned(),
    }
}
