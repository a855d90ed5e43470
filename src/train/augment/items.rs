//! Made items beside an article: beginnings of other articles as a portal lists them, posts as readers leave them.
//! This module must not know where they are put.

use super::Page;
use crate::block::Label;
use crate::train::folds::Dice;

/// Where items stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Before the article.
    Before,
    /// Below it, in its own container.
    Inside,
    /// Below its container.
    After,
}

/// Items of one look.
pub(super) struct Items {
    pub side: Side,
    pub html: String,
}

/// How an item is written: `{h}` is a headline, `{l}` a lead, `{n}` a number, `{t}` a time, `{c}` an attribute.
const FEEDS: [&str; 12] = [
    "<div{c}><a href=\"/news/{n}\">{h}</a><p>{l}</p></div>\n",
    "<p{c}><b>{h}</b></p>\n<p>{l}</p>\n",
    "<li{c}><a href=\"/{n}.html\">{h}</a><br>{l}</li>\n",
    "<p{c}><span>{t}</span> <a href=\"/a/{n}\">{h}</a></p>\n<p>{l}</p>\n",
    "<a href=\"?id={n}\"><b>{h}</b></a><br>{l}<br><br>\n",
    "<table><tr><td{c}><h3><a href=\"/story/{n}\">{h}</a></h3>{l}</td></tr></table>\n",
    "<li{c}><a href=\"/{n}.html\">{h}</a></li>\n",
    "<a href=\"/n/{n}\">{h}</a> {t}<br>\n",
    "<p{c}><a href=\"/{n}\">{h}</a></p>\n",
    "<p{c}>{l} <a href=\"/{n}/\">&raquo;</a></p>\n",
    "<div{c}><h4>{h}</h4>\n<p>{l}</p></div>\n",
    "<div{c}><div>{t}</div><h2><a href=\"/item{n}\">{h}</a></h2><div>{l}</div></div>\n",
];

/// How a post is written: `{l}` is its text, `{p}` who wrote it.
const POSTS: [&str; 7] = [
    "<div{c} id=\"c{n}\"><b>{p}</b> {t}<p>{l}</p></div>\n",
    "<li{c}><p>{l}</p><span>{p}, {t}</span></li>\n",
    "<table><tr><td{c}>{p}<br>{t}</td><td>{l}</td></tr></table>\n",
    "<p{c}><strong>{p}</strong>: {l}</p>\n",
    "<dt{c}>{p} ({t})</dt><dd>{l}</dd>\n",
    "<div{c}><div><a href=\"/user/{n}\">{p}</a></div><div>{l}</div><a href=\"#c{n}\">+ 3</a> <a href=\"#c{n}\">- 1</a></div>\n",
    "<div{c}><h5>#{n} {p}</h5>{l}</div>\n",
];

/// Attributes of an item; most say nothing.
const ATTRIBUTES: [&str; 8] =
    ["", "", "", " class=\"b12\"", " class=\"item\"", " style=\"margin:4px\"", " class=\"cl\"", " class=\"comment\""];

/// Who posts.
const POSTERS: [&str; 8] = ["Anna", "guest", "vik_77", "Marek K.", "JohnD", "Гость", "Λένα", "小林"];

/// Bytes that a lead goes on for before its sentence may end it: a number from the one to the other.
const SHORTEST: usize = 60;
const LONGEST: usize = 420;
/// A block of content under so many bytes may be a headline.
const HEADLINE: usize = 200;

impl Items {
    /// Items for this share of the pages.
    pub fn now_and_then(share: f64, pages: &[&Page<'_>], dice: &mut Dice) -> Option<Items> {
        (dice.share() < share).then(|| Items::new(pages, dice))
    }

    /// Items of other pages, all of one look: their headlines and leads, or paragraphs of theirs as posts.
    fn new(pages: &[&Page<'_>], dice: &mut Dice) -> Items {
        let side = [Side::Inside, Side::After, Side::After, Side::Before][dice.below(4)];
        let are_posts = dice.share() < 0.4;
        let pattern = if are_posts { POSTS[dice.below(POSTS.len())] } else { FEEDS[dice.below(FEEDS.len())] };
        let attribute = ATTRIBUTES[dice.below(ATTRIBUTES.len())];
        let container = if dice.share() < 0.5 { "div" } else { "section" };
        let mut html = format!("<{container}>\n");
        for _ in 0..3 + dice.below(14) {
            let page = pages[dice.below(pages.len())];
            let Some((headline, lead)) = beginning(page, are_posts, dice) else { continue };
            let number = 1000 + dice.below(90_000);
            let time = format!("{:02}:{:02}", dice.below(24), dice.below(60));
            let item = pattern
                .replace("{c}", attribute)
                .replace("{n}", &number.to_string())
                .replace("{t}", &time)
                .replace("{p}", POSTERS[dice.below(POSTERS.len())])
                .replace("{h}", &escaped(headline))
                .replace("{l}", &escaped(lead));
            html.push_str(&item);
        }
        html.push_str(&format!("</{container}>\n"));
        Items { side, html }
    }
}

/// A headline and a lead of a page; for a post any of its paragraphs.
fn beginning<'p>(page: &'p Page<'_>, is_post: bool, dice: &mut Dice) -> Option<(&'p str, &'p str)> {
    let texts: Vec<&str> =
        page.of(Label::Content).map(|(index, _)| page.cut.text(&page.document.source, index)).collect();
    let headline = texts.iter().find(|text| text.len() < HEADLINE)?;
    let long: Vec<&&str> = texts.iter().filter(|text| text.len() >= SHORTEST).collect();
    let lead = if is_post { long.get(dice.below(long.len().max(1)))? } else { long.first()? };
    Some((headline, start_of(lead, SHORTEST + dice.below(LONGEST - SHORTEST))))
}

/// The first sentences of a text, of at least so many bytes when it is that long.
fn start_of(text: &str, least: usize) -> &str {
    let end = text
        .char_indices()
        .filter(|(_, c)| matches!(c, '.' | '!' | '?' | '。' | '！' | '？' | '।' | '؟'))
        .map(|(at, c)| at + c.len_utf8())
        .find(|&end| end >= least);
    &text[..end.unwrap_or(text.len())]
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
