//! Structure: the tags and attributes around a block, in any language.

use super::dom::around::*;
use super::{Row, family, flag, log, log_count, share};

family! {
    own log_depth "ln(1 + elements around the block); 0.." = |row| log_count(row.node().depth);
    own is_hidden "1 for a block that is not shown (`hidden`, `display:none`, `aria-hidden`)" = |row| flag(row.node().hidden);
    own is_noscript "1 inside `noscript`" = |row| flag(row.node().noscript);
    own is_h1 "1 inside `h1`" = |row| flag(row.node().heading == 1);
    own is_h2 "1 inside `h2`" = |row| flag(row.node().heading == 2);
    own is_h3 "1 inside `h3`" = |row| flag(row.node().heading == 3);
    own is_h4 "1 inside `h4` to `h6`" = |row| flag(row.node().heading >= 4);
    own in_nav "1 inside `nav`" = |row| inside(row, NAV);
    own in_header "1 inside `header`" = |row| inside(row, HEADER);
    own in_footer "1 inside `footer`" = |row| inside(row, FOOTER);
    own in_aside "1 inside `aside`" = |row| inside(row, ASIDE);
    own in_main "1 inside `main`" = |row| inside(row, MAIN | ROLE_MAIN);
    own in_article "1 inside `article`" = |row| inside(row, ARTICLE);
    own in_section "1 inside `section`" = |row| inside(row, SECTION);
    own in_form "1 inside `form` or `fieldset`" = |row| inside(row, FORM);
    own in_figure "1 inside `figure`" = |row| inside(row, FIGURE);
    own in_table "1 inside `table`" = |row| inside(row, TABLE);
    own in_head_cell "1 inside `th`, `thead`, `caption`" = |row| inside(row, HEAD_CELL);
    near in_list "1 inside `ul`" = |row| inside(row, LIST);
    own in_ordered "1 inside `ol`" = |row| inside(row, ORDERED);
    own in_control "1 inside `button`, `select`, `label`, `legend`" = |row| inside(row, BUTTON | SELECT | LABEL);
    own in_textarea "1 inside `textarea`" = |row| inside(row, TEXTAREA);
    own in_quote "1 inside `blockquote`" = |row| inside(row, QUOTE);
    own in_pre "1 inside `pre`" = |row| inside(row, PRE);
    own in_dialog "1 inside `dialog`" = |row| inside(row, DIALOG);
    own in_details "1 inside `details`" = |row| inside(row, DETAILS);
    own in_terms "1 inside `dl`" = |row| inside(row, TERM);
    own in_center "1 inside `center`" = |row| inside(row, CENTER);
    own in_address "1 inside `address`" = |row| inside(row, ADDRESS);
    near in_link "1 inside a link that holds it whole" = |row| inside(row, LINK);
    own in_time "1 inside `time`" = |row| inside(row, TIME);
    own in_small "1 inside `small`, `sub`, `sup`" = |row| inside(row, SMALL);
    near in_paragraph "1 inside `p`" = |row| inside(row, PARAGRAPH);
    own own_paragraph "1 when the block's element or the one around is `p`" = |row| own(row, PARAGRAPH);
    own own_item "1 when it is `li`" = |row| own(row, ITEM);
    own own_cell "1 when it is `td`" = |row| own(row, CELL);
    own own_span "1 when it is `span` or `font`" = |row| own(row, SPAN);
    own own_link "1 when it is `a`" = |row| own(row, LINK);
    own role_aside "1 inside a complementary, search or dialog role" = |row| inside(row, ROLE_ASIDE);
    own role_nav "1 inside a navigation or menu role" = |row| inside(row, ROLE_NAV);
    own role_frame "1 inside a banner or contentinfo role" = |row| inside(row, ROLE_FRAME);
    own body_prop "1 inside itemprop `articleBody` and its kin" = |row| inside(row, BODY_PROP);
    own comment_prop "1 inside microdata of comments and reviews" = |row| inside(row, COMMENT_PROP);
    own product_prop "1 inside itemprop `description`" = |row| inside(row, PRODUCT_PROP);
    own header_in_article "1 inside `header` and `article`" = |row| inside(row, HEADER) * inside(row, ARTICLE);
    own footer_in_article "1 inside `footer` and `article`" = |row| inside(row, FOOTER) * inside(row, ARTICLE);
    own aside_in_main "1 inside `aside` and `main` or `article`" = |row| inside(row, ASIDE) * inside(row, MAIN | ARTICLE);
    own log_block_links "ln(1 + links with text); 0.." = |row| log_count(row.node().links);
    own bold_share "bold characters / characters; 0..1" = |row| row.node().bold;
    own italic_share "italic characters / characters; 0..1" = |row| row.node().italic;
    own all_bold "1 when nine tenths are bold" = |row| flag(row.node().bold >= 0.9);
    own log_breaks "ln(1 + line breaks in it); 0.." = |row| log_count(row.node().breaks);
    own mass_per_break "mass of a line, ln, for blocks with line breaks, else 0" = |row| if row.node().breaks > 0 { log(row.measure.mass / (row.node().breaks + 1) as f32) } else { 0.0 };
    own in_list_long "ln(1 + mass) inside `li`, else 0" = |row| inside(row, ITEM) * row.measure.log_mass;
    own in_list_linked "link density inside `li`, else 0" = |row| inside(row, ITEM) * share(row.measure.linked, row.measure.chars);
    own in_paragraph_mass "ln(1 + mass) inside `p`, else 0" = |row| inside(row, PARAGRAPH) * row.measure.log_mass;
    own in_paragraph_linked "link density inside `p`, else 0" = |row| inside(row, PARAGRAPH) * share(row.measure.linked, row.measure.chars);
    own in_heading_linked "link density inside headings, else 0" = |row| flag(row.node().heading > 0) * share(row.measure.linked, row.measure.chars);
}

fn inside(row: &Row<'_>, flags: u64) -> f32 {
    flag(row.node().around & flags != 0)
}

fn own(row: &Row<'_>, flags: u64) -> f32 {
    flag(row.node().own & flags != 0)
}
