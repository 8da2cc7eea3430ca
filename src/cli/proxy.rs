//! The proxy of the environment through which a server is asked.

use std::env;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

/// What a message about a server says of the proxy on the way to it; empty where there is none.
pub(super) fn note(url: &str) -> String {
    let Some(note) = of_environment(url) else {
        return String::new();
    };
    format!(" ({note})")
}

/// As the client finds it. Without its user and its password.
fn of_environment(url: &str) -> Option<String> {
    let server: Uri = url.parse().ok()?;
    let proxy = Matcher::from_env().intercept(&server)?;
    let (scheme, host) = (proxy.uri().scheme_str()?, proxy.uri().host()?);
    let port = proxy.uri().port();
    let port = port.map_or(String::new(), |port| format!(":{port}"));
    let names = match server.scheme_str()? {
        "https" => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        _ => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    let is_set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let variable = names.into_iter().find(is_set)?;
    let own = server.host()?;
    Some(format!(
        "asked through the proxy {scheme}://{host}{port} of the variable {variable}; NO_PROXY={own} asks \
         without it"
    ))
}
