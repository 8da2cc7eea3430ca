//! The ids that callers and workers know tasks by: `ts_<service>_<job id>`.

use std::fmt;
use std::str::FromStr;

use entity::JobId;

/// Which task of which service.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    pub service: String,
    pub job: JobId,
}

/// A text that is no such id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected ts_<service>_<32 hexadecimal digits>")]
pub struct NoTaskId;

impl fmt::Display for TaskId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ts_{}_{}", self.service, self.job)
    }
}

impl FromStr for TaskId {
    type Err = NoTaskId;

    fn from_str(text: &str) -> Result<Self, NoTaskId> {
        let rest = text.strip_prefix("ts_").ok_or(NoTaskId)?;
        // The name of a service may hold underlines itself.
        let (service, job) = rest.rsplit_once('_').ok_or(NoTaskId)?;
        let job = job.parse().map_err(|_| NoTaskId)?;
        match service.is_empty() {
            true => Err(NoTaskId),
            false => Ok(Self {
                service: service.to_owned(),
                job,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_service_and_its_job() {
        let job = JobId::new();
        let text = format!("ts_search_user_{job}");
        let id: TaskId = text.parse().unwrap();
        assert_eq!((id.service.as_str(), &id.job), ("search_user", &job));
        assert_eq!(id.to_string(), text);
        for wrong in [
            String::new(),
            "ts_".to_owned(),
            format!("ts_{job}"),
            format!("ts__{job}"),
            format!("aaa_{job}"),
            "ts_aaa_xyz".to_owned(),
            format!("ts_aaa_{}", job.as_str().to_uppercase() + "A"),
        ] {
            assert_eq!(wrong.parse::<TaskId>(), Err(NoTaskId), "{wrong}");
        }
    }
}
