//! Pages as tables of examples, and what holds for every page.

use proptest::prelude::*;

use super::*;
use crate::segment::html::{Page, PageReader};

fn read(source: &str) -> Page {
    let mut reader = PageReader::default();
    reader.read(source);
    reader.take()
}

/// Blocks are kept unless they begin with `~`.
fn kept(page: &Page) -> Vec<bool> {
    page.blocks.iter().map(|block| !page.block_text(block).starts_with('~')).collect()
}

fn to_text(source: &str) -> String {
    let (page, mut out) = (read(source), String::new());
    text(&page, &kept(&page), &mut out);
    out
}

fn to_markdown(source: &str) -> String {
    let (page, mut out) = (read(source), String::new());
    markdown(source, &page, &kept(&page), MarkdownOptions::default(), &mut out);
    out
}

fn to_markup(source: &str) -> String {
    let (page, mut out) = (read(source), String::new());
    markup(source, &page, &kept(&page), &mut out);
    out
}

fn texts<'p>(page: &'p Page, kept: &[bool]) -> Vec<&'p str> {
    let blocks = page.blocks.iter().zip(kept).filter(|(_, kept)| **kept);
    blocks.map(|(block, _)| page.block_text(block)).collect()
}

#[test]
fn lists_and_tables_of_text_stand_together() {
    for (source, expected) in [
        ("", ""),
        ("~a", ""),
        ("a<p>b", "a\n\nb"),
        ("<h1>a</h1><ul><li>b<li>c<ul><li>d</ul></ul>e", "a\n\nb\nc\nd\n\ne"),
        ("<ul><li>a<li>~b<li>c</ul>", "a\nc"),
        ("<ul><li>a</ul><ul><li>b</ul>", "a\n\nb"),
        ("<ul><li><p>a<p>b<li><p>c</ul>", "a\n\nb\nc"),
        ("<ul><li>a<h3>b</h3>c</ul>", "a\n\nb\n\nc"),
        ("<blockquote><ul><li>a<li>b</ul></blockquote>", "a\nb"),
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>e", "a\nb\nc\nd\n\ne"),
        ("<table><tr><td>a<tr><td>b</table>", "a\n\nb"),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\nb\nc\nd"),
        ("<pre><div>a</div><div>  b</div></pre>", "a\n  b"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
    ] {
        assert_eq!(to_text(source), expected, "{source:?}");
    }
}

#[test]
fn structure_becomes_markdown() {
    for (source, expected) in [
        ("", ""),
        ("~a", ""),
        ("<h1>a</h1><h3>b<br>c</h3><p>d", "# a\n\n### b c\n\nd"),
        ("a<br>b<br><br>c", "a\\\nb\n\nc"),
        ("<ul><li>a<li>b<ul><li>c<li>d</ul><li>e</ul>f", "- a\n- b\n  - c\n  - d\n- e\n\nf"),
        ("<ol start=9><li>a<li>b<p>c<ul><li>d</ul></ol>", "9. a\n10. b\n\n    c\n    - d"),
        ("<ul><li>~a<ul><li>b<li>c</ul><li>d</ul>", "- b\n- c\n- d"),
        ("<ul><li>a</ul><ul><li>b</ul><ul><li>c</ul>", "- a\n\n* b\n\n- c"),
        ("<ol><li>a</ol><ol><li>b</ol>", "1. a\n\n1) b"),
        ("<ol><li>a<ol start=4><li>b</ol></ol>", "1. a\n\n   4. b"),
        ("<ol><li>a</li>/<li>b</ol>", "1. a\n\n/\n\n2. b"),
        ("<li>a<li>b", "- a\n\n- b"),
        ("<blockquote><p>a<p>b<blockquote>c</blockquote></blockquote>d", "> a\n>\n> b\n>\n> > c\n\nd"),
        ("<blockquote>a</blockquote><blockquote>b</blockquote>", "> a\n\n> b"),
        ("<ul><li>a<blockquote>b<br>c</blockquote></ul>", "- a\n\n  > b\\\n  > c"),
        ("<blockquote><ul><li>a<li>b</ul></blockquote>", "> - a\n> - b"),
        ("<pre class='x language-rust'>a\n\n  `b`</pre>", "```rust\na\n\n  `b`\n```"),
        ("<pre><code class=lang-c++>```\n*a*</code></pre>", "````c++\n```\n*a*\n````"),
        ("<pre><div>a</div><div>~b</div><div> c</div></pre>", "```\na\n c\n```"),
        ("<ul><li>a<pre>b\n\nc</pre></ul>", "- a\n\n  ```\n  b\n\n  c\n  ```"),
        ("<figure><img src=x><figcaption>a</figcaption></figure>", "a"),
        ("<dl><dt>a<dd>b</dl>", "a\n\nb"),
    ] {
        assert_eq!(to_markdown(source), expected, "{source:?}");
    }
}

#[test]
fn tables_of_data_become_tables_and_layout_does_not() {
    let long = "x".repeat(501);
    for (source, expected) in [
        ("<table><tr><th>a<th>b<tr><td>c<td>d|e</table>", "| a | b |\n| --- | --- |\n| c | d\\|e |"),
        ("<table><tr><th>a<th><tr><td>c<td>~d<tr><td>e<td>f</table>", "| a | |\n| --- | --- |\n| c | |\n| e | f |"),
        ("<table><tr><td>a<td>b<tr><td>~c<td>~d<tr><td>e<td>f</table>", "| a | b |\n| --- | --- |\n| e | f |"),
        (
            "<table><tr><td rowspan=2>a<td>b<tr><td>c<tr><td colspan=2>d<td>e</table>",
            "| a | b | |\n| --- | --- | --- |\n| | c |\n| d | | e |",
        ),
        (
            "<table><caption>t</caption><tr><td>a<br>b<p>c<td>`d`<tr><td><code>e|f</code><td>g</table>",
            "t\n\n| a<br>b<br>c | \\`d\\` |\n| --- | --- |\n| `e\\|f` | g |",
        ),
        ("<table><tr><td>a<td>b<tr><td>c<td>d<caption>t</caption></table>", "| a | b |\n| --- | --- |\n| c | d |\n\nt"),
        ("<table><tr><td>a<tr><td>b</table>", "a\n\nb"),
        ("<table><tr><td>a<td>b</table>", "a\n\nb"),
        ("<table><tr><td>a<td>~b<tr><td>c<td>~d</table>", "a\n\nc"),
        (
            "<table><tr><td>a<td><table><tr><td>b<td>c<tr><td>d<td>e</table><tr><td>f<td>g</table>",
            "a\n\n| b | c |\n| --- | --- |\n| d | e |\n\nf\n\ng",
        ),
        ("<table><tr><td>a<td><pre>b</pre><tr><td>c<td>d</table>", "a\n\n```\nb\n```\n\nc\n\nd"),
        (&format!("<table><tr><td>a<td>b<tr><td>c<td>{long}</table>"), &format!("a\n\nb\n\nc\n\n{long}")),
    ] {
        assert_eq!(to_markdown(source), expected, "{source:?}");
    }
}

#[test]
fn runs_become_inline_markdown() {
    for (source, expected) in [
        ("a <b>b</b> <i>c</i> <code>d</code>", "a **b** *c* `d`"),
        ("<b><i>a</i></b> <b>b <i>c</i></b> <i>d <b>e</b></i>", "***a* b *c*** *d* ***e***"),
        ("a<b>b</b>c<b> d </b>e", "a**b**c **d** e"),
        ("a<b>(b)</b>c", "a(b)c"),
        ("<b>a</b><i>b</i>", "**a**b"),
        ("<code>a`b</code>, <code>`</code>, <code>a<i>b</i>*</code>", "`` a`b ``, `` ` ``, `ab*`"),
        ("<b><code>a</code></b>", "**`a`**"),
        ("<a href=/x>a <b>b</b></a> <b>c <a href='y z'>d</a></b>", "[a **b**](/x) **c** [**d**](y%20z)"),
        ("<a href='javascript:x'>a</a> <a href='#b'>b</a> <a href>c</a> <a name=x>d</a>", "a b c d"),
        ("<a href='a(b)?c&amp;copy;'>a]b</a>", "[a\\]b](a%28b%29?c\\&copy;)"),
        ("a!<a href=x>b!</a><a href=y>c</a>", "a\\![b!](x)[c](y)"),
        ("<base href='https://a.example/b/'><a href=c>d</a>", "[d](https://a.example/b/c)"),
    ] {
        assert_eq!(to_markdown(source), expected, "{source:?}");
    }
    let (source, mut out) = ("a <a href=x>b <i>c</i></a>", String::new());
    markdown(source, &read(source), &[true], MarkdownOptions { links: false }, &mut out);
    assert_eq!(out, "a b *c*");
}

#[test]
fn text_that_looks_like_markdown_is_escaped() {
    for (source, expected) in [
        ("*a* _b_ c_d `e` [f] \\", "\\*a\\* \\_b\\_ c_d \\`e\\` \\[f\\] \\\\"),
        ("a &lt;b> 1 &lt; 2 > 1", "a \\<b> 1 < 2 > 1"),
        ("&amp;amp; a & b &amp;x", "\\&amp; a & b &x"),
        ("# a<br>## b<br>#c", "\\# a\\\n\\## b\\\n#c"),
        ("- a<br>+ b<br>-c<br>> d", "\\- a\\\n\\+ b\\\n-c\\\n\\> d"),
        ("1. a<br>2) b<br>3.c<br>4", "1\\. a\\\n2\\) b\\\n3.c\\\n4"),
        ("a<br>---<br>b<br>===", "a\\\n\\---\\\nb\\\n\\==="),
        ("<h2>C #</h2>", "## C \\#"),
        ("<ul><li>- a</ul>", "- \\- a"),
        ("~ ~~a~~", ""),
        ("a ~~b~~", "a \\~\\~b\\~\\~"),
        ("a ~5", "a ~5"),
    ] {
        assert_eq!(to_markdown(source), expected, "{source:?}");
    }
}

#[test]
fn clean_markup_keeps_what_says_something() {
    for (source, expected) in [
        ("", ""),
        ("~a", ""),
        ("<div class=x><p id=y style=z onclick=q>a &amp; &lt;b&gt;</p></div>", "<p>a &amp; &lt;b&gt;</p>"),
        ("a<div>b</div>", "<p>a</p>\n<p>b</p>"),
        ("<p>a<br>b<br><br>c", "<p>a<br>b<br><br>c</p>"),
        ("<ul class=x><li>a<li>~b<li>c<ul><li>d</ul></ul>", "<ul>\n<li>a</li>\n<li>c\n<ul>\n<li>d</li></ul></li></ul>"),
        ("<ol start=3 type=a reversed><li>a</ol>", "<ol start=\"3\" type=\"a\">\n<li>a</li></ol>"),
        (
            "<p lang=de dir=ltr>a <span lang=fr>b</span> <span class=x>c</span>",
            "<p dir=\"ltr\" lang=\"de\">a <span lang=\"fr\">b</span> c</p>",
        ),
        ("<a href='/x?a&amp;b' onclick=x target=y>a</a>", "<p><a href=\"/x?a&amp;b\">a</a></p>"),
        ("<a href='java&#115;cript:x'>a</a><a href=' data:text/html,x'>b</a>", "<p>ab</p>"),
        (
            "H<sub>2</sub>O <time datetime=2024-01-01>x</time> <strike>y</strike>",
            "<p>H<sub>2</sub>O <time datetime=\"2024-01-01\">x</time> <s>y</s></p>",
        ),
        ("<b>a<p>b</b>c</p>", "<p><b>a</b></p>\n<p><b>b</b>c</p>"),
        ("<b>a<div><i>b</b>c</i></div>", "<p><b>a</b></p>\n<p><b><i>b</i></b><i>c</i></p>"),
        ("<a href=x><h3>a</h3><p>b</p></a>", "<h3><a href=\"x\">a</a></h3>\n<p><a href=\"x\">b</a></p>"),
        ("<pre class=x>  a\n <b>b</b></pre>", "<pre>  a\n <b>b</b></pre>"),
        ("<pre><div>a</div><div> b</div></pre>", "<pre><div>a</div><div> b</div></pre>"),
        (
            "<table border=1><tr><th colspan=2>a<tr><td>b<td>c<td></table>",
            "<table>\n<tbody>\n<tr>\n<th colspan=\"2\">a</th></tr>\n<tr>\n<td>b</td>\n<td>c</td>\n<td></td></tr></tbody></table>",
        ),
        ("<table><tr><td>a<td>~b<tr><td><p>c</table>", "<p>a</p>\n<p>c</p>"),
        (
            "<figure><picture><source srcset=z><img src=x alt='\"' onerror=y></picture><figcaption>a</figcaption></figure>",
            "<figure><img src=\"x\" alt=\"&quot;\">\n<figcaption>a</figcaption></figure>",
        ),
        (
            "<figure><img src=data:x data-src=y><noscript><img src=y></noscript>a</figure>",
            "<figure><img src=\"y\">\n<p>a</p></figure>",
        ),
        ("<figure><img src=x><p>~a</figure><p>b", "<p>b</p>"),
        ("<p>a <img src=x> b<img src=y>", "<p>a<img src=\"x\"> b</p>"),
        (
            "<form><label>a</label><input><button>b</button><select><option>c</select></form>",
            "<p>a</p>\n<p>b</p>\n<p>c</p>",
        ),
        ("a<script>b</script><!-- c --><iframe src=x></iframe><object>d</object>e", "<p>a</p>\n<p>e</p>"),
        ("<ul>a<p>b</ul>", "<ul>\n<li>a</li>\n<li>\n<p>b</p></li></ul>"),
        (
            "<p>a<table><tr><td>b<td>c<tr><td>d<td>e</table>f",
            "<p>a</p>\n<table>\n<tbody>\n<tr>\n<td>b</td>\n<td>c</td></tr>\n<tr>\n<td>d</td>\n<td>e</td></tr></tbody></table>\n<p>f</p>",
        ),
        ("<blockquote cite='javascript:x'>a</blockquote>", "<blockquote>\n<p>a</p></blockquote>"),
    ] {
        assert_eq!(to_markup(source), expected, "{source:?}");
    }
}

/// Checks what must hold for every page and choice of blocks.
fn check(source: &str, kept: &[bool]) {
    let page = read(source);
    let expected = texts(&page, kept);
    let mut out = String::from("before");
    text(&page, kept, &mut out);
    for text in &expected {
        assert!(out.contains(text), "{text:?} not in {out:?} of {source:?}");
    }
    assert_eq!(out == "before", expected.is_empty());

    let mut out = String::new();
    markdown(source, &page, kept, MarkdownOptions::default(), &mut out);
    assert_eq!(out.is_empty(), expected.is_empty(), "{source:?}");

    let mut out = String::new();
    markup(source, &page, kept, &mut out);
    check_markup(&out, source);
    let again = read(&out);
    let all = vec![true; again.blocks.len()];
    assert_eq!(texts(&again, &all), expected, "{source:?} became {out:?}");
}

/// Checks that markup is balanced and holds nothing that runs.
fn check_markup(markup: &str, source: &str) {
    let mut open = vec![];
    for tag in html5gum::Tokenizer::new(markup) {
        let Ok(tag) = tag;
        match tag {
            html5gum::Token::StartTag(tag) => {
                let name = String::from_utf8(tag.name.to_vec()).unwrap();
                assert!(!["script", "style", "iframe", "object", "form"].contains(&name.as_str()), "{source:?}");
                for name in tag.attributes.keys() {
                    assert!(!name.starts_with(b"on") && name.as_slice() != b"style", "{source:?}");
                }
                if !["br", "img"].contains(&name.as_str()) {
                    open.push(name);
                }
            }
            html5gum::Token::EndTag(tag) => {
                let name = String::from_utf8(tag.name.to_vec()).unwrap();
                assert_eq!(open.pop(), Some(name), "{source:?} became {markup:?}");
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "{source:?} became {markup:?}");
}

/// Pieces of pages in any order.
fn page_like() -> impl Strategy<Value = String> {
    let tags = "a b i em code sub q span br img p div h2 ul ol li dl dt dd table caption tbody tr td th pre xmp \
                textarea select option button form figure figcaption blockquote details summary section marquee \
                object svg template noscript script style ruby rt font body html";
    let tags: Vec<&'static str> = tags.split_whitespace().collect();
    let attributes = prop::sample::select(vec![
        "",
        " href=x",
        " href='javascript:x'",
        " onclick=x lang=\"a&quot;>\"",
        " style='display:none'",
        " src=x onerror=y",
        " colspan=3 rowspan=2",
        " title='<script>'",
        " /",
    ]);
    let text = prop::sample::select(vec![
        " ",
        "\n",
        "a",
        "b c",
        "&nbsp;",
        "&lt;script>",
        "&amp;lt;",
        "\u{200b}",
        "*",
        "`",
        "\t",
        "&#13;",
        "é",
        "\0",
        "<",
        "1.",
        "|",
        "~",
        "<!-- x -->",
        "\u{3000}",
        "&#12;",
    ]);
    let tag = (prop::sample::select(tags), attributes, 0..3u8).prop_map(|(tag, attributes, kind)| match kind {
        0 => format!("</{tag}>"),
        _ => format!("<{tag}{attributes}>"),
    });
    let piece = prop_oneof![2 => tag, 1 => text.prop_map(str::to_owned)];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_page_can_be_written_and_read_again(source in page_like(), kept in prop::collection::vec(any::<bool>(), 60)) {
        check(&source, &kept);
        check(&source, &[true; 60]);
        check(&source, &[]);
    }
}

#[test]
fn hostile_pages_stay_small_and_whole() {
    type Shape = fn(usize) -> String;
    let shapes: &[(&str, Shape)] = &[
        ("nested lists", |n| "<ul><li>x".repeat(n)),
        ("nested quotations", |n| "<blockquote>x".repeat(n)),
        ("nested formats", |n| "<sub>x<p>".repeat(n)),
        ("formats across blocks", |n| format!("{}{}", "<b><i><u><q>".repeat(100), "<p>x".repeat(n))),
        ("text between blocks", |n| format!("<div>{}", "<b>x</b><p>y</p>".repeat(n))),
        ("nested figures", |n| "<figure><img src=x>x".repeat(n)),
        ("tables", |n| "<table><tr><td>x<td>".repeat(n)),
        ("wide cells", |n| format!("<table>{}", "<tr><td colspan=9999 rowspan=9999>x<td>y".repeat(n))),
        ("cells without text", |n| format!("<table>{}", "<tr><td>x<td>y<td><td>".repeat(n))),
        ("numbers of runs", |n| "<b>x</b><i>y</i><code>`</code>".repeat(n)),
        ("number signs", |n| format!("<h1>{}x</h1>", "#".repeat(n))),
        ("lines in pre", |n| format!("<pre>{}", "<div>x</div>".repeat(n))),
        ("half tags", |n| format!("<p>x{}", "<a <b ".repeat(n))),
    ];
    for (name, shape) in shapes {
        let source = shape(5_000);
        let page = read(&source);
        let kept = vec![true; page.blocks.len()];
        let (mut a, mut b) = (String::new(), String::new());
        markdown(&source, &page, &kept, MarkdownOptions::default(), &mut a);
        markup(&source, &page, &kept, &mut b);
        assert!(a.len() < 40 * source.len(), "{name}: {} bytes of Markdown from {}", a.len(), source.len());
        assert!(b.len() < 40 * source.len(), "{name}: {} bytes of markup from {}", b.len(), source.len());
        check(&source, &kept);
    }
}
