use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};

use super::*;

mod reading;
mod templates;
mod writing;

#[derive(Default)]
struct Names {
    params: HashMap<&'static str, ParamValue>,
    texts: HashMap<&'static str, &'static str>,
    moments: HashMap<&'static str, NaiveDateTime>,
}

impl Scope for Names {
    fn param(&self, name: &str) -> Option<&ParamValue> {
        self.params.get(name)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).copied()
    }

    fn moment(&self, name: &str) -> Option<NaiveDateTime> {
        self.moments.get(name).copied()
    }
}

fn day(text: &str) -> ParamValue {
    ParamType::Date.read(text).unwrap()
}

fn moment(year: i32, month: u32, day: u32, hour: u32, minute: u32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(year, month, day)
        .unwrap()
        .and_hms_opt(hour, minute, 59)
        .unwrap()
}
