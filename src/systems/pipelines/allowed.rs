//! What project files may use.

use std::collections::BTreeSet;

use secrecy::ExposeSecret;

use super::settings::PipelinesSection;
use crate::fetch::AllowedHosts;
use crate::servers::ServerKind;

/// What the settings let project files use. A list without entries is not checked: the settings may
/// be those of another process.
#[derive(Debug)]
pub(crate) struct Allowed {
    pub(super) connections: BTreeSet<String>,
    /// Those whose database commits statements that define tables by itself.
    pub(super) commits_definitions: BTreeSet<String>,
    pub(super) hosts: AllowedHosts,
    pub(super) git_file: bool,
}

impl Allowed {
    pub(crate) fn by(section: &PipelinesSection) -> Self {
        let connections = section.connections.iter();
        let of_mysql = connections.filter(|(_, connection)| {
            let url = connection.url.expose_secret();
            ServerKind::of_url(url) == Some(ServerKind::MySql)
        });
        Self {
            connections: section.connections.keys().cloned().collect(),
            commits_definitions: of_mysql.map(|(name, _)| name.clone()).collect(),
            // Faults of the list are reported with those of the settings.
            hosts: AllowedHosts::read(&section.http_allow).unwrap_or_default(),
            git_file: section.git_file,
        }
    }
}
