//! Callers with tokens of all kinds.

use audience::access::{Role, digest};
use audience::settings::TokenSettings;
use audience::systems::dispatch::settings::ServiceSettings;

use crate::support::TestSettings;

pub(super) fn token(name: &str, role: Role) -> TokenSettings {
    let digits = digest(format!("token-of-{name}").as_bytes());
    TokenSettings {
        sha256: Some(digits.iter().map(|byte| format!("{byte:02x}")).collect()),
        variable: None,
        role,
        projects: Vec::new(),
        queues: Vec::new(),
        services: Vec::new(),
        expires: None,
    }
}

pub(super) fn add(settings: &mut TestSettings, name: &str, token: TokenSettings) {
    settings.access.tokens.insert(name.to_owned(), token);
}

/// A viewer, an operator, an admin, and callers with limits.
pub(crate) fn with_tokens(settings: &mut TestSettings) {
    for role in Role::ALL {
        add(settings, role.as_str(), token(role.as_str(), role));
    }
    let mut queue = token("queue", Role::Operator);
    queue.queues = vec!["theirs".to_owned()];
    add(settings, "queue", queue);
    let mut service = token("service", Role::Operator);
    service.services = vec!["bbb".to_owned()];
    add(settings, "service", service);
    let mut expired = token("expired", Role::Admin);
    expired.expires = Some("2020-01-01".to_owned());
    add(settings, "expired", expired);
    settings.dispatch.service = vec!["aaa".to_owned(), "bbb".to_owned()];
    let services = settings.dispatch.service.iter();
    settings.dispatch.source_db = services
        .map(|name| (name.clone(), ServiceSettings::default()))
        .collect();
}
