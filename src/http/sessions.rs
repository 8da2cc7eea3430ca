//! Sessions of browsers: a cookie that stands for a token.
//!
//! A cookie names the digest of its token and is sealed with a key in the store, so that every process
//! reads it, and no list of sessions is kept. It counts as long as its token does. Signing out begins
//! another generation of the token's sessions; processes look for those in the store.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use poem::Request;
use poem::http::{HeaderMap, header};
use tokio::sync::{Mutex, OnceCell};
use tracing::warn;

use super::entrance::Client;
use super::error::Failure;
use crate::access::{Digest, Identity, SealingKey, Session, digest};
use crate::engine::store::Store;

/// How long a browser stays signed in.
pub(super) const LENGTH: Duration = Duration::from_secs(12 * 3_600);

const COOKIE: &str = "audience_session";

/// The name of the key in the store.
const KEY: &str = "session";

/// How long it is believed which sessions were ended: in other processes they end that much later.
const BELIEVED_FOR: Duration = Duration::from_secs(2);

/// Cookies of our name that are looked at: pages of other servers with this host may have set some.
const COOKIES_MAX: usize = 4;

/// A handle to the sessions of all tokens; clones share it.
#[derive(Clone)]
pub(super) struct Sessions(Arc<Shared>);

struct Shared {
    store: Store,
    key: OnceCell<SealingKey>,
    ended: Mutex<Option<Ended>>,
}

/// How often the sessions of each token were ended, and when this was looked up.
struct Ended {
    generations: HashMap<String, i64>,
    at: Instant,
}

impl Sessions {
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Shared {
            store,
            key: OnceCell::new(),
            ended: Mutex::new(None),
        }))
    }

    /// The header that makes a browser keep a new session, of the owner of a token with this digest.
    pub async fn begin(
        &self,
        identity: &Identity,
        token: Digest,
        client: &Client,
    ) -> Result<String, Failure> {
        let end = Utc::now() + LENGTH;
        let session = Session {
            token,
            // Another process may just have ended the earlier sessions: this one is not to end with them.
            generation: self.look_up(&token).await?,
            expires: identity.expires.map_or(end, |expires| expires.min(end)),
        };
        let sealed = self.key().await?.seal(&session);
        let sealed = sealed.map_err(|_| Failure::internal())?;
        let left = (session.expires - Utc::now()).num_seconds().max(0) + 1;
        let left = left.min(LENGTH.as_secs() as i64);
        Ok(cookie(&sealed, left, client))
    }

    /// The sessions that a request shows, whether or not their tokens count.
    pub async fn shown(&self, request: &Request) -> Result<Vec<Session>, Failure> {
        let mut shown = Vec::new();
        for value in values(request.headers()).take(COOKIES_MAX) {
            let session = self.key().await?.open(value);
            let session = session.filter(|session| Utc::now() < session.expires);
            if let Some(session) = session
                && session.generation == self.generation(&session.token).await?
            {
                shown.push(session);
            }
        }
        Ok(shown)
    }

    /// Ends when the session does.
    pub async fn ended(&self, session: &Session) {
        loop {
            let left = (session.expires - Utc::now()).to_std().unwrap_or_default();
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(BELIEVED_FOR)).await;
            // While the store is away, nobody can end a session either.
            let generation = self.generation(&session.token).await;
            if generation.is_ok_and(|generation| generation != session.generation) {
                return;
            }
        }
    }

    /// Ends all sessions of a token.
    pub async fn end(&self, token: &Digest) -> Result<(), Failure> {
        self.0.store.sessions().end(owner(token)).await?;
        self.look_up(token).await.map(drop)
    }

    /// The generation in the store, which is known from then on.
    async fn look_up(&self, token: &Digest) -> Result<i64, Failure> {
        let owner = owner(token);
        let mut known = self.0.ended.lock().await;
        let found = self.0.store.sessions().generation(&owner).await;
        match (&found, known.as_mut()) {
            (Ok(generation), Some(ended)) => {
                ended.generations.insert(owner, *generation);
            }
            (Ok(_), None) => {}
            (Err(_), _) => *known = None,
        }
        Ok(found?)
    }

    async fn generation(&self, token: &Digest) -> Result<i64, Failure> {
        let mut known = self.0.ended.lock().await;
        let is_new = |ended: &&mut Ended| ended.at.elapsed() < BELIEVED_FOR;
        let ended = match known.as_mut().filter(is_new) {
            Some(ended) => ended,
            None => {
                let at = Instant::now();
                let generations = self.0.store.sessions().generations().await?;
                known.insert(Ended { generations, at })
            }
        };
        let generation = ended.generations.get(&owner(token));
        Ok(generation.copied().unwrap_or_default())
    }

    async fn key(&self) -> Result<&SealingKey, Failure> {
        let read = async {
            let made = SealingKey::generate().map_err(|_| Failure::internal())?;
            let kept = self.0.store.sessions().secret(KEY, made).await?;
            SealingKey::parse(&kept).ok_or_else(Failure::internal)
        };
        self.0.key.get_or_try_init(|| read).await
    }
}

/// The header that makes a browser drop its session.
pub(super) fn dropped(client: &Client) -> String {
    cookie("", 0, client)
}

fn cookie(value: &str, seconds: i64, client: &Client) -> String {
    let secure = if client.is_by_tls { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// Ends the sessions of tokens that do not count any more.
pub(crate) async fn end_sessions(store: Store, tokens: Vec<Digest>) {
    let sessions = Sessions::new(store);
    for token in tokens {
        if sessions.end(&token).await.is_err() {
            warn!("sessions of a removed token are not ended: they count again if it is put back");
        }
    }
}

/// What is kept of a token in the store.
fn owner(token: &Digest) -> String {
    digest(token)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The values of our cookie.
fn values(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let headers = headers.get_all(header::COOKIE).iter();
    let pairs = headers
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs.filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then_some(value)
    })
}
