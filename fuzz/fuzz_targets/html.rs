//! Any bytes become a page whose places lie in the source, whatever page was read before.
#![no_main]

use dehusk::html::{DEPTH_CAP, Page, PageReader, decode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let decoded = decode(bytes, None);
    let mut reader = PageReader::default();
    check(&decoded.text, reader.read(&decoded.text));
    let first = format!("{:?}", reader.read(&decoded.text));
    reader.read("<table><b><pre> x <svg><title>");
    assert_eq!(format!("{:?}", reader.read(&decoded.text)), first);
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
