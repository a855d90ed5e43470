//! Templates: cards, which are elements repeated side by side, and blocks with the same path from the root.

use super::containers::{off, strength};
use super::dom::sum::*;
use super::dom::{Group, Sums};
use super::{Row, family, flag, log, ratio};

family! {
    near in_card "1 inside an element that has two like it beside it, or more" = |row| flag(row.node().card > 0);
    own card_count "ln(1 + such elements); 0.." = |row| card(row).log_count;
    own card_mass "ln(1 + mean mass) of them; 0.." = |row| card(row).log_mass;
    own card_linked "linked mass / mass of them; 0..1" = |row| card(row).linked;
    own card_variation "deviation of their masses / mean, at most 3; 0..3" = |row| card(row).variation;
    own card_prose "prose / mass of them; 0..1" = |row| card(row).prose;
    own card_page_mass "mass of them / mass of the page; 0..1" = |row| card(row).page_mass;
    own card_page_prose "prose of them / prose of the page; 0..1" = |row| card(row).page_prose;
    near in_big_card "1 inside repeated elements of 1.5 blocks or more each" = |row| flag(row.node().big_card > 0);
    own big_card_count "card_count of those" = |row| big(row).log_count;
    own big_card_mass "card_mass of those" = |row| big(row).log_mass;
    own big_card_linked "card_linked of those" = |row| big(row).linked;
    own big_card_variation "card_variation of those" = |row| big(row).variation;
    own big_card_prose "card_prose of those" = |row| big(row).prose;
    own big_card_page_mass "card_page_mass of those" = |row| big(row).page_mass;
    own big_card_page_prose "card_page_prose of those" = |row| big(row).page_prose;
    own big_card_images "images of each, at most 2; 0..2" = |row| big(row).images;
    own big_card_headings "headings of each, at most 2; 0..2" = |row| big(row).headings;
    own big_card_stamps "dates and counts of each, at most 2; 0..2" = |row| big(row).stamps;
    own big_card_blocks "ln(1 + blocks of each); 0.." = |row| big(row).log_blocks;
    own big_card_rank "its number / number of them; 0..1" = |row| row.node().big_card_rank;
    own big_card_strong "in_big_card where the page has a body, as far as it has one" = |row| strength(row) * flag(row.node().big_card > 0);
    own big_card_off "in_big_card off the dominant container's path" = |row| off(row) * flag(row.node().big_card > 0);
    own big_card_off_prose "the same for prose" = |row| off(row) * flag(row.node().big_card > 0 && row.place.prose > 0.0);
    own big_card_weak "1 - strength inside such cards, times their share of the page's mass" = |row| (1.0 - strength(row)) * big(row).page_mass;

    own path_count "ln(1 + blocks with the same tags up to the root); 0.." = |row| path(row).log_count;
    own path_mass "ln(1 + mean mass) of those; 0.." = |row| path(row).log_mass;
    own path_linked "linked mass / mass of those; 0..1" = |row| path(row).linked;
    own path_variation "deviation of their masses / mean, at most 3; 0..3" = |row| path(row).variation;
    own path_page_mass "mass of those / mass of the page; 0..1" = |row| path(row).page_mass;
    own path_page_prose "prose of those / prose of the page; 0..1" = |row| path(row).page_prose;
    own class_path_count "path_count of blocks with the same tags and classes" = |row| class_path(row).log_count;
    own class_path_mass "path_mass of those" = |row| class_path(row).log_mass;
    own class_path_linked "path_linked of those" = |row| class_path(row).linked;
    own class_path_variation "path_variation of those" = |row| class_path(row).variation;
    own class_path_page_mass "path_page_mass of those" = |row| class_path(row).page_mass;
    own class_path_page_prose "path_page_prose of those" = |row| class_path(row).page_prose;
    own class_path_husk "blocks of husk phrases / blocks of those; 0..1" = |row| class_path(row).husk;
    own class_path_strong "strength times class_path_page_prose" = |row| strength(row) * class_path(row).page_prose;
}

/// What columns say of a group, worked out once for all its members.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct GroupRates {
    log_count: f32,
    log_mass: f32,
    linked: f32,
    variation: f32,
    prose: f32,
    page_mass: f32,
    page_prose: f32,
    images: f32,
    headings: f32,
    stamps: f32,
    log_blocks: f32,
    husk: f32,
}

impl GroupRates {
    /// The rates of a group of a page with these sums.
    pub(super) fn of(group: &Group, page: &Sums) -> GroupRates {
        let per_member = |what: usize| ratio(group.sums[what], group.count);
        let mean = per_member(MASS);
        let variance = (ratio(group.squares, group.count) - mean * mean).max(0.0);
        GroupRates {
            log_count: log(group.count),
            log_mass: log(mean),
            linked: ratio(group.sums[LINKED], group.sums[MASS]),
            variation: ratio(variance.sqrt(), mean).min(3.0),
            prose: ratio(group.sums[PROSE], group.sums[MASS]),
            page_mass: ratio(group.sums[MASS], page[MASS]),
            page_prose: ratio(group.sums[PROSE], page[PROSE]),
            images: ratio(group.images, group.count).min(2.0),
            headings: per_member(HEADINGS).min(2.0),
            stamps: per_member(STAMPS).min(2.0),
            log_blocks: log(per_member(BLOCKS)),
            husk: per_member(HUSK),
        }
    }
}

const NONE: GroupRates = GroupRates {
    log_count: 0.0,
    log_mass: 0.0,
    linked: 0.0,
    variation: 0.0,
    prose: 0.0,
    page_mass: 0.0,
    page_prose: 0.0,
    images: 0.0,
    headings: 0.0,
    stamps: 0.0,
    log_blocks: 0.0,
    husk: 0.0,
};

fn group<'d>(row: &Row<'d>, number: u32) -> &'d GroupRates {
    (number as usize).checked_sub(1).map_or(&NONE, |at| &row.dom.cards[at])
}

fn card<'d>(row: &Row<'d>) -> &'d GroupRates {
    group(row, row.node().card)
}

fn big<'d>(row: &Row<'d>) -> &'d GroupRates {
    group(row, row.node().big_card)
}

fn path<'d>(row: &Row<'d>) -> &'d GroupRates {
    &row.dom.paths[row.node().path as usize]
}

fn class_path<'d>(row: &Row<'d>) -> &'d GroupRates {
    &row.dom.paths[row.node().class_path as usize]
}
