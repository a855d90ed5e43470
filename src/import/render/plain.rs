//! Plain-text renderings of all of a page.
//! This module must not know labels.

use super::{Items, Rendered, View, code, has_text, hash, spaced};
use crate::import::page::{Gap, PageBlock};

/// Every block on a line of its own.
pub(super) fn lines(view: &View) -> Rendered {
    let mut rendered = Rendered::default();
    for block in view.page.blocks.iter().filter(|block| has_text(block)) {
        rendered.push(Gap::Line, &block.text, block.nodes.clone());
    }
    rendered
}

/// Every text node on a line of its own.
pub(super) fn nodes(view: &View) -> Rendered {
    let mut rendered = Rendered::default();
    for (index, node) in view.page.nodes.iter().enumerate().filter(|(_, node)| !node.range.is_empty()) {
        rendered.push(Gap::Line, view.page.text(node), index..index + 1);
    }
    rendered
}

/// Blank lines where a text browser leaves them.
pub(super) fn paragraphs(view: &View) -> Rendered {
    let mut rendered = Rendered::default();
    for (gap, block) in spaced(&view.page.blocks, has_text) {
        rendered.push(gap, written(block), block.nodes.clone());
    }
    rendered
}

/// Paragraphs with hard line feeds and indented items.
pub(super) fn wrapped(view: &View) -> Rendered {
    let choice = hash(view.id, 0);
    let width = 60 + (choice % 19) as usize;
    let (indent, bullet) = if choice >> 32 & 1 == 0 { (2, "*") } else { (3, "-") };
    let mut rendered = Rendered::default();
    let mut items = Items::default();
    for (gap, block) in spaced(&view.page.blocks, has_text) {
        let (mark, depth) = items.mark(block.item, bullet).unwrap_or_default();
        let margin = if mark.is_empty() { 0 } else { indent + depth };
        let text = match &block.raw {
            Some(raw) => code(raw).to_owned(),
            None => wrap(&block.text, width, margin, &mark),
        };
        rendered.push(gap, &text, block.nodes.clone());
    }
    rendered
}

/// The text of a block, or its code as it stands.
fn written(block: &PageBlock) -> &str {
    block.raw.as_deref().map_or(&block.text, code)
}

/// Wraps at spaces so that lines have at most `width` characters where words allow; the first line has the mark,
/// the others hang below its text.
fn wrap(text: &str, width: usize, margin: usize, mark: &str) -> String {
    let hanging = " ".repeat(margin + mark.len());
    let mut wrapped = format!("{}{mark}", " ".repeat(margin));
    let mut column = hanging.len();
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > hanging.len() {
            if column + 1 + length > width {
                wrapped.push('\n');
                wrapped.push_str(&hanging);
                column = hanging.len();
            } else {
                wrapped.push(' ');
                column += 1;
            }
        }
        wrapped.push_str(word);
        column += length;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PAGE, rendered};
    use super::wrap;

    #[test]
    fn lines_are_blocks() {
        let expected = "Home\nNews\nTrams again\nThe new tram\nruns.\nLine\n7\nStops\n12\nAt last\na b\none\ntwo\ntoo";
        assert_eq!(rendered("lines", PAGE).source, expected);
    }

    #[test]
    fn nodes_are_lines() {
        assert_eq!(rendered("nodes", "<p>The <b>new</b> tram</p>").source, "The\nnew\ntram");
    }

    #[test]
    fn paragraphs_stand_apart() {
        let expected = "Home\nNews\n\nTrams again\n\nThe new tram\nruns.\n\nLine\n7\nStops\n12\n\nAt last\n\n  a\n b\n\n\
                        one\n\ntwo\n\ntoo";
        assert_eq!(rendered("paragraphs", PAGE).source, expected);
    }

    #[test]
    fn wrapped_lines_hang_below_their_mark() {
        for (text, margin, mark, expected) in [
            ("one two three", 0, "", "one two\nthree"),
            ("one two", 2, "* ", "  * one\n    two"),
            ("电车今天恢复运行了", 0, "", "电车今天恢复运行了"),
        ] {
            assert_eq!(wrap(text, 8, margin, mark), expected, "{text:?}");
        }
    }

    #[test]
    fn wrapped_items_have_a_bullet_and_paragraphs_are_narrow() {
        let html = format!("<ul><li>one</ul><p>{}</p>", "word ".repeat(100));
        let source = rendered("wrapped", &html).source;
        assert!(source.starts_with("  * one\n\nword") || source.starts_with("   - one\n\nword"), "{source}");
        assert!(source.lines().all(|line| line.chars().count() <= 78));
    }
}
