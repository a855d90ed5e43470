//! Reading the text of a Markdown block: marks are passed over, link and image syntax is counted.
//! This module must not know how a block was cut.

use super::measure::{Counter, Measure};
use super::words::Word;

/// Counts the text of a Markdown block.
pub(super) fn count(text: &str, words: &mut Vec<Word>) -> Measure {
    let mut counter = Counter::new(words);
    let mut rest = text;
    while let Some(found) = next_link(rest) {
        counter.read(&rest[..found.start], false);
        if found.image {
            counter.image();
            counter.read(found.text, false);
        } else {
            counter.link();
            read_linked(&mut counter, found.text);
        }
        rest = &rest[found.end..];
    }
    counter.read(rest, false);
    counter.finish()
}

/// The text of a link may be an image, whose description is no text of the page.
fn read_linked(counter: &mut Counter<'_>, text: &str) {
    match text.strip_prefix("![").and_then(|inner| inner.split_once(']')) {
        Some((_, rest)) => {
            counter.image();
            counter.read(rest.split_once(')').map_or("", |(_, after)| after), true);
        }
        None => counter.read(text, true),
    }
}

struct Link<'t> {
    start: usize,
    end: usize,
    image: bool,
    text: &'t str,
}

/// The longest link text and target looked for (bytes): keeps the search linear on hostile input.
const LONGEST: usize = 4096;

/// The first `[text](target)` or `![text](target)` of a text.
fn next_link(text: &str) -> Option<Link<'_>> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(open) = memchr::memchr(b'[', &bytes[from..]).map(|at| from + at) {
        if let Some((close, end)) = closing(bytes, open) {
            let image = open > 0 && bytes[open - 1] == b'!';
            let start = if image { open - 1 } else { open };
            return Some(Link { start, end, image, text: &text[open + 1..close] });
        }
        from = open + 1;
    }
    None
}

/// Where the text of a link that opens at `open` closes, and where its target ends.
fn closing(bytes: &[u8], open: usize) -> Option<(usize, usize)> {
    let mut depth = 0;
    let limit = bytes.len().min(open + LONGEST);
    let mut close = None;
    for at in memchr::memchr2_iter(b'[', b']', &bytes[open..limit]).map(|at| open + at).take(16) {
        if bytes[at] == b'[' {
            depth += 1;
        } else {
            depth -= 1;
            if depth == 0 {
                close = Some(at);
                break;
            }
        }
    }
    let close = close?;
    if bytes.get(close + 1) != Some(&b'(') {
        return None;
    }
    let limit = bytes.len().min(close + LONGEST);
    let end = memchr::memchr2(b')', b'\n', &bytes[close..limit]).map(|at| close + at)?;
    (bytes[end] == b')').then_some((close, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_images_are_counted() {
        for (text, links, images, linked, chars) in [
            ("[News](/news) | [Sport](/sport)", 2, 0, 9, 10),
            ("![a tram](t.jpg) The tram", 0, 1, 0, 12),
            ("[![logo](l.png)](/) home", 1, 1, 0, 4),
            ("a [b] (c) [d", 0, 0, 0, 9),
            ("[[x](y)", 1, 0, 1, 2),
            ("", 0, 0, 0, 0),
        ] {
            let mut words = Vec::new();
            let measure = count(text, &mut words);
            let found = (measure.links, measure.images, measure.linked, measure.chars);
            assert_eq!(found, (links, images, linked, chars), "{text:?}");
        }
    }
}
