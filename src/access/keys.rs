//! The tokens that count at present.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::Utc;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::watch;

use super::Identity;

/// What is known of a token: comparing digests shows neither length nor beginning.
pub type Digest = [u8; 32];

pub fn digest(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// The owners of all tokens; they may be replaced while the program runs.
#[derive(Debug)]
pub struct Keys {
    owners: RwLock<Owners>,
    changes: watch::Sender<()>,
}

#[derive(Debug)]
struct Owners {
    all: Vec<Arc<Identity>>,
    /// A server that has had a token is never open to everybody again.
    needs_token: bool,
}

impl Keys {
    pub fn new(owners: Vec<Identity>) -> Self {
        let owners = Owners {
            needs_token: !owners.is_empty(),
            all: owners.into_iter().map(Arc::new).collect(),
        };
        Self {
            owners: RwLock::new(owners),
            changes: watch::Sender::new(()),
        }
    }

    /// From now on only these count. Returns the tokens that do not any more.
    pub fn replace(&self, owners: Vec<Identity>) -> Vec<Digest> {
        let mut known = self.owners.write().unwrap_or_else(PoisonError::into_inner);
        known.needs_token |= !owners.is_empty();
        let counts = |token: &Digest| owners.iter().any(|owner| owner.digest == Some(*token));
        let before = known.all.iter().filter_map(|owner| owner.digest);
        let gone = before.filter(|token| !counts(token)).collect();
        known.all = owners.into_iter().map(Arc::new).collect();
        drop(known);
        self.changes.send_replace(());
        gone
    }

    pub fn needs_token(&self) -> bool {
        let owners = self.owners.read().unwrap_or_else(PoisonError::into_inner);
        owners.needs_token
    }

    /// The owner of a token with one of these digests.
    pub fn find(&self, digests: &[Digest]) -> Option<Arc<Identity>> {
        let owners = self.owners.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        // Nothing is not a token, whatever the settings say.
        let nothing = digest(b"");
        let digests = || digests.iter().filter(|digest| **digest != nothing);
        // All are compared, so that the time says nothing about which it is.
        for owner in &owners.all {
            for digest in digests() {
                let own = owner.digest.unwrap_or_default();
                if owner.digest.is_some() && bool::from(own.ct_eq(digest)) {
                    found = Some(owner);
                }
            }
        }
        found
            .filter(|owner| owner.expires.is_none() || !owner.has_expired(Utc::now()))
            .cloned()
    }

    /// Ends when the token of its owner does not count any more.
    pub async fn revoked(&self, identity: &Identity) {
        let mut changes = self.changes.subscribe();
        let still_counts = || match identity.digest {
            Some(digest) => self.find(&[digest]).as_deref() == Some(identity),
            None => !self.needs_token(),
        };
        while still_counts() {
            let left = identity.expires.map(|expires| expires - Utc::now());
            let expired = async {
                match left.map(|left| left.to_std().unwrap_or_default()) {
                    Some(left) => tokio::time::sleep(left).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // The sender is ours.
                _ = changes.changed() => {}
                () = expired => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    fn owner(token: &str) -> Identity {
        Identity {
            role: Role::Viewer,
            ..Identity::of_main_token(token)
        }
    }

    #[tokio::test]
    async fn a_token_that_was_removed_does_not_count() {
        let keys = Keys::new(vec![owner("one"), owner("two")]);
        let found = keys.find(&[digest(b"two")]).expect("it is there");
        let (one, two) = (owner("one"), owner("two"));
        assert_eq!(*found, two);
        keys.replace(vec![owner("one")]);
        keys.revoked(&two).await;
        assert_eq!(keys.find(&[digest(b"two")]), None);
        assert_eq!(keys.find(&[digest(b"one")]).as_deref(), Some(&one));
        keys.replace(Vec::new());
        keys.revoked(&one).await;
        assert!(keys.needs_token());
    }

    #[test]
    fn nothing_is_never_a_token() {
        let keys = Keys::new(vec![owner("")]);
        assert_eq!(keys.find(&[digest(b"")]), None);
    }

    #[test]
    fn a_token_counts_until_it_expires() {
        let expiring = |expires| Identity {
            expires: Some(expires),
            ..owner("one")
        };
        let hour = chrono::Duration::hours(1);
        for (expires, counts) in [(Utc::now() - hour, false), (Utc::now() + hour, true)] {
            let keys = Keys::new(vec![expiring(expires)]);
            assert_eq!(keys.find(&[digest(b"one")]).is_some(), counts);
        }
    }
}
