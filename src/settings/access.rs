//! `access`: who may call.

use serde::Deserialize;

use super::Problems;
use crate::access::Origin;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessSettings {
    /// Other servers whose pages may call, such as `https://panel.example.org`.
    pub origins: Vec<String>,
}

impl AccessSettings {
    pub fn origins(&self) -> Vec<Origin> {
        let origins = self.origins.iter();
        origins.filter_map(|text| Origin::parse(text)).collect()
    }

    pub(super) fn check(&self, access: &mut Problems<'_>) {
        for (place, text) in self.origins.iter().enumerate() {
            if Origin::parse(text).is_none() {
                let problem = format!(
                    "`{text}` is not an origin, expected a scheme, a host and maybe a port, such as \
                     https://panel.example.org"
                );
                access.add(&format!("origins.{place}"), problem);
            }
        }
    }
}
