//! The body of an answer on its way to the caller.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::future::BoxFuture;
use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::call::Call;
use super::places::Held;
use super::{Caller, Link};

/// Bytes that are given to a connection at once: what a caller does not take is not kept twice.
const PART_BYTES: usize = 16 << 10;

/// The body of an answer; when it is dropped, the request has been served.
pub(super) struct Answering<B> {
    body: B,
    /// What of the last frame has not been given to the connection.
    rest: Bytes,
    /// Ends a stream without an end with its caller.
    has_left: Option<BoxFuture<'static, ()>>,
    call: Call,
    _held: Option<Held>,
}

impl<B> Answering<B> {
    pub fn new(body: B, call: Call, held: Option<Held>) -> Self {
        call.offers_part();
        Self {
            body,
            rest: Bytes::new(),
            has_left: None,
            call,
            _held: held,
        }
    }

    /// Ends it when the caller has left, which is seen only when something is written otherwise.
    pub fn until_caller_leaves(mut self, link: Arc<Link>) -> Self {
        self.has_left = Some(Box::pin(async move { Caller::at(link).has_left().await }));
        self
    }

    fn next_part(&mut self) -> Frame<Bytes> {
        self.call.offers_part();
        let bytes = self.rest.len().min(PART_BYTES);
        Frame::data(self.rest.split_to(bytes))
    }
}

impl<B: Body<Data = Bytes, Error = io::Error> + Unpin> Body for Answering<B> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(self.next_part())));
        }
        if let Some(has_left) = &mut self.has_left
            && has_left.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(None);
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_pending() {
            self.call.makes_part();
        }
        let Some(frame) = ready!(polled) else {
            return Poll::Ready(None);
        };
        match frame?.into_data() {
            Ok(bytes) => {
                self.rest = bytes;
                Poll::Ready(Some(Ok(self.next_part())))
            }
            Err(trailers) => Poll::Ready(Some(Ok(trailers))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (left, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(left.lower() + rest);
        if let Some(upper) = left.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
