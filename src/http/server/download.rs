//! Downloads: answers that are read from files and databases while they are sent.

use std::future::Future;
use std::sync::Arc;

use futures_util::StreamExt;
use poem::http::StatusCode;
use poem::{Body, FromRequest, Request, RequestBody};

use super::{Caller, Link, Place, Places};
use crate::http::error::Failure;

/// The places of downloads, as the entrance leaves them in each request.
#[derive(Clone)]
pub(in crate::http) struct Downloads(pub Arc<Places>);

/// The place of a download: an operation that takes one as a parameter is called when there is one, and
/// its callers are refused otherwise.
pub(crate) struct DownloadPlace {
    place: Option<Place>,
    caller: Caller,
}

impl<'a> FromRequest<'a> for DownloadPlace {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let place = match request.extensions().get::<Downloads>() {
            Some(Downloads(places)) => Some(places.take(Link::of(request)).await?),
            None => None,
        };
        let caller = Caller::of(request);
        Ok(Self { place, caller })
    }
}

impl DownloadPlace {
    /// Does what comes before the first byte, but not for a caller who has left.
    pub async fn prepare<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::select! {
            done = work => Ok(done),
            () = self.caller.has_left() => {
                Err(Failure::new(StatusCode::BAD_REQUEST, "the caller has left"))
            }
        }
    }

    /// Keeps the place until the bytes have been sent, or are not wanted any more.
    pub fn send(self, bytes: Body) -> Body {
        let place = self.place;
        let bytes = bytes.into_bytes_stream();
        Body::from_bytes_stream(bytes.map(move |part| {
            let _held = &place;
            part
        }))
    }
}
