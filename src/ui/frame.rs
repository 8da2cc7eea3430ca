//! What stands around each page.

use std::sync::Arc;

use serde_json::Value;

use super::assets;
use super::cookies::{Preferences, Theme};
use super::data::JobSummary;
use super::figures;
use super::forms;
use super::markup::{Markup, escaped};
use super::moments::Zone;
use super::rooms::Room;
use super::states;
use super::words::{Language, Words};
use crate::access::{Prefix, Role};
use crate::clock;
use crate::http::{Visit, Visitor};

/// Zones that the foot offers besides that of the viewer.
const ZONES: &[&str] = &[
    "UTC",
    "Asia/Taipei",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
];

/// What a page is rendered with.
#[derive(Clone)]
pub struct Frame {
    pub words: Words,
    pub zone: Zone,
    pub visitor: Option<Visitor>,
    theme: Option<Theme>,
    is_zone_unknown: bool,
    prefix: Prefix,
    address: String,
    /// The page itself, with its query.
    here: String,
    /// The path below `/v1` with what the page shows.
    data: String,
    navigation: Vec<Entry>,
    tools: Vec<Markup>,
}

/// An entry of the navigation.
#[derive(Clone)]
pub struct Entry {
    pub href: String,
    pub text: String,
    /// Behind `g`.
    pub key: char,
    pub is_here: bool,
}

impl Frame {
    pub(super) fn of(
        visit: &Visit,
        words: Words,
        preferences: &Preferences,
        rooms: &[Arc<dyn Room>],
    ) -> Self {
        let query = match visit.query.is_empty() {
            true => String::new(),
            false => format!("?{}", visit.query),
        };
        let now = chrono::DateTime::from_timestamp_micros(clock::now_micros());
        Self {
            navigation: navigation(visit, &words, rooms),
            tools: Vec::new(),
            words,
            zone: Zone::new(preferences.zone, now.unwrap_or_default()),
            visitor: visit.visitor.clone(),
            theme: preferences.theme,
            is_zone_unknown: preferences.is_zone_unknown,
            prefix: visit.prefix.clone(),
            address: visit.address.clone(),
            here: format!("{}{query}", visit.path),
            data: "/v1/jobs".to_owned(),
        }
    }

    /// Says where the data of the page is.
    pub fn with_data(mut self, path: impl Into<String>) -> Self {
        self.data = path.into();
        self
    }

    /// A message.
    pub fn say(&self, id: &str) -> String {
        self.words.say(id)
    }

    /// A path of this site, as the visitor finds it.
    pub fn path(&self, path: &str) -> String {
        self.prefix.join(path)
    }

    /// The file of a picture, a style or a script.
    pub fn asset(&self, name: &str) -> String {
        self.path(&format!("/static/{}", assets::served_name(name)))
    }

    /// The files of the scripts that the first one imports: browsers fetch them along with it, and not
    /// one after the other.
    pub fn imported_scripts(&self) -> impl Iterator<Item = String> {
        assets::imported_scripts().map(|name| self.path(&format!("/static/{name}")))
    }

    /// Those of the window over what commands have written.
    pub fn console_scripts(&self) -> impl Iterator<Item = String> {
        assets::console_scripts().map(|name| self.path(&format!("/static/{name}")))
    }

    pub fn icon(&self, name: &str) -> Markup {
        self.picture("i", name)
    }

    /// An icon with the size of the brand.
    pub fn brand(&self) -> Markup {
        self.picture("", "brand")
    }

    fn picture(&self, class: &str, name: &str) -> Markup {
        Markup::of(format!(
            "<svg class=\"{class}\" aria-hidden=\"true\"><use href=\"{}#{name}\"/></svg>",
            self.asset("icons.svg")
        ))
    }

    /// A state as icon, word and colour.
    pub fn state(&self, state: &str) -> Markup {
        let word = self.say(&states::word(state));
        self.marked(states::look(state), &word)
    }

    /// A word with the icon and the colour of a look.
    pub fn marked(&self, look: &str, word: &str) -> Markup {
        Markup::of(format!(
            "<span class=\"state\" data-s=\"{look}\">{}{}</span>",
            self.icon(look),
            escaped(word)
        ))
    }

    pub fn duration(&self, micros: i64) -> String {
        figures::duration(&self.words, micros)
    }

    /// How long a job took, or has taken so far, which a script keeps right.
    pub fn took(&self, job: &JobSummary) -> Markup {
        let Some(started) = job.started() else {
            return Markup::of("–".to_owned());
        };
        match job.ended() {
            Some(ended) => Markup::of(self.duration(ended - started)),
            None => Markup::of(format!(
                "<span data-since=\"{}\">{}</span>",
                clock::rfc3339(started),
                self.duration(self.zone.now_micros() - started)
            )),
        }
    }

    /// How long such jobs usually take, in a sentence.
    pub(super) fn usual(&self, job: &JobSummary) -> Option<String> {
        let usual = self.duration((job.usual_s? * 1e6) as i64);
        Some(self.words.with("usually", "time", usual))
    }

    pub fn ago(&self, micros: i64) -> Markup {
        self.zone.ago(&self.words, micros)
    }

    pub fn exact(&self, micros: i64) -> Markup {
        self.zone.exact(micros)
    }

    pub fn navigation(&self) -> &[Entry] {
        &self.navigation
    }

    /// At the head of the page.
    pub fn tools(&self) -> &[Markup] {
        &self.tools
    }

    pub(super) fn add_tool(&mut self, tool: Markup) {
        self.tools.push(tool);
    }

    pub fn here(&self) -> &str {
        &self.here
    }

    pub fn data_path(&self) -> String {
        self.path(&self.data)
    }

    pub fn curl(&self) -> String {
        let url = format!("{}{}", self.address, self.data);
        let url = match url.contains(['&', '?']) {
            true => format!("'{url}'"),
            false => url,
        };
        match self.visitor.as_ref().is_some_and(|who| who.is_signed_in) {
            true => format!("curl -s -H \"Authorization: Bearer $TOKEN\" {url}"),
            false => format!("curl -s {url}"),
        }
    }

    /// Where the server is reached, for a command line.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The line that sends a body.
    pub fn curl_with(&self, path: &str, body: &Value) -> String {
        let token = match self.visitor.as_ref().is_some_and(|who| who.is_signed_in) {
            true => "-H \"Authorization: Bearer $TOKEN\" ",
            false => "",
        };
        format!(
            "curl -s {token}-H 'Content-Type: application/json' {} -d {}",
            forms::quoted(&format!("{}{path}", self.address)),
            forms::quoted(&body.to_string())
        )
    }

    pub fn language(&self) -> &'static str {
        self.words.language.tag()
    }

    /// Code, tag, name and whether it is the one of the page.
    pub fn languages(&self) -> Vec<(&'static str, &'static str, &'static str, bool)> {
        let all = Language::ALL.iter();
        all.map(|language| {
            let is_own = *language == self.words.language;
            (language.code(), language.tag(), language.own_name(), is_own)
        })
        .collect()
    }

    pub fn theme(&self) -> &'static str {
        self.theme.map_or("", Theme::as_str)
    }

    /// The viewer's zone first, if it is none of the others.
    pub fn zones(&self) -> Vec<(&'static str, bool)> {
        let own = self.zone.name();
        let mut zones: Vec<&str> = ZONES.to_vec();
        if !zones.contains(&own) {
            zones.insert(0, own);
        }
        zones.into_iter().map(|zone| (zone, zone == own)).collect()
    }

    pub fn is_zone_unknown(&self) -> bool {
        self.is_zone_unknown
    }

    pub fn has_role(&self, role: Role) -> bool {
        self.visitor.as_ref().is_some_and(|who| who.role >= role)
    }

    pub fn may_operate(&self) -> bool {
        self.has_role(Role::Operator)
    }

    /// The visitor's role and limits, in a line.
    pub fn standing(&self) -> String {
        let Some(visitor) = &self.visitor else {
            return String::new();
        };
        let role = self.say(match visitor.role {
            Role::Viewer => "role-viewer",
            Role::Operator => "role-operator",
            Role::Admin => "role-admin",
        });
        let limits = visitor.limits.iter().cloned();
        let parts: Vec<String> = std::iter::once(role).chain(limits).collect();
        parts.join(" · ")
    }

    /// When the page was made.
    pub fn made(&self) -> String {
        clock::rfc3339(self.zone.now_micros())
    }

    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Where somebody who has signed in is led to.
    pub(super) fn sign_in_path(&self) -> String {
        let next = forms::query(&[("next", self.here.as_str())]);
        format!("/sign-in{next}")
    }
}

/// The jobs, and the rooms that the visitor may enter.
fn navigation(visit: &Visit, words: &Words, rooms: &[Arc<dyn Room>]) -> Vec<Entry> {
    let entry = |root: &str, name: &str, key: char| {
        let rest = visit.path.strip_prefix(root);
        Entry {
            href: visit.prefix.join(root),
            text: words.say(name),
            key,
            is_here: rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        }
    };
    let role = visit.visitor.as_ref().map(|visitor| visitor.role);
    let is_limited = |visitor: &Visitor| !visitor.limits.is_empty();
    let is_limited = visit.visitor.as_ref().is_some_and(is_limited);
    let may_enter = |room: &&Arc<dyn Room>| {
        let has_role = role.is_some_and(|role| role >= room.role());
        has_role && !(is_limited && room.shows_everything())
    };
    let rooms = rooms.iter().filter(may_enter);
    let rooms = rooms.map(|room| entry(room.root(), room.name(), room.key()));
    std::iter::once(entry("/jobs", "nav-jobs", 'j'))
        .chain(rooms)
        .collect()
}
