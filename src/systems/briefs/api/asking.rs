//! Members of requests, whether they come as JSON or in a query: each is read by its name, and a fault names it.

use std::ops::RangeInclusive;

use chrono_tz::Tz;
use entity::JobId;
use poem::Request;
use poem::http::StatusCode;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::failure::no_brief;
use crate::http::error::Failure;
use crate::strict_json;
use crate::systems::briefs::request::read_time;
use crate::systems::briefs::store::BriefStatus;
use crate::systems::briefs::storing::{Descent, Order};

/// Longer texts are not looked for.
const TEXT_MAX: usize = 200;

/// The members of one request.
pub(super) struct Members {
    values: Map<String, Value>,
    /// All values are texts.
    of_query: bool,
}

impl Members {
    /// Those of a body. What is no JSON is answered in another way than what does not fit.
    pub fn of_body(bytes: &[u8]) -> Result<Self, Failure> {
        let no_json = |reason: String| {
            let detail = format!("body: expected JSON: {reason}");
            Failure::new(StatusCode::BAD_REQUEST, detail)
        };
        match strict_json::parse(bytes).map_err(no_json)? {
            Value::Object(values) => Ok(Self {
                values,
                of_query: false,
            }),
            _ => Err(Failure::invalid("body: expected an object")),
        }
    }

    /// Those of a query, each of which is given once.
    pub fn of_query(request: &Request) -> Result<Self, Failure> {
        let query = request.uri().query().unwrap_or_default();
        let mut values = Map::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if values.contains_key(&*name) {
                return Err(Failure::invalid(format!("{name}: is given twice")));
            }
            values.insert(name.into_owned(), Value::String(value.into_owned()));
        }
        Ok(Self {
            values,
            of_query: true,
        })
    }

    pub fn into_values(self) -> Map<String, Value> {
        self.values
    }

    /// Refuses what nothing reads.
    pub fn only(&self, known: &[&str]) -> Result<(), Failure> {
        let mut names = self.values.keys().map(String::as_str);
        match names.find(|name| !known.contains(name)) {
            None => Ok(()),
            Some(name) => {
                let known = known.join(", ");
                Err(fault(
                    name,
                    &format!("unknown field; expected one of {known}"),
                ))
            }
        }
    }

    /// `null` is as good as left out.
    fn member(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// The brief that is asked for.
    pub fn job_id(&self) -> Result<JobId, Failure> {
        let value = self
            .member("job_id")
            .ok_or_else(|| fault("job_id", "is missing"))?;
        let text = value
            .as_str()
            .ok_or_else(|| fault("job_id", "expected a text"))?;
        text.parse().map_err(|_| no_brief())
    }

    /// A text to be looked for; an empty one is as good as none.
    pub fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        let text = value
            .as_str()
            .filter(|text| text.chars().count() <= TEXT_MAX && !text.contains('\0'));
        let expected = || {
            let problem = format!("expected a text of at most {TEXT_MAX} characters");
            fault(name, &problem)
        };
        let text = text.ok_or_else(expected)?;
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    pub fn number(
        &self,
        name: &str,
        usual: u64,
        range: RangeInclusive<u64>,
    ) -> Result<u64, Failure> {
        let Some(value) = self.member(name) else {
            return Ok(usual);
        };
        let number = match value {
            Value::String(text) if self.of_query => text.parse().ok(),
            value => value.as_u64(),
        };
        let (first, last) = (range.start(), range.end());
        let expected = || {
            fault(
                name,
                &format!("expected a whole number from {first} to {last}"),
            )
        };
        number
            .filter(|number| range.contains(number))
            .ok_or_else(expected)
    }

    /// Microseconds since 1970.
    pub fn time(&self, name: &str, zone: Tz) -> Result<Option<i64>, Failure> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        match value.as_str() {
            Some("") => Ok(None),
            text => {
                let time = text.and_then(|text| read_time(text, zone));
                let problem = "expected a time such as 2026-11-01 00:00:00";
                time.map(Some).ok_or_else(|| fault(name, problem))
            }
        }
    }

    pub fn status(&self) -> Result<Option<BriefStatus>, Failure> {
        let Some(name) = self.text("status")? else {
            return Ok(None);
        };
        let known = BriefStatus::ALL.map(BriefStatus::name).join(", ");
        let status = BriefStatus::named(&name);
        status
            .map(Some)
            .ok_or_else(|| fault("status", &format!("expected one of {known}")))
    }

    /// What a list is ordered by: one of these names.
    pub fn order(&self, names: &[&str]) -> Result<(Order, Descent), Failure> {
        let order = match self.text("order_by")? {
            None => Order::Interraction,
            Some(name) => {
                let known = names.contains(&name.as_str());
                let order = Order::named(&name).filter(|_| known);
                let problem = format!("expected one of {}", names.join(", "));
                order.ok_or_else(|| fault("order_by", &problem))?
            }
        };
        let descent = match self.text("order")?.as_deref() {
            None | Some("desc") => Descent::Descending,
            Some("asc") => Descent::Ascending,
            Some(_) => return Err(fault("order", "expected asc or desc")),
        };
        Ok((order, descent))
    }
}

pub(super) fn fault(name: &str, problem: &str) -> Failure {
    Failure::invalid(format!("{name}: {problem}"))
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;

    use super::*;

    fn body(text: &str) -> Members {
        Members::of_body(text.as_bytes()).ok().unwrap()
    }

    fn query(text: &str) -> Result<Members, Failure> {
        let uri = format!("/x?{text}").parse().unwrap();
        Members::of_query(&Request::builder().uri(uri).finish())
    }

    fn detail<T>(read: Result<T, Failure>) -> (u16, String) {
        let failure = read.err().unwrap();
        (failure.status.as_u16(), failure.detail)
    }

    #[test]
    fn what_is_no_json_is_told_from_what_does_not_fit() {
        for text in ["", "{", "job_id=1", "{\"a\":1,\"a\":2}"] {
            assert_eq!(detail(Members::of_body(text.as_bytes())).0, 400, "{text}");
        }
        for text in ["[]", "1", "null"] {
            let expected = (422, "body: expected an object".to_owned());
            assert_eq!(detail(Members::of_body(text.as_bytes())), expected);
        }
    }

    #[test]
    fn a_fault_names_its_member() {
        let members =
            body(r#"{"job_id":1,"page":0,"job_name":["a"],"create_start":"soon","page_size":"9"}"#);
        for (read, expected) in [
            (detail(members.job_id()), "job_id: expected a text"),
            (
                detail(members.number("page", 1, 1..=9)),
                "page: expected a whole number from 1 to 9",
            ),
            (
                detail(members.number("page_size", 1, 1..=9)),
                "page_size: expected a whole number from 1 to 9",
            ),
            (
                detail(members.text("job_name")),
                "job_name: expected a text of at most 200 characters",
            ),
            (
                detail(members.time("create_start", Shanghai)),
                "create_start: expected a time such as 2026-11-01 00:00:00",
            ),
            (
                detail(members.only(&["job_id", "page"])),
                "job_name: unknown field; expected one of job_id, page",
            ),
            (detail(body("{}").job_id()), "job_id: is missing"),
        ] {
            assert_eq!(read, (422, expected.to_owned()));
        }
        let unknown = (404, "job not found".to_owned());
        assert_eq!(detail(body(r#"{"job_id":"x"}"#).job_id()), unknown);
    }

    #[test]
    fn a_query_is_read_like_a_body() {
        let members = query("page=2&job_name=%E9%98%B2%E6%99%92&platform=&order=asc&order_by=like");
        let members = members.ok().unwrap();
        assert_eq!(members.number("page", 1, 1..=9).ok(), Some(2));
        assert_eq!(
            members.text("job_name").ok().unwrap().as_deref(),
            Some("防晒")
        );
        assert_eq!(members.text("platform").ok().unwrap(), None);
        let (_, descent) = members.order(&["like"]).ok().unwrap();
        assert_eq!(descent, Descent::Ascending);
        assert_eq!(
            detail(members.order(&["read", "play"])).1,
            "order_by: expected one of read, play"
        );
        assert_eq!(detail(query("a=1&a=2")).1, "a: is given twice");
    }
}
