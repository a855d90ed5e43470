//! Containers: what the elements around a block hold, where the body of the page is, and how far the block is from it.

use super::dom::sum::*;
use super::dom::{Container, DomPage};
use super::{Row, family, flag, log, log_count, ratio};

family! {
    own mass_1 "ln(1 + mass) of the smallest container with two blocks (its home); 0.." = |row| rates(row, 0).log_mass;
    own linked_1 "linked mass / mass of it; 0..1" = |row| rates(row, 0).linked;
    own prose_1 "its prose / its mass; 0..1" = |row| rates(row, 0).prose;
    own page_prose_1 "its prose / prose of the page; 0..1" = |row| rates(row, 0).page_prose;
    own page_mass_1 "its mass / mass of the page; 0..1" = |row| rates(row, 0).page_mass;
    own mean_1 "ln(1 + mass a block) of it; 0.." = |row| rates(row, 0).mean;
    own paragraphs_1 "its blocks in `p` / its blocks; 0..1" = |row| rates(row, 0).paragraphs;
    own commas_1 "its commas / 100 of its mass; 0.." = |row| rates(row, 0).commas;
    own links_1 "its blocks that are links / its blocks; 0..1" = |row| rates(row, 0).links;
    own items_1 "its blocks in `li` / its blocks; 0..1" = |row| rates(row, 0).items;
    own husk_1 "its blocks of husk phrases / its blocks; 0..1" = |row| rates(row, 0).husk;
    own stamps_1 "its blocks that are dates or counts / its blocks; 0..1" = |row| rates(row, 0).stamps;
    own headings_1 "its headings / its blocks; 0..1" = |row| rates(row, 0).headings;
    own blocks_1 "ln(1 + blocks) of it; 0.." = |row| rates(row, 0).log_blocks;
    own images_1 "images in it / its blocks, at most 2; 0..2" = |row| rates(row, 0).images;
    own inputs_1 "ln(1 + form controls) in it; 0.." = |row| rates(row, 0).log_inputs;

    own mass_2 "mass_1 of the next larger container" = |row| rates(row, 1).log_mass;
    own linked_2 "linked_1 of it" = |row| rates(row, 1).linked;
    own prose_2 "prose_1 of it" = |row| rates(row, 1).prose;
    own page_prose_2 "page_prose_1 of it" = |row| rates(row, 1).page_prose;
    own page_mass_2 "page_mass_1 of it" = |row| rates(row, 1).page_mass;
    own mean_2 "mean_1 of it" = |row| rates(row, 1).mean;
    own paragraphs_2 "paragraphs_1 of it" = |row| rates(row, 1).paragraphs;
    own commas_2 "commas_1 of it" = |row| rates(row, 1).commas;
    own links_2 "links_1 of it" = |row| rates(row, 1).links;
    own husk_2 "husk_1 of it" = |row| rates(row, 1).husk;
    own stamps_2 "stamps_1 of it" = |row| rates(row, 1).stamps;
    own headings_2 "headings_1 of it" = |row| rates(row, 1).headings;
    own images_2 "images_1 of it" = |row| rates(row, 1).images;
    own inputs_2 "inputs_1 of it" = |row| rates(row, 1).log_inputs;

    own mass_3 "mass_1 of the third container" = |row| rates(row, 2).log_mass;
    own linked_3 "linked_1 of it" = |row| rates(row, 2).linked;
    own prose_3 "prose_1 of it" = |row| rates(row, 2).prose;
    own page_prose_3 "page_prose_1 of it" = |row| rates(row, 2).page_prose;
    own mean_3 "mean_1 of it" = |row| rates(row, 2).mean;
    own paragraphs_3 "paragraphs_1 of it" = |row| rates(row, 2).paragraphs;
    own commas_3 "commas_1 of it" = |row| rates(row, 2).commas;
    own husk_3 "husk_1 of it" = |row| rates(row, 2).husk;

    own mass_4 "mass_1 of the fourth container" = |row| rates(row, 3).log_mass;
    own linked_4 "linked_1 of it" = |row| rates(row, 3).linked;
    own prose_4 "prose_1 of it" = |row| rates(row, 3).prose;
    own page_prose_4 "page_prose_1 of it" = |row| rates(row, 3).page_prose;
    own paragraphs_4 "paragraphs_1 of it" = |row| rates(row, 3).paragraphs;

    own linked_5 "linked_1 of the fifth container" = |row| rates(row, 4).linked;
    own prose_5 "prose_1 of it" = |row| rates(row, 4).prose;
    own page_prose_5 "page_prose_1 of it" = |row| rates(row, 4).page_prose;

    own in_best_30 "1 inside the smallest container with 30 % of the page's prose" = |row| in_best(row, 0);
    near in_best_50 "1 inside the smallest with 50 %" = |row| in_best(row, 1);
    own in_best_70 "1 inside the smallest with 70 %" = |row| in_best(row, 2);
    own in_best_90 "1 inside the smallest with 90 %" = |row| in_best(row, 3);
    own to_best_50 "ln(1 + blocks to the smallest with 50 %) before it, negative after it" = |row| to_best(row, 1);
    own to_best_90 "ln(1 + blocks to the smallest with 90 %) before it, negative after it" = |row| to_best(row, 3);
    own log_to_best_50 "ln(1 + blocks to the smallest with 50 %); 0 inside" = |row| to_best(row, 1).abs();
    own best_50_mass "mass of the smallest with 50 % / mass of the page; 0..1" = |row| best(row, 1).rates.page_mass;
    own best_50_prose "prose of it / its mass; 0..1" = |row| best(row, 1).rates.prose;
    own in_best_50_dense "in_best_50 times best_50_prose" = |row| in_best(row, 1) * best(row, 1).rates.prose;

    own in_top "1 inside Readability's best container" = |row| holds(row, row.dom.container(row.dom.page.top));
    near points "points of the best of its three containers / those of the page's best (Readability.js); 0..1" = |row| points(row);
    own home_rank "prose that its home holds itself / most that any does; 0..1" = |row| rates(row, 0).rank;
    own log_home_prose "ln(1 + prose that its home holds itself); 0.." = |row| rates(row, 0).log_own;
    own home_share "prose that its home holds itself / prose of the page; 0..1" = |row| rates(row, 0).own_share;
    own dominance "prose of the dominant container itself / prose of the page; 0..1" = |row| ratio(row.dom.page.top_own_prose, row.dom.page.sums[PROSE]);
    own is_dominant "1 when its home holds the most prose itself" = |row| flag(row.node().home == row.dom.page.dominant);
    near up "steps up to a container that also holds the dominant one, at most 8; 0..8" = |row| up(row);
    own beside_1 "1 when one step is enough" = |row| flag(home(row).up == 1);
    own beside_2 "1 when two are" = |row| flag(home(row).up == 2);
    own down "steps down from there to the dominant one, at most 8; 0..8" = |row| down(row);
    own apart "up plus down, at most 12; 0..12" = |row| (up(row) + down(row)).min(12.0);
    own around_dominant "1 when its home holds the dominant one, but is not it" = |row| flag(home(row).up == 0 && row.node().home != row.dom.page.dominant);

    own branch_mass "ln(1 + mass) of the largest container around it that does not hold the dominant one; 0 inside that" = |row| off(row) * branch(row).rates.log_mass;
    own branch_linked "linked mass / mass of that branch" = |row| off(row) * branch(row).rates.linked;
    own branch_prose "prose / mass of it" = |row| off(row) * branch(row).rates.prose;
    own branch_page_prose "prose of it / prose of the page" = |row| off(row) * branch(row).rates.page_prose;
    own branch_to_top "prose of it / prose of the dominant one itself, at most 2" = |row| off(row) * branch(row).rates.to_top;
    own branch_mean "ln(1 + mass a block) of it" = |row| off(row) * branch(row).rates.mean;
    own branch_blocks "ln(1 + blocks) of it" = |row| off(row) * branch(row).rates.log_blocks;
    own branch_husk "blocks of husk phrases / blocks of it" = |row| off(row) * branch(row).rates.husk;
    own branch_stamps "dates and counts / blocks of it" = |row| off(row) * branch(row).rates.stamps;
    own branch_headings "headings / blocks of it" = |row| off(row) * branch(row).rates.headings;
    own branch_paragraphs "blocks in `p` / blocks of it" = |row| off(row) * branch(row).rates.paragraphs;
    own branch_inputs "ln(1 + form controls) of it" = |row| off(row) * branch(row).rates.log_inputs;
    own branch_images "images / blocks of it, at most 2" = |row| off(row) * branch(row).rates.images;
    own branch_before "1 when the branch ends before the dominant one begins" = |row| off(row) * flag(branch(row).blocks.end <= dominant(row).blocks.start);
    own branch_after "1 when it begins after the dominant one ends" = |row| off(row) * flag(branch(row).blocks.start >= dominant(row).blocks.end);
    own branch_first_husk "words of husk phrases / words of its first block, if that is short; 0..1" = |row| row.node().branch_husk;
    own home_first_husk "the same of its home" = |row| row.node().home_husk;

    own body_off "strength where it is off the dominant container's path, else 0" = |row| strength(row) * off(row);
    own body_up "strength times up" = |row| strength(row) * up(row);
    own body_in_best_50 "strength inside the smallest container with half the prose" = |row| strength(row) * in_best(row, 1);
    own body_in_best_90 "strength inside the smallest with 90 %" = |row| strength(row) * in_best(row, 3);
    own body_points "strength times points" = |row| strength(row) * points(row);
    own body_home "strength times home_rank" = |row| strength(row) * rates(row, 0).rank;
    own body_dominant "strength in the dominant container itself" = |row| strength(row) * flag(row.node().home == row.dom.page.dominant);
    own body_linked_1 "strength times linked_1" = |row| strength(row) * rates(row, 0).linked;
    own body_linked_2 "strength times linked_2" = |row| strength(row) * rates(row, 1).linked;
    own body_mean_1 "strength times mean_1" = |row| strength(row) * rates(row, 0).mean;
    own body_branch_to_top "strength times branch_to_top" = |row| strength(row) * off(row) * branch(row).rates.to_top;
    own body_branch_after "strength times branch_after" = |row| strength(row) * off(row) * flag(branch(row).blocks.start >= dominant(row).blocks.end);
    own body_branch_linked "strength times branch_linked" = |row| strength(row) * off(row) * branch(row).rates.linked;
    own dominance_off "dominance where it is off the dominant container's path, else 0" = |row| dominance(row) * off(row);
    own dominance_home "dominance times home_rank" = |row| dominance(row) * rates(row, 0).rank;
    own dominance_up "dominance times up" = |row| dominance(row) * up(row);
    own dominance_mass "dominance times ln(1 + mass)" = |row| dominance(row) * row.measure.log_mass;
    own dominance_off_mass "the same off the dominant container's path, else 0" = |row| dominance(row) * off(row) * row.measure.log_mass;
    own prose_off "1 for prose off the dominant container's path" = |row| off(row) * flag(row.place.prose > 0.0);
    own prose_off_strong "strength for prose off the dominant container's path" = |row| strength(row) * off(row) * flag(row.place.prose > 0.0);
}

/// What columns say of a container, worked out once for all blocks in it and beside it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rates {
    log_mass: f32,
    linked: f32,
    prose: f32,
    page_prose: f32,
    page_mass: f32,
    mean: f32,
    paragraphs: f32,
    commas: f32,
    links: f32,
    items: f32,
    husk: f32,
    stamps: f32,
    headings: f32,
    log_blocks: f32,
    images: f32,
    log_inputs: f32,
    /// Prose that it holds itself: ln(1 + it), its share of the most that any container does, and of the page's.
    log_own: f32,
    rank: f32,
    own_share: f32,
    /// Prose / prose of the dominant container itself, at most 2.
    to_top: f32,
}

impl Rates {
    /// The rates of a container of a page whose sums and dominant container are known.
    pub(super) fn of(container: &Container, page: &DomPage) -> Rates {
        let dense = |what: usize| ratio(container.get(what), container.get(MASS));
        let a_block = |what: usize| ratio(container.get(what), container.get(BLOCKS));
        let of_page = |what: usize| ratio(container.get(what), page.sums[what]);
        Rates {
            log_mass: log(container.get(MASS)),
            linked: dense(LINKED),
            prose: dense(PROSE),
            page_prose: of_page(PROSE),
            page_mass: of_page(MASS),
            mean: log(a_block(MASS)),
            paragraphs: a_block(PARAGRAPHS),
            commas: (100.0 * dense(COMMAS)).min(10.0),
            links: a_block(LINKS),
            items: a_block(ITEMS),
            husk: a_block(HUSK),
            stamps: a_block(STAMPS),
            headings: a_block(HEADINGS),
            log_blocks: log(container.get(BLOCKS)),
            images: ratio(container.images, container.get(BLOCKS)).min(2.0),
            log_inputs: log(container.inputs),
            log_own: log(container.own_prose),
            rank: ratio(container.own_prose, page.top_own_prose),
            own_share: ratio(container.own_prose, page.sums[PROSE]),
            to_top: ratio(container.get(PROSE), page.top_own_prose).min(2.0),
        }
    }
}

fn level<'d>(row: &Row<'d>, level: usize) -> &'d Container {
    row.dom.container(row.node().levels[level])
}

fn rates<'d>(row: &Row<'d>, at: usize) -> &'d Rates {
    &level(row, at).rates
}

fn home<'d>(row: &Row<'d>) -> &'d Container {
    row.dom.container(row.node().home)
}

fn branch<'d>(row: &Row<'d>) -> &'d Container {
    row.dom.container(home(row).branch)
}

fn dominant<'d>(row: &Row<'d>) -> &'d Container {
    row.dom.container(row.dom.page.dominant)
}

fn best<'d>(row: &Row<'d>, share: usize) -> &'d Container {
    row.dom.container(row.dom.page.best[share])
}

fn holds(row: &Row<'_>, container: &Container) -> f32 {
    flag(container.blocks.contains(&(row.place.index as u32)))
}

fn in_best(row: &Row<'_>, share: usize) -> f32 {
    holds(row, best(row, share))
}

fn to_best(row: &Row<'_>, share: usize) -> f32 {
    let (index, blocks) = (row.place.index as u32, &best(row, share).blocks);
    if index < blocks.start {
        log_count(blocks.start - index)
    } else if index >= blocks.end {
        -log_count(index + 1 - blocks.end)
    } else {
        0.0
    }
}

fn points(row: &Row<'_>) -> f32 {
    let best = (0..3).map(|at| level(row, at).points).fold(0.0, f32::max);
    ratio(best, row.dom.page.top_points)
}

fn up(row: &Row<'_>) -> f32 {
    home(row).up as f32
}

fn down(row: &Row<'_>) -> f32 {
    home(row).down as f32
}

/// 1 when the home does not hold the dominant container.
pub(super) fn off(row: &Row<'_>) -> f32 {
    flag(home(row).up > 0)
}

fn dominance(row: &Row<'_>) -> f32 {
    ratio(row.dom.page.top_own_prose, row.dom.page.sums[PROSE])
}

/// How much of an article the page has: prose of the dominant container itself / 1000, at most 1; 0..1.
pub(super) fn strength(row: &Row<'_>) -> f32 {
    (row.dom.page.top_own_prose / 1000.0).min(1.0)
}
