//! The HTTP calls of briefs: those that their callers know, and those below `/v1`. Both show the same jobs.

mod asking;
mod briefs;
mod compat;
mod examples;
mod failure;
mod figures;
mod models;
mod progress;
mod v1;

use crate::access::Role;
use crate::engine::audit::Recording;
use crate::http::{Api, Routes};

pub(super) use briefs::Briefs;
use compat::{BriefCallsApi, BriefQueriesApi};
use v1::{BriefExportApi, BriefListsApi, BriefPushApi, BriefsApi};

pub(super) fn apis() -> Vec<Api> {
    vec![
        Api::v1::<(BriefsApi, BriefListsApi, BriefExportApi, BriefPushApi)>(v1::examples)
            .with_roles(ROLES)
            // A crawler pushes page after page.
            .recorded(&[("push_brief_articles", Recording::ByHour)]),
        Api::compat::<(BriefCallsApi, BriefQueriesApi)>(compat::about).with_roles(COMPAT_ROLES),
    ]
}

/// The same calls, to be called.
pub(super) fn routes(briefs: &Briefs) -> Routes {
    Routes::of((
        BriefsApi(briefs.clone()),
        BriefListsApi(briefs.clone()),
        BriefExportApi(briefs.clone()),
        BriefPushApi(briefs.clone()),
        BriefCallsApi(briefs.clone()),
        BriefQueriesApi(briefs.clone()),
    ))
}

/// Bytes of the articles that are pushed at once.
const PUSHED_BYTES_MAX: usize = 8 << 20;

/// Operations whose bodies may be longer than others.
pub(super) fn longer_bodies() -> Vec<(&'static str, usize)> {
    vec![("push_brief_articles", PUSHED_BYTES_MAX)]
}

const ROLES: &[(&str, Role)] = &[
    ("list_brief_platforms", Role::Viewer),
    ("list_briefs", Role::Viewer),
    ("get_brief", Role::Viewer),
    ("change_brief", Role::Operator),
    ("get_brief_progress", Role::Viewer),
    ("list_brief_articles", Role::Viewer),
    ("list_brief_accounts", Role::Viewer),
    ("get_brief_export", Role::Viewer),
    ("push_brief_articles", Role::Operator),
];

const COMPAT_ROLES: &[(&str, Role)] = &[
    ("brief_submit", Role::Operator),
    ("brief_view", Role::Viewer),
    ("brief_search", Role::Viewer),
    ("brief_view_article_list", Role::Viewer),
    ("brief_view_account_list", Role::Viewer),
    ("brief_cancel", Role::Operator),
    ("brief_change", Role::Operator),
    ("brief_spider_progress", Role::Viewer),
    ("brief_view_by_get", Role::Viewer),
    ("brief_search_by_get", Role::Viewer),
    ("brief_view_article_list_by_get", Role::Viewer),
    ("brief_view_account_list_by_get", Role::Viewer),
    ("brief_spider_progress_by_get", Role::Viewer),
];
