//! Which operations the documents name.

use super::tests::{document, operations};

#[test]
fn the_documents_name_all_operations() {
    let names = |which| -> Vec<String> {
        let document = document(which);
        operations(&document)
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    };
    let mut v1 = names("v1");
    v1.sort();
    assert_eq!(
        v1,
        [
            "delete /v1/imports/{import_id}",
            "delete /v1/jobs/{job_id}",
            "delete /v1/jobs/{job_id}/follow",
            "delete /v1/mappings/{name}",
            "delete /v1/models/{name}/versions/{version}",
            "delete /v1/notifications/rules/{name}",
            "delete /v1/projects/{project}",
            "delete /v1/schedules/{name}",
            "delete /v1/scrapes/{name}",
            "delete /v1/session",
            "delete /v1/views/{name}",
            "get /livez",
            "get /readyz",
            "get /v1/audit",
            "get /v1/brief-platforms",
            "get /v1/briefs",
            "get /v1/briefs/{job_id}",
            "get /v1/briefs/{job_id}/accounts",
            "get /v1/briefs/{job_id}/articles",
            "get /v1/briefs/{job_id}/export",
            "get /v1/briefs/{job_id}/progress",
            "get /v1/dispatch/dead_letters",
            "get /v1/dispatch/services",
            "get /v1/dispatch/tasks",
            "get /v1/events",
            "get /v1/imports",
            "get /v1/imports/{import_id}",
            "get /v1/imports/{import_id}/problems",
            "get /v1/jobs",
            "get /v1/jobs/{job_id}",
            "get /v1/jobs/{job_id}/artifacts",
            "get /v1/jobs/{job_id}/artifacts/{name}",
            "get /v1/jobs/{job_id}/changes",
            "get /v1/jobs/{job_id}/console",
            "get /v1/jobs/{job_id}/console/folds",
            "get /v1/jobs/{job_id}/console/lines",
            "get /v1/jobs/{job_id}/console/search",
            "get /v1/jobs/{job_id}/events",
            "get /v1/jobs/{job_id}/follow",
            "get /v1/jobs/{job_id}/logs",
            "get /v1/jobs/{job_id}/result",
            "get /v1/jobs/{job_id}/rows",
            "get /v1/jobs/{job_id}/sample",
            "get /v1/jobs/{job_id}/timeline",
            "get /v1/jobs/{job_id}/why",
            "get /v1/licences",
            "get /v1/mappings",
            "get /v1/mappings/{name}",
            "get /v1/mappings/{name}/versions",
            "get /v1/models",
            "get /v1/models/{name}",
            "get /v1/models/{name}/versions",
            "get /v1/models/{name}/versions/{version}",
            "get /v1/notifications",
            "get /v1/notifications/deliveries",
            "get /v1/notifications/events",
            "get /v1/notifications/rules",
            "get /v1/projects",
            "get /v1/projects/{project}",
            "get /v1/projects/{project}/dates",
            "get /v1/projects/{project}/graph",
            "get /v1/projects/{project}/resources",
            "get /v1/projects/{project}/triggers",
            "get /v1/projects/{project}/triggers/{trigger}",
            "get /v1/projects/{project}/triggers/{trigger}/form",
            "get /v1/projects/{project}/versions",
            "get /v1/projects/{project}/why",
            "get /v1/rule_sets",
            "get /v1/runs",
            "get /v1/runs/{run_id}",
            "get /v1/runs/{run_id}/events",
            "get /v1/runs/{run_id}/graph",
            "get /v1/runs/{run_id}/jobs",
            "get /v1/runtime",
            "get /v1/runtime/log-level",
            "get /v1/runtime/store",
            "get /v1/schedules",
            "get /v1/schedules/{name}",
            "get /v1/schemas",
            "get /v1/schemas/{flow}",
            "get /v1/scrapes",
            "get /v1/scrapes/{name}",
            "get /v1/scrapes/{name}/runs",
            "get /v1/scrapes/{name}/runs/{run_id}",
            "get /v1/scrapes/{name}/runs/{run_id}/pages/{number}",
            "get /v1/scrapes/{name}/versions",
            "get /v1/session",
            "get /v1/settings",
            "get /v1/sources",
            "get /v1/views",
            "patch /v1/briefs/{job_id}",
            "post /v1/briefs/{job_id}/articles",
            "post /v1/dispatch/dead_letters/replay",
            "post /v1/dispatch/dead_letters/{seq}/replay",
            "post /v1/dispatch/{service}/complete",
            "post /v1/dispatch/{service}/heartbeat",
            "post /v1/dispatch/{service}/lease",
            "post /v1/dispatch/{service}/tasks",
            "post /v1/hooks/schedules/{name}",
            "post /v1/hooks/{project}/{trigger}",
            "post /v1/imports",
            "post /v1/imports/cells",
            "post /v1/imports/lint",
            "post /v1/imports/preview",
            "post /v1/imports/suggest",
            "post /v1/jobs",
            "post /v1/jobs/bulk",
            "post /v1/jobs/bulk/check",
            "post /v1/jobs/check",
            "post /v1/jobs/{job_id}/cancel",
            "post /v1/jobs/{job_id}/follow",
            "post /v1/jobs/{job_id}/rerun",
            "post /v1/jobs/{job_id}/resume",
            "post /v1/jobs/{job_id}/retry",
            "post /v1/models/{name}/aliases/{alias}/rollback",
            "post /v1/models/{name}/predict",
            "post /v1/models/{name}/versions",
            "post /v1/models/{name}/versions/{version}/test",
            "post /v1/notifications/deliveries/{id}/replay",
            "post /v1/notifications/read-all",
            "post /v1/notifications/rules/{name}/test",
            "post /v1/notifications/{id}/read",
            "post /v1/projects/{project}/plan",
            "post /v1/projects/{project}/runs",
            "post /v1/projects/{project}/triggers/{trigger}/fire",
            "post /v1/projects/{project}/triggers/{trigger}/pause",
            "post /v1/projects/{project}/triggers/{trigger}/resume",
            "post /v1/runs/{run_id}/cancel",
            "post /v1/runs/{run_id}/retry",
            "post /v1/schedules/{name}/fire",
            "post /v1/schedules/{name}/pause",
            "post /v1/schedules/{name}/resume",
            "post /v1/scrapes/{name}/replay",
            "post /v1/scrapes/{name}/run",
            "post /v1/scrapes/{name}/test",
            "post /v1/session",
            "put /v1/mappings/{name}",
            "put /v1/models/{name}/aliases/{alias}",
            "put /v1/notifications/rules/{name}",
            "put /v1/projects/{project}",
            "put /v1/runtime/log-level",
            "put /v1/schedules/{name}",
            "put /v1/scrapes/{name}",
            "put /v1/views/{name}",
        ]
    );
    let mut compat = names("compat");
    compat.sort();
    assert_eq!(
        compat,
        [
            "get /api/tasks/",
            "get /api/tasks/{task_id}",
            "get /api/tasks/{task_id}/sample/",
            "post /api/tasks/",
            "post /api/tasks/abort/",
        ]
    );
    let mut dispatch = names("dispatch");
    dispatch.sort();
    assert_eq!(
        dispatch,
        [
            "post /api/create_task",
            "post /api/result_task",
            "post /api/service_task",
            "post /api/start_task",
            "post /api/status_task",
            "post /api/tasks",
            "post /api/update_status_task",
            "post /api/update_task",
        ]
    );
    let mut inference = names("inference");
    inference.sort();
    assert_eq!(
        inference,
        [
            "get /v2",
            "get /v2/health/live",
            "get /v2/health/ready",
            "get /v2/models/{model_name}",
            "get /v2/models/{model_name}/ready",
            "get /v2/models/{model_name}/versions/{model_version}",
            "get /v2/models/{model_name}/versions/{model_version}/ready",
            "post /v2/models/{model_name}/infer",
            "post /v2/models/{model_name}/versions/{model_version}/infer",
            "post /v2/repository/index",
        ]
    );
    let mut briefs = names("briefs");
    briefs.sort();
    let by_get = [
        "search",
        "spider_progress",
        "view",
        "view_account_list",
        "view_article_list",
    ];
    let by_post = [
        "cancel",
        "change",
        "search",
        "spider_progress",
        "submit",
        "view",
        "view_account_list",
        "view_article_list",
    ];
    let by_get = by_get.map(|call| format!("get /dts-auto-brief/job/{call}"));
    let by_post = by_post.map(|call| format!("post /dts-auto-brief/job/{call}"));
    assert_eq!(briefs, [&by_get[..], &by_post[..]].concat());
}
