//! The guard: who may ask. The page is for the browser that was given the token, on this machine, and no other site.
//! This module must not know what is asked for.

use axum::http::{HeaderMap, HeaderValue, header};

/// What every answer says: nothing but the page's own parts is loaded, nothing is kept, framed or guessed.
pub(super) const HEADERS: [(header::HeaderName, HeaderValue); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Knows who may ask.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    token: String,
    hosts: [String; 2],
}

impl Guard {
    pub(super) fn new(token: String, port: u16) -> Guard {
        Guard { token, hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")] }
    }

    /// Whether a request may be answered: its path starts with the token, it was sent to this machine by that name
    /// (a name of somebody else's may lead here), and by no page of another site.
    pub(super) fn admits(&self, path: &str, headers: &HeaderMap) -> bool {
        let token = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
        let host = text(header::HOST).unwrap_or_default();
        let origin = text(header::ORIGIN)
            .is_none_or(|origin| origin.strip_prefix("http://").is_some_and(|host| self.is_here(host)));
        same(token.as_bytes(), self.token.as_bytes()) && self.is_here(host) && origin
    }

    fn is_here(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own == host)
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn same(found: &[u8], expected: &[u8]) -> bool {
    let difference = found.iter().zip(expected).fold(0, |all, (a, b)| all | (a ^ b));
    found.len() == expected.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_with_the_token_and_its_own_page_may_ask() {
        let guard = Guard::new("secret".into(), 80);
        let own = "127.0.0.1:80";
        for (path, host, origin, admitted) in [
            ("/secret/", own, None, true),
            ("/secret/api/mark", "localhost:80", Some("http://localhost:80"), true),
            ("/", own, None, false),
            ("/secre/", own, None, false),
            ("/secret2/", own, None, false),
            ("/x/secret/", own, None, false),
            ("/secret/", "", None, false),
            ("/secret/", "127.0.0.1", None, false),
            ("/secret/", "evil.example:80", None, false),
            ("/secret/", own, Some("null"), false),
            ("/secret/", own, Some("http://evil.example"), false),
            ("/secret/", own, Some("https://127.0.0.1:80"), false),
            ("/secret/", own, Some("http://127.0.0.1:81"), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(guard.admits(path, &headers), admitted, "{path} {host} {origin:?}");
        }
    }
}
