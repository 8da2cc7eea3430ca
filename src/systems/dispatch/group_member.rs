//! As what this process joins the group that reads the replies.

use std::fs;

use crate::kafka::BrokerSettings;
use crate::settings::Loaded;

/// The same after a restart, and not
/// the same as that of another process. One machine has one process at one address.
pub(super) fn group_member(loaded: &Loaded, broker: &BrokerSettings) -> Option<String> {
    const LONGEST: usize = 249;
    if let Some(member) = &broker.group_instance_id {
        return Some(member.clone()).filter(|member| !member.is_empty());
    }
    let host = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let bind = loaded.settings.server.address()?;
    if bind.port() == 0 {
        // It listens on another port each time.
        return None;
    }
    let name = format!("audience-{}-{bind}", host.trim());
    let plain = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' => letter,
        _ => '-',
    };
    Some(name.chars().map(plain).take(LONGEST).collect())
}
