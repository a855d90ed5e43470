//! Attributes as the source has them, and which addresses are safe.
//! This module must not know what is written.

use crate::segment::html::{Element, Page, TagText};

/// The attributes of an element's start tag, decoded, in the order of their names. Implied elements have none.
///
/// Pages keep only the attributes that are measured. The tag is read once more, alone.
pub(super) fn attributes(source: &str, page: &Page, element: &Element) -> Vec<(String, String)> {
    let name = page.element_name(element);
    let rest = source.get(element.span.start as usize..).unwrap_or_default();
    if name.is_empty() || !rest.starts_with('<') {
        return vec![];
    }
    match TagText::at_start_of(rest) {
        Some(tag) if tag.name() == name => sorted(tag),
        _ => vec![],
    }
}

/// Names and values in the order of the names; of two with one name the first.
fn sorted(tag: TagText<'_>) -> Vec<(String, String)> {
    let mut attributes: Vec<(String, String)> =
        tag.attributes().map(|(name, value)| (name.into_owned(), value.text().into_owned())).collect();
    attributes.sort_by(|(one, _), (other, _)| one.cmp(other));
    attributes.dedup_by(|(later, _), (first, _)| later == first);
    attributes
}

/// The value of one attribute.
pub(super) fn attribute(source: &str, page: &Page, element: &Element, wanted: &str) -> Option<String> {
    attributes(source, page, element).into_iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
}

/// A whole number that an attribute gives.
pub(super) fn number(source: &str, page: &Page, element: &Element, wanted: &str) -> Option<u32> {
    attribute(source, page, element, wanted)?.trim().parse().ok()
}

/// Schemes that lead somewhere and run nothing.
const SAFE_SCHEMES: [&str; 6] = ["http", "https", "mailto", "tel", "ftp", "news"];

/// Whether an address may be written: relative, or with a scheme that runs nothing.
pub(super) fn is_safe(address: &str) -> bool {
    scheme(address).is_none_or(|scheme| SAFE_SCHEMES.iter().any(|safe| scheme.eq_ignore_ascii_case(safe)))
}

/// The scheme of an address, as written: what stands before the first colon, unless a path comes first. Browsers
/// ignore control characters in it, which make it unknown here.
pub(super) fn scheme(address: &str) -> Option<&str> {
    let address = address.trim_matches(|c: char| c <= ' ');
    let (scheme, _) = address.split_once(':')?;
    (!scheme.contains(['/', '?', '#'])).then_some(scheme)
}

/// An address made absolute with that of the page, as far as no `..` has to be resolved; otherwise as written.
pub(super) fn absolute(page: &Page, address: &str) -> String {
    let canonical = page.canonical().unwrap_or_default();
    let base = page.base().map_or_else(|| canonical.to_owned(), |base| join(canonical, base));
    join(&base, address)
}

fn join(base: &str, address: &str) -> String {
    let Some((scheme, rest)) = base.split_once("://").filter(|(scheme, _)| scheme.starts_with("http")) else {
        return address.to_owned();
    };
    if self::scheme(address).is_some() || address.is_empty() {
        return address.to_owned();
    }
    if address.starts_with("//") {
        return format!("{scheme}:{address}");
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    match address.as_bytes() {
        [b'/', ..] => format!("{scheme}://{host}{address}"),
        [b'#' | b'.', ..] => address.to_owned(),
        [b'?', ..] => format!("{scheme}://{rest}{address}"),
        _ => {
            let folder = rest.rfind('/').map_or(host, |end| &rest[..end]);
            format!("{scheme}://{folder}/{address}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_run_something_are_not_safe() {
        for (address, expected) in [
            ("https://a.example/x", true),
            ("HTTP://a.example", true),
            ("/a:b", true),
            ("a?b:c", true),
            ("", true),
            ("mailto:a@b.example", true),
            ("javascript:alert(1)", false),
            (" \u{1}JavaScript:x", false),
            ("java\nscript:x", false),
            ("data:text/html,x", false),
            ("vbscript:x", false),
        ] {
            assert_eq!(is_safe(address), expected, "{address:?}");
        }
    }

    #[test]
    fn addresses_are_joined_where_that_is_simple() {
        for (base, address, expected) in [
            ("https://a.example/b/c?d", "/x", "https://a.example/x"),
            ("https://a.example/b/c?d", "x", "https://a.example/b/x"),
            ("https://a.example", "x", "https://a.example/x"),
            ("https://a.example/b/c?d", "?x", "https://a.example/b/c?x"),
            ("https://a.example/b", "//c.example/x", "https://c.example/x"),
            ("https://a.example/b", "http://c.example", "http://c.example"),
            ("https://a.example/b", "../x", "../x"),
            ("https://a.example/b", "#x", "#x"),
            ("", "/x", "/x"),
            ("/b", "x", "x"),
        ] {
            assert_eq!(join(base, address), expected, "{base:?} {address:?}");
        }
    }
}
