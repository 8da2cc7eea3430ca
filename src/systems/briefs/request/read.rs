//! Reads the members of a request.

use chrono_tz::Tz;
use serde_json::{Map, Value};

use super::fault::RequestFault;
use super::model::{BriefRequest, Matching};
use super::times::read_time;
use crate::systems::briefs::keywords::Keyword;

/// The members of `submit` and of `change`.
const MEMBERS: [&str; 8] = [
    "job_name",
    "platforms",
    "keywords",
    "start_time",
    "end_time",
    "max_pages",
    "deadline_s",
    "match",
];

const KEYWORDS_MAX: usize = 100;
const PLATFORMS_MAX: usize = 16;
const NAME_MAX: usize = 200;
const PAGES: u32 = 20;
const PAGES_MAX: u32 = 1_000;
const DEADLINE_S: u32 = 300;
const DEADLINE_MAX_S: u32 = 86_400;
const DAYS: i64 = 30;
const DAY: i64 = 86_400_000_000;

/// The platforms of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownPlatforms {
    /// Those that can be asked, in the order of their names.
    pub on: Vec<String>,
    /// Those that cannot, and why.
    pub off: Vec<(String, String)>,
}

/// Reads the members of `submit`. `now` is in microseconds.
pub(crate) fn submit(
    members: &Map<String, Value>,
    known: &KnownPlatforms,
    zone: Tz,
    now: i64,
) -> Result<BriefRequest, RequestFault> {
    let read = Reader {
        members,
        known,
        zone,
    };
    read.unknown(&[])?;
    let keywords = read.keywords()?;
    let keywords = keywords
        .ok_or_else(|| RequestFault::new("keywords", "expected a list of at least one keyword"))?;
    let end_time = read.time("end_time")?.unwrap_or(now);
    let start_time = read.time("start_time")?.unwrap_or(end_time - DAYS * DAY);
    let platforms = match read.platforms()? {
        Some(platforms) => platforms,
        None => known.on.clone(),
    };
    let request = BriefRequest {
        job_name: read.name()?.unwrap_or_else(|| keywords[0].clone()),
        platforms,
        keywords,
        start_time,
        end_time,
        max_pages: read.number("max_pages", PAGES_MAX)?.unwrap_or(PAGES),
        deadline_s: read
            .number("deadline_s", DEADLINE_MAX_S)?
            .unwrap_or(DEADLINE_S),
        matching: read.matching()?.unwrap_or_default(),
    };
    checked(request)
}

/// Reads the members of `change`; what is left out stays as it was. `job_id` is looked at elsewhere.
pub(crate) fn change(
    request: BriefRequest,
    members: &Map<String, Value>,
    known: &KnownPlatforms,
    zone: Tz,
) -> Result<BriefRequest, RequestFault> {
    let read = Reader {
        members,
        known,
        zone,
    };
    read.unknown(&["job_id"])?;
    let changed = BriefRequest {
        job_name: read.name()?.unwrap_or(request.job_name),
        platforms: read.platforms()?.unwrap_or(request.platforms),
        keywords: read.keywords()?.unwrap_or(request.keywords),
        start_time: read.time("start_time")?.unwrap_or(request.start_time),
        end_time: read.time("end_time")?.unwrap_or(request.end_time),
        max_pages: read
            .number("max_pages", PAGES_MAX)?
            .unwrap_or(request.max_pages),
        deadline_s: read
            .number("deadline_s", DEADLINE_MAX_S)?
            .unwrap_or(request.deadline_s),
        matching: read.matching()?.unwrap_or(request.matching),
    };
    checked(changed)
}

fn checked(request: BriefRequest) -> Result<BriefRequest, RequestFault> {
    if request.start_time > request.end_time {
        let problem = "expected a time that is not before start_time";
        return Err(RequestFault::new("end_time", problem));
    }
    if request.platforms.is_empty() {
        let problem =
            "there is no platform that can be asked; expected adapters in `briefs.adapters`";
        return Err(RequestFault::new("platforms", problem));
    }
    // Those that are on may be more than a brief can have.
    let found = request.platforms.len();
    if found > PLATFORMS_MAX {
        let problem = format!("expected at most {PLATFORMS_MAX} platforms, found {found}");
        return Err(RequestFault::new("platforms", problem));
    }
    Ok(request)
}

struct Reader<'r> {
    members: &'r Map<String, Value>,
    known: &'r KnownPlatforms,
    zone: Tz,
}

impl Reader<'_> {
    fn unknown(&self, besides: &[&str]) -> Result<(), RequestFault> {
        let mut names = self.members.keys().map(String::as_str);
        match names.find(|name| !MEMBERS.contains(name) && !besides.contains(name)) {
            None => Ok(()),
            Some(name) => {
                let known = [besides, &MEMBERS].concat().join(", ");
                let problem = format!("unknown field; expected one of {known}");
                Err(RequestFault::new(name, problem))
            }
        }
    }

    /// `null` is as good as left out.
    fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    fn name(&self) -> Result<Option<String>, RequestFault> {
        let Some(value) = self.member("job_name") else {
            return Ok(None);
        };
        let fault = || {
            let problem = format!("expected a text of 1 to {NAME_MAX} characters");
            RequestFault::new("job_name", problem)
        };
        let name = value.as_str().map(str::trim).ok_or_else(fault)?;
        let is_good = !name.is_empty()
            && name.chars().count() <= NAME_MAX
            && !name.chars().any(char::is_control);
        is_good.then(|| Some(name.to_owned())).ok_or_else(fault)
    }

    /// Each is looked for once.
    fn keywords(&self) -> Result<Option<Vec<String>>, RequestFault> {
        let Some(value) = self.member("keywords") else {
            return Ok(None);
        };
        let expected = || RequestFault::new("keywords", "expected a list of at least one keyword");
        let values = value.as_array().ok_or_else(expected)?;
        if values.is_empty() {
            return Err(expected());
        }
        if values.len() > KEYWORDS_MAX {
            let problem = format!(
                "expected at most {KEYWORDS_MAX} keywords, found {}",
                values.len()
            );
            return Err(RequestFault::new("keywords", problem));
        }
        let mut keywords: Vec<String> = Vec::with_capacity(values.len());
        for (no, value) in values.iter().enumerate() {
            let field = format!("keywords[{no}]");
            let text = value
                .as_str()
                .ok_or_else(|| RequestFault::new(&field, "expected a text"))?
                .trim();
            Keyword::parse(text).map_err(|fault| RequestFault::new(&field, fault.to_string()))?;
            if !keywords.iter().any(|known| known == text) {
                keywords.push(text.to_owned());
            }
        }
        Ok(Some(keywords))
    }

    fn platforms(&self) -> Result<Option<Vec<String>>, RequestFault> {
        let Some(value) = self.member("platforms") else {
            return Ok(None);
        };
        let expected = "expected a list of at least one platform";
        let values = value.as_array().filter(|values| !values.is_empty());
        let values = values.ok_or_else(|| RequestFault::new("platforms", expected))?;
        let mut platforms: Vec<String> = Vec::with_capacity(values.len());
        for (no, value) in values.iter().enumerate() {
            let field = format!("platforms[{no}]");
            let name = value
                .as_str()
                .ok_or_else(|| RequestFault::new(&field, "expected a text"))?;
            if let Some((_, reason)) = self.known.off.iter().find(|(off, _)| off == name) {
                let problem = format!("the platform `{name}` is off: {reason}");
                return Err(RequestFault::new(field, problem));
            }
            if !self.known.on.iter().any(|on| on == name) {
                let on = self.known.on.join(", ");
                let problem = format!("unknown platform `{name}`; expected one of {on}");
                return Err(RequestFault::new(field, problem));
            }
            if !platforms.iter().any(|known| known == name) {
                platforms.push(name.to_owned());
            }
        }
        Ok(Some(platforms))
    }

    fn time(&self, name: &str) -> Result<Option<i64>, RequestFault> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        let time = value.as_str().and_then(|text| read_time(text, self.zone));
        let problem = "expected a time such as 2026-11-01 00:00:00";
        time.map(Some)
            .ok_or_else(|| RequestFault::new(name, problem))
    }

    fn number(&self, name: &str, most: u32) -> Result<Option<u32>, RequestFault> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (1..=most).contains(number));
        let problem = || format!("expected a whole number from 1 to {most}");
        number
            .map(Some)
            .ok_or_else(|| RequestFault::new(name, problem()))
    }

    fn matching(&self) -> Result<Option<Matching>, RequestFault> {
        match self.member("match").map(Value::as_str) {
            None => Ok(None),
            Some(Some("text")) => Ok(Some(Matching::Text)),
            Some(Some("platform")) => Ok(Some(Matching::Platform)),
            Some(_) => Err(RequestFault::new("match", "expected text or platform")),
        }
    }
}
