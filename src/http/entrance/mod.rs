//! What every request passes first: for which host it is, from which page it comes, and what
//! browsers are told about the answer.

mod below;
mod called;
mod client;
mod door;
mod headers;
mod pages;
mod utf8;

pub(super) use below::{Below, prefix_of};
pub(super) use client::Client;
pub(super) use door::Entrance;

use poem::Request;

use crate::access::{Changeable, HostName, IpNet, Origin, PublicUrl};
use called::Called;

/// From where the program may be called.
#[derive(Clone, Debug, Default)]
pub struct Callers {
    /// Names of this server besides those of loopback.
    pub hosts: Vec<HostName>,
    /// Other servers whose pages may call.
    pub origins: Changeable<Vec<Origin>>,
    pub public_url: Option<PublicUrl>,
    /// Those whose `X-Forwarded-…` headers count.
    pub proxies: Vec<IpNet>,
}

/// The origin of the pages that a request has found here.
pub(super) fn called_at(request: &Request, callers: &Callers) -> Option<Origin> {
    Called::of(request, callers).origin
}
