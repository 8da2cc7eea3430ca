//! `notify`, `mail`, `hooks`, `notify_allow`: who is told what, and where.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::receivers::{KnownReceivers, SENTRY};
use super::rule::Rule;
use crate::fetch::{AllowedAddresses, PublicPost};
use crate::notify::{
    EventKind, Format, Hook, Language, MailAddress, MailServer, MailTls, Sentry, is_loopback,
};
use crate::settings::{Problems, SystemSettings};
use crate::webhooks::sign_standard;

/// The variable of Sentry's own clients.
const SENTRY_DSN: &str = "SENTRY_DSN";

/// Everything that can be set of notifications.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationsSettings {
    pub notify: Vec<RuleSettings>,
    pub mail: Option<MailSettings>,
    /// Receivers of webhooks, by their names.
    pub hooks: BTreeMap<String, HookSettings>,
    /// Addresses that are not public and may be sent to.
    pub notify_allow: Vec<String>,
}

/// A rule as it is written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleSettings {
    /// `None`: it is called by its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub when: OneOrMany,
    #[serde(rename = "where")]
    pub which: Which,
    /// `mail:GROUP` or `hook:NAME`.
    pub to: Vec<String>,
    /// What is alike is said once in so many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle_s: Option<u64>,
    /// More messages than this are put together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest_over: Option<u32>,
    /// `22:00-07:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// With `job.slow`: of its usual time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<f64>,
    /// With `job.waiting`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longer_s: Option<u64>,
}

/// What it has to be about; `*` in them stands for anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Which {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_by: Option<String>,
}

/// One word or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl OneOrMany {
    pub fn words(&self) -> &[String] {
        match self {
            Self::One(word) => std::slice::from_ref(word),
            Self::Many(words) => words,
        }
    }
}

/// Where mail is sent, and by which server.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailSettings {
    pub host: String,
    /// Without it 587, with `tls: tls` 465.
    pub port: Option<u16>,
    pub tls: MailTls,
    pub user: Option<String>,
    /// The variable that holds the password.
    pub password_variable: Option<String>,
    pub from: String,
    /// Addresses by the names of groups.
    pub to: BTreeMap<String, Vec<String>>,
}

impl MailSettings {
    /// The server; or the keys that are wrong, and why.
    pub fn read(&self) -> Result<MailServer, Vec<(String, String)>> {
        let mut faults = Vec::new();
        let mut add = |key: &str, problem: String| faults.push((key.to_owned(), problem));
        if self.host.is_empty() || self.host.contains(['/', '@', ' ']) {
            add("host", "expected the name of a mail server".to_owned());
        }
        if self.tls == MailTls::None && !is_loopback(&self.host) {
            let problem = "`none` is for this machine only, expected starttls or tls";
            add("tls", problem.to_owned());
        }
        if self.port == Some(0) {
            add("port", "0 is out of range, expected 1 to 65535".to_owned());
        }
        let login = match (&self.user, &self.password_variable) {
            (None, None) => None,
            (Some(user), Some(name)) => match variable(name, "a password", "password_variable") {
                Ok(password) => Some((user.clone(), password)),
                Err((key, problem)) => {
                    add(key, problem);
                    None
                }
            },
            _ => {
                let problem = "expected both `user` and `password_variable`, or neither";
                add("user", problem.to_owned());
                None
            }
        };
        let from = MailAddress::read(&self.from);
        let problem = |text: &str| format!("`{text}` is not an address such as team@example.org");
        if from.is_none() {
            add("from", problem(&self.from));
        }
        for (group, addresses) in &self.to {
            if addresses.is_empty() {
                add(
                    &format!("to.{group}"),
                    "expected one address or more".to_owned(),
                );
            }
            for (no, address) in addresses.iter().enumerate() {
                if MailAddress::read(address).is_none() {
                    add(&format!("to.{group}[{no}]"), problem(address));
                }
            }
        }
        match from.filter(|_| faults.is_empty()) {
            Some(from) => Ok(MailServer {
                host: self.host.clone(),
                port: self.port,
                tls: self.tls,
                login,
                from,
            }),
            None => Err(faults),
        }
    }
}

/// A receiver of webhooks; exactly one of `url` and `url_variable`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HookSettings {
    pub url: Option<SecretString>,
    /// The variable that holds the URL.
    pub url_variable: Option<String>,
    pub format: Format,
    /// The variable that holds the key for signatures.
    pub secret_variable: Option<String>,
}

impl HookSettings {
    /// The receiver, or the key that is wrong and why.
    pub fn read(&self, post: &PublicPost) -> Result<Hook, (&'static str, String)> {
        let (key, url) = match (&self.url, &self.url_variable) {
            (Some(url), None) => ("url", url.clone()),
            (None, Some(name)) => ("url_variable", variable(name, "a URL", "url_variable")?),
            _ => {
                let problem = "expected either `url` or `url_variable`";
                return Err(("", problem.to_owned()));
            }
        };
        let checked = post.check(url.expose_secret());
        checked.map_err(|error| (key, error.to_string()))?;
        let secret = match &self.secret_variable {
            None => None,
            Some(_) if !self.format.is_signed() => {
                let problem = "this format has no signature";
                return Err(("secret_variable", problem.to_owned()));
            }
            Some(name) => Some(variable(name, "a key", "secret_variable")?),
        };
        if let (Format::Standard, Some(secret)) = (self.format, &secret) {
            let signed = sign_standard(("id", "0"), secret.expose_secret(), b"");
            signed.map_err(|_| {
                let problem = "the value of the variable is not a key of the form whsec_BASE64";
                ("secret_variable", problem.to_owned())
            })?;
        }
        Ok(Hook {
            url,
            format: self.format,
            secret,
        })
    }
}

pub(super) fn variable(
    name: &str,
    expected: &str,
    key: &'static str,
) -> Result<SecretString, (&'static str, String)> {
    match std::env::var(name) {
        Ok(value) if !value.trim().is_empty() => Ok(value.trim().to_owned().into()),
        _ => {
            let problem = format!("the variable {name} is not set, expected {expected}");
            Err((key, problem))
        }
    }
}

impl NotificationsSettings {
    /// Where webhooks may be sent to; as it was checked.
    pub fn post(&self) -> PublicPost {
        PublicPost::new(AllowedAddresses::read(&self.notify_allow).unwrap_or_default())
    }

    /// Where failed jobs, panics and errors are reported, if the variable says so.
    pub fn sentry() -> Result<Option<Sentry>, &'static str> {
        match std::env::var(SENTRY_DSN)
            .ok()
            .filter(|dsn| !dsn.trim().is_empty())
        {
            Some(dsn) => {
                let environment = std::env::var("AUDIENCE_ENV").ok();
                let environment = environment.filter(|name| !name.is_empty());
                let environment = environment.unwrap_or_else(|| "development".to_owned());
                Sentry::read(&dsn, &environment).map(Some)
            }
            None => Ok(None),
        }
    }

    /// Groups of addresses.
    pub fn groups(&self) -> impl Iterator<Item = (&String, &Vec<String>)> {
        self.mail.iter().flat_map(|mail| &mail.to)
    }

    /// What rules may name.
    pub fn known_receivers(&self) -> KnownReceivers {
        KnownReceivers {
            hooks: self.hooks.keys().cloned().collect(),
            sentry: Self::sentry().is_ok_and(|sentry| sentry.is_some()),
            groups: self.groups().map(|(group, _)| group.clone()).collect(),
        }
    }

    /// The rules without faults.
    pub fn rules(&self) -> Vec<Rule> {
        let known = self.known_receivers();
        let rules = self.notify.iter().enumerate();
        let rules = rules
            .filter_map(|(no, written)| Rule::read(&name_of(written, no), written, &known).ok());
        let mut rules: Vec<Rule> = rules.collect();
        if known.sentry && rules.iter().all(|rule| rule.name != SENTRY) {
            rules.extend(Rule::read(SENTRY, &to_sentry(), &known));
        }
        rules
    }
}

/// One report a minute of those that are alike.
fn to_sentry() -> RuleSettings {
    RuleSettings {
        when: OneOrMany::One(EventKind::JobFailed.as_str().to_owned()),
        to: vec![SENTRY.to_owned()],
        throttle_s: Some(60),
        digest_over: Some(1_000),
        ..RuleSettings::default()
    }
}

/// The name of a rule by what is written and its place.
fn name_of(written: &RuleSettings, no: usize) -> String {
    let name = written.name.clone();
    name.unwrap_or_else(|| format!("settings-{}", no + 1))
}

impl SystemSettings for NotificationsSettings {
    fn check(&self, problems: &mut Problems<'_>) {
        if let Err(problem) = AllowedAddresses::read(&self.notify_allow) {
            problems.add("notify_allow", problem);
        }
        if let Err(problem) = Self::sentry() {
            problems.add(SENTRY_DSN, problem);
        }
        let mail = self.mail.as_ref().map(MailSettings::read);
        for (key, problem) in mail.and_then(Result::err).into_iter().flatten() {
            problems.add(&format!("mail.{key}"), problem);
        }
        let post = self.post();
        let mut hooks = problems.within("hooks");
        for (name, hook) in &self.hooks {
            if let Err((key, problem)) = hook.read(&post) {
                let key = format!("{name}.{key}");
                hooks.add(key.trim_end_matches('.'), problem);
            }
        }
        let known = self.known_receivers();
        let mut names = BTreeSet::new();
        for (no, written) in self.notify.iter().enumerate() {
            let name = name_of(written, no);
            let place = format!("notify[{no}]");
            for fault in Rule::read(&name, written, &known)
                .err()
                .into_iter()
                .flatten()
            {
                let key = format!("{place}.{}", fault.key);
                problems.add(key.trim_end_matches('.'), fault.problem);
            }
            if !names.insert(name.clone()) {
                let problem = format!("the name `{name}` is given twice");
                problems.add(&format!("{place}.name"), problem);
            }
        }
    }
}
