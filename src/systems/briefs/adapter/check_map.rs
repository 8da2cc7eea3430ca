//! The map of an adapter: which part of an article is found where.

use chrono_tz::Tz;
use serde_json::{Map, Value};
use serde_json_path::JsonPath;

use super::check::Check;
use super::model::{Field, FieldType, From, Target};
use super::template::Template;
use super::values::TimeReader;
use super::written::{WrittenAdapter, WrittenField, WrittenKind, WrittenType};
use crate::systems::briefs::article::Count;

impl Check<'_> {
    pub(super) fn map(&mut self, written: &WrittenAdapter) -> Vec<Field> {
        let map = match (&written.map, written.kind) {
            (Some(_), WrittenKind::Push) => {
                self.fault(
                    "map",
                    "what is pushed has the common fields; expected no map",
                );
                return Vec::new();
            }
            // Messages may have the common fields, too.
            (None, WrittenKind::Push | WrittenKind::Kafka) => return common(),
            (None, WrittenKind::Http | WrittenKind::File) => {
                self.fault(
                    "kind",
                    "a map is needed: `map` with id, post_time and title or content",
                );
                return Vec::new();
            }
            (Some(map), _) => map,
        };
        let mut fields = Vec::with_capacity(map.len());
        for (name, value) in map {
            let key = format!("map.{name}");
            let Some(target) = Target::named(name) else {
                let known: Vec<_> = Target::all().map(Target::name).collect();
                let expected = known.join(", ");
                self.fault(
                    &key,
                    format!("unknown field `{name}`; expected one of {expected}"),
                );
                continue;
            };
            fields.extend(self.field(&key, target, value, written.kind));
        }
        self.has_what_is_needed(map);
        self.templates_are_filled(&fields);
        fields
    }

    fn field(
        &mut self,
        key: &str,
        target: Target,
        value: &Value,
        kind: WrittenKind,
    ) -> Option<Field> {
        let written = match value {
            Value::String(path) => WrittenField {
                path: path.clone(),
                kind: None,
                zero_is_null: false,
                tz: None,
                format: None,
            },
            Value::Object(_) => match WrittenField::deserialize_from(value) {
                Ok(written) => written,
                Err(problem) => {
                    self.fault(key, problem);
                    return None;
                }
            },
            _ => {
                self.fault(key, "expected a path, a template or {path, type}");
                return None;
            }
        };
        let from = self.from(key, target, &written.path, kind);
        let field_type = self.field_type(key, target, &written);
        if written.zero_is_null && !target.is_number() {
            self.fault(&format!("{key}.zero_is_null"), "is for counts only");
        }
        let zone = self.zone(key, &written, field_type.as_ref());
        Some(Field {
            target,
            from: from?,
            kind: field_type?,
            zero_is_null: written.zero_is_null,
            zone,
        })
    }

    fn from(&mut self, key: &str, target: Target, text: &str, kind: WrittenKind) -> Option<From> {
        if text.starts_with('$') {
            return self.path(key, text).map(From::Path);
        }
        if text.contains('{') {
            let known: Vec<_> = Target::all()
                .filter(|known| *known != target && *known != Target::Topics)
                .map(Target::name)
                .collect();
            let parsed = Template::parse_of_fields(text, &known);
            return self.parsed(key, parsed).map(From::Template);
        }
        match kind {
            WrittenKind::File if !text.trim().is_empty() => Some(From::Column(text.to_owned())),
            _ => {
                self.fault(
                    key,
                    format!("`{text}`; expected a path such as $.id, or a template"),
                );
                None
            }
        }
    }

    fn field_type(
        &mut self,
        key: &str,
        target: Target,
        written: &WrittenField,
    ) -> Option<FieldType> {
        let kind = written.kind.unwrap_or(match target {
            Target::PostTime => WrittenType::Time,
            target if target.is_number() => WrittenType::Count,
            _ => WrittenType::Text,
        });
        if written.format.is_some() && kind != WrittenType::Time {
            self.fault(&format!("{key}.format"), "is for the type time only");
        }
        let read = match kind {
            WrittenType::Text => FieldType::Text,
            WrittenType::Html => FieldType::Html,
            WrittenType::Count => FieldType::Count,
            WrittenType::UnixS => FieldType::Time(TimeReader::UnixSeconds),
            WrittenType::UnixMs => FieldType::Time(TimeReader::UnixMilliseconds),
            WrittenType::TimeZh => FieldType::Time(TimeReader::Chinese),
            WrittenType::Time => FieldType::Time(TimeReader::Written {
                format: written.format.clone(),
            }),
        };
        let expected = match (target, &read) {
            (Target::PostTime, FieldType::Time(_)) => None,
            (Target::PostTime, _) => Some("time, time_zh, unix_s or unix_ms"),
            (target, FieldType::Count) if target.is_number() => None,
            (target, _) if target.is_number() => Some("count"),
            (_, FieldType::Text | FieldType::Html) => None,
            _ => Some("text or html"),
        };
        if let Some(expected) = expected {
            let at = format!("{key}.type");
            self.fault(
                &at,
                format!("expected the type {expected} for {}", target.name()),
            );
            return None;
        }
        Some(read)
    }

    fn zone(
        &mut self,
        key: &str,
        written: &WrittenField,
        field_type: Option<&FieldType>,
    ) -> Option<Tz> {
        let name = written.tz.as_deref()?;
        let key = format!("{key}.tz");
        if !matches!(field_type, None | Some(FieldType::Time(_))) {
            self.fault(&key, "is for times only");
        }
        let zone = name.parse().ok();
        if zone.is_none() {
            let problem = format!("unknown time zone `{name}`; expected one such as Asia/Shanghai");
            self.fault(&key, problem);
        }
        zone
    }

    fn has_what_is_needed(&mut self, map: &Map<String, Value>) {
        for name in ["id", "post_time"] {
            if !map.contains_key(name) {
                self.fault("map", format!("`{name}` is needed"));
            }
        }
        if !map.contains_key("title") && !map.contains_key("content") {
            self.fault("map", "`title` or `content` is needed");
        }
    }

    /// A template may hold fields that are read, not other templates.
    fn templates_are_filled(&mut self, fields: &[Field]) {
        for field in fields {
            let From::Template(template) = &field.from else {
                continue;
            };
            for name in template.fields() {
                let is_read = fields.iter().any(|other| {
                    other.target.name() == name && !matches!(other.from, From::Template(_))
                });
                if !is_read {
                    let key = format!("map.{}", field.target.name());
                    let problem = format!("{{{name}}} is not read by the map");
                    self.fault(&key, problem);
                }
            }
        }
    }
}

impl WrittenField {
    fn deserialize_from(value: &Value) -> Result<Self, String> {
        use serde::Deserialize;
        Self::deserialize(value).map_err(|error| error.to_string())
    }
}

impl Target {
    /// In the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        let texts = [
            Self::Id,
            Self::Url,
            Self::Title,
            Self::Content,
            Self::PostTime,
        ];
        let account = [Self::Topics, Self::UserId, Self::UserName, Self::UserFans];
        let counts = Count::ALL.into_iter().map(Self::Count);
        texts.into_iter().chain(counts).chain(account)
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|target| target.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Url => "url",
            Self::Title => "title",
            Self::Content => "content",
            Self::PostTime => "post_time",
            Self::Count(count) => count.name(),
            Self::Topics => "topics",
            Self::UserId => "user_id",
            Self::UserName => "user_name",
            Self::UserFans => "user_fans",
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Self::Count(_) | Self::UserFans)
    }
}

/// The fields of what is pushed: each is a member of its name.
fn common() -> Vec<Field> {
    let field = |target: Target| {
        let path = match target {
            Target::Topics => "$.topics[*]".to_owned(),
            target => format!("$.{}", target.name()),
        };
        Field {
            target,
            from: From::Path(JsonPath::parse(&path).expect("a name makes a path")),
            kind: match target {
                Target::PostTime => FieldType::Time(TimeReader::Written { format: None }),
                target if target.is_number() => FieldType::Count,
                _ => FieldType::Text,
            },
            zero_is_null: false,
            zone: None,
        }
    };
    Target::all().map(field).collect()
}
