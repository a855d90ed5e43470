//! Headings: what a block has in common with the title, where it stands to it, and under which heading.

use super::{Row, family, flag, log, log_count};

family! {
    own title_overlap "words of the block that the title, `og:title` or first headings have / its words; 0..1" = |row| row.node().title_overlap;
    own title_share "words of the title that the block has / words of the title; 0..1" = |row| row.node().title_share;
    own is_title "1 for the block most like the title" = |row| flag(title(row) == Some(0));
    own like_title "1 when four fifths of the words are the title's and it has three fifths of those" = |row| flag(row.node().title_overlap >= 0.8 && row.node().title_share >= 0.6);
    own no_title_block "1 when no block is like the title" = |row| flag(title(row).is_none());
    own before_title "ln(1 + blocks to the title block) before it, else 0" = |row| log_count(title(row).map_or(0, |distance| (-distance).max(0) as u32));
    own after_title "ln(1 + blocks since the title block) after it, else 0" = |row| log_count(title(row).map_or(0, |distance| distance.max(0) as u32));
    own is_before_title "1 before the title block" = |row| flag(title(row).is_some_and(|distance| distance < 0));
    own just_after_title "1 for the five blocks after the title block" = |row| flag(title(row).is_some_and(|distance| (1..=5).contains(&distance)));
    own description_overlap "words of the block that the description has / its words; 0..1" = |row| row.node().description;
    own description_prose "description_overlap of prose, else 0" = |row| if row.place.prose > 0.0 { row.node().description } else { 0.0 };
    own log_since_heading "ln(blocks since the last heading), at most ln 40" = |row| log_count(row.node().since_heading.max(1) - 1);
    own log_mass_since_heading "ln(1 + mass since the last heading); 0.." = |row| log(row.node().mass_since_heading);
    own under_h1 "1 when the last heading is `h1`" = |row| flag(row.node().heading_level == 1);
    own under_h2 "1 when it is `h2`" = |row| flag(row.node().heading_level == 2);
    own under_h3 "1 when it is `h3` or lower" = |row| flag(row.node().heading_level >= 3);
    own heading_husk "words of husk phrases / words of the last heading; 0..1" = |row| row.node().heading_husk;
    own heading_related "words of related phrases / words of it; 0..1" = |row| row.node().heading_related;
    own heading_comment "words of comment phrases / words of it; 0..1" = |row| row.node().heading_comment;
    own echoes "share of its four-word sequences that stand in another block as well; 0..1" = |row| row.node().echoes;
    own echoes_prose "echoes of prose, else 0" = |row| if row.place.prose > 0.0 { row.node().echoes } else { 0.0 };
    own echoes_hidden "echoes of hidden blocks, else 0" = |row| flag(row.node().hidden) * row.node().echoes;
}

/// Blocks from the title block to this one, negative before it.
fn title(row: &Row<'_>) -> Option<i64> {
    let title = row.dom.page.title_block;
    (title > 0).then(|| row.place.index as i64 - i64::from(title - 1))
}
