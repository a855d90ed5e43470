//! Any bytes become a page whose places lie in the source, whatever page was read before, and that can be written as
//! text, Markdown and HTML; read again, the HTML has the texts that were kept.
#![no_main]

use dehusk::Meta;
use dehusk::html::{DEPTH_CAP, Page, PageReader, decode};
use dehusk::rewrite::{MarkdownOptions, markdown, markup, text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let source = decode(bytes, None).text;
    let mut reader = PageReader::default();
    check(&source, reader.read(&source));
    let first = format!("{:?}", reader.read(&source));
    reader.read("<table><b><pre> x <svg><title>");
    assert_eq!(format!("{:?}", reader.read(&source)), first);
    let page = reader.take();
    Meta::of(&source, &page);
    for step in [1, 2] {
        let kept: Vec<bool> = (0..page.blocks.len()).map(|at| at % step == 0).collect();
        check_rewritten(&source, &page, &kept, &mut reader);
    }
});

fn check(source: &str, page: &Page) {
    let mut end = 0;
    for block in &page.blocks {
        assert!(!page.block_text(block).is_empty());
        assert!(end <= block.span.start && block.span.start < block.span.end);
        assert!(source.get(block.span.start as usize..block.span.end as usize).is_some());
        assert!(block.linked_chars <= block.chars);
        assert!(
            page.block_runs(block)
                .iter()
                .all(|run| block.text.start <= run.text.start && run.text.end <= block.text.end)
        );
        end = block.span.end;
    }
    for (id, element) in page.elements.iter().enumerate().skip(1) {
        let parent = page.element(element.parent);
        assert!((element.parent as usize) < id && element.depth as usize <= DEPTH_CAP);
        assert!(element.end as usize > id && element.end <= parent.end);
        assert!(parent.blocks.start <= element.blocks.start && element.blocks.end <= parent.blocks.end);
    }
}

/// Checks what is written of the kept blocks.
fn check_rewritten(source: &str, page: &Page, kept: &[bool], reader: &mut PageReader) {
    let blocks = page.blocks.iter().zip(kept).filter(|(_, kept)| **kept);
    let expected: Vec<&str> = blocks.map(|(block, _)| page.block_text(block)).collect();

    let mut out = String::new();
    text(page, kept, &mut out);
    assert!(words(&out).eq(expected.iter().flat_map(|text| words(text))), "{expected:?} became {out:?}");

    for links in [true, false] {
        out.clear();
        markdown(source, page, kept, MarkdownOptions { links }, &mut out);
        assert_eq!(out.is_empty(), expected.is_empty());
    }

    out.clear();
    markup(source, page, kept, &mut out);
    let again = reader.read(&out);
    let found = again.blocks.iter().map(|block| words(again.block_text(block)));
    let is_same = found.len() == expected.len() && found.zip(&expected).all(|(found, text)| found.eq(words(text)));
    assert!(is_same, "{source:?} became {out:?}: {expected:?}, read again {:?}", texts(again));
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

fn texts(page: &Page) -> Vec<&str> {
    page.blocks.iter().map(|block| page.block_text(block)).collect()
}
