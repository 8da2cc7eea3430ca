//! Sessions of browsers, and who calls.

use std::sync::Arc;
use std::time::Duration;

use poem::http::StatusCode;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Deserialize;

use super::Groups;
use super::words::Roles;
use crate::access::{Keys, digest};
use crate::clock;
use crate::engine::store::audit;
use crate::http::Who;
use crate::http::body::{Body, JsonBody, Word};
use crate::http::entrance::Client;
use crate::http::error::Failure;
use crate::http::sessions::{self, Sessions};
use crate::http::sign_ins::SignIns;

/// The operations.
#[derive(Clone)]
pub(crate) struct SessionApi {
    pub keys: Arc<Keys>,
    pub sessions: Sessions,
    pub sign_ins: Arc<SignIns>,
}

/// What a browser signs in with.
#[derive(Object, Deserialize)]
struct SignIn {
    /// A token of the settings, or that of `AUTH_TOKEN`.
    token: String,
}

impl Body for SignIn {}

/// Who calls, and what the caller may do.
#[derive(Object)]
struct Caller {
    /// That of the token; `local` on a server without tokens.
    name: String,
    role: Word<Roles>,
    /// The caller sees only what belongs to these; empty: everything.
    projects: Vec<String>,
    /// The same for queues.
    queues: Vec<String>,
    /// The same for services of tasks for outside workers.
    services: Vec<String>,
    /// When the session, or the token without one, ends; null: never.
    expires: Option<String>,
}

#[derive(ApiResponse)]
enum Changed {
    #[oai(status = 204)]
    Done(
        /// Makes the browser keep, or drop, the cookie `audience_session`.
        #[oai(header = "Set-Cookie")]
        String,
    ),
}

#[OpenApi(tag = "Groups::Session")]
impl SessionApi {
    /// Sign in
    ///
    /// The cookie in the answer stands for the token for 12 hours, wherever the header
    /// `Authorization` would. It ends earlier with its token.
    #[oai(path = "/v1/session", method = "post", operation_id = "create_session")]
    async fn create_session(
        &self,
        client: Client,
        body: JsonBody<SignIn>,
    ) -> poem::Result<Changed> {
        let token = digest(body.value.token.as_bytes());
        let found = self
            .sign_ins
            .attempt(client.address, || self.keys.find(&[token]));
        let Some(identity) = found.map_err(too_many)? else {
            let detail = "token: it is not one of the tokens of this server, or has expired";
            return Err(Failure::new(StatusCode::UNAUTHORIZED, detail).into());
        };
        audit::by(&identity.name);
        let cookie = self.sessions.begin(&identity, token, &client).await?;
        Ok(Changed::Done(cookie))
    }

    /// See who calls
    ///
    /// By the token or the session that the call shows, with what the caller may see.
    #[oai(path = "/v1/session", method = "get", operation_id = "get_session")]
    async fn get_session(&self, who: Who) -> Json<Caller> {
        let identity = &who.identity;
        let of_session = who.session.as_ref().map(|session| session.expires);
        let expires = of_session.or(identity.expires);
        let [projects, queues, services] = identity.scope.limits().map(<[String]>::to_vec);
        Json(Caller {
            name: identity.name.clone(),
            role: Word(identity.role),
            projects,
            queues,
            services,
            expires: expires.map(|expires| clock::rfc3339(expires.timestamp_micros())),
        })
    }

    /// Sign out
    ///
    /// Ends every session of the token, in all browsers. The token itself still counts.
    #[oai(path = "/v1/session", method = "delete", operation_id = "end_sessions")]
    async fn end_sessions(&self, client: Client, who: Who) -> poem::Result<Changed> {
        if let Some(token) = &who.identity.digest {
            self.sessions.end(token).await?;
        }
        Ok(Changed::Done(sessions::dropped(&client)))
    }
}

fn too_many(pause: Duration) -> Failure {
    let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
    let detail =
        format!("too many sign-ins from this address have failed; try again in {seconds} s");
    let mut failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, detail);
    failure.retry_after_s = u32::try_from(seconds).ok();
    failure
}
