//! Made pages of HTML: the start of an article, in its own markup, where the host's content was.
//! This module must not know which pages are mixed.

use super::Page;
use crate::block::Label;
use crate::segment::html::{ElementId, Page as Tree, Tag};
use crate::train::corpus::LabelledSpan;

/// Containers of the guest's article whose start tags come with it.
const WRAPPERS: usize = 3;

/// The host's page with its content cut out and the guest's article in the place of it, under the head of one of
/// them; and the labels of what is known.
pub(super) fn mix(host: &Page<'_>, guest: &Page<'_>, head: &Page<'_>, mass: usize) -> (String, Vec<LabelledSpan>) {
    let mut page = Mixed::default();
    let (Some(tree), Some(guest_tree)) = (host.cut.page(), guest.cut.page()) else { return (page.source, page.spans) };
    let source = &host.document.source;
    let start = head_end(source);
    let head_source = &head.document.source;
    page.source.push_str(&head_source[..head_end(head_source)]);
    let place = place(host, tree).max(start);
    let mut at = start;
    let mut is_in = false;
    for (index, block) in host.cut.blocks.iter().enumerate().filter(|(_, block)| block.span.start >= start) {
        if !is_in && block.span.start >= place {
            page.copy(source, &mut at, place);
            page.add_article(guest, guest_tree, mass);
            is_in = true;
        }
        if block.span.start < at {
            continue;
        }
        page.copy(source, &mut at, block.span.start);
        let from = page.source.len();
        if host.labels[index] == Label::Boilerplate {
            page.copy(source, &mut at, block.span.end);
            page.label(from, Label::Boilerplate);
        } else {
            // What is content or unknown goes, but its elements stay, empty.
            page.keep_tags(&source[block.span.clone()]);
            at = block.span.end;
        }
    }
    if !is_in {
        page.copy(source, &mut at, place);
        page.add_article(guest, guest_tree, mass);
    }
    page.copy(source, &mut at, source.len());
    (page.source, page.spans)
}

/// Where the host's content begins: before the outermost element that holds nothing but content and has the first
/// of it; without content in the middle of the page.
fn place(host: &Page<'_>, tree: &Tree) -> usize {
    let first = host.of(Label::Content).map(|(index, _)| index).next();
    let block = first.unwrap_or(host.cut.blocks.len() / 2);
    let Some(found) = tree.blocks.get(block) else { return host.document.source.len() };
    let pure = |id: &ElementId| {
        let blocks = &tree.element(*id).blocks;
        (blocks.start..blocks.end).all(|other| {
            first.is_none() && other as usize == block
                || first.is_some() && host.labels[other as usize] != Label::Boilerplate
        })
    };
    let outermost =
        tree.chain(found.element).take_while(pure).filter(|id| *id != 0 && !tree.element(*id).blocks.is_empty()).last();
    outermost.map_or(found.span.start as usize, |id| tree.element(id).span.start as usize)
}

/// Behind the head of a page; 0 without one.
fn head_end(source: &str) -> usize {
    const END: &[u8] = b"</head>";
    let bytes = source.as_bytes();
    memchr::memchr_iter(b'<', bytes)
        .find(|&at| bytes.len() >= at + END.len() && bytes[at..at + END.len()].eq_ignore_ascii_case(END))
        .map_or(0, |at| at + END.len())
}

#[derive(Default)]
struct Mixed {
    source: String,
    spans: Vec<LabelledSpan>,
}

impl Mixed {
    /// Copies the host's source up to `end`.
    fn copy(&mut self, source: &str, at: &mut usize, end: usize) {
        if end > *at {
            self.source.push_str(source.get(*at..end).unwrap_or_default());
            *at = end;
        }
    }

    fn label(&mut self, from: usize, label: Label) {
        self.spans.push(LabelledSpan { range: from..self.source.len(), label, reason: None });
    }

    /// Copies the tags of a stretch without its text.
    fn keep_tags(&mut self, stretch: &str) {
        let mut rest = stretch;
        while let Some(open) = rest.find('<') {
            let Some(close) = rest[open..].find('>') else { break };
            self.source.push_str(&rest[open..=open + close]);
            rest = &rest[open + close + 1..];
        }
    }

    /// Adds content of the guest until it has so many bytes of text, inside of the containers of its first block.
    fn add_article(&mut self, guest: &Page<'_>, tree: &Tree, mass: usize) {
        let content: Vec<usize> = guest.of(Label::Content).map(|(index, _)| index).collect();
        let wrappers = wrappers(tree, &content);
        for id in wrappers.iter().rev() {
            self.open(&guest.document.source, tree, *id);
        }
        let mut taken = 0;
        for &index in &content {
            if taken > mass {
                break;
            }
            taken += guest.cut.text(&guest.document.source, index).len();
            self.add_block(guest, tree, index);
        }
        for id in &wrappers {
            let name = name_of(tree, *id);
            self.source.push_str(&format!("</{name}>\n"));
        }
    }

    fn open(&mut self, source: &str, tree: &Tree, id: ElementId) {
        let element = tree.element(id);
        let span = element.span.start as usize..element.span.end as usize;
        let tag = source.get(span).unwrap_or_default();
        let end = tag.find('>').unwrap_or(0);
        let attributes = tag[..end].find(|c: char| c.is_ascii_whitespace()).map_or("", |space| &tag[space..end]);
        self.source.push_str(&format!("<{}{}>", name_of(tree, id), attributes.trim_end_matches('/')));
    }

    fn add_block(&mut self, guest: &Page<'_>, tree: &Tree, index: usize) {
        let block = &tree.blocks[index];
        let alone = |id: &ElementId| *id != 0 && tree.element(*id).blocks == (index as u32..index as u32 + 1);
        let outermost = tree.chain(block.element).take_while(alone).last();
        let span = outermost.map_or(block.span.clone(), |id| tree.element(id).span.clone());
        let from = self.source.len();
        let source = &guest.document.source;
        self.source.push_str(source.get(span.start as usize..span.end as usize).unwrap_or_default());
        self.label(from, Label::Content);
        self.source.push_str(if outermost.is_some() { "\n" } else { "<br><br>\n" });
    }
}

/// The smallest elements around the first content block that hold another one, innermost first.
fn wrappers(tree: &Tree, content: &[usize]) -> Vec<ElementId> {
    let Some(first) = content.first() else { return Vec::new() };
    let is_body = |id: &ElementId| {
        let blocks = &tree.element(*id).blocks;
        let inside = content.iter().filter(|&&index| blocks.contains(&(index as u32))).count();
        inside >= 2 && !matches!(tree.element(*id).tag, Tag::Html | Tag::Body)
    };
    tree.chain(tree.blocks[*first].element).filter(is_body).take(WRAPPERS).collect()
}

/// The name of an element; parts of tables become `div`, since they are nothing outside of one.
fn name_of(tree: &Tree, id: ElementId) -> &str {
    match tree.element(id).tag {
        Tag::Td | Tag::Th | Tag::Tr | Tag::Tbody | Tag::Thead | Tag::Table | Tag::Li | Tag::Ul | Tag::Ol => "div",
        _ => tree.element_name(tree.element(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Markup;
    use crate::train::corpus::LabelledDocument;

    /// A page whose blocks are content when they begin with a capital.
    fn document(source: &str) -> LabelledDocument {
        let mut document =
            LabelledDocument { source: source.to_owned(), markup: Markup::Html, ..LabelledDocument::default() };
        let mut cut = crate::segment::Cut::default();
        cut.cut(source, Markup::Html);
        for (index, block) in cut.blocks.iter().enumerate() {
            let content = cut.text(source, index).starts_with(char::is_uppercase);
            let label = if content { Label::Content } else { Label::Boilerplate };
            document.spans.push(LabelledSpan { range: block.span.clone(), label, reason: None });
        }
        document
    }

    #[test]
    fn a_made_page_is_the_hosts_husk_around_the_guests_article() {
        let host = document(
            "<html><head><title>host</title></head><body><ul><li>menu<li>sport</ul><div id=h><p>Own &amp; words<p>More \
             <b>own</b></div><p>footer</body></html>",
        );
        let guest = document("<body><table><tr><td class=art><p>One<p>Two</p>Three<br><br>Four<p>share</table>");
        let (host, guest) = (Page::new(&host), Page::new(&guest));
        let (source, spans) = mix(&host, &guest, &host, 8);
        let made = LabelledDocument { source, spans, markup: Markup::Html, ..LabelledDocument::default() };
        let page = Page::new(&made);
        let found: Vec<(&str, Label)> =
            (0..page.labels.len()).map(|index| (page.cut.text(&made.source, index), page.labels[index])).collect();
        let (content, husk) = (Label::Content, Label::Boilerplate);
        let expected =
            [("menu", husk), ("sport", husk), ("One", content), ("Two", content), ("Three", content), ("footer", husk)];
        assert_eq!(found, expected, "{}", made.source);
        assert!(made.source.contains("class=art") && made.source.contains("<title>host</title>"));
    }
}
