//! An extractor's output: the content, and few of the boilerplate blocks around it.
//! This module must not know where labels come from.

use super::{Rendered, View, has_text, hash};
use crate::block::Label;
use crate::import::page::{Gap, PageBlock};
use crate::train::align::words;

/// Words from which a block passes for a paragraph.
const LONG: usize = 10;
/// Boilerplate kept, in percent of the blocks there are: chosen to leave a few, not fitted to any extractor.
const KEPT_LONG: u64 = 25;
const KEPT_SHORT: u64 = 5;
const KEPT_BEFORE: u64 = 30;
const KEPT_AFTER: u64 = 30;
/// Boilerplate blocks kept after the content.
const MOST_AFTER: usize = 4;

/// The content, with leftovers chosen by hash; nothing where there is no content. What is not known to be
/// boilerplate stays when it stands between content.
pub(super) fn extracted(view: &View) -> Rendered {
    let blocks: Vec<(usize, &PageBlock)> =
        view.page.blocks.iter().enumerate().filter(|(_, block)| has_text(block)).collect();
    let is = |at: usize, label: Label| view.labels[blocks[at].0] == Some(label);
    let content = |at: &usize| is(*at, Label::Content);
    let (Some(first), Some(last)) = ((0..blocks.len()).find(content), (0..blocks.len()).rfind(content)) else {
        return Rendered::default();
    };
    let drawn = |at: &usize, percent: u64| hash(view.id, *at) % 100 < percent;
    let long = |at: &usize| words(&blocks[*at].1.text).nth(LONG - 1).is_some();
    let husk = |at: &usize| is(*at, Label::Boilerplate);

    let before = first.checked_sub(1).filter(|at| husk(at) && drawn(at, KEPT_BEFORE));
    let within = (first..=last).filter(|at| !husk(at) || drawn(at, if long(at) { KEPT_LONG } else { KEPT_SHORT }));
    let after = (last + 1..blocks.len()).filter(|at| husk(at) && long(at) && drawn(at, KEPT_AFTER)).take(MOST_AFTER);

    let mut rendered = Rendered::default();
    for at in before.into_iter().chain(within).chain(after) {
        rendered.push(Gap::Line, &blocks[at].1.text, blocks[at].1.nodes.clone());
    }
    rendered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::page::Page;

    const LONG_HUSK: &str = "Read more of what our readers liked best this week here";

    fn kept(html: &str, id: &str) -> Vec<String> {
        let page = Page::parse(html);
        let label = |block: &PageBlock| match block.tag {
            "p" => Some(Label::Content),
            "div" => Some(Label::Boilerplate),
            _ => None,
        };
        let labels: Vec<Option<Label>> = page.blocks.iter().map(label).collect();
        let rendered = extracted(&View { page: &page, id, labels: &labels });
        rendered.source.lines().map(str::to_owned).collect()
    }

    #[test]
    fn content_and_what_is_unknown_between_stays() {
        for id in ["a", "b", "c"] {
            let found = kept("<h1>t</h1><p>one</p><h2>unknown</h2><p>two</p><h2>end</h2>", id);
            assert_eq!(found, ["one", "unknown", "two"]);
        }
    }

    #[test]
    fn some_leftovers_stay() {
        let tail = format!("<div>{LONG_HUSK}</div>").repeat(40);
        let html = format!("<div>far</div><div>near</div><p>one</p>{tail}<p>two</p>{tail}<div>short</div>");
        let (mut before, mut within) = (0, 0);
        for id in 0..100 {
            let found = kept(&html, &id.to_string());
            let two = found.iter().position(|line| line == "two").unwrap();
            let one = found.iter().position(|line| line == "one").unwrap();
            assert!(found.len() - two - 1 <= MOST_AFTER);
            assert!(!found.iter().any(|line| line == "far" || line == "short"));
            before += one;
            within += two - one - 1;
        }
        assert!((15..45).contains(&before), "{before}");
        assert!((800..1200).contains(&within), "{within}");
    }

    #[test]
    fn without_content_nothing_is_left() {
        assert!(kept("<div>menu</div>", "a").is_empty());
    }
}
