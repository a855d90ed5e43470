//! Templates: cards, which are elements repeated side by side, and blocks with the same path from the root.

use super::containers::{off, strength};
use super::dom::Group;
use super::dom::sum::*;
use super::{Row, family, flag, log, ratio};

family! {
    own in_card "1 inside an element that has two like it beside it, or more" = |row| flag(row.node().card > 0);
    own card_count "ln(1 + such elements); 0.." = |row| log(card(row).count);
    own card_mass "ln(1 + mean mass) of them; 0.." = |row| log(card(row).mean_mass());
    own card_linked "linked mass / mass of them; 0..1" = |row| card(row).link_density();
    own card_variation "deviation of their masses / mean, at most 3; 0..3" = |row| card(row).variation().min(3.0);
    own card_prose "prose / mass of them; 0..1" = |row| ratio(card(row).sums[PROSE], card(row).sums[MASS]);
    own card_page_mass "mass of them / mass of the page; 0..1" = |row| ratio(card(row).sums[MASS], row.dom.page.sums[MASS]);
    own card_page_prose "prose of them / prose of the page; 0..1" = |row| ratio(card(row).sums[PROSE], row.dom.page.sums[PROSE]);
    near in_big_card "1 inside repeated elements of 1.5 blocks or more each" = |row| flag(row.node().big_card > 0);
    own big_card_count "card_count of those" = |row| log(big(row).count);
    own big_card_mass "card_mass of those" = |row| log(big(row).mean_mass());
    own big_card_linked "card_linked of those" = |row| big(row).link_density();
    own big_card_variation "card_variation of those" = |row| big(row).variation().min(3.0);
    own big_card_prose "card_prose of those" = |row| ratio(big(row).sums[PROSE], big(row).sums[MASS]);
    own big_card_page_mass "card_page_mass of those" = |row| ratio(big(row).sums[MASS], row.dom.page.sums[MASS]);
    own big_card_page_prose "card_page_prose of those" = |row| ratio(big(row).sums[PROSE], row.dom.page.sums[PROSE]);
    own big_card_images "images of each, at most 2; 0..2" = |row| ratio(big(row).images, big(row).count).min(2.0);
    own big_card_headings "headings of each, at most 2; 0..2" = |row| big(row).per_member(HEADINGS).min(2.0);
    own big_card_stamps "dates and counts of each, at most 2; 0..2" = |row| big(row).per_member(STAMPS).min(2.0);
    own big_card_blocks "ln(1 + blocks of each); 0.." = |row| log(big(row).per_member(BLOCKS));
    own big_card_evidence "mean evidence of their words; log-odds" = |row| ratio(big(row).sums[EVIDENCE], big(row).sums[MASS]);
    own big_card_rank "its number / number of them; 0..1" = |row| row.node().big_card_rank;
    own big_card_strong "in_big_card where the page has a body, as far as it has one" = |row| strength(row) * flag(row.node().big_card > 0);
    own big_card_off "in_big_card off the dominant container's path" = |row| off(row) * flag(row.node().big_card > 0);
    own big_card_off_prose "the same for prose" = |row| off(row) * flag(row.node().big_card > 0 && row.place.prose > 0.0);
    own big_card_weak "1 - strength inside such cards, times their share of the page's mass" = |row| (1.0 - strength(row)) * ratio(big(row).sums[MASS], row.dom.page.sums[MASS]);

    own path_count "ln(1 + blocks with the same tags up to the root); 0.." = |row| log(path(row).count);
    own path_mass "ln(1 + mean mass) of those; 0.." = |row| log(path(row).mean_mass());
    near path_linked "linked mass / mass of those; 0..1" = |row| path(row).link_density();
    own path_variation "deviation of their masses / mean, at most 3; 0..3" = |row| path(row).variation().min(3.0);
    own path_page_mass "mass of those / mass of the page; 0..1" = |row| ratio(path(row).sums[MASS], row.dom.page.sums[MASS]);
    own path_page_prose "prose of those / prose of the page; 0..1" = |row| ratio(path(row).sums[PROSE], row.dom.page.sums[PROSE]);
    own path_evidence "mean evidence of their words; log-odds" = |row| ratio(path(row).sums[EVIDENCE], path(row).sums[MASS]);
    own class_path_count "path_count of blocks with the same tags and classes" = |row| log(class_path(row).count);
    own class_path_mass "path_mass of those" = |row| log(class_path(row).mean_mass());
    near class_path_linked "path_linked of those" = |row| class_path(row).link_density();
    own class_path_variation "path_variation of those" = |row| class_path(row).variation().min(3.0);
    own class_path_page_mass "path_page_mass of those" = |row| ratio(class_path(row).sums[MASS], row.dom.page.sums[MASS]);
    own class_path_page_prose "path_page_prose of those" = |row| ratio(class_path(row).sums[PROSE], row.dom.page.sums[PROSE]);
    own class_path_evidence "path_evidence of those" = |row| ratio(class_path(row).sums[EVIDENCE], class_path(row).sums[MASS]);
    own class_path_husk "blocks of husk phrases / blocks of those; 0..1" = |row| class_path(row).per_member(HUSK);
    own class_path_strong "strength times class_path_page_prose" = |row| strength(row) * ratio(class_path(row).sums[PROSE], row.dom.page.sums[PROSE]);
}

const NONE: Group = Group { count: 0.0, sums: [0.0; COUNT], squares: 0.0, images: 0.0 };

fn group<'d>(row: &Row<'d>, number: u32) -> &'d Group {
    (number as usize).checked_sub(1).map_or(&NONE, |at| &row.dom.cards[at])
}

fn card<'d>(row: &Row<'d>) -> &'d Group {
    group(row, row.node().card)
}

fn big<'d>(row: &Row<'d>) -> &'d Group {
    group(row, row.node().big_card)
}

fn path<'d>(row: &Row<'d>) -> &'d Group {
    &row.dom.paths[row.node().path as usize]
}

fn class_path<'d>(row: &Row<'d>) -> &'d Group {
    &row.dom.paths[row.node().class_path as usize]
}
