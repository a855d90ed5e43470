//! Totals of the document, and a few products of them with the block's own values.

use super::{Row, family, flag, ratio, share};

family! {
    own log_blocks "ln(1 + blocks of the document); 0.." = |row| row.document.log_blocks;
    own log_total "ln(1 + mass of the document); 0.." = |row| row.document.log_mass;
    own prose_share "mass of prose / mass; 0..1" = |row| prose_share(row);
    own prose_block_share "blocks of prose / blocks; 0..1" = |row| share(row.document.prose_blocks, row.document.blocks as u32);
    own short_block_share "blocks under a mass of 60 / blocks; 0..1" = |row| share(row.document.short_blocks, row.document.blocks as u32);
    own blank_share "blocks after a blank line / blocks; 0..1" = |row| share(row.document.blank_blocks, row.document.blocks as u32);
    own item_share "items of lists / blocks; 0..1" = |row| share(row.document.items, row.document.blocks as u32);
    own wide_share "characters of wide scripts / letters of the document; 0..1" = |row| row.document.wide;
    own linked_share "linked characters / characters of the document; 0..1" = |row| row.document.linked;
    own stop_share "stop words / words of the document; 0..1" = |row| row.document.stop;
    own evidence_share "mean evidence of the document, weighted by mass; log-odds" = |row| row.document.evidence;
    own language_known "1 when the language of the document was guessed" = |row| flag(row.document.language_known);
    own is_markdown "1 for Markdown" = |row| flag(row.document.markdown);
    own repeated_share "blocks whose words stood before / blocks; 0..1" = |row| row.document.repeated;
    own body_share "share of the prose that stands in the body; 0..1" = |row| row.document.body_share[1];
    own prose_in_prose "prose_share for prose, else 0" = |row| if row.place.prose > 0.0 { prose_share(row) } else { 0.0 };
    own short_in_prose "prose_share for blocks under a mass of 60, else 0" = |row| if row.measure.mass < 60.0 { prose_share(row) } else { 0.0 };
    own item_in_items "item_share for items, else 0" = |row| if row.block.kind == crate::block::BlockKind::ListItem { share(row.document.items, row.document.blocks as u32) } else { 0.0 };
    own short_no_blank "1 for blocks under a mass of 60 without a blank line before in a document that has them" = |row| flag(row.measure.mass < 60.0 && row.block.blank_before == 0 && 3 * row.document.blank_blocks > row.document.blocks as u32);
}

fn prose_share(row: &Row<'_>) -> f32 {
    ratio(row.document.prose, row.document.mass)
}
