//! Blocks: the unit that is measured, labelled, kept or dropped.
//! This module must not know how blocks are cut or what becomes of them.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How a source is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Markup {
    /// Plain text: what is left after scraping.
    #[default]
    Text,
    /// Markdown, as HTML converters write it.
    Markdown,
    /// HTML pages.
    Html,
}

/// What a block looks like in its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// A line or a paragraph with nothing special about it.
    #[default]
    Paragraph,
    /// A heading (`#`, or underlined).
    Heading,
    /// An item of a bulleted or numbered list.
    ListItem,
    /// A table row, or a whole Markdown table.
    Table,
    /// Fenced or indented code, kept byte for byte.
    Code,
    /// A quotation (`>`).
    Quote,
    /// A line of symbols only, such as `* * *` or `-----`.
    Rule,
}

/// One block of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Bytes of the source, without surrounding white space and line feeds.
    pub span: Range<usize>,
    /// What it looks like.
    pub kind: BlockKind,
    /// Blank lines between the block before and this one (0 at the start of a source without any).
    pub blank_before: u32,
    /// Source lines it was joined from, 1 or more.
    pub lines: u32,
}

/// What a block is: the two labels of the guideline, and the third that is neither counted nor trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// What the visitor came for.
    Content,
    /// Husk.
    Boilerplate,
    /// What a careful person would argue about.
    Ignore,
}

/// Why a block is boilerplate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// Navigation, breadcrumbs, section labels.
    Nav,
    /// Share bars, "follow us".
    Share,
    /// Consent.
    Cookie,
    /// Subscription, membership and donation appeals.
    Paywall,
    /// Sign-up offers.
    Newsletter,
    /// Ads, their labels, sponsored links.
    Ad,
    /// "Read more", rankings, teasers, tag lists.
    Related,
    /// Copyright, terms, registration numbers.
    Legal,
    /// Author bios, contact lines.
    Author,
    /// Reader comments under an article.
    Comment,
    /// Byline, date, reading time, photo credit.
    Meta,
    /// Husk of no other kind.
    Other,
}

impl Reason {
    /// All reasons, in the order of their discriminants.
    pub const ALL: [Reason; 12] = [
        Reason::Nav,
        Reason::Share,
        Reason::Cookie,
        Reason::Paywall,
        Reason::Newsletter,
        Reason::Ad,
        Reason::Related,
        Reason::Legal,
        Reason::Author,
        Reason::Comment,
        Reason::Meta,
        Reason::Other,
    ];

    /// The word used in fixtures, lexicons and output.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Nav => "nav",
            Reason::Share => "share",
            Reason::Cookie => "cookie",
            Reason::Paywall => "paywall",
            Reason::Newsletter => "newsletter",
            Reason::Ad => "ad",
            Reason::Related => "related",
            Reason::Legal => "legal",
            Reason::Author => "author",
            Reason::Comment => "comment",
            Reason::Meta => "meta",
            Reason::Other => "other",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Reason {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Reason::ALL.into_iter().find(|reason| reason.name() == word).ok_or_else(|| {
            let known: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
            format!("{word:?} is no husk reason; one of: {}", known.join(" "))
        })
    }
}
