//! The scanner finds what html5gum finds: in sources made for it, in every reference, in anything.
#![allow(clippy::unwrap_used)]

mod oracle;

use oracle::{expected, scanned};
use proptest::prelude::*;

fn check(source: &str) {
    let (found, expected) = (scanned(source), expected(source));
    if let Some(at) = (0..found.len().max(expected.len())).find(|&at| found.get(at) != expected.get(at)) {
        let (found, expected) = (found.get(at), expected.get(at));
        panic!("{source:?}: {found:?} instead of {expected:?} as event {at}");
    }
}

#[test]
fn markup_is_found_where_the_standard_finds_it() {
    for source in [
        "<P Class=x>é",
        "a&amp;b&notit;&#8364;&",
        "a<!-- c -->&lt;b",
        "<é><",
        "a <ü&eacute;",
        "x\r\ny\r\r\n&\r",
        "<script>a<b</script>c",
        "<script><!--<script></script>--></script>x",
        "<noframes><b></noframes>",
        "<xmp>a<b\0\r&amp;</xmp >",
        "<title>a&ampb\0\r\n</titl></TITLE/>b",
        "<textarea></textarea",
        "<plaintext>a\0</plaintext>&amp;",
        "<svg><![CDATA[<b>\0\r\n]]]></svg>",
        "a<![CDATA[<b>]]>c",
        "<a href",
        "<a href='x",
        "<a/b/ / >",
        "<a =b==c d = e/>",
        "<a b='&amp=&ampx&lt;' c=&gt d=\"\r\n\0\">",
        "<a b=c&lt>",
        "</a b='>'>c</>d</ e></",
        "<!><?php x?><!-><!--><!---><!--->--><!-- --!>--!><!--a--!-->b",
        "<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 4.01 Transitional//EN'>",
        "<!doctype html system 'x' y><!doctype\r>",
        "\0<\0a\0 \0=\0>",
    ] {
        check(source);
    }
}

#[test]
fn every_reference_is_known() {
    for first in (b'0'..=b'z').filter(u8::is_ascii_alphanumeric) {
        for second in (b'0'..=b'z').filter(u8::is_ascii_alphanumeric) {
            check(&format!("&{}{}", first as char, second as char));
        }
    }
    for code in (0..0x300_u32).chain([0xd7ff, 0xd800, 0xdfff, 0xe000, 0xfffe, 0x10_ffff, 0x11_0000, 0xffff_ffff]) {
        check(&format!("&#{code};&#x{code:x}&#X{code:X};"));
    }
}

/// Pieces that mean something to a tokenizer.
const PIECES: &[&str] = &[
    "<",
    ">",
    "/",
    "</",
    "!",
    "?",
    "-",
    "--",
    "<!--",
    "-->",
    "--!>",
    "=",
    "\"",
    "'",
    "&",
    ";",
    "#",
    "x",
    "X",
    "1",
    "8",
    "f",
    " ",
    "\n",
    "\r",
    "\t",
    "\x0c",
    "\0",
    "a",
    "B",
    "é",
    "字",
    "<a ",
    "<b>",
    "</b>",
    "<br/>",
    "href=",
    "class='",
    "data-x",
    "DATA-",
    "<title>",
    "</title",
    "<textarea>",
    "</textarea>",
    "<xmp>",
    "</xmp>",
    "<style>",
    "</style>",
    "<script>",
    "</script>",
    "<script",
    "</script",
    "<svg>",
    "</svg>",
    "<![CDATA[",
    "]]>",
    "]",
    "<plaintext>",
    "&amp;",
    "&amp",
    "&not",
    "&notin;",
    "&lt",
    "&#",
    "&#x",
    "&semi;",
    "<!doctype",
    "public",
    "system",
    "html",
    "'-//W3C//DTD HTML 3",
    "<image ",
];

fn source() -> impl Strategy<Value = String> {
    let piece = prop_oneof![12 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn any_source_is_read_as_html5gum_reads_it(source in source()) {
        check(&source);
    }
}
