//! What a page says about itself: title, author, dates and the like.
//! This module must not know what of a page is kept, nor guess what a page does not say.

use serde::Serialize;
use serde_json::Value;

use crate::segment::html::{AttributeName, ElementId, Page};

/// What a page says about itself, from its `meta` elements, its JSON-LD and a few others.
///
/// Values are of one line, without control characters, at most [`LONGEST`] characters long; others are left out.
///
/// ```
/// use dehusk::{Meta, html::PageReader};
///
/// let source = "<html lang=en-us><title>New line opens | Example Times</title>\
///     <meta property=article:published_time content=2024-05-01T08:00:00Z><h1>New line opens</h1>";
/// let mut reader = PageReader::default();
/// let meta = Meta::of(source, reader.read(source));
/// assert_eq!(meta.title.as_deref(), Some("New line opens"));
/// assert_eq!(meta.date.as_deref(), Some("2024-05-01T08:00:00Z"));
/// assert_eq!(meta.language.as_deref(), Some("en-US"));
/// assert_eq!(meta.byline, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Meta {
    /// Headline; without one, of the page's `title` the part that has the `h1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Authors, separated by `, `.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub byline: Option<String>,
    /// When it was published: ISO 8601 as written, from the day on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// When it was last changed: ISO 8601 as written, from the day on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// BCP 47, such as `pt-BR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Absolute address of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Name of the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `article`, `product`, `forum`, `website` and the like: see [`KINDS`], or another `og:type` in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// Longest value, in characters. Longer ones are text of the page in the wrong place.
pub const LONGEST: usize = 1000;

/// Kinds by the types of schema.org and of `og:type`, in lower case.
pub const KINDS: &[(&str, &[&str])] = &[
    (
        "article",
        &[
            "article",
            "newsarticle",
            "blogposting",
            "reportagenewsarticle",
            "analysisnewsarticle",
            "opinionnewsarticle",
            "reviewnewsarticle",
            "backgroundnewsarticle",
            "advertisercontentarticle",
            "liveblogposting",
            "techarticle",
            "scholarlyarticle",
            "medicalscholarlyarticle",
            "satiricalarticle",
            "report",
            "blog",
            "post",
        ],
    ),
    ("product", &["product", "productgroup", "productmodel", "individualproduct", "og:product"]),
    ("forum", &["discussionforumposting", "qapage", "socialmediaposting", "question"]),
    ("recipe", &["recipe"]),
    ("faq", &["faqpage"]),
    ("event", &["event"]),
    ("job", &["jobposting"]),
    ("book", &["book"]),
    ("video", &["videoobject", "video", "movie"]),
    ("collection", &["collectionpage", "itemlist", "searchresultspage"]),
    ("profile", &["profile", "profilepage"]),
    ("website", &["website", "webpage"]),
];

/// Names of `meta` elements that give a value, the most trusted first.
const TITLE: &[&str] = &["og:title"];
const TITLE_LATER: &[&str] = &["citation_title", "dc.title", "dcterms.title", "twitter:title", "parsely-title"];
const BYLINE: &[&str] = &[
    "author",
    "article:author",
    "citation_author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
];
const DATE: &[&str] = &["article:published_time", "datepublished", "og:article:published_time"];
const DATE_LATER: &[&str] = &[
    "citation_publication_date",
    "citation_date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "dcterms.created",
    "dc.date.created",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publishdate",
    "date",
];
const MODIFIED: &[&str] = &["article:modified_time", "datemodified", "og:updated_time"];
const MODIFIED_LATER: &[&str] = &["dcterms.modified", "dc.date.modified", "last-modified"];
const SITE: &[&str] = &["og:site_name"];
const SITE_LATER: &[&str] = &["application-name", "dc.publisher", "dcterms.publisher", "citation_publisher"];
const DESCRIPTION: &[&str] = &["og:description", "description"];
const DESCRIPTION_LATER: &[&str] = &["twitter:description", "dc.description", "dcterms.description"];
const LANGUAGE: &[&str] = &["og:locale", "content-language", "dc.language", "dcterms.language"];

impl Meta {
    /// Reads what a page says about itself. `source` must be what the page was read from.
    pub fn of(source: &str, page: &Page) -> Meta {
        let linked = Linked::of(source, page);
        let node = linked.main();
        let site = first(page, SITE)
            .or_else(|| node.publisher())
            .or_else(|| linked.site())
            .or_else(|| first(page, SITE_LATER));
        Meta {
            title: first(page, TITLE)
                .or_else(|| node.text(&["headline"]))
                .or_else(|| first(page, TITLE_LATER))
                .or_else(|| title(page, site.as_deref())),
            byline: node.authors().or_else(|| byline(page)),
            date: first_date(page, DATE)
                .or_else(|| node.date("datePublished"))
                .or_else(|| first_date(page, DATE_LATER))
                .or_else(|| time(page)),
            modified: first_date(page, MODIFIED)
                .or_else(|| node.date("dateModified"))
                .or_else(|| first_date(page, MODIFIED_LATER)),
            language: language(page).or_else(|| normal_language(&node.text(&["inLanguage"])?)),
            url: address(page).or_else(|| node.text(&["url"]).filter(|url| is_absolute(url))),
            description: first(page, DESCRIPTION)
                .or_else(|| node.text(&["description"]))
                .or_else(|| first(page, DESCRIPTION_LATER)),
            kind: kind(page, node),
            site,
        }
    }
}

/// A value as it is kept: of one line and not too long.
fn clean(value: &str) -> Option<String> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let line: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    (!line.is_empty() && line.chars().count() <= LONGEST).then_some(line)
}

/// Contents of the `meta` elements with any of the names, by name first, then in the order of the page.
fn contents<'p>(page: &'p Page, names: &'static [&str]) -> impl Iterator<Item = &'p str> {
    let of_name = |name: &'static str| page.metas().filter(move |(found, _)| found.trim().eq_ignore_ascii_case(name));
    names.iter().flat_map(move |name| of_name(name)).map(|(_, content)| content)
}

fn first(page: &Page, names: &'static [&str]) -> Option<String> {
    contents(page, names).find_map(clean)
}

fn first_date(page: &Page, names: &'static [&str]) -> Option<String> {
    contents(page, names).find_map(date)
}

/// A date as written, when it begins with a day that can be: `2024-05-01`, `2024-05-01T08:00:00+02:00`.
fn date(value: &str) -> Option<String> {
    let value = value.trim();
    let day = value.get(..10)?;
    let bytes = day.as_bytes();
    let number = |range: std::ops::Range<usize>| {
        let digits = &day[range];
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten()
    };
    let is_day = bytes[4] == b'-'
        && bytes[7] == b'-'
        && number(0..4).is_some_and(|year| (1900..=2100).contains(&year))
        && number(5..7).is_some_and(|month| (1..=12).contains(&month))
        && number(8..10).is_some_and(|day| (1..=31).contains(&day));
    let rest = &value[10..];
    let is_time = rest.len() <= 30 && rest.bytes().all(|byte| byte.is_ascii_digit() || b"T:.+-Z ".contains(&byte));
    is_day.then(|| if is_time { value } else { day }.to_owned())
}

/// The `time` element marked as the date of publication, or the only one of the page.
fn time(page: &Page) -> Option<String> {
    let itemprop = |id: &ElementId| page.attribute(page.element(*id), AttributeName::Itemprop);
    let is_published = |id: &&ElementId| {
        itemprop(id).is_some_and(|names| {
            names
                .split_ascii_whitespace()
                .any(|name| matches!(name.to_ascii_lowercase().as_str(), "datepublished" | "pubdate"))
        })
    };
    let only = || if let [id] = page.times() { Some(id) } else { None };
    let id = page.times().iter().find(is_published).or_else(only)?;
    date(page.attribute(page.element(*id), AttributeName::Datetime)?)
}

/// Authors by name; addresses and handles are none.
fn byline(page: &Page) -> Option<String> {
    BYLINE.iter().find_map(|name| {
        let names = page.metas().filter(|(found, _)| found.trim().eq_ignore_ascii_case(name));
        join_names(names.filter_map(|(_, content)| author(content)))
    })
}

fn author(name: &str) -> Option<String> {
    clean(name).filter(|name| !is_absolute(name) && !name.starts_with(['@', '/']))
}

/// Names separated by `, `, each once.
fn join_names(names: impl Iterator<Item = String>) -> Option<String> {
    let mut known: Vec<String> = vec![];
    for name in names.take(MOST_AUTHORS) {
        if !known.contains(&name) {
            known.push(name);
        }
    }
    clean(&known.join(", "))
}

/// Most authors that are read; papers of physics have thousands.
const MOST_AUTHORS: usize = 50;

/// What sites put between a headline and their name.
const SEPARATORS: [&str; 9] = [" | ", " - ", " – ", " — ", " · ", " :: ", " » ", " « ", " / "];

/// The page's title; when an `h1` is a part of it, what the separators around that part enclose.
fn title(page: &Page, site: Option<&str>) -> Option<String> {
    let title = clean(page.title()?)?;
    let headings = page.h1_blocks().iter().filter_map(|&block| page.blocks.get(block as usize));
    let mut parts = headings.filter_map(|block| part_with(&title, &clean(page.block_text(block))?));
    let part = parts.find(|part| site.is_none_or(|site| !part.eq_ignore_ascii_case(site)));
    Some(part.unwrap_or(&title).to_owned())
}

/// The part of a title, between separators, that has a heading in it. Compared without case of ASCII letters.
fn part_with<'t>(title: &'t str, heading: &str) -> Option<&'t str> {
    let at = title.to_ascii_lowercase().find(&heading.to_ascii_lowercase())?;
    let (before, after) = (&title[..at], &title[at + heading.len()..]);
    let start = SEPARATORS.iter().filter_map(|mark| Some(before.rfind(mark)? + mark.len())).max().unwrap_or(0);
    let end = SEPARATORS.iter().filter_map(|mark| after.find(mark)).min().unwrap_or(after.len());
    Some(title[start..at + heading.len() + end].trim())
}

fn language(page: &Page) -> Option<String> {
    let attribute = page.lang().into_iter();
    attribute.chain(contents(page, LANGUAGE)).find_map(normal_language)
}

/// A language tag as BCP 47 writes it: `pt_br` as `pt-BR`. Of a list, the first.
fn normal_language(tag: &str) -> Option<String> {
    let tag = tag.split([',', ';']).next()?.split('.').next()?.trim();
    let mut parts = tag.split(['-', '_']);
    let is_letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut normal = parts.next().filter(|part| matches!(part.len(), 2 | 3) && is_letters(part))?.to_ascii_lowercase();
    for part in parts {
        match part.len() {
            4 if is_letters(part) => {
                normal += "-";
                normal += &part[..1].to_ascii_uppercase();
                normal += &part[1..].to_ascii_lowercase();
            }
            2 if is_letters(part) => normal = normal + "-" + &part.to_ascii_uppercase(),
            3 if part.bytes().all(|byte| byte.is_ascii_digit()) => normal = normal + "-" + part,
            _ => break,
        }
    }
    Some(normal)
}

fn address(page: &Page) -> Option<String> {
    page.canonical().into_iter().chain(contents(page, &["og:url"])).filter(|url| is_absolute(url)).find_map(clean)
}

fn is_absolute(address: &str) -> bool {
    let start = |scheme: &str| address.get(..scheme.len()).is_some_and(|found| found.eq_ignore_ascii_case(scheme));
    start("http://") || start("https://")
}

/// What the page is. Half of the web says `website` or `webpage` of everything, so anything else goes first.
fn kind(page: &Page, node: Node<'_>) -> Option<String> {
    let told = contents(page, &["og:type"]).find_map(open_graph_kind);
    let linked = node.kind().map(str::to_owned);
    match (told, linked) {
        (Some(told), Some(linked)) if told == "website" => Some(linked),
        (told, linked) => told.or(linked),
    }
}

/// The kind that `og:type` gives: one of the table, or the word before the first `.` or `:`.
fn open_graph_kind(value: &str) -> Option<String> {
    let value = clean(value)?.to_lowercase();
    let word = value.split(['.', ':']).next()?;
    let known = known_kind(&value).or_else(|| known_kind(word));
    let is_word =
        !word.is_empty() && word.len() <= 30 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    known.map(str::to_owned).or_else(|| is_word.then(|| word.to_owned()))
}

fn known_kind(word: &str) -> Option<&'static str> {
    KINDS.iter().find(|(_, words)| words.contains(&word)).map(|(kind, _)| *kind)
}

/// The JSON-LD of a page. What is no JSON is left out.
struct Linked(Vec<Value>);

impl Linked {
    fn of(source: &str, page: &Page) -> Linked {
        let scripts = page.json_ld().iter().filter_map(|place| source.get(place.start as usize..place.end as usize));
        Linked(scripts.filter_map(|script| serde_json::from_str(unwrapped(script)).ok()).collect())
    }

    /// The nodes: objects of lists and of `@graph`, in order.
    fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        let mut rest: Vec<&Value> = self.0.iter().rev().collect();
        std::iter::from_fn(move || {
            loop {
                let value = rest.pop()?;
                if let Some(list) = value.as_array().or_else(|| value.get("@graph")?.as_array()) {
                    rest.extend(list.iter().rev());
                }
                if value.is_object() {
                    return Some(Node(Some(value)));
                }
            }
        })
    }

    /// The node that the page is about: the first of the kind that stands first in the table.
    fn main(&self) -> Node<'_> {
        let rank = |node: &Node<'_>| KINDS.iter().position(|(kind, _)| Some(*kind) == node.kind());
        let known = self.nodes().filter_map(|node| Some((rank(&node)?, node)));
        known.min_by_key(|(rank, _)| *rank).map_or(Node(None), |(_, node)| node)
    }

    fn site(&self) -> Option<String> {
        self.nodes().find(|node| node.types().any(|name| name.eq_ignore_ascii_case("website")))?.text(&["name"])
    }
}

/// A script without the comment or CDATA marks that old pages put around it.
fn unwrapped(script: &str) -> &str {
    let mut script = script.trim();
    for mark in ["<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA["] {
        script = script.strip_prefix(mark).unwrap_or(script).trim_start();
    }
    for mark in ["-->", "//]]>", "/*]]>*/", "]]>"] {
        script = script.strip_suffix(mark).unwrap_or(script).trim_end();
    }
    script.trim_end_matches(';')
}

/// An object of JSON-LD, or none.
#[derive(Clone, Copy)]
struct Node<'v>(Option<&'v Value>);

impl<'v> Node<'v> {
    fn get(self, name: &str) -> Option<&'v Value> {
        self.0?.get(name)
    }

    /// The first of the names that has a text, alone or in a list.
    fn text(self, names: &[&str]) -> Option<String> {
        names.iter().filter_map(|name| self.get(name)).flat_map(values).filter_map(Value::as_str).find_map(clean)
    }

    /// The newest of the dates that a name has.
    fn date(self, name: &str) -> Option<String> {
        values(self.get(name)?).filter_map(|value| date(value.as_str()?)).max()
    }

    /// Names of authors: texts, objects with a name, or lists of these.
    fn authors(self) -> Option<String> {
        let found = ["author", "creator"].iter().find_map(|name| self.get(name))?;
        join_names(values(found).filter_map(|value| author(name(value)?)))
    }

    fn publisher(self) -> Option<String> {
        values(self.get("publisher")?).find_map(|value| author(name(value)?))
    }

    fn types(self) -> impl Iterator<Item = &'v str> {
        let found = self.get("@type").into_iter().flat_map(values).filter_map(Value::as_str);
        found.map(|name| name.rsplit('/').next().unwrap_or_default())
    }

    fn kind(self) -> Option<&'static str> {
        self.types().find_map(|name| known_kind(&name.to_ascii_lowercase()))
    }
}

/// The values of a list, or the value itself.
fn values(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}

/// A name: a text, or what an object says is its name.
fn name(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| values(value.get("name")?).find_map(Value::as_str))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::segment::html::PageReader;

    fn meta(source: &str) -> Meta {
        Meta::of(source, PageReader::default().read(source))
    }

    /// What a page says, as JSON.
    fn json(source: &str) -> String {
        serde_json::to_string(&meta(source)).unwrap()
    }

    #[test]
    fn meta_elements_are_read() {
        for (source, expected) in [
            ("", "{}"),
            ("<meta name=x content=y><meta name=author><meta name=description content=' '>", "{}"),
            (
                "<meta property=og:title content=' A\n b '><meta name=author content=C>",
                r#"{"title":"A b","byline":"C"}"#,
            ),
            (
                "<meta name=DC.creator content=A><meta name=citation_author content='B, C'><meta name=citation_author content=D>",
                r#"{"byline":"B, C, D"}"#,
            ),
            ("<meta property=article:author content=https://x.example/a><meta name=author content=@b>", "{}"),
            (
                "<meta itemprop=datePublished content=2024-02-03><meta name=date content=2020-01-01>",
                r#"{"date":"2024-02-03"}"#,
            ),
            (
                "<meta property=article:published_time content=1.2.2024><meta name=dc.date content='2024-02-01 10:00'>",
                r#"{"date":"2024-02-01 10:00"}"#,
            ),
            ("<meta property=og:updated_time content=2024-13-01>", "{}"),
            (
                "<link rel=canonical href=/x><meta property=og:url content=https://a.example/x>",
                r#"{"url":"https://a.example/x"}"#,
            ),
            (
                "<meta property=og:site_name content=S><meta name=description content=D>",
                r#"{"site":"S","description":"D"}"#,
            ),
        ] {
            assert_eq!(json(source), expected, "{source:?}");
        }
        let long =
            format!("<meta property=og:title content={}><meta name=twitter:title content=a&#1;b>", "x".repeat(1001));
        assert_eq!(json(&long), r#"{"title":"ab"}"#);
    }

    #[test]
    fn json_ld_is_read_however_it_nests() {
        for (script, expected) in [
            ("{", "{}"),
            ("[1, null, \"x\"]", "{}"),
            (
                r#"{"@type":"NewsArticle","headline":"H","author":"A"}"#,
                r#"{"title":"H","byline":"A","kind":"article"}"#,
            ),
            (
                r#"<!-- [{"@type":"Thing"},{"@type":["X","Article"],"author":{"name":"A"}}] -->"#,
                r#"{"byline":"A","kind":"article"}"#,
            ),
            (
                r#"{"@graph":[{"@type":"WebSite","name":"S"},{"@type":"BlogPosting","author":[{"name":"A"},"B",{"name":["A"]},{}]}]}"#,
                r#"{"byline":"A, B","site":"S","kind":"article"}"#,
            ),
            (
                r#"{"@type":"Article","datePublished":["2023-01-01","2024-01-01","3"],"dateModified":5}"#,
                r#"{"date":"2024-01-01","kind":"article"}"#,
            ),
            (
                r#"{"@type":"http://schema.org/Product","publisher":{"name":"P"},"description":"D"}"#,
                r#"{"site":"P","description":"D","kind":"product"}"#,
            ),
            (
                r#"{"@type":"WebPage","inLanguage":"DE_at","url":"https://a.example"}"#,
                r#"{"language":"de-AT","url":"https://a.example","kind":"website"}"#,
            ),
        ] {
            assert_eq!(json(&format!("<script type=application/ld+json>{script}</script>")), expected, "{script}");
        }
        let deep = format!("<script type=application/ld+json>{}</script>", "[".repeat(100_000));
        assert_eq!(json(&deep), "{}");
    }

    #[test]
    fn a_title_is_cut_only_around_its_heading() {
        for (source, expected) in [
            ("<title>A | B</title>", "A | B"),
            ("<title>A | B</title><h1>C</h1>", "A | B"),
            ("<title>A | B</title><h1>a</h1>", "A"),
            ("<title>S » Now: A - B | C</title><h1>A - B</h1>", "Now: A - B"),
            ("<title>A - S</title><meta property=og:site_name content=s><h1>S</h1>", "A - S"),
            ("<title>A - S</title><meta property=og:title content=T>", "T"),
            ("<title>A-B</title><h1>A</h1>", "A-B"),
        ] {
            assert_eq!(meta(source).title.as_deref(), Some(expected), "{source:?}");
        }
        assert_eq!(meta("<h1>A</h1>").title, None);
    }

    #[test]
    fn times_are_dates_only_when_it_is_clear_which() {
        for (source, expected) in [
            ("<time datetime=2024-01-02>", Some("2024-01-02")),
            ("<time datetime=2024-01-02></time><time datetime=2024-01-03>", None),
            ("<time datetime=2024-01-02></time><time itemprop=datePublished datetime=2024-01-03>", Some("2024-01-03")),
            ("<time>2024-01-02</time>", None),
            ("<meta name=date content=2020-01-01><time datetime=2024-01-02>", Some("2020-01-01")),
        ] {
            assert_eq!(meta(source).date.as_deref(), expected, "{source:?}");
        }
    }

    #[test]
    fn dates_begin_with_a_day_that_can_be() {
        for (value, expected) in [
            (" 2024-05-01T08:00:00+02:00 ", Some("2024-05-01T08:00:00+02:00")),
            ("2024-05-01 by A", Some("2024-05-01")),
            ("2024-05-32", None),
            ("0001-01-01", None),
            ("2024/05/01", None),
            ("2024-5-1", None),
            ("é024-05-011", None),
            ("", None),
        ] {
            assert_eq!(date(value).as_deref(), expected, "{value:?}");
        }
    }

    #[test]
    fn languages_and_kinds_are_normal() {
        for (tag, expected) in [
            ("pt_br", Some("pt-BR")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("es-419", Some("es-419")),
            ("EN", Some("en")),
            ("de, en", Some("de")),
            ("en_US.UTF-8", Some("en-US")),
            ("english", None),
            ("", None),
        ] {
            assert_eq!(normal_language(tag).as_deref(), expected, "{tag:?}");
        }
        for (source, expected) in [
            ("<meta property=og:type content=Article>", Some("article")),
            ("<meta property=og:type content=video.movie>", Some("video")),
            ("<meta property=og:type content=og:product>", Some("product")),
            ("<meta property=og:type content=band>", Some("band")),
            ("<meta property=og:type content='a b'>", None),
            (
                "<meta property=og:type content=website><script type=application/ld+json>{\"@type\":\"QAPage\"}</script>",
                Some("forum"),
            ),
        ] {
            assert_eq!(meta(source).kind.as_deref(), expected, "{source:?}");
        }
    }

    proptest! {
        #[test]
        fn any_values_are_read(value in "[ -~é\u{1}]{0,40}", script in "[\\[{\"@:,a}\\]]{0,40}") {
            let value = value.replace('"', "");
            let names = [TITLE, BYLINE, DATE, LANGUAGE, &["og:type", "og:url"]].concat();
            let metas: String = names.iter().map(|name| format!("<meta name={name} content=\"{value}\">")).collect();
            meta(&format!("{metas}<title>{value}</title><script type=application/ld+json>{script}</script><h1>{value}"));
        }
    }
}
