//! Pages as tables of examples, and what holds for every page.

use proptest::prelude::*;

use super::*;

fn texts(source: &str) -> Vec<String> {
    let mut reader = PageReader::default();
    let page = reader.read(source);
    page.blocks.iter().map(|block| page.block_text(block).to_owned()).collect()
}

/// Names from the root to the element of each block.
fn paths(source: &str) -> Vec<String> {
    let mut reader = PageReader::default();
    let page = reader.read(source);
    page.blocks
        .iter()
        .map(|block| {
            let mut names: Vec<&str> =
                page.chain(block.element).map(|id| page.element_name(page.element(id))).collect();
            names.reverse();
            names[1..].join(" ")
        })
        .collect()
}

#[test]
fn blocks_are_cut_where_block_elements_start_and_end() {
    for (source, expected) in [
        ("", vec![]),
        (" \n&nbsp; ", vec![]),
        ("a", vec!["a"]),
        ("a<div>b</div>c", vec!["a", "b", "c"]),
        ("<p>a<p>b", vec!["a", "b"]),
        ("<p>a <b>b</b>c</p>", vec!["a bc"]),
        ("<p>a\n \t b&nbsp;&nbsp;c</p>", vec!["a b c"]),
        ("<p> a <i> b </i> c </p>", vec!["a b c"]),
        ("a<img>b<wbr>c", vec!["abc"]),
        ("a</p>b", vec!["a", "b"]),
        ("a</div>b", vec!["ab"]),
        ("<ul><li>a<li>b<ul><li>c</ul>d</ul>", vec!["a", "b", "c", "d"]),
        ("<dl><dt>a<dd>b<dt>c</dl>", vec!["a", "b", "c"]),
        ("<table><tr><td>a<td>b<tr><th>c</table>", vec!["a", "b", "c"]),
        ("<td>a</td><td>b</td>", vec!["ab"]),
        ("<h1>a</h2>b", vec!["a", "b"]),
        ("<select><option>a<option>b</select>", vec!["a", "b"]),
        ("a<button>b</button>c", vec!["a", "b", "c"]),
        ("x<textarea><b>a</b></textarea>y", vec!["x", "y"]),
        ("a &lt;b&gt; &amp;copy; &eacute; &unknown; &#8364;", vec!["a <b> &copy; é &unknown; €"]),
        ("a\0b", vec!["ab"]),
        ("\u{200b}a\u{200b}<p>\u{200b}</p>", vec!["a"]),
        ("a</body></html><p>b", vec!["a", "b"]),
        ("\r\na\r\n b\r", vec!["a b"]),
    ] {
        assert_eq!(texts(source), expected, "{source:?}");
    }
}

#[test]
fn one_break_is_a_line_feed_and_two_end_the_block() {
    for (source, expected) in [
        ("a<br>b", vec!["a\nb"]),
        ("a <br/> b", vec!["a\nb"]),
        ("a<br><br>b", vec!["a", "b"]),
        ("a<br> &nbsp;\n<br>b", vec!["a", "b"]),
        ("a<br><b><br></b>b<br>c", vec!["a", "b\nc"]),
        ("<br>a<br>", vec!["a"]),
        ("a</br>b", vec!["a\nb"]),
        ("<pre>a<br><br>b</pre>", vec!["a\n\nb"]),
    ] {
        assert_eq!(texts(source), expected, "{source:?}");
    }
}

#[test]
fn white_space_counts_in_pre() {
    for (source, expected) in [
        ("<pre>\n  a\n\n    b \n</pre>", vec!["  a\n\n    b"]),
        ("<pre><code>a  b</code>\n<i>c</i></pre>", vec!["a  b\nc"]),
        ("<pre>  \n </pre>", vec![]),
        ("<pre><div> <b> a</b></div><div>\n\n b<br> c</div>d</pre>", vec!["  a", " b\n c", "d"]),
        ("<pre> </pre>a", vec!["a"]),
        ("<xmp><b> a</xmp>", vec!["<b> a"]),
    ] {
        assert_eq!(texts(source), expected, "{source:?}");
    }
}

#[test]
fn text_that_is_not_shown_is_skipped() {
    for (source, expected) in [
        ("a<script>b</script>c", vec!["ac"]),
        ("<style>p{}</style>a", vec!["a"]),
        ("<script><!-- <script>x</script> --></script>a", vec!["a"]),
        ("a<!-- b -->c<![CDATA[d]]>e", vec!["ace"]),
        ("<template><p>a</p></template>b", vec!["b"]),
        ("<svg><title>a</title><text>b</text></svg>c", vec!["c"]),
        ("<svg><path/><style>a</style><p>b", vec!["b"]),
        ("<svg><foreignObject><div>a</div></foreignObject></svg>b", vec!["b"]),
        ("<svg><g><svg/></g></svg>b<svg/>c", vec!["bc"]),
        ("<math><mi>x</mi></math>y", vec!["y"]),
        ("<object><p>a</object>b", vec!["b"]),
        ("<iframe><p>a</p></iframe><noframes>c</noframes>b", vec!["b"]),
        ("<body><noscript><iframe src=a /></noscript><p>b</p>", vec!["b"]),
        ("<body><noscript><iframe><p>a</p></iframe>c</noscript>b", vec!["c", "b"]),
        ("<iframe><noscript></iframe></noscript>b", vec!["b"]),
        ("<head><title>a</title><noscript><link></noscript></head>b", vec!["b"]),
        ("<title>a</title>b", vec!["b"]),
        ("<noscript><p>a</p></noscript>b", vec!["a", "b"]),
    ] {
        assert_eq!(texts(source), expected, "{source:?}");
    }
}

#[test]
fn elements_nest_as_browsers_nest_them() {
    for (source, expected) in [
        ("a", vec!["body"]),
        ("<p>a<p>b", vec!["body p", "body p"]),
        ("<p>a<div>b</div>", vec!["body p", "body div"]),
        ("<p><span>a<i>b</i></span></p>", vec!["body p span"]),
        ("<p>a<i>b</i><b>c</b></p>", vec!["body p"]),
        ("<div><b>a</div>b", vec!["body div b", "body"]),
        ("<table><td>a", vec!["body table tbody tr td"]),
        (
            "<table><tr><td>a<table><tr><td>b</table>c</table>d",
            vec![
                "body table tbody tr td",
                "body table tbody tr td table tbody tr td",
                "body table tbody tr td",
                "body",
            ],
        ),
        ("<p><table><td>a", vec!["body p table tbody tr td"]),
        ("<!doctype html><p><table><td>a", vec!["body table tbody tr td"]),
        ("<td><div></td>a", vec!["body div"]),
        ("<table><tr><td></div>a", vec!["body table tbody tr td"]),
        ("<form><div></form>a</div>b", vec!["body form div", "body"]),
        ("<ul><li><div><li>a", vec!["body ul li"]),
        ("<my-card>a</my-card>b<x-y>c", vec!["body"]),
        ("<my-card><p>a</p></my-card>", vec!["body my-card p"]),
        ("<head><meta><div>a", vec!["body div"]),
        ("<html><head></head><noscript>a</noscript><body class=x>b", vec!["body noscript", "body"]),
    ] {
        assert_eq!(paths(source), expected, "{source:?}");
    }
}

/// `text[kind]` of each run of the first block.
fn runs(source: &str) -> Vec<String> {
    let mut reader = PageReader::default();
    let page = reader.read(source);
    let name = |kind| match kind {
        RunKind::Link(id) => page.attribute(page.element(id), AttributeName::Href).unwrap_or_default().to_owned(),
        kind => format!("{kind:?}"),
    };
    page.block_runs(&page.blocks[0])
        .iter()
        .map(|run| format!("{}[{}]", &page.text()[run.text.start as usize..run.text.end as usize], name(run.kind)))
        .collect()
}

#[test]
fn runs_tell_links_and_looks() {
    for (source, expected) in [
        ("a <b>b</b> c", vec!["b[Bold]"]),
        ("<a href=x>a <em>b</em></a>", vec!["a b[x]", "b[Italic]"]),
        ("<a href=x>a</a> <a href=y>b</a>", vec!["a[x]", "b[y]"]),
        ("<a href=x>a<a href=y>b</a>", vec!["a[x]", "b[y]"]),
        ("<a name=x>a</a> <code>b </code>c", vec!["b[Code]"]),
        ("<b>a </b><b> b</b>", vec!["a b[Bold]"]),
        ("<a href=x><div>a</div>b</a>", vec!["a[x]"]),
        ("<div><a href=x><p>a</a>b", vec!["a[x]"]),
    ] {
        assert_eq!(runs(source), expected, "{source:?}");
    }
}

#[test]
fn counts_are_in_characters() {
    let mut reader = PageReader::default();
    let page = reader.read("<p>äö <a href=x>ü ß</a>, <a href=y>é</a> <b>ñ</b>");
    let block = &page.blocks[0];
    assert_eq!(page.block_text(block), "äö ü ß, é ñ");
    assert_eq!((block.chars, block.linked_chars, block.links, block.bold_chars), (11, 4, 2, 1));
}

#[test]
fn spans_point_into_the_source() {
    for (source, expected) in [
        ("<p> a <b>b</b> </p>c", vec!["a <b>b", "c"]),
        ("<p>&eacute;t&eacute;</p>", vec!["&eacute;t&eacute;"]),
        ("<p>a<!-- x -->&amp;", vec!["a<!-- x -->&amp;"]),
        ("é<br>ü<br><br>ö", vec!["é<br>ü", "ö"]),
        ("<pre>\n a\n</pre>", vec!["a"]),
    ] {
        let mut reader = PageReader::default();
        let page = reader.read(source);
        let spans: Vec<&str> =
            page.blocks.iter().map(|block| &source[block.span.start as usize..block.span.end as usize]).collect();
        assert_eq!(spans, expected, "{source:?}");
    }
}

#[test]
fn hidden_noscript_and_pre_are_inherited() {
    for (source, flags) in [
        ("<div style='color:red; Display : NONE !important'><p>a", Flags::HIDDEN),
        ("<div style='visibility:hidden'><p>a", Flags::HIDDEN),
        ("<div hidden><p>a", Flags::HIDDEN),
        ("<div aria-hidden=true><p>a", Flags::HIDDEN),
        ("<noscript><div>a", Flags::NOSCRIPT),
        ("<pre><span>a", Flags::PREFORMATTED),
    ] {
        let mut reader = PageReader::default();
        let page = reader.read(&format!("b{source}"));
        assert!(page.blocks[1].flags.has(flags), "{source:?}");
        assert_eq!(page.blocks[0].flags, Flags::default(), "{source:?}");
    }
    assert!(!PageReader::default().read("<div style='display:nonesuch' aria-hidden=false>a").blocks[0].is_hidden());
}

#[test]
fn the_head_is_kept() {
    let source = "<html lang=de><head><base href=/b/><title> A &amp;\n B </title><meta name=Description content='c d'>\
        <meta property=og:type content=article><link rel='x Canonical' href=' https://e.org/ '>\
        <script type='application/ld+json'>{\"a\":1}</script></head>\
        <body><h1>H</h1><time datetime=2020>x</time><svg><title>no</title></svg><title>no</title>";
    let mut reader = PageReader::default();
    let page = reader.read(source);
    assert_eq!((page.title(), page.lang(), page.base()), (Some("A & B"), Some("de"), Some("/b/")));
    assert_eq!((page.meta("description"), page.meta("OG:type"), page.meta("x")), (Some("c d"), Some("article"), None));
    assert_eq!(page.canonical(), Some("https://e.org/"));
    assert_eq!(page.h1_blocks(), [0]);
    let json: Vec<&str> =
        page.json_ld().iter().map(|place| &source[place.start as usize..place.end as usize]).collect();
    assert_eq!(json, ["{\"a\":1}"]);
    let times: Vec<Option<&str>> =
        page.times().iter().map(|&id| page.attribute(page.element(id), AttributeName::Datetime)).collect();
    assert_eq!(times, [Some("2020")]);
}

#[test]
fn elements_know_their_place() {
    let mut reader = PageReader::default();
    let page = reader.read("<div class=a data-x-y=1><p>a<p>b<span></span></div><div id=c>d</div>");
    let rows: Vec<_> = page
        .elements
        .iter()
        .map(|e| (page.element_name(e), e.parent, e.end, e.depth, e.nth_child, e.children, e.blocks.clone()))
        .collect();
    assert_eq!(
        rows,
        [
            ("html", 0, 7, 0, 1, 1, 0..3),
            ("body", 0, 7, 1, 1, 2, 0..3),
            ("div", 1, 6, 2, 1, 2, 0..2),
            ("p", 2, 4, 3, 1, 0, 0..1),
            ("p", 2, 6, 3, 2, 1, 1..2),
            ("span", 4, 6, 4, 1, 0, 2..2),
            ("div", 1, 7, 2, 2, 0, 2..3),
        ]
    );
    assert_eq!(page.attribute(&page.elements[2], AttributeName::Data), Some("x-y"));
    assert_eq!(page.attribute(&page.elements[6], AttributeName::Id), Some("c"));
}

/// What holds for every page.
fn check(source: &str, page: &Page) {
    let mut end = 0;
    for block in &page.blocks {
        assert!(!page.block_text(block).is_empty());
        assert!(!page.block_text(block).ends_with(char::is_whitespace));
        assert!(end <= block.span.start && block.span.start < block.span.end, "{:?} after {end}", block.span);
        end = block.span.end;
        assert!(source.get(block.span.start as usize..block.span.end as usize).is_some());
        assert_eq!(block.chars as usize, page.block_text(block).chars().count());
        assert!(block.linked_chars <= block.chars && block.bold_chars <= block.chars);
        for run in page.block_runs(block) {
            assert!(block.text.start <= run.text.start && run.text.start < run.text.end);
            assert!(run.text.end <= block.text.end);
        }
    }
    for (id, element) in page.elements.iter().enumerate().skip(1) {
        assert!((element.parent as usize) < id);
        assert!(element.depth as usize <= DEPTH_CAP);
        let parent = page.element(element.parent);
        assert!(element.end as usize > id && element.end <= parent.end, "{element:?} in {parent:?}");
        assert!(
            parent.blocks.start <= element.blocks.start && element.blocks.start <= element.blocks.end,
            "{element:?} in {parent:?}"
        );
        assert!(element.blocks.end <= parent.blocks.end, "{element:?} in {parent:?}");
        assert!(element.span.start <= element.span.end && element.span.end as usize <= source.len());
        // Elements stand in the order of their text.
        assert!(page.elements[id - 1].text.start <= element.text.start);
        assert!(page.text().get(element.text.start as usize..element.text.end as usize).is_some());
    }
    for (index, block) in page.blocks.iter().enumerate() {
        for id in page.chain(block.element) {
            assert!(page.element(id).blocks.contains(&(index as u32)), "{index} {block:?} in {:?}", page.element(id));
        }
    }
}

/// Pieces of pages: strings made of these are far more like pages than random ones.
const PIECES: &[&str] = &[
    "<p>",
    "</p>",
    "<div class=a>",
    "</div>",
    "<b>",
    "</b>",
    "<a href=x>",
    "</a>",
    "<table>",
    "</table>",
    "<tr>",
    "<td>",
    "</td>",
    "<li>",
    "<ul>",
    "</ul>",
    "<br>",
    "<pre>",
    "</pre>",
    "<form>",
    "</form>",
    "<svg>",
    "</svg>",
    "<title>",
    "</title>",
    "<script>",
    "</script>",
    "<template>",
    "</template>",
    "<h1>",
    "</h1>",
    "<span hidden>",
    "</span>",
    "<select>",
    "<option>",
    "<button>",
    "<noscript>",
    "</noscript>",
    "<head>",
    "</head>",
    "<body>",
    "<textarea>",
    "</textarea>",
    "<foreignobject>",
    "<math>",
    "<mi>",
    "<object>",
    "</object>",
    "<x-y>",
    "</x-y>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&eacute",
    "&#0;",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "a",
    "wörter 字",
    "\u{200b}",
    "\u{a0}",
    "<",
    "<é",
    "</",
    "\"",
    "=",
    ">",
];

fn page_like() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![9 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => any::<String>()],
        0..60,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_string_is_a_sound_page(source in page_like()) {
        let mut reader = PageReader::default();
        check(&source, reader.read(&source));
    }

    #[test]
    fn a_page_does_not_depend_on_the_one_before(first in page_like(), second in page_like()) {
        let mut used = PageReader::default();
        used.read(&first);
        let mut fresh = PageReader::default();
        prop_assert_eq!(format!("{:?}", used.read(&second)), format!("{:?}", fresh.read(&second)));
    }

    #[test]
    fn any_bytes_become_a_page(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let decoded = decode(&bytes, None);
        check(&decoded.text, PageReader::default().read(&decoded.text));
    }
}

#[test]
fn work_grows_with_the_length_of_hostile_pages_not_with_its_square() {
    type Shape = fn(usize) -> String;
    let shapes: &[(&str, Shape)] = &[
        ("nested", |n| "<div>".repeat(n) + "x"),
        ("nested and closed", |n| "<div>".repeat(n) + "x" + &"</div>".repeat(n)),
        ("nested inline", |n| "<b>x".repeat(n)),
        ("unclosed paragraphs in spans", |n| "<span><p>".repeat(n)),
        ("stray end tags", |n| format!("<b><table><td>{}{}", "<div>".repeat(500), "</b>x".repeat(n))),
        ("links in blocks", |n| "<a href=x><div>x".repeat(n)),
        ("lists", |n| "<ul><li>x".repeat(n)),
        ("tables", |n| "<table><tr><td>x".repeat(n)),
        ("tables without cells", |n| "<table>".repeat(n)),
        ("svg", |n| "<svg><g>".repeat(n)),
        ("islands", |n| "<svg><desc>".repeat(n)),
        ("formatting", |n| format!("{}{}", "<font><i>".repeat(n), "</font>".repeat(n))),
        ("attributes", |n| format!("<p {}>x", "a=b data-c=d ".repeat(n))),
        ("half tags", |n| "<a <b ".repeat(n)),
        ("NULs", |n| "\0<\0".repeat(n)),
        ("headings", |n| "<h1><div>x".repeat(n)),
        ("breaks", |n| "x<br><br>".repeat(n)),
        ("pre", |n| format!("<pre>x{}", "\n<b></b>".repeat(n))),
    ];
    for (name, shape) in shapes {
        let steps = |n| {
            let source = shape(n);
            let mut reader = PageReader::default();
            check_size(&source, reader.read(&source));
            reader.tree.steps as f64 / source.len() as f64
        };
        let (small, large) = (steps(5_000), steps(100_000));
        assert!(large <= 1.5 * small + 1.0, "{name}: {small} steps a byte, then {large}");
    }
}

/// Nothing of a page is larger than its source by more than what an element costs.
fn check_size(source: &str, page: &Page) {
    assert!(page.text().len() <= 3 * source.len());
    assert!(page.elements.len() <= source.len() + 2);
    assert!(page.elements.iter().all(|element| element.depth as usize <= DEPTH_CAP));
}

#[test]
fn a_hundred_thousand_nested_tags_keep_their_text() {
    let source = "<div>a".repeat(100_000);
    let mut reader = PageReader::default();
    let page = reader.read(&source);
    assert_eq!(page.blocks.len(), 100_000);
    check(&source, page);
}
