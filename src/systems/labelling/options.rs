//! Settings → what labelling works with.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{GroupMap, LabellingOptions, Unmapped, Written};
use crate::engine::store::Store;
use crate::settings::{Loaded, SettingsError};
use crate::systems::labelling::label::LabelLimits;
use crate::systems::labelling::label::rules::RuleLimits;
use crate::systems::labelling::panels::{Sinks, UndatedLimits, open_sink};
use crate::systems::labelling::posts::{ColumnNames, SourceEntry, Sources, Zone, open_source};
use crate::systems::labelling::settings::{
    ColumnRole, LabellingSection, LabellingSettings, TableSettings, UnmappedSetting,
};

/// Opens what `sources` and `outputs` name; touches nothing yet.
pub(super) fn connections(loaded: &Loaded) -> Result<(Sources, Sinks), SettingsError> {
    let settings = &loaded.settings;
    let labelling: LabellingSettings = loaded.system();
    let lease = Duration::from_millis(settings.runtime.lease_ms);
    let mut faults = Vec::new();
    let mut sources = BTreeMap::new();
    for (name, source) in &labelling.sources {
        let tables = source
            .tables
            .iter()
            .map(|(table, settings)| (table.clone(), columns(settings)))
            .collect();
        let zone = source.time_zone.as_deref().map(str::parse::<Zone>);
        let zone = zone.transpose().unwrap_or_else(|error| {
            let key = format!("sources.{name}.time_zone");
            faults.push(loaded.fault(&key, error.to_string()));
            None
        });
        match open_source(&source.url) {
            Ok(source) => {
                let entry = SourceEntry {
                    source,
                    zone,
                    tables,
                };
                sources.insert(name.clone(), entry);
            }
            Err(error) => {
                faults.push(loaded.fault(&format!("sources.{name}.url"), error.to_string()));
            }
        }
    }
    let mut sinks = BTreeMap::new();
    for (name, output) in &labelling.outputs {
        let url = output.url.as_ref().unwrap_or(&settings.database.url);
        match open_sink(url, lease) {
            Ok(sink) => drop(sinks.insert(name.clone(), sink)),
            Err(error) => {
                let key = match &output.url {
                    Some(_) => format!("outputs.{name}.url"),
                    None => "database.url".to_owned(),
                };
                // What is wrong for the engine's tables as well is reported once.
                if output.url.is_some() || Store::check_url(url).is_ok() {
                    faults.push(loaded.fault(&key, error.to_string()));
                }
            }
        }
    }
    if faults.is_empty() {
        Ok((sources.into_iter().collect(), sinks.into_iter().collect()))
    } else {
        Err(SettingsError { faults })
    }
}

pub(super) fn columns(table: &TableSettings) -> ColumnNames {
    let mut names = ColumnNames::default();
    for (role, name) in &table.columns {
        let place = match role {
            ColumnRole::Id => &mut names.id,
            ColumnRole::SId => &mut names.s_id,
            ColumnRole::SAreaId => &mut names.s_area_id,
            ColumnRole::Author => &mut names.author,
            ColumnRole::Title => &mut names.title,
            ColumnRole::Content => &mut names.content,
            ColumnRole::PostTime => &mut names.post_time,
        };
        place.clone_from(name);
    }
    names
}

pub(super) fn options(loaded: &Loaded) -> Result<LabellingOptions, SettingsError> {
    let settings = loaded.system::<LabellingSettings>().labelling;
    let unmapped = match settings.unmapped {
        UnmappedSetting::Other => Unmapped::Other,
        UnmappedSetting::Skip => Unmapped::Skip,
        UnmappedSetting::Fail => Unmapped::Fail,
    };
    let mut faults = Vec::new();
    if let Err(error) = GroupMap::new(&settings.groups.0, unmapped) {
        faults.push(loaded.fault("labelling.groups", error.to_string()));
    }
    let mut moment = |key: &str, text: &Option<String>| {
        let parsed = text.as_deref().map(str::parse::<Written>).transpose();
        parsed.unwrap_or_else(|error| {
            faults.push(loaded.fault(&format!("labelling.{key}"), error.to_string()));
            None
        })
    };
    let start = moment("default_start_time", &settings.default_start_time);
    let end = moment("default_end_time", &settings.default_end_time);
    // As of UTC: a zone moves both alike.
    let in_utc = |written: Written| written.in_zone(Zone::UTC);
    if let (Some(start), Some(end)) = (start.and_then(in_utc), end.and_then(in_utc))
        && start >= end
    {
        let problem = "expected a time that is earlier than labelling.default_end_time";
        faults.push(loaded.fault("labelling.default_start_time", problem));
    }
    if !faults.is_empty() {
        return Err(SettingsError { faults });
    }
    Ok(LabellingOptions {
        groups: settings.groups.0.clone(),
        unmapped,
        rules_dir: settings.rules_dir.clone(),
        rule_sets: settings.rule_sets.clone(),
        keep_staging: settings.keep_staging,
        gate_two_people: settings.gate_two_people,
        default_source: settings.default_source.clone(),
        default_table: settings.default_table.clone(),
        default_output: settings.default_output.clone(),
        default_range: start.zip(end),
        rule_limits: rule_limits(&settings),
    })
}

pub(super) fn label_limits(labelling: &LabellingSection) -> LabelLimits {
    let bytes = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    LabelLimits {
        batches_per_step: labelling.batches_per_step as u32,
        rows_per_slice: labelling.rows_per_slice as u32,
        bytes_per_slice: bytes(labelling.bytes_per_slice),
        bytes_in_flight: bytes(labelling.bytes_in_flight),
        undated: undated_limits(labelling),
    }
}

pub(super) fn rule_limits(labelling: &LabellingSection) -> RuleLimits {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    RuleLimits {
        rule_bytes: number(labelling.rule_bytes_max),
        rules: number(labelling.rules_max),
        set_bytes: number(labelling.rules_bytes_max),
        memory_bytes: number(labelling.rules_memory_max),
        compile_time: Duration::from_secs(labelling.rules_compile_max_s),
    }
}

pub(super) fn undated_limits(labelling: &LabellingSection) -> UndatedLimits {
    UndatedLimits {
        share: labelling.unreadable_times_share,
        rows: labelling.unreadable_times_max,
    }
}
