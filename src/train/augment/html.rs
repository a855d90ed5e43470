//! Made pages of HTML: the start of an article, in its own markup, or all that stands around the content of another
//! page, where the host's content was.
//! This module must not know which pages are mixed.

use super::Page;
use super::items::{Items, Side};
use crate::block::Label;
use crate::segment::html::{ElementId, Page as Tree, Tag};
use crate::train::corpus::LabelledSpan;

/// Containers of the guest's article whose start tags come with it.
const WRAPPERS: usize = 3;

/// Most husk blocks in a region for each block of content.
const REGION_HUSK: usize = 6;
/// Share of a page's content blocks that its region holds.
const REGION_CONTENT: f64 = 0.9;

/// What comes into a host.
pub(super) enum Insert<'i> {
    /// The start of the guest's content, so long, and made items beside it where there are any.
    Article(usize, Option<&'i Items>),
    /// An element of the guest, with the husk that is in it.
    Region(ElementId),
}

/// The host's page with its content cut out and what the guest gives in the place of it, under the head of one of
/// them; and the labels of what is known.
pub(super) fn mix(
    host: &Page<'_>,
    guest: &Page<'_>,
    head: &Page<'_>,
    insert: &Insert<'_>,
) -> (String, Vec<LabelledSpan>) {
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
            page.add(guest, guest_tree, insert);
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
        page.add(guest, guest_tree, insert);
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

    fn add(&mut self, guest: &Page<'_>, tree: &Tree, insert: &Insert<'_>) {
        match *insert {
            Insert::Article(mass, items) => self.add_article(guest, tree, mass, items),
            Insert::Region(id) => self.add_region(guest, tree, id),
        }
    }

    /// Adds an element of the guest, in a container of its own where it is nothing outside of another one.
    fn add_region(&mut self, guest: &Page<'_>, tree: &Tree, id: ElementId) {
        let element = tree.element(id);
        let (start, end) = (element.span.start as usize, element.span.end as usize);
        let source = guest.document.source.get(start..end).unwrap_or_default();
        let around = match element.tag {
            Tag::Td | Tag::Th => ["<table><tr>", "</table>"],
            Tag::Tr | Tag::Tbody | Tag::Thead => ["<table>", "</table>"],
            Tag::Li => ["<ul>", "</ul>"],
            _ => ["", ""],
        };
        self.source.push_str(around[0]);
        let from = self.source.len();
        self.source.push_str(source);
        for index in element.blocks.start as usize..element.blocks.end as usize {
            let span = &guest.cut.blocks[index].span;
            if span.start >= start && span.end <= end && guest.labels[index] != Label::Ignore {
                let range = span.start - start + from..span.end - start + from;
                self.spans.push(LabelledSpan { range, label: guest.labels[index], reason: None });
            }
        }
        let name = tree.element_name(element);
        let last = source.rfind("</").map_or("", |at| &source[at + 2..]);
        if !last.get(..name.len()).is_some_and(|last| last.eq_ignore_ascii_case(name)) {
            self.source.push_str(&format!("</{name}>"));
        }
        self.source.push_str(around[1]);
        self.source.push('\n');
    }

    /// Adds content of the guest until it has so many bytes of text, inside of the containers of its first block.
    fn add_article(&mut self, guest: &Page<'_>, tree: &Tree, mass: usize, items: Option<&Items>) {
        self.add_items(items, Side::Before);
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
        self.add_items(items, Side::Inside);
        for id in &wrappers {
            let name = name_of(tree, *id);
            self.source.push_str(&format!("</{name}>\n"));
        }
        self.add_items(items, Side::After);
    }

    fn add_items(&mut self, items: Option<&Items>, side: Side) {
        if let Some(items) = items.filter(|items| items.side == side) {
            let from = self.source.len();
            self.source.push_str(&items.html);
            self.label(from, Label::Boilerplate);
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

/// The smallest element that holds nearly all content of a page, when it holds little else; never the body.
pub(super) fn region(page: &Page<'_>) -> Option<ElementId> {
    let tree = page.cut.page()?;
    let content: Vec<usize> = page.of(Label::Content).map(|(index, _)| index).collect();
    let middle = *content.get(content.len() / 2)?;
    let holds = |id: &ElementId| inside(tree, *id, &content) as f64 >= REGION_CONTENT * content.len() as f64;
    let found = tree.chain(tree.blocks.get(middle)?.element).find(holds)?;
    let element = tree.element(found);
    let blocks = (element.blocks.end - element.blocks.start) as usize;
    let is_region =
        !matches!(element.tag, Tag::Html | Tag::Body) && blocks <= (REGION_HUSK + 1) * inside(tree, found, &content);
    is_region.then_some(found)
}

/// How many of these blocks an element holds.
fn inside(tree: &Tree, id: ElementId, content: &[usize]) -> usize {
    let blocks = &tree.element(id).blocks;
    content.iter().filter(|&&index| blocks.contains(&(index as u32))).count()
}

/// The smallest elements around the first content block that hold another one, innermost first.
fn wrappers(tree: &Tree, content: &[usize]) -> Vec<ElementId> {
    let Some(first) = content.first() else { return Vec::new() };
    let is_body =
        |id: &ElementId| inside(tree, *id, content) >= 2 && !matches!(tree.element(*id).tag, Tag::Html | Tag::Body);
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
        let (source, spans) = mix(&host, &guest, &host, &Insert::Article(8, None));
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

    #[test]
    fn a_region_comes_with_the_husk_in_it() {
        let host = document("<body><ul><li>menu<li>sport</ul><div id=h><p>Own words<p>More own</div><p>footer</body>");
        let guest = document(
            "<body><p>nav<div class=thread><div><b>anna</b><p>First post</p></div><div><b>ben</b><p>Second \
             post</div></div><p>legal",
        );
        let (host, guest) = (Page::new(&host), Page::new(&guest));
        let region = region(&guest).expect("posts have a container");
        let (source, spans) = mix(&host, &guest, &guest, &Insert::Region(region));
        let made = LabelledDocument { source, spans, markup: Markup::Html, ..LabelledDocument::default() };
        let page = Page::new(&made);
        let found: Vec<(&str, Label)> =
            (0..page.labels.len()).map(|index| (page.cut.text(&made.source, index), page.labels[index])).collect();
        let (content, husk) = (Label::Content, Label::Boilerplate);
        let expected = [
            ("menu", husk),
            ("sport", husk),
            ("anna", husk),
            ("First post", content),
            ("ben", husk),
            ("Second post", content),
            ("footer", husk),
        ];
        assert_eq!(found, expected, "{}", made.source);
        assert_eq!(made.source.matches("</div>").count(), 4, "{}", made.source);
    }
}
