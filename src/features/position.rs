//! Position: where in the document a block stands, and how far from its long blocks.

use super::place::{FAR, Place};
use super::{Row, family, flag, log_count, ratio, share};

family! {
    own rank "blocks before / blocks; 0..1" = |row| share(row.place.index as u32, row.document.blocks as u32);
    own mass_rank "mass before / mass; 0..1" = |row| ratio(row.place.mass_before, row.document.mass);
    own prose_rank "prose before / prose; 0..1" = |row| ratio(row.place.prose_before, row.document.prose);
    own no_prose_before "1 when no prose stands before" = |row| flag(row.place.prose_before == 0.0);
    own no_prose_after "1 when no prose stands after" = |row| flag(prose_after(row) <= 0.5);
    own log_from_start "ln(1 + blocks before); 0.." = |row| log_count(row.place.index as u32);
    own log_from_end "ln(1 + blocks after); 0.." = |row| log_count((row.document.blocks - 1 - row.place.index) as u32);
    near blank_before "blank lines before, at most 2; 0..2" = |row| row.block.blank_before.min(2) as f32;
    own blank_after "blank lines after, at most 2; 0..2" = |row| row.place.blank_after.min(2) as f32;
    own blank_both "1 with blank lines before and after in a document that has lines without" = |row| flag(row.block.blank_before > 0 && row.place.blank_after > 0 && 2 * row.document.blank_blocks < row.document.blocks as u32);
    own log_before "ln(blocks to the prose before), at most ln 40" = |row| log_count(row.place.before - 1);
    own log_after "ln(blocks to the prose after), at most ln 40" = |row| log_count(row.place.after - 1);
    own near_before "1 when the block before is prose" = |row| flag(row.place.before == 1);
    own near_after "1 when the block after is prose" = |row| flag(row.place.after == 1);
    own between "1 / (blocks to the prose before + after - 1): shut in by prose; 0..1" = |row| shut_in(row.place);
    own mass_of_before "ln(1 + mass of the prose before) / blocks to it" = |row| row.place.log_of_before / f32::from(row.place.before);
    own mass_of_after "ln(1 + mass of the prose after) / blocks to it" = |row| row.place.log_of_after / f32::from(row.place.after);
    own log_stretch "ln(1 + blocks of the stretch without prose it stands in); 0 for prose" = |row| log_count(row.place.stretch);
    own glow_2 "prose around, fading over 2 blocks, / the document's highest; 0..1" = |row| row.place.glow[0];
    own glow_8 "prose around, fading over 8 blocks, / the document's highest; 0..1" = |row| row.place.glow[1];
    own in_body_25 "1 inside the body (maximum subarray of prose less 25 a block)" = |row| flag(row.place.to_body[0] == 0);
    own in_body_100 "1 inside the body (maximum subarray of prose less 100 a block)" = |row| flag(row.place.to_body[1] == 0);
    own log_before_body "ln(1 + blocks to the body) before it, else 0" = |row| if row.place.past_body[1] { 0.0 } else { log_count(row.place.to_body[1]) };
    own log_past_body "ln(1 + blocks to the body) after it, else 0" = |row| if row.place.past_body[1] { log_count(row.place.to_body[1]) } else { 0.0 };
    own log_past_body_25 "ln(1 + blocks to the wider body) after it, else 0" = |row| if row.place.past_body[0] { log_count(row.place.to_body[0]) } else { 0.0 };
    own far_prose "1 for prose outside both bodies" = |row| flag(row.place.prose > 0.0 && row.place.to_body[0] > 0);
}

fn prose_after(row: &Row<'_>) -> f32 {
    row.document.prose - row.place.prose_before - row.place.prose
}

fn shut_in(place: &Place) -> f32 {
    let (before, after) = (u32::from(place.before), u32::from(place.after));
    if before == FAR || after == FAR { 0.0 } else { 1.0 / (before + after - 1) as f32 }
}
