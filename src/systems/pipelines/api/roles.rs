//! Which calls there are, the role that each needs, and how it is recorded.

use std::sync::Arc;

use super::v1::{
    ConsoleApi, ConsoleLinesApi, ConsoleSearchApi, DatesApi, GraphsApi, HooksApi, PlansApi,
    ProjectApi, ProjectsApi, ResourcesApi, RunEventsApi, RunsApi, TriggersApi, WhyApi,
    console_examples, examples, trigger_examples,
};
use crate::access::Role;
use crate::engine::audit::Recording;
use crate::engine::triggers::Triggers;
use crate::http::{Api, Routes};
use crate::secrets::Secrets;
use crate::systems::pipelines::attempt_logs::AttemptLogs;
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::why::Why;

type AllApis = (
    ProjectsApi,
    ProjectApi,
    ResourcesApi,
    PlansApi,
    RunsApi,
    RunEventsApi,
    GraphsApi,
    DatesApi,
);

type ApisOfJobs = (ConsoleApi, ConsoleLinesApi, ConsoleSearchApi, WhyApi);

pub(crate) fn apis() -> Vec<Api> {
    vec![
        Api::v1::<AllApis>(examples::examples).with_roles(V1),
        Api::v1::<TriggersApi>(trigger_examples::examples).with_roles(OF_TRIGGERS),
        Api::v1::<ApisOfJobs>(console_examples::examples)
            .with_roles(OF_JOBS)
            .with_any_query(&["why_instance"]),
        Api::v1::<HooksApi>(examples::hooks)
            .open_to_anybody(&["receive_hook"])
            .recorded(&[("receive_hook", Recording::ByHour)]),
    ]
}

/// The same calls, to be called.
pub(crate) fn routes(
    pipelines: &Pipelines,
    triggers: Triggers,
    secrets: Arc<Secrets>,
    logs: AttemptLogs,
    why: Why,
) -> Routes {
    let hooks = HooksApi {
        pipelines: pipelines.clone(),
        triggers: triggers.clone(),
        secrets,
    };
    let store = || pipelines.store.engine().clone();
    let console = ConsoleApi {
        store: store(),
        logs: logs.clone(),
    };
    let lines = ConsoleLinesApi {
        store: store(),
        logs: logs.clone(),
    };
    let search = ConsoleSearchApi {
        store: store(),
        logs,
    };
    let pipelines = || pipelines.clone();
    let all = (
        ProjectsApi(pipelines()),
        ProjectApi(pipelines()),
        ResourcesApi(pipelines()),
        PlansApi(pipelines()),
        RunsApi(pipelines()),
        RunEventsApi(pipelines()),
        GraphsApi(pipelines()),
        DatesApi(pipelines()),
    );
    let triggers = TriggersApi {
        pipelines: pipelines(),
        triggers,
    };
    Routes::of(all)
        .and(Routes::of(triggers))
        .and(Routes::of((console, lines, search, WhyApi(why))))
        .and(Routes::of(hooks))
}

const V1: &[(&str, Role)] = &[
    ("list_projects", Role::Viewer),
    ("get_project", Role::Viewer),
    ("upload_project", Role::Admin),
    ("remove_project", Role::Admin),
    ("list_versions", Role::Viewer),
    ("list_resources", Role::Viewer),
    ("get_project_graph", Role::Viewer),
    ("get_project_dates", Role::Viewer),
    ("plan_run", Role::Viewer),
    ("start_run", Role::Operator),
    ("list_runs", Role::Viewer),
    ("get_run", Role::Viewer),
    ("list_run_jobs", Role::Viewer),
    ("watch_run", Role::Viewer),
    ("get_run_graph", Role::Viewer),
    ("cancel_run", Role::Operator),
    ("retry_run", Role::Operator),
];

const OF_TRIGGERS: &[(&str, Role)] = &[
    ("list_triggers", Role::Viewer),
    ("get_trigger", Role::Viewer),
    ("get_trigger_form", Role::Viewer),
    ("fire_trigger", Role::Operator),
    ("pause_trigger", Role::Operator),
    ("resume_trigger", Role::Operator),
];

/// Calls about jobs of pipelines.
const OF_JOBS: &[(&str, Role)] = &[
    ("get_console", Role::Viewer),
    ("get_console_folds", Role::Viewer),
    ("list_console_lines", Role::Viewer),
    ("search_console", Role::Viewer),
    ("why_job", Role::Viewer),
    ("why_instance", Role::Viewer),
];
