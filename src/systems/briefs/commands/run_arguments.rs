//! The arguments of `audience brief run`, and the request and the settings that are made of them.

use std::path::PathBuf;

use clap::Args;
use entity::JobId;
use serde_json::{Map, Value, json};

use super::brief::Faulty;
use super::keywords_file;
use crate::fetch::AllowedHosts;
use crate::settings::Loaded;
use crate::systems::OnlyJob;
use crate::systems::briefs::settings::BriefSettings;

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// Keywords, separated by commas: blanks mean and, `|` or, `-` in front not, "…" keeps blanks
    #[arg(
        long,
        value_name = "K,K",
        required_unless_present = "keywords_file",
        conflicts_with = "keywords_file",
        allow_hyphen_values = true
    )]
    keywords: Option<String>,
    /// The same of a file, one a line; lines that begin with # are passed over
    #[arg(long, value_name = "FILE")]
    keywords_file: Option<PathBuf>,
    /// Directory of adapters: <platform>.yaml
    #[arg(long, value_name = "DIR")]
    adapters: PathBuf,
    /// Names of platforms, separated by commas [default: all that can be asked]
    #[arg(long, value_name = "P,P")]
    platforms: Option<String>,
    /// Name of the brief [default: the first keyword]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// First moment of the range: YYYY-MM-DD HH:MM:SS, or a date, which means its first second
    /// [default: 30 days before the end]
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// Last moment of the range; a date means its last second [default: now]
    #[arg(long, value_name = "TIME")]
    end: Option<String>,
    /// Pages of each query
    #[arg(long, value_name = "N", default_value_t = 20)]
    max_pages: u32,
    /// Seconds from the first page on, after which open pages fail
    #[arg(long, value_name = "S", default_value_t = 300)]
    deadline: u32,
    /// Which articles count: text, those that fulfil a keyword; platform, those that were found
    #[arg(long = "match", value_name = "HOW", default_value = "text")]
    matching: String,
    /// Host that may be asked though its address is not public, such as 127.0.0.1; may be given several times
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Directory that the zip goes to; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Where articles and the state of the brief are kept: sqlite://PATH, postgres://… or mysql://…
    /// [default: brief.db in the directory of --out]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// 32 hexadecimal digits: continues that brief if it exists, else creates it
    #[arg(long, value_name = "HEX32")]
    pub job_id: Option<JobId>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub only: OnlyJob,
}

/// Keys of the settings that are made here, and what sets them.
const FLAGS: &[(&str, &str)] = &[
    ("database.url", "--database"),
    ("briefs.adapters", "--adapters"),
    ("briefs.exports", "--out"),
    ("briefs.private_hosts", "--allow-host"),
];

impl RunArguments {
    /// The members of `submit`.
    pub fn request(&self) -> Result<Map<String, Value>, Faulty> {
        let keywords = match (&self.keywords, &self.keywords_file) {
            (Some(keywords), _) => split(keywords),
            (None, Some(file)) => {
                let read = keywords_file::read(file);
                read.map_err(|fault| Faulty::one(format!("--keywords-file {fault}")))?
            }
            (None, None) => Vec::new(),
        };
        let mut request = Map::new();
        let mut add = |name: &str, value: Value| drop(request.insert(name.to_owned(), value));
        add("keywords", json!(keywords));
        if let Some(name) = &self.name {
            add("job_name", json!(name));
        }
        if let Some(platforms) = &self.platforms {
            add("platforms", json!(split(platforms)));
        }
        if let Some(start) = &self.start {
            add("start_time", json!(moment(start, "00:00:00")));
        }
        if let Some(end) = &self.end {
            add("end_time", json!(moment(end, "23:59:59")));
        }
        add("max_pages", json!(self.max_pages));
        add("deadline_s", json!(self.deadline));
        add("match", json!(self.matching));
        Ok(request)
    }

    /// The settings of the program, without what other systems would start.
    pub fn settings(&self, loaded: &Loaded) -> Result<Loaded, Faulty> {
        if let Err(fault) = AllowedHosts::read(&self.allow_host) {
            return Err(Faulty::one(format!("--allow-host {fault}")));
        }
        let out = &self.out;
        let fault =
            |error: std::io::Error| Faulty::one(format!("--out {}: {error}", out.display()));
        std::fs::create_dir_all(out).map_err(fault)?;
        let out = std::fs::canonicalize(out).map_err(fault)?;
        let mut engine = loaded.settings.clone();
        engine.database.url = match &self.database {
            Some(url) => url.clone(),
            None => format!("sqlite://{}", out.join("brief.db").display()),
        };
        let mut settings: BriefSettings = loaded.system();
        let section = &mut settings.briefs;
        section.adapters = Some(self.adapters.clone());
        // What an adapter of files names is looked for beside it.
        let files = section.files.take();
        section.files = Some(files.unwrap_or_else(|| self.adapters.clone()));
        section.private_hosts.extend(self.allow_host.clone());
        section.exports = Some(out);
        // Articles stand beside the state of the brief, and go there without a broker.
        section.output = None;
        section.topic_prefix = None;
        Ok(Loaded::made(engine).with(settings).set_by(FLAGS))
    }
}

fn split(list: &str) -> Vec<String> {
    let parts = list.split(',').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// What is no date stays as it is.
fn moment(text: &str, time: &str) -> String {
    let is_date = text.len() == "2026-11-01".len() && !text.contains(':');
    match is_date {
        true => format!("{text} {time}"),
        false => text.replacen('T', " ", 1),
    }
}

/// The argument that sets a member of a request, of a fault such as `keywords[1]: …`.
pub(super) fn of_argument(fault: &str) -> String {
    let arguments = [
        ("keywords", "--keywords"),
        ("platforms", "--platforms"),
        ("job_name", "--name"),
        ("start_time", "--start"),
        ("end_time", "--end"),
        ("max_pages", "--max-pages"),
        ("deadline_s", "--deadline"),
        ("match", "--match"),
    ];
    let found = arguments.iter().find(|(member, _)| {
        let rest = fault.strip_prefix(member);
        rest.is_some_and(|rest| rest.starts_with([':', '[']))
    });
    match found {
        Some((_, argument)) => format!("{argument}: {fault}"),
        None => fault.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_argument() {
        for (fault, expected) in [
            ("keywords[1]: no", "--keywords: keywords[1]: no"),
            ("match: no", "--match: match: no"),
            ("matched: no", "matched: no"),
        ] {
            assert_eq!(of_argument(fault), expected);
        }
    }

    #[test]
    fn a_date_means_its_first_or_its_last_second() {
        assert_eq!(moment("2026-11-01", "00:00:00"), "2026-11-01 00:00:00");
        assert_eq!(moment("2026-11-01", "23:59:59"), "2026-11-01 23:59:59");
        assert_eq!(moment("2026-11-01T08:00:00", "x"), "2026-11-01 08:00:00");
        assert_eq!(split("防晒霜, 粉底液 ,,"), ["防晒霜", "粉底液"]);
    }
}
