//! Labels for the units of a page, from gold text or from snippets.
//! This module must not know how a page was written out.

use std::ops::Range;

use super::page::{Page, collapse};
use crate::block::Label;
use crate::train::align::{BOUNDARY, Vocabulary, align, words};

/// Tokens of a node, and how many of them stand in the gold text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tokens {
    all: usize,
    gold: usize,
}

/// A page aligned with its gold text.
#[derive(Clone, Debug)]
pub struct Aligned {
    nodes: Vec<Tokens>,
}

impl Aligned {
    /// Aligns a page with a gold text; nothing of the page stands in an empty one.
    pub fn new(page: &Page, gold: &str) -> Aligned {
        let mut vocabulary = Vocabulary::default();
        let gold = vocabulary.lines(gold);
        let (tokens, owners) = page_tokens(page, &mut vocabulary);
        let mut nodes = vec![Tokens::default(); page.nodes.len()];
        for (owner, found) in owners.iter().zip(align(&tokens, &gold)) {
            if let Some(node) = *owner {
                nodes[node].all += 1;
                nodes[node].gold += usize::from(found);
            }
        }
        Aligned { nodes }
    }

    /// Content when more than half of the tokens stand in the gold text; no token: ignored.
    pub fn label(&self, nodes: Range<usize>) -> Label {
        let all: usize = self.nodes[nodes.clone()].iter().map(|tokens| tokens.all).sum();
        let gold: usize = self.nodes[nodes].iter().map(|tokens| tokens.gold).sum();
        match 2 * gold {
            _ if all == 0 => Label::Ignore,
            double if double > all => Label::Content,
            _ => Label::Boilerplate,
        }
    }
}

/// The tokens of a page with a boundary around each block, and the node that each starts in.
fn page_tokens(page: &Page, vocabulary: &mut Vocabulary) -> (Vec<u32>, Vec<Option<usize>>) {
    let (mut tokens, mut owners) = (vec![BOUNDARY], vec![None]);
    for block in &page.blocks {
        let before = tokens.len();
        let mut node = block.nodes.start;
        for range in words(&block.text) {
            while node + 1 < block.nodes.end && page.nodes[node].range.end <= range.start {
                node += 1;
            }
            tokens.push(vocabulary.number(&block.text[range]));
            owners.push(Some(node));
        }
        if tokens.len() > before {
            tokens.push(BOUNDARY);
            owners.push(None);
        }
    }
    (tokens, owners)
}

/// The page's own text of a stretch of nodes, white space collapsed.
pub fn unit_text(page: &Page, nodes: Range<usize>) -> String {
    let Some(first) = page.nodes[nodes.clone()].first() else { return String::new() };
    let mut text = String::new();
    let (mut block, mut range) = (first.block, first.range.clone());
    for node in &page.nodes[nodes] {
        if node.block != block {
            text.push_str(&page.blocks[block].text[range]);
            text.push(' ');
            (block, range) = (node.block, node.range.clone());
        }
        range.end = node.range.end;
    }
    text.push_str(&page.blocks[block].text[range]);
    collapse(&text)
}

/// Snippets that must stay (`with`) or go (`without`), white space collapsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippets {
    with: Vec<String>,
    without: Vec<String>,
}

impl Snippets {
    /// Collapses the snippets and drops empty ones.
    pub fn new(with: &[String], without: &[String]) -> Snippets {
        let clean = |snippets: &[String]| -> Vec<String> {
            snippets.iter().map(|snippet| collapse(snippet)).filter(|snippet| !snippet.is_empty()).collect()
        };
        Snippets { with: clean(with), without: clean(without) }
    }

    /// Forgets the snippets that must stay and stand in a text that stays anyway: other places that hold them, such
    /// as a menu, are then not content for their sake.
    pub fn settle(&mut self, staying: &str) {
        let staying = staying.to_lowercase();
        self.with.retain(|snippet| !staying.contains(&snippet.to_lowercase()));
    }

    /// The label of a unit of which a snippet is at least half, in whatever case; going beats staying.
    pub fn of_half(&self, text: &str) -> Option<Label> {
        let text = text.to_lowercase();
        let has = |snippets: &[String]| {
            snippets.iter().any(|snippet| 2 * snippet.len() >= text.len() && text.contains(&snippet.to_lowercase()))
        };
        match (has(&self.with), has(&self.without)) {
            (_, true) => Some(Label::Boilerplate),
            (true, false) => Some(Label::Content),
            (false, false) => None,
        }
    }

    /// The label of a unit that holds a snippet, or a good part of one that stays; ignored when it holds both.
    pub fn held(&self, text: &str) -> Option<Label> {
        let within = |snippet: &String| 2 * text.len() >= snippet.len() && snippet.contains(text);
        let stays = self.with.iter().any(|snippet| text.contains(snippet) || within(snippet));
        let goes = self.without.iter().any(|snippet| text.contains(snippet));
        match (stays, goes) {
            (true, true) => Some(Label::Ignore),
            (true, false) => Some(Label::Content),
            (false, true) => Some(Label::Boilerplate),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn units_take_the_label_of_most_of_their_tokens() {
        let page = Page::parse("<p>Menu</p><p>The tram <b>runs</b> again</p><p>***</p>");
        let aligned = Aligned::new(&page, "The tram runs again");
        let labels: Vec<Label> = page.blocks.iter().map(|block| aligned.label(block.nodes.clone())).collect();
        assert_eq!(labels, [Label::Boilerplate, Label::Content, Label::Ignore]);
    }

    #[test]
    fn unaligned_unspaced_scripts_are_boilerplate() {
        let page = Page::parse("<p>首页</p><p>电车恢复运行</p>");
        let aligned = Aligned::new(&page, "电车恢复运行");
        assert_eq!(aligned.label(0..1), Label::Boilerplate);
        assert_eq!(aligned.label(1..2), Label::Content);
    }

    #[test]
    fn the_text_of_a_unit_is_the_page_s_own() {
        let page = Page::parse("<p>The <b>t</b>ram <img src=/a></p><p>runs</p>");
        assert_eq!(unit_text(&page, 0..page.nodes.len()), "The tram runs");
        assert_eq!(unit_text(&page, 1..2), "t");
        assert_eq!(unit_text(&page, 2..2), "");
    }

    #[test]
    fn settled_snippets_do_not_speak_for_other_places() {
        let mut snippets = Snippets::new(&strings(&["Power banks", "Radios"]), &[]);
        snippets.settle("All power banks we have");
        assert_eq!(snippets.of_half("Power banks"), None);
        assert_eq!(snippets.of_half("Radios"), Some(Label::Content));
    }

    #[test]
    fn snippets_speak_for_units_that_hold_them() {
        let snippets = Snippets::new(&strings(&["The  tram runs"]), &strings(&["Imprint", ""]));
        for (text, half, held) in [
            ("Today the tram runs", Some(Label::Content), None),
            ("Today The tram runs", Some(Label::Content), Some(Label::Content)),
            ("The tram", None, Some(Label::Content)),
            ("Imprint", Some(Label::Boilerplate), Some(Label::Boilerplate)),
            ("The tram runs. Imprint", Some(Label::Content), Some(Label::Ignore)),
            ("Nothing of it", None, None),
        ] {
            assert_eq!((snippets.of_half(text), snippets.held(text)), (half, held), "{text:?}");
        }
    }
}
