//! Who can be told: the receivers of the settings, by the words that rules use for them.

use std::collections::{BTreeMap, BTreeSet};

use super::settings::NotificationsSettings;
use crate::fetch::{AllowedAddresses, PublicPost};
use crate::notify::{
    Delivered, Hook, Language, MailAddress, MailServer, Message, Report, Sentry, Undelivered,
};

const HOOK: &str = "hook:";
const MAIL: &str = "mail:";

/// What the variable `SENTRY_DSN` names.
pub(super) const SENTRY: &str = "sentry";

/// The names that rules may use.
#[derive(Clone, Debug, Default)]
pub struct KnownReceivers {
    pub hooks: BTreeSet<String>,
    /// Groups of mail addresses.
    pub groups: BTreeSet<String>,
    pub sentry: bool,
}

impl KnownReceivers {
    /// The words that rules use for them.
    pub fn words(&self) -> Vec<String> {
        let groups = self.groups.iter().map(|group| format!("{MAIL}{group}"));
        let hooks = self.hooks.iter().map(|name| format!("{HOOK}{name}"));
        let sentry = self.sentry.then(|| SENTRY.to_owned());
        groups.chain(hooks).chain(sentry).collect()
    }

    /// What is wrong with a word for a receiver.
    pub fn fault(&self, receiver: &str) -> Option<String> {
        if receiver == SENTRY && self.sentry {
            return None;
        }
        if let Some(name) = receiver.strip_prefix(HOOK) {
            return missing("hook", name, &self.hooks);
        }
        match receiver.strip_prefix(MAIL) {
            Some(group) => missing("group in `mail.to`", group, &self.groups),
            None => Some(format!("`{receiver}`: expected mail:GROUP or hook:NAME")),
        }
    }
}

fn missing(what: &str, name: &str, known: &BTreeSet<String>) -> Option<String> {
    if known.contains(name) {
        return None;
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let known = match known.is_empty() {
        true => "there are none in the settings".to_owned(),
        false => format!("known are {}", known.join(", ")),
    };
    Some(format!("there is no {what} `{name}`; {known}"))
}

/// The receivers of this process.
#[derive(Debug)]
pub struct Receivers {
    hooks: BTreeMap<String, Hook>,
    post: PublicPost,
    mail: Option<MailServer>,
    groups: BTreeMap<String, Vec<String>>,
    sentry: Option<Sentry>,
    /// It may be anywhere.
    to_sentry: PublicPost,
}

impl Receivers {
    /// Those without faults.
    pub fn of(settings: &NotificationsSettings) -> Self {
        let post = settings.post();
        let hooks = settings.hooks.iter();
        let hooks = hooks.filter_map(|(name, hook)| Some((name.clone(), hook.read(&post).ok()?)));
        Self {
            hooks: hooks.collect(),
            post,
            sentry: NotificationsSettings::sentry().ok().flatten(),
            to_sentry: PublicPost::new(AllowedAddresses::any()),
            mail: settings.mail.as_ref().and_then(|mail| mail.read().ok()),
            groups: settings
                .groups()
                .map(|(group, addresses)| (group.clone(), addresses.clone()))
                .collect(),
        }
    }

    /// Those that a word of a rule stands for, each of which gets a message of its own.
    pub fn expand(&self, word: &str) -> Vec<String> {
        let group = word.strip_prefix(MAIL);
        match group.and_then(|group| self.groups.get(group)) {
            Some(addresses) => {
                let addresses = addresses.iter();
                addresses
                    .map(|address| format!("{word}/{address}"))
                    .collect()
            }
            None => vec![word.to_owned()],
        }
    }

    /// Sends a message once.
    pub async fn send(
        &self,
        receiver: &str,
        id: &str,
        message: &Message,
        language: Language,
    ) -> Result<Delivered, Undelivered> {
        let address = receiver
            .strip_prefix(MAIL)
            .and_then(|rest| rest.split_once('/'));
        let address = address.and_then(|(_, address)| MailAddress::read(address));
        if let (Some(mail), Some(address)) = (&self.mail, address) {
            return mail.send(&address, id, message, language).await;
        }
        if let (Some(sentry), SENTRY) = (&self.sentry, receiver) {
            return sentry.send(&self.to_sentry, id, message).await;
        }
        let hook = receiver.strip_prefix(HOOK);
        match hook.and_then(|name| self.hooks.get(name)) {
            Some(hook) => hook.send(&self.post, id, message, language).await,
            None => Err(Undelivered {
                reason: format!("there is no receiver `{receiver}` in the settings any more"),
                is_final: false,
            }),
        }
    }

    /// Whether errors are reported elsewhere.
    pub fn has_sentry(&self) -> bool {
        self.sentry.is_some()
    }

    /// Reports an error, if it is reported anywhere.
    pub async fn report(&self, id: &str, report: &Report) -> Result<(), Undelivered> {
        match &self.sentry {
            Some(sentry) => sentry.report(&self.to_sentry, id, report).await.map(drop),
            None => Ok(()),
        }
    }
}
