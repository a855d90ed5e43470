//! Pages: totals of the page, what it says it is, and products of those with the block's own values.

use super::containers::off;
use super::dom::sum::*;
use super::{Row, family, flag, log_count, ratio};

family! {
    own page_links "blocks that are links / blocks of the page; 0..1" = |row| ratio(row.dom.page.sums[LINKS], row.dom.page.sums[BLOCKS]);
    own page_paragraphs "blocks in `p` / blocks; 0..1" = |row| ratio(row.dom.page.sums[PARAGRAPHS], row.dom.page.sums[BLOCKS]);
    own page_headings "headings / blocks; 0..1" = |row| ratio(row.dom.page.sums[HEADINGS], row.dom.page.sums[BLOCKS]);
    own page_items "blocks in `li` / blocks; 0..1" = |row| ratio(row.dom.page.sums[ITEMS], row.dom.page.sums[BLOCKS]);
    own page_stamps "dates and counts / blocks; 0..1" = |row| ratio(row.dom.page.sums[STAMPS], row.dom.page.sums[BLOCKS]);
    own page_is_article "1 when the page says it is an article (`og:type`, publication time)" = |row| flag(row.dom.page.is_article);
    own page_is_product "1 when `og:type` says product" = |row| flag(row.dom.page.is_product);
    own page_is_website "1 when `og:type` says website" = |row| flag(row.dom.page.is_website);
    own page_articles "ln(1 + `article` elements); 0.." = |row| log_count(row.dom.page.articles);
    own page_one_article "1 with a single `article`" = |row| flag(row.dom.page.articles == 1);
    own page_has_main "1 with a `main`" = |row| flag(row.dom.page.has_main);
    own page_h1 "`h1` blocks, at most 3; 0..3" = |row| row.dom.page.h1.min(3) as f32;
    own page_forms "ln(1 + forms); 0.." = |row| log_count(row.dom.page.forms);
    own page_tables "ln(1 + tables); 0.." = |row| log_count(row.dom.page.tables);
    own page_images "ln(1 + images); 0.." = |row| log_count(row.dom.page.images);
    own page_comments "ln(1 + elements in microdata of comments and reviews); 0.." = |row| log_count(row.dom.page.comments);
    own visible_prose "ln(1 + visible prose of the page); 0.." = |row| row.dom.page.log_visible_prose;
    own hidden_share "hidden mass / mass; 0..1" = |row| ratio(row.dom.page.hidden_mass, row.dom.page.sums[MASS]);
    own noscript_share "mass in `noscript` / mass; 0..1" = |row| ratio(row.dom.page.noscript_mass, row.dom.page.sums[MASS]);
    own is_shell "1 / (1 + visible prose / 200): near 1 where nothing is to be read; 0..1" = |row| shell(row);
    own hidden_in_shell "is_shell for hidden blocks, else 0" = |row| flag(row.node().hidden) * shell(row);
    own noscript_in_shell "is_shell in `noscript`, else 0" = |row| flag(row.node().noscript) * shell(row);
    own hidden_prose "1 for hidden prose" = |row| flag(row.node().hidden && row.place.prose > 0.0);
    own hidden_by_share "hidden_share for hidden blocks, else 0" = |row| flag(row.node().hidden) * ratio(row.dom.page.hidden_mass, row.dom.page.sums[MASS]);
    own noscript_by_share "noscript_share in `noscript`, else 0" = |row| flag(row.node().noscript) * ratio(row.dom.page.noscript_mass, row.dom.page.sums[MASS]);
    own in_main_of "1 outside `main` on a page that has one" = |row| flag(row.dom.page.has_main && row.node().around & super::dom::around::MAIN == 0);
    own not_in_article "1 outside `article` on a page with a single one" = |row| flag(row.dom.page.articles == 1 && row.node().around & super::dom::around::ARTICLE == 0);
    own in_one_article "1 inside the single `article`" = |row| flag(row.dom.page.articles == 1 && row.node().around & super::dom::around::ARTICLE != 0);
    own in_many_articles "ln(articles) inside one of several" = |row| if row.node().around & super::dom::around::ARTICLE != 0 { log_count(row.dom.page.articles.max(1) - 1) } else { 0.0 };
    own article_off "page_is_article off the dominant container's path" = |row| flag(row.dom.page.is_article) * off(row);
    own article_cards "page_is_article inside big cards" = |row| flag(row.dom.page.is_article && row.node().big_card > 0);
    own product_cards "page_is_product inside big cards" = |row| flag(row.dom.page.is_product && row.node().big_card > 0);
}

fn shell(row: &Row<'_>) -> f32 {
    1.0 / (1.0 + row.dom.page.visible_prose / 200.0)
}
