//! The table of known elements: one row says all that is special about a tag.
//! This module must not know what is open on a page.

use super::scan::ends_name;
use super::sink::NameHash;

/// How the text after a start tag is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextMode {
    /// Tags, comments and entities are markup.
    Markup,
    /// Entities are decoded; only the element's own end tag is markup (`title`, `textarea`).
    Escapable,
    /// Only the element's own end tag is markup.
    Raw,
    /// Raw, and nobody wants to know the text (`style`): it is half of many pages.
    Dropped,
    /// Dropped, with the comment rules of scripts. Who wants the text finds it between the tags.
    Script,
    /// Nothing is markup until the end of the source.
    Plain,
}

/// What the rows of the table are made of; a row is a sum of these.
pub(super) mod trait_bits {
    /// Starts and ends a block (the list of findings A1).
    pub const BLOCK: u16 = 1;
    /// "Special" in the standard: stray end tags of other elements do not close it.
    pub const SPECIAL: u16 = 1 << 1;
    /// Has no content and no end tag.
    pub const VOID: u16 = 1 << 2;
    /// Gets no row in the arena: it has no text and says nothing about layout.
    pub const SILENT: u16 = 1 << 3;
    /// Its text is never part of a block.
    pub const SKIP: u16 = 1 << 4;
    /// Its start tag ends an open paragraph.
    pub const ENDS_P: u16 = 1 << 5;
    /// End tags do not look past it.
    pub const SCOPE: u16 = 1 << 6;
    /// An end tag in the wrong place ends its effect on the text, not the blocks around it.
    pub const FORMAT: u16 = 1 << 7;
    /// May stand in the head; anything else starts the body.
    pub const HEAD: u16 = 1 << 8;
    /// Its start tag ends SVG and MathML.
    pub const BREAKS_OUT: u16 = 1 << 9;
    /// White space in it counts.
    pub const PRE: u16 = 1 << 10;
    /// A table row group, row or cell: means nothing outside of a table.
    pub const TABLE: u16 = 1 << 11;
    /// Its end tag closes what is in it, however it is nested, when it is in scope.
    pub const CLOSES: u16 = 1 << 12;
}
use trait_bits::*;

/// A block that closes paragraphs, as most blocks do.
const PLAIN_BLOCK: u16 = BLOCK | SPECIAL | ENDS_P | CLOSES;
/// A formatting element that also ends SVG and MathML.
const FORMATS: u16 = FORMAT | BREAKS_OUT;
/// A void element of the head.
const HEAD_VOID: u16 = VOID | SPECIAL | SILENT | HEAD;
/// A void element that only refines its neighbours.
const SILENT_VOID: u16 = VOID | SPECIAL | SILENT;
const ROW: u16 = BLOCK | SPECIAL | TABLE | CLOSES;

macro_rules! tags {
    ($($variant:ident $name:literal $bits:expr;)*) => {
        /// A known element, or `Other`.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum Tag { #[default] Other, $($variant),* }

        impl Tag {
            /// All tags, in the order of their discriminants; the first is `Other`.
            pub const ALL: &'static [Tag] = &[Tag::Other, $(Tag::$variant),*];
            const NAMES: &'static [&'static str] = &["", $($name),*];
            const BITS: &'static [u16] = &[0, $($bits),*];
        }
    };
}

tags! {
    Html "html" BLOCK | SPECIAL | SCOPE;
    Head "head" BLOCK | SPECIAL | SKIP | BREAKS_OUT;
    Body "body" BLOCK | SPECIAL | BREAKS_OUT;
    Title "title" SPECIAL | SILENT | SKIP | HEAD;
    Meta "meta" HEAD_VOID | BREAKS_OUT;
    Link "link" HEAD_VOID;
    Base "base" HEAD_VOID;
    Basefont "basefont" HEAD_VOID;
    Bgsound "bgsound" HEAD_VOID;
    Script "script" SPECIAL | SILENT | SKIP | HEAD;
    Style "style" SPECIAL | SILENT | SKIP | HEAD;
    Noscript "noscript" BLOCK | SPECIAL | HEAD | CLOSES;
    Template "template" BLOCK | SPECIAL | SKIP | SCOPE | HEAD | CLOSES;
    Noframes "noframes" SPECIAL | SILENT | SKIP | HEAD;
    Noembed "noembed" SPECIAL | SILENT | SKIP;

    Address "address" PLAIN_BLOCK;
    Article "article" PLAIN_BLOCK;
    Aside "aside" PLAIN_BLOCK;
    Blockquote "blockquote" PLAIN_BLOCK | BREAKS_OUT;
    Center "center" PLAIN_BLOCK | BREAKS_OUT;
    Details "details" PLAIN_BLOCK;
    Dialog "dialog" PLAIN_BLOCK;
    Dir "dir" PLAIN_BLOCK;
    Div "div" PLAIN_BLOCK | BREAKS_OUT;
    Fieldset "fieldset" PLAIN_BLOCK;
    Figcaption "figcaption" PLAIN_BLOCK;
    Figure "figure" PLAIN_BLOCK;
    Footer "footer" PLAIN_BLOCK;
    Form "form" PLAIN_BLOCK;
    H1 "h1" PLAIN_BLOCK | BREAKS_OUT;
    H2 "h2" PLAIN_BLOCK | BREAKS_OUT;
    H3 "h3" PLAIN_BLOCK | BREAKS_OUT;
    H4 "h4" PLAIN_BLOCK | BREAKS_OUT;
    H5 "h5" PLAIN_BLOCK | BREAKS_OUT;
    H6 "h6" PLAIN_BLOCK | BREAKS_OUT;
    Header "header" PLAIN_BLOCK;
    Hgroup "hgroup" PLAIN_BLOCK;
    Hr "hr" BLOCK | SPECIAL | ENDS_P | VOID | BREAKS_OUT;
    Legend "legend" BLOCK;
    Main "main" PLAIN_BLOCK;
    Nav "nav" PLAIN_BLOCK;
    P "p" PLAIN_BLOCK | BREAKS_OUT;
    Pre "pre" PLAIN_BLOCK | PRE | BREAKS_OUT;
    Listing "listing" PLAIN_BLOCK | PRE | BREAKS_OUT;
    Xmp "xmp" PLAIN_BLOCK | PRE;
    Plaintext "plaintext" PLAIN_BLOCK | PRE;
    Search "search" PLAIN_BLOCK;
    Section "section" PLAIN_BLOCK;
    Summary "summary" PLAIN_BLOCK;

    Ul "ul" PLAIN_BLOCK | BREAKS_OUT;
    Ol "ol" PLAIN_BLOCK | BREAKS_OUT;
    Menu "menu" PLAIN_BLOCK | BREAKS_OUT;
    Li "li" PLAIN_BLOCK | BREAKS_OUT;
    Dl "dl" PLAIN_BLOCK | BREAKS_OUT;
    Dt "dt" PLAIN_BLOCK | BREAKS_OUT;
    Dd "dd" PLAIN_BLOCK | BREAKS_OUT;

    Table "table" BLOCK | SPECIAL | ENDS_P | SCOPE | BREAKS_OUT | CLOSES;
    Caption "caption" ROW | SCOPE;
    Colgroup "colgroup" SPECIAL | SILENT | TABLE | VOID;
    Col "col" SPECIAL | SILENT | TABLE | VOID;
    Thead "thead" ROW;
    Tbody "tbody" ROW;
    Tfoot "tfoot" ROW;
    Tr "tr" ROW;
    Td "td" ROW | SCOPE;
    Th "th" ROW | SCOPE;

    Button "button" BLOCK | SPECIAL | CLOSES;
    Select "select" BLOCK | SPECIAL | CLOSES;
    Optgroup "optgroup" BLOCK;
    Option "option" BLOCK;
    Textarea "textarea" BLOCK | SPECIAL | SKIP;
    Input "input" VOID | SPECIAL;
    Label "label" 0;
    Output "output" 0;
    Progress "progress" 0;
    Meter "meter" 0;

    Audio "audio" BLOCK;
    Video "video" BLOCK;
    Picture "picture" BLOCK;
    Iframe "iframe" BLOCK | SPECIAL | SKIP;
    Object "object" BLOCK | SPECIAL | SKIP | SCOPE | CLOSES;
    Applet "applet" SPECIAL | SCOPE | CLOSES;
    Marquee "marquee" SPECIAL | SCOPE | CLOSES;
    Canvas "canvas" BLOCK | SKIP;
    Svg "svg" SKIP;
    Math "math" SKIP;
    Frameset "frameset" BLOCK | SPECIAL;
    Frame "frame" SILENT_VOID;
    Embed "embed" VOID | SPECIAL | BREAKS_OUT;
    Img "img" VOID | SPECIAL | BREAKS_OUT;
    Area "area" SILENT_VOID;
    Map "map" 0;
    Param "param" SILENT_VOID;
    Source "source" SILENT_VOID;
    Track "track" SILENT_VOID;
    Keygen "keygen" SILENT_VOID;
    Br "br" SILENT_VOID | BREAKS_OUT;
    Wbr "wbr" SILENT_VOID;

    A "a" FORMAT;
    B "b" FORMATS;
    Big "big" FORMATS;
    Code "code" FORMATS;
    Em "em" FORMATS;
    Font "font" FORMAT;
    I "i" FORMATS;
    Nobr "nobr" FORMATS;
    S "s" FORMATS;
    Small "small" FORMATS;
    Strike "strike" FORMATS;
    Strong "strong" FORMATS;
    Tt "tt" FORMATS;
    U "u" FORMATS;
    Abbr "abbr" 0;
    Acronym "acronym" 0;
    Bdi "bdi" 0;
    Bdo "bdo" 0;
    Cite "cite" 0;
    Data "data" 0;
    Del "del" 0;
    Dfn "dfn" 0;
    Ins "ins" 0;
    Kbd "kbd" 0;
    Mark "mark" 0;
    Q "q" 0;
    Rb "rb" 0;
    Rp "rp" 0;
    Rt "rt" 0;
    Ruby "ruby" BREAKS_OUT;
    Samp "samp" 0;
    Slot "slot" 0;
    Span "span" BREAKS_OUT;
    Sub "sub" BREAKS_OUT;
    Sup "sup" BREAKS_OUT;
    Time "time" 0;
    Var "var" BREAKS_OUT;
}

impl Tag {
    /// The name in a source; empty for `Other`.
    pub fn name(self) -> &'static str {
        Tag::NAMES[self as usize]
    }

    /// Whether the element starts and ends a block.
    pub fn is_block(self) -> bool {
        self.is(BLOCK)
    }

    /// 1 to 6 for a heading.
    pub fn heading_level(self) -> Option<u8> {
        (Tag::H1..=Tag::H6).contains(&self).then(|| self as u8 - Tag::H1 as u8 + 1)
    }

    /// Whether the row of the tag has one of `bits`.
    pub(super) fn is(self, bits: u16) -> bool {
        Tag::BITS[self as usize] & bits != 0
    }

    /// How the text after its start tag is to be read.
    pub fn text_mode(self) -> TextMode {
        match self {
            Tag::Title | Tag::Textarea => TextMode::Escapable,
            Tag::Xmp => TextMode::Raw,
            Tag::Style | Tag::Iframe | Tag::Noembed | Tag::Noframes => TextMode::Dropped,
            Tag::Script => TextMode::Script,
            Tag::Plaintext => TextMode::Plain,
            _ => TextMode::Markup,
        }
    }
}

/// The name of a tag, in lower case and in a form that is compared at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameKey(u64);

impl NameKey {
    /// Reads the name that starts at `start`; also gives where it ends.
    #[inline]
    pub fn read(source: &[u8], start: usize) -> (NameKey, usize) {
        let (mut key, mut at) = (0, start);
        while let Some(&byte) = source.get(at)
            && !ends_name(byte)
        {
            key = with_byte(key, byte);
            at += 1;
        }
        (NameKey(key), at)
    }

    const fn of(name: &[u8]) -> NameKey {
        let (mut key, mut at) = (0, 0);
        while at < name.len() {
            key = with_byte(key, name[at]);
            at += 1;
        }
        NameKey(key)
    }

    /// The tag of the name, and what tells it from other names that are not in the table.
    #[inline]
    pub fn tag_and_hash(self) -> (Tag, NameHash) {
        let hash = self.hash();
        let mut slot = slot(hash);
        loop {
            let id = SLOT_TAGS[slot];
            if id == 0 {
                return (self.alias(), hash);
            }
            if SLOT_KEYS[slot] == self.0 {
                return (Tag::ALL[id as usize], hash);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    const fn hash(self) -> NameHash {
        (self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
    }

    /// Names that the standard reads as another one.
    fn alias(self) -> Tag {
        if self == NameKey::of(b"image") { Tag::Img } else { Tag::Other }
    }
}

/// A key with one more byte. Names of up to eight bytes are their own keys; of longer ones all bytes are mixed in.
#[inline]
const fn with_byte(key: u64, byte: u8) -> u64 {
    let mixed = if key >> 56 == 0 { key } else { key.wrapping_mul(0x0100_0000_01b3) };
    mixed.rotate_left(8) ^ byte.to_ascii_lowercase() as u64
}

/// A power of two, four times the number of names, so that most searches end at the first slot.
const SLOTS: usize = 512;

const fn slot(hash: NameHash) -> usize {
    hash as usize >> (NameHash::BITS - SLOTS.trailing_zeros())
}

/// Slots of the hash table, filled at compile time: index into `NAMES`, 0 for an empty slot.
static SLOT_TAGS: [u8; SLOTS] = {
    let mut table = [0; SLOTS];
    let mut id = 1;
    while id < Tag::NAMES.len() {
        let mut slot = slot(NameKey::of(Tag::NAMES[id].as_bytes()).hash());
        while table[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = id as u8;
        id += 1;
    }
    table
};

/// Keys of the names in the slots.
static SLOT_KEYS: [u64; SLOTS] = {
    let mut keys = [0; SLOTS];
    let mut slot = 0;
    while slot < SLOTS {
        keys[slot] = NameKey::of(Tag::NAMES[SLOT_TAGS[slot] as usize].as_bytes()).0;
        slot += 1;
    }
    keys
};

#[cfg(test)]
mod tests {
    use super::*;

    fn tag_of(name: &str) -> Tag {
        NameKey::read(name.as_bytes(), 0).0.tag_and_hash().0
    }

    #[test]
    fn every_name_leads_to_its_tag_and_back() {
        for &tag in &Tag::ALL[1..] {
            assert_eq!(tag_of(tag.name()), tag);
        }
        for (name, expected) in [
            ("", Tag::Other),
            ("my-card", Tag::Other),
            ("image", Tag::Img),
            ("BlockQuote", Tag::Blockquote),
            ("blockquotf", Tag::Other),
            ("ablockquote", Tag::Other),
            ("a\0", Tag::Other),
        ] {
            assert_eq!(tag_of(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_name_ends_at_white_space_and_at_the_end_of_the_tag() {
        for (source, end) in [("p>", 1), ("p class", 1), ("br/>", 2), ("my-card\r", 7), ("é", 2)] {
            assert_eq!(NameKey::read(source.as_bytes(), 0).1, end, "{source:?}");
        }
    }

    #[test]
    fn headings_have_levels() {
        assert_eq!([Tag::H1, Tag::H6, Tag::Hr].map(Tag::heading_level), [Some(1), Some(6), None]);
    }
}
