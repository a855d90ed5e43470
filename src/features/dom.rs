//! Where blocks stand in the tree of a page: containers, the body, branches, cards, templates, headings.
//! This module must not know formulas of single blocks, nor models.
//!
//! Blocks of an element follow each other, so that what an element holds is the difference of two sums. Elements that
//! hold the same blocks are one *container*; the work is linear in elements and blocks.

use std::ops::Range;

use super::appeal::{husk_density, reason};
use super::containers::Rates;
use super::measure::{Counter, Measure, Measures};
use super::place::Places;
use super::ratio;
use super::templates::GroupRates;
use super::words::{Word, chain, spread, words_of};
use crate::block::{Block, BlockKind, Reason};
use crate::segment::html::{AttributeName, Element, HtmlBlock, Page, RunKind, Tag};

/// Counts the text of a block of a page, whose links are known.
pub(super) fn count(page: Option<&Page>, block: usize, words: &mut Vec<Word>) -> Measure {
    let mut counter = Counter::new(words);
    let Some((page, block)) = page.and_then(|page| Some((page, page.blocks.get(block)?))) else {
        return counter.finish();
    };
    let text = page.text();
    let mut at = block.text.start as usize;
    for run in page.block_runs(block).iter().filter(|run| matches!(run.kind, RunKind::Link(_))) {
        let link = (run.text.start as usize).max(at)..(run.text.end as usize).max(at);
        counter.read(text.get(at..link.start).unwrap_or_default(), false);
        counter.link();
        counter.read(text.get(link.clone()).unwrap_or_default(), true);
        at = link.end;
    }
    counter.read(text.get(at..block.text.end as usize).unwrap_or_default(), false);
    counter.finish()
}

/// What is summed over the blocks of an element.
pub(super) mod sum {
    pub(crate) const BLOCKS: usize = 0;
    pub(crate) const MASS: usize = 1;
    pub(crate) const LINKED: usize = 2;
    pub(crate) const PROSE: usize = 3;
    pub(crate) const PARAGRAPHS: usize = 4;
    pub(crate) const COMMAS: usize = 5;
    pub(crate) const HEADINGS: usize = 6;
    pub(crate) const ITEMS: usize = 7;
    pub(crate) const LINKS: usize = 8;
    pub(crate) const HUSK: usize = 9;
    pub(crate) const STAMPS: usize = 10;
    pub(crate) const COUNT: usize = 11;
}
use sum::*;

/// Sums over some blocks, see [`sum`].
pub(crate) type Sums = [f32; COUNT];

/// Flags of tags and attributes around a block.
pub(super) mod around {
    use crate::segment::html::Tag;

    macro_rules! flags {
        ($($name:ident $bit:literal $($tag:ident)*;)*) => {
            $(pub(crate) const $name: u64 = 1 << $bit;)*

            /// The flag of a tag, or none.
            pub(crate) fn of(tag: Tag) -> u64 {
                match tag {
                    $($(Tag::$tag => $name,)*)*
                    _ => 0,
                }
            }
        };
    }

    flags! {
        NAV 0 Nav;
        HEADER 1 Header Hgroup;
        FOOTER 2 Footer;
        ASIDE 3 Aside;
        MAIN 4 Main;
        ARTICLE 5 Article;
        FORM 6 Form Fieldset;
        FIGURE 7 Figure Figcaption;
        TABLE 8 Table;
        HEAD_CELL 9 Th Thead Caption;
        LIST 10 Ul Menu Dir;
        ORDERED 11 Ol;
        BUTTON 12 Button;
        SELECT 13 Select Option Optgroup;
        SECTION 14 Section;
        QUOTE 15 Blockquote;
        PRE 16 Pre Listing Xmp;
        DIALOG 17 Dialog;
        DETAILS 18 Details Summary;
        LABEL 19 Label Legend;
        TERM 20 Dl Dt Dd;
        CENTER 21 Center;
        ADDRESS 22 Address;
        TEXTAREA 23 Textarea;
        LINK 24 A;
        PARAGRAPH 25 P;
        ITEM 26 Li;
        CELL 27 Td;
        SPAN 29 Span Font;
        TIME 30 Time;
        SMALL 31 Small Sub Sup;
        // Told by attributes, not by tags.
        ROLE_MAIN 40;
        ROLE_ASIDE 41;
        ROLE_NAV 42;
        ROLE_FRAME 43;
        BODY_PROP 44;
        COMMENT_PROP 45;
        PRODUCT_PROP 46;
    }
}

/// Elements that hold the same blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Container {
    /// The next larger one; the root is its own parent.
    pub parent: u32,
    pub blocks: Range<u32>,
    pub sums: Sums,
    /// Images, inputs in it.
    pub images: f32,
    pub inputs: f32,
    /// Prose of blocks whose smallest container it is.
    pub own_prose: f32,
    /// Readability's score: paragraphs give points to the containers close above them.
    pub points: f32,
    /// Steps up to one that holds the dominant container.
    pub up: u32,
    /// How many such containers lie between that one and the dominant one.
    pub down: u32,
    /// The largest container around it that does not hold the dominant one; itself if it is or holds that.
    pub branch: u32,
    /// Whether columns ask for its rates, and these.
    pub is_asked: bool,
    pub rates: Rates,
}

impl Container {
    pub(crate) fn get(&self, what: usize) -> f32 {
        self.sums[what]
    }
}

/// A group of similar elements or blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Group {
    /// Members.
    pub count: f32,
    pub sums: Sums,
    /// Sum of the squares of their masses.
    pub squares: f32,
    pub images: f32,
}

impl Group {
    /// Adds a member.
    fn add(&mut self, sums: &Sums, images: f32) {
        self.count += 1.0;
        self.sums.iter_mut().zip(sums).for_each(|(sum, other)| *sum += other);
        self.squares += sums[MASS] * sums[MASS];
        self.images += images;
    }
}

/// How many containers around a block have columns of their own.
pub(crate) const LEVELS: usize = 5;
/// Shares of the page's prose whose smallest container is looked for.
pub(crate) const SHARES: [f32; 4] = [0.3, 0.5, 0.7, 0.9];
/// Elements that are repeated side by side at least this often are cards.
const CARDS: u32 = 3;
/// Steps between containers are capped here.
const MOST_STEPS: u32 = 8;

/// Where one block stands in the tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct DomPlace {
    pub around: u64,
    /// Flags of the block's own element and the one around it.
    pub own: u64,
    pub depth: u32,
    pub heading: u8,
    pub hidden: bool,
    pub noscript: bool,
    pub links: u32,
    pub bold: f32,
    pub italic: f32,
    pub breaks: u32,
    /// The smallest container with two blocks or more.
    pub home: u32,
    pub levels: [u32; LEVELS],
    /// Innermost repeated element, and innermost with several blocks: index into the cards, plus one.
    pub card: u32,
    pub big_card: u32,
    /// Its number among its group / members.
    pub big_card_rank: f32,
    /// Groups of blocks with the same path of tags, and of tags and classes.
    pub path: u32,
    pub class_path: u32,
    /// Share of its topical words that the title has, and the share of the title's it has.
    pub title_overlap: f32,
    pub title_share: f32,
    pub description: f32,
    /// Blocks since the last heading, and mass since; [`super::place::FAR`] at most.
    pub since_heading: u32,
    pub mass_since_heading: f32,
    pub heading_level: u8,
    /// Words of husk phrases of the last heading / its words; of comments and related alone.
    pub heading_husk: f32,
    pub heading_related: f32,
    pub heading_comment: f32,
    /// The same of the first block of the branch, and of the home.
    pub branch_husk: f32,
    pub home_husk: f32,
    /// Share of four-word sequences that stand in another block as well.
    pub echoes: f32,
}

/// Sums over a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct DomPage {
    pub sums: Sums,
    pub visible_prose: f32,
    /// `ln(1 + visible_prose)`.
    pub log_visible_prose: f32,
    pub hidden_mass: f32,
    pub noscript_mass: f32,
    pub top_points: f32,
    pub top_own_prose: f32,
    /// Containers: Readability's best, the dominant one, the smallest with each share of the prose.
    pub top: u32,
    pub dominant: u32,
    pub best: [u32; 4],
    /// The block of the title, plus one; 0 for none.
    pub title_block: u32,
    pub is_article: bool,
    pub is_product: bool,
    pub is_website: bool,
    pub articles: u32,
    pub has_main: bool,
    pub h1: u32,
    pub forms: u32,
    pub tables: u32,
    pub images: u32,
    pub comments: u32,
}

/// The tree of a page as its blocks see it, and the buffers it is found with.
#[derive(Default)]
pub(crate) struct Dom {
    pub page: DomPage,
    pub blocks: Vec<DomPlace>,
    pub containers: Vec<Container>,
    pub cards: Vec<GroupRates>,
    pub paths: Vec<GroupRates>,
    prefix: Vec<[f64; COUNT]>,
    /// Of each element: its container plus one, flags around it, hashes of its class and of the paths, number of its
    /// card plus one.
    container: Vec<u32>,
    flags: Vec<u64>,
    classes: Vec<u64>,
    hashes: Vec<[u64; 2]>,
    card: Vec<[u32; 2]>,
    groups: Groups,
    rank: Vec<f32>,
    images: Vec<u32>,
    inputs: Vec<u32>,
    shingles: Shingles,
    titles: Titles,
}

impl Dom {
    /// Finds the places of all blocks in the tree.
    pub(crate) fn find(&mut self, page: &Page, blocks: &[Block], measures: &Measures, places: &Places) {
        self.page = DomPage::default();
        self.blocks.clear();
        self.blocks.resize_with(blocks.len(), DomPlace::default);
        self.read_elements(page);
        self.add_up(page, blocks, &measures.blocks, places);
        self.find_containers(page);
        self.find_homes(page, places);
        self.find_points(measures);
        self.find_branches();
        self.find_rates();
        self.find_cards(page);
        self.find_paths(page);
        self.find_headings(blocks, &measures.blocks);
        self.find_title(page, measures);
        self.find_echoes(measures);
        self.find_page(page);
    }

    /// What each element says by itself and by those around it.
    fn read_elements(&mut self, page: &Page) {
        let count = page.elements.len();
        self.flags.clear();
        self.hashes.clear();
        self.classes.clear();
        self.images.clear();
        self.inputs.clear();
        let (mut images, mut inputs) = (0, 0);
        for id in 0..count {
            let element = &page.elements[id];
            let parent = element.parent as usize;
            self.images.push(images);
            self.inputs.push(inputs);
            images += u32::from(matches!(element.tag, Tag::Img | Tag::Picture | Tag::Video));
            inputs += u32::from(matches!(element.tag, Tag::Input | Tag::Textarea | Tag::Select | Tag::Button));
            if element.blocks.is_empty() {
                // Nothing is around nothing.
                self.flags.push(0);
                self.hashes.push([0, 0]);
                self.classes.push(0);
                continue;
            }
            let (mut flags, mut hashes) = (around::of(element.tag), [0, 0]);
            if parent < id {
                flags |= self.flags[parent];
                hashes = self.hashes[parent];
            }
            let (own, class) = told_by_attributes(page, element);
            flags |= own;
            let tag = element.tag as u64 + 1;
            hashes[0] = chain(hashes[0], tag);
            hashes[1] = chain(chain(hashes[1], tag), class);
            self.classes.push(class);
            self.flags.push(flags);
            self.hashes.push(hashes);
        }
        self.images.push(images);
        self.inputs.push(inputs);
    }

    fn add_up(&mut self, page: &Page, blocks: &[Block], measures: &[Measure], places: &Places) {
        self.prefix.clear();
        let mut sums = [0.0f64; COUNT];
        self.prefix.push(sums);
        for (index, (block, measure)) in blocks.iter().zip(measures).enumerate() {
            let html = &page.blocks[index];
            let own = page.element(html.element);
            let place = &mut self.blocks[index];
            let link_density = super::share(measure.linked, measure.chars);
            place.around = self.flags.get(html.element as usize).copied().unwrap_or_default();
            place.own = around::of(own.tag) | around::of(page.element(own.parent).tag);
            place.depth = u32::from(own.depth);
            place.hidden = html.is_hidden();
            place.noscript = html.flags.has(crate::segment::html::Flags::NOSCRIPT);
            place.links = html.links;
            place.bold = super::share(html.bold_chars, html.chars);
            place.italic = super::share(html.italic_chars, html.chars);
            place.heading = heading_level(page, html);
            place.breaks = html.breaks;
            let prose = places.blocks[index].prose;
            let mass = measure.mass;
            sums[BLOCKS] += 1.0;
            sums[MASS] += f64::from(mass);
            sums[LINKED] += f64::from(mass * link_density);
            sums[PROSE] += f64::from(prose);
            sums[PARAGRAPHS] += f64::from(super::flag(place.own & around::PARAGRAPH != 0));
            sums[COMMAS] += f64::from(measure.commas);
            sums[HEADINGS] += f64::from(super::flag(block.kind == BlockKind::Heading));
            sums[ITEMS] += f64::from(super::flag(place.around & around::ITEM != 0));
            sums[LINKS] += f64::from(super::flag(link_density >= 0.9));
            sums[HUSK] += f64::from(super::flag(super::place::is_husk(measure)));
            sums[STAMPS] += f64::from(super::flag(super::shape::is_stamp(measure)));
            self.prefix.push(sums);
            match (place.noscript, place.hidden) {
                (true, _) => self.page.noscript_mass += mass,
                (false, true) => self.page.hidden_mass += mass,
                _ => self.page.visible_prose += prose,
            }
        }
        self.page.sums = between(&self.prefix, &(0..blocks.len() as u32));
    }

    /// Elements that hold the same blocks as the one around them are of its container.
    fn find_containers(&mut self, page: &Page) {
        self.containers.clear();
        self.container.clear();
        for (id, element) in page.elements.iter().enumerate() {
            let parent = element.parent as usize;
            let around = if parent < id { self.container[parent] } else { 0 };
            if element.blocks.is_empty() && id > 0 {
                self.container.push(around);
                continue;
            }
            let same = around > 0 && self.containers[around as usize - 1].blocks == element.blocks;
            if same {
                self.container.push(around);
                continue;
            }
            let end = (element.end as usize).min(page.elements.len()).max(id);
            let parent = around.max(1) - 1;
            self.containers.push(Container {
                parent,
                blocks: element.blocks.clone(),
                sums: between(&self.prefix, &element.blocks),
                images: (self.images[end] - self.images[id]) as f32,
                inputs: (self.inputs[end] - self.inputs[id]) as f32,
                ..Container::default()
            });
            self.container.push(self.containers.len() as u32);
        }
    }

    /// The containers around each block, and the prose that each container holds itself.
    fn find_homes(&mut self, page: &Page, places: &Places) {
        for (index, place) in self.blocks.iter_mut().enumerate() {
            let element = page.blocks[index].element as usize;
            let mut home = self.container.get(element).map_or(0, |&container| container.max(1) - 1);
            if self.containers[home as usize].blocks.len() == 1 {
                home = self.containers[home as usize].parent;
            }
            place.home = home;
            for level in &mut place.levels {
                *level = home;
                self.containers[home as usize].is_asked = true;
                home = self.containers[home as usize].parent;
            }
            self.containers[place.home as usize].own_prose += places.blocks[index].prose;
        }
        self.page.best = SHARES.map(|share| self.smallest(share * self.page.sums[PROSE]));
        let dominant = largest(&self.containers, |container| container.own_prose);
        self.page.dominant = dominant;
        self.page.top_own_prose = self.containers.get(dominant as usize).map_or(0.0, |top| top.own_prose);
    }

    /// The container with the least mass that has so much prose.
    fn smallest(&self, prose: f32) -> u32 {
        let mut best = 0;
        for (index, container) in self.containers.iter().enumerate() {
            let enough = prose > 0.0 && container.get(PROSE) >= prose * 0.999;
            if enough && container.get(MASS) <= self.containers[best].get(MASS) {
                best = index;
            }
        }
        best as u32
    }

    /// Points of paragraphs for the containers above them (Readability.js: all, half, a third of a third).
    fn find_points(&mut self, measures: &Measures) {
        for (place, measure) in self.blocks.iter().zip(&measures.blocks) {
            if measure.mass < 25.0 || place.heading > 0 || place.hidden {
                continue;
            }
            let points = 1.0 + measure.commas as f32 + (measure.mass / 100.0).min(3.0);
            for (level, share) in place.levels.iter().zip([1.0, 0.5, 1.0 / 6.0]) {
                self.containers[*level as usize].points += points * share;
            }
        }
        for container in &mut self.containers {
            container.points *= 1.0 - ratio(container.sums[LINKED], container.sums[MASS]);
        }
        self.page.top = largest(&self.containers, |container| container.points);
        self.page.top_points = self.containers.get(self.page.top as usize).map_or(0.0, |top| top.points);
    }

    /// How far each container is from the dominant one, and the branch it is on.
    fn find_branches(&mut self) {
        let mut chain = self.page.dominant;
        let mut down = 0;
        for container in &mut self.containers {
            (container.up, container.branch) = (u32::MAX, 0);
        }
        loop {
            let Some(container) = self.containers.get_mut(chain as usize) else { return };
            (container.up, container.down, container.branch) = (0, down, chain);
            if chain == 0 {
                break;
            }
            chain = container.parent;
            down += 1;
        }
        for index in 0..self.containers.len() {
            if self.containers[index].up == 0 {
                continue;
            }
            let parent = &self.containers[self.containers[index].parent as usize];
            let (up, down, branch) = (parent.up, parent.down, parent.branch);
            let container = &mut self.containers[index];
            container.up = MOST_STEPS.min(up + 1);
            container.down = down.min(MOST_STEPS);
            container.branch = if up == 0 { index as u32 } else { branch };
        }
        for container in &mut self.containers {
            container.down = container.down.min(MOST_STEPS);
        }
    }

    /// Works out what columns say of the containers that they ask for: those around blocks, branches, and the smallest
    /// with much prose. Most hold a single block, and are none of these.
    fn find_rates(&mut self) {
        for place in &self.blocks {
            let branch = self.containers[place.home as usize].branch;
            self.containers[branch as usize].is_asked = true;
        }
        for best in self.page.best {
            if let Some(container) = self.containers.get_mut(best as usize) {
                container.is_asked = true;
            }
        }
        for container in self.containers.iter_mut().filter(|container| container.is_asked) {
            container.rates = Rates::of(container, &self.page);
        }
    }

    /// Elements with text that stand side by side with others of the same tag and class.
    fn find_cards(&mut self, page: &Page) {
        let mut groups = std::mem::take(&mut self.groups);
        groups.clear(page.elements.len());
        for (id, element) in page.elements.iter().enumerate().filter(|(_, element)| !element.blocks.is_empty()) {
            if element.tag.is_block() || element.tag == Tag::A {
                let key = chain(chain(u64::from(element.parent) + 1, element.tag as u64), self.classes[id]);
                groups.add(key, id as u32);
            }
        }
        self.cards.clear();
        self.card.clear();
        self.card.resize(page.elements.len(), [0, 0]);
        self.rank.clear();
        self.rank.resize(page.elements.len(), 0.0);
        groups.close(CARDS);
        for &(number, id) in &groups.members {
            let Some(group) = groups.large.get_mut(number as usize) else { continue };
            let element = &page.elements[id as usize];
            self.rank[id as usize] = group.count;
            let end = (element.end as usize).clamp(id as usize, page.elements.len());
            let images = (self.images[end] - self.images[id as usize]) as f32;
            group.add(&between(&self.prefix, &element.blocks), images);
        }
        self.cards.extend(groups.large.iter().map(|group| GroupRates::of(group, &self.page.sums)));
        for &(number, id) in &groups.members {
            let Some(group) = groups.large.get(number as usize) else { continue };
            let big = group.sums[BLOCKS] >= 1.5 * group.count;
            self.card[id as usize] = [number + 1, if big { number + 1 } else { 0 }];
            self.rank[id as usize] /= group.count;
        }
        self.groups = groups;
        self.inherit_cards(page);
        for (place, block) in self.blocks.iter_mut().zip(&page.blocks) {
            let element = block.element as usize;
            let [card, big_card] = self.card.get(element).copied().unwrap_or_default();
            (place.card, place.big_card) = (card, big_card);
            place.big_card_rank = if big_card > 0 { self.rank[element] } else { 0.0 };
        }
    }

    /// What is in a card is of that card, unless it is one itself.
    fn inherit_cards(&mut self, page: &Page) {
        for (id, element) in page.elements.iter().enumerate() {
            let parent = element.parent as usize;
            if parent < id {
                for kind in 0..2 {
                    if self.card[id][kind] == 0 {
                        self.card[id][kind] = self.card[parent][kind];
                        if kind == 1 {
                            self.rank[id] = self.rank[parent];
                        }
                    }
                }
            }
        }
    }

    /// Blocks that are built alike: the same tags, or tags and classes, from the root.
    fn find_paths(&mut self, page: &Page) {
        self.paths.clear();
        for kind in 0..2 {
            self.groups.clear(page.blocks.len());
            for (index, block) in page.blocks.iter().enumerate() {
                let hash = self.hashes.get(block.element as usize).map_or(0, |hashes| hashes[kind]);
                self.groups.add(hash, index as u32);
            }
            self.groups.close(1);
            let before = self.paths.len() as u32;
            for &(number, index) in &self.groups.members {
                let Some(group) = self.groups.large.get_mut(number as usize) else { continue };
                group.add(&between(&self.prefix, &(index..index + 1)), 0.0);
                let place = &mut self.blocks[index as usize];
                if kind == 0 { place.path = before + number } else { place.class_path = before + number }
            }
            self.paths.extend(self.groups.large.iter().map(|group| GroupRates::of(group, &self.page.sums)));
        }
    }

    /// What the last heading and the first blocks of home and branch say.
    fn find_headings(&mut self, blocks: &[Block], measures: &[Measure]) {
        let far = super::place::FAR;
        let (mut since, mut mass, mut last) = (far, 0.0, None::<usize>);
        for index in 0..blocks.len() {
            let place = &mut self.blocks[index];
            (place.since_heading, place.mass_since_heading) = (since, mass);
            if let Some(heading) = last {
                let measure = &measures[heading];
                place.heading_husk = husk_density(measure);
                place.heading_related = reason(measure, Reason::Related);
                place.heading_comment = reason(measure, Reason::Comment);
            }
            mass += measures[index].mass;
            since = far.min(since + 1);
            if blocks[index].kind == BlockKind::Heading {
                (since, mass, last) = (1, 0.0, Some(index));
            }
        }
        let mut level = 0;
        for place in &mut self.blocks {
            place.heading_level = level;
            if place.heading > 0 {
                level = place.heading;
            }
        }
        for place in &mut self.blocks {
            let home = &self.containers[place.home as usize];
            let branch = &self.containers[home.branch as usize];
            place.home_husk = first_husk(home, measures);
            place.branch_husk = if home.up > 0 { first_husk(branch, measures) } else { 0.0 };
        }
    }

    /// What the blocks have in common with the title and the description of the page.
    fn find_title(&mut self, page: &Page, measures: &Measures) {
        let [title, description] = self.titles.clear();
        for text in [page.title(), page.meta("og:title")].into_iter().flatten() {
            words_of(text, |word| title.push(word.hash));
        }
        for &block in page.h1_blocks().iter().take(2) {
            if let Some(measure) = measures.blocks.get(block as usize).filter(|measure| measure.words < 60) {
                title.extend(measures.words[measure.range.clone()].iter().map(|word| word.hash));
            }
        }
        for text in [page.meta("description"), page.meta("og:description")].into_iter().flatten() {
            words_of(text, |word| description.push(word.hash));
        }
        self.titles.close();
        let mut best = 0.0;
        for (index, measure) in measures.blocks.iter().enumerate() {
            let words = &measures.words[measure.range.clone()];
            let [in_title, in_description] = self.titles.held(words);
            let place = &mut self.blocks[index];
            place.title_overlap = super::share(in_title, words.len() as u32);
            place.title_share = ratio(in_title as f32, self.titles.lists[0].len() as f32).min(1.0);
            place.description = super::share(in_description, words.len() as u32);
            let worth = place.title_overlap * place.title_share
                + match place.heading {
                    1 => 0.3,
                    2.. => 0.1,
                    _ => 0.0,
                }
                - if place.hidden { 0.5 } else { 0.0 };
            if place.title_share > 0.15 && place.title_overlap > 0.5 && worth > best {
                (best, self.page.title_block) = (worth, index as u32 + 1);
            }
        }
    }

    /// Shares of four-word sequences that stand in other blocks too.
    fn find_echoes(&mut self, measures: &Measures) {
        if measures.words.len() > SHINGLE_WORDS {
            return;
        }
        self.shingles.clear(measures.words.len());
        let words = |block: usize| &measures.words[measures.blocks[block].range.clone()];
        for block in 0..measures.blocks.len() {
            for four in words(block).windows(4) {
                self.shingles.note(shingle(four), block as u32);
            }
        }
        let mut noted = 0;
        for (block, place) in self.blocks.iter_mut().enumerate() {
            let count = words(block).len().saturating_sub(3);
            let echoed = self.shingles.echoes(noted..noted + count, block as u32);
            noted += count;
            place.echoes = (echoed as f32 / (measures.blocks[block].words.max(4) - 3) as f32).min(1.0);
        }
    }

    fn find_page(&mut self, page: &Page) {
        let facts = &mut self.page;
        let kind = page.meta("og:type").unwrap_or_default();
        facts.is_article = kind.eq_ignore_ascii_case("article") || page.meta("article:published_time").is_some();
        facts.is_product = kind.to_ascii_lowercase().contains("product");
        facts.is_website = kind.eq_ignore_ascii_case("website");
        facts.log_visible_prose = super::log(facts.visible_prose);
        facts.h1 = page.h1_blocks().len() as u32;
        facts.images = self.images.last().copied().unwrap_or(0);
        for element in &page.elements {
            facts.articles += u32::from(element.tag == Tag::Article);
            facts.has_main |= element.tag == Tag::Main;
            facts.forms += u32::from(element.tag == Tag::Form);
            facts.tables += u32::from(element.tag == Tag::Table);
        }
        facts.comments = self.flags.iter().filter(|&&flags| flags & around::COMMENT_PROP != 0).count() as u32;
    }

    /// The container with a number.
    pub(crate) fn container(&self, number: u32) -> &Container {
        &self.containers[number as usize]
    }
}

/// Pages with more words than this are not searched for repeated sequences.
const SHINGLE_WORDS: usize = 1 << 18;

fn shingle(words: &[Word]) -> u64 {
    spread(words.iter().fold(7, |hash, word| chain(hash, word.hash)))
}

/// Four-word sequences and the blocks they stand in: an open-addressing table, reused.
#[derive(Default)]
struct Shingles {
    slots: Vec<Shingle>,
    mask: usize,
    /// The slots of all sequences, in order.
    noted: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Shingle {
    /// The upper half of the key; most of the lower one is in the place of the slot.
    key: u32,
    /// 0 marks a free slot; else the block it stands in, plus one, or [`SEVERAL`] with the last block, plus one, that
    /// was told of it.
    block: u32,
}

/// Says that a sequence stands in several blocks.
const SEVERAL: u32 = 1 << 31;

impl Shingles {
    fn clear(&mut self, words: usize) {
        let slots = (2 * words).next_power_of_two().max(64);
        self.slots.clear();
        self.slots.resize(slots, Shingle::default());
        self.mask = slots - 1;
        self.noted.clear();
    }

    fn note(&mut self, key: u64, block: u32) {
        let (upper, mut slot) = ((key >> 32) as u32, key as usize & self.mask);
        while self.slots[slot].block != 0 && self.slots[slot].key != upper {
            slot = (slot + 1) & self.mask;
        }
        self.noted.push(slot as u32);
        let shingle = &mut self.slots[slot];
        if shingle.block == 0 {
            *shingle = Shingle { key: upper, block: block + 1 };
        } else if shingle.block != block + 1 {
            shingle.block = SEVERAL;
        }
    }

    /// How many of the sequences that were noted at some places, all of one block, stand in several blocks; one that
    /// the block holds twice counts once.
    fn echoes(&mut self, noted: Range<usize>, block: u32) -> usize {
        let told = SEVERAL | (block + 1);
        let mut count = 0;
        for &slot in &self.noted[noted] {
            let shingle = &mut self.slots[slot as usize];
            if shingle.block & SEVERAL != 0 && shingle.block != told {
                shingle.block = told;
                count += 1;
            }
        }
        count
    }
}

/// Groups of what has the same key: an open-addressing table, reused.
#[derive(Default)]
struct Groups {
    /// Keys and numbers of groups, plus one; 0 marks a free slot.
    slots: Vec<(u64, u32)>,
    mask: usize,
    /// Members of each group.
    counts: Vec<u32>,
    /// Number of the group, and the member, in the order they came in.
    members: Vec<(u32, u32)>,
    /// The groups that are large enough; their members have their numbers, others have none of them.
    large: Vec<Group>,
}

impl Groups {
    /// Makes room for so many members.
    fn clear(&mut self, members: usize) {
        let slots = (2 * members).next_power_of_two().max(16);
        self.slots.clear();
        self.slots.resize(slots, (0, 0));
        self.mask = slots - 1;
        self.counts.clear();
        self.members.clear();
        self.large.clear();
    }

    fn add(&mut self, key: u64, member: u32) {
        let mut slot = (spread(key) >> 20) as usize & self.mask;
        while self.slots[slot].1 != 0 && self.slots[slot].0 != key {
            slot = (slot + 1) & self.mask;
        }
        let number = &mut self.slots[slot].1;
        if *number == 0 {
            self.counts.push(0);
            *number = self.counts.len() as u32;
            self.slots[slot].0 = key;
        }
        let number = self.slots[slot].1 - 1;
        self.counts[number as usize] += 1;
        self.members.push((number, member));
    }

    /// Numbers the groups with `least` members or more, all still empty.
    fn close(&mut self, least: u32) {
        for count in &mut self.counts {
            let is_large = *count >= least;
            *count = if is_large { self.large.len() as u32 } else { u32::MAX };
            if is_large {
                self.large.push(Group::default());
            }
        }
        for (number, _) in &mut self.members {
            *number = self.counts[*number as usize];
        }
    }
}

/// Hashes of the words of the title and of the description, sorted, behind a sieve: few words of a page are in either.
#[derive(Default)]
struct Titles {
    lists: [Vec<u64>; 2],
    /// Bit `hash % 256` is set for each word.
    sieve: [u64; 4],
}

impl Titles {
    /// The lists, to be filled.
    fn clear(&mut self) -> &mut [Vec<u64>; 2] {
        self.lists.iter_mut().for_each(Vec::clear);
        &mut self.lists
    }

    /// To be called when all words are in them.
    fn close(&mut self) {
        self.sieve = [0; 4];
        for list in &mut self.lists {
            list.sort_unstable();
            list.dedup();
            list.iter().for_each(|word| self.sieve[(word >> 6 & 3) as usize] |= 1 << (word & 63));
        }
    }

    /// How many of the words are in each list; none of a very long block.
    fn held(&self, words: &[Word]) -> [u32; 2] {
        let mut held = [0; 2];
        if words.len() > 400 {
            return held;
        }
        let may = |hash: u64| self.sieve[(hash >> 6 & 3) as usize] >> (hash & 63) & 1 == 1;
        for word in words.iter().filter(|word| may(word.hash)) {
            for (held, list) in held.iter_mut().zip(&self.lists) {
                *held += u32::from(list.binary_search(&word.hash).is_ok());
            }
        }
        held
    }
}

/// Words of husk phrases / words of the first block of a container, if it is short.
fn first_husk(container: &Container, measures: &[Measure]) -> f32 {
    match measures.get(container.blocks.start as usize) {
        Some(first) if first.words <= 12 => husk_density(first),
        _ => 0.0,
    }
}

/// Sums over some blocks, from those over all blocks before each.
fn between(prefix: &[[f64; COUNT]], blocks: &Range<u32>) -> Sums {
    let (low, high) = (&prefix[blocks.start as usize], &prefix[blocks.end as usize]);
    std::array::from_fn(|what| (high[what] - low[what]) as f32)
}

/// The container with the largest value; of equals the innermost.
fn largest(containers: &[Container], value: impl Fn(&Container) -> f32) -> u32 {
    let mut best = 0;
    for (index, container) in containers.iter().enumerate() {
        if value(container) > 0.0 && value(container) >= value(&containers[best]) {
            best = index;
        }
    }
    best as u32
}

/// 1 to 6 in a heading, else 0.
fn heading_level(page: &Page, block: &HtmlBlock) -> u8 {
    page.chain(block.element).take(4).find_map(|id| page.element(id).tag.heading_level()).unwrap_or(0)
}

/// Hash of the first word of a class list, digits masked; 0 for none.
fn first_word(class: &str) -> u64 {
    const ALL: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ALL << 7;
    let (mut hash, mut bytes) = (0, class.trim_ascii_start().as_bytes());
    while !bytes.is_empty() {
        let word = match bytes.split_first_chunk() {
            Some((eight, rest)) => {
                bytes = rest;
                u64::from_le_bytes(*eight)
            }
            // What is missing is white space.
            None => std::mem::take(&mut bytes).iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        let white = word.wrapping_sub(ALL * 0x21) & !word & HIGH;
        let low = word ^ (ALL * u64::from(b'0'));
        let digits = !(((low & !HIGH) + ALL * 0x76) | low) & HIGH;
        let masked = word & !(digits >> 7).wrapping_mul(0x0f);
        // Up to the lowest white space, or all of it.
        let kept = masked & ((white & white.wrapping_neg()) >> 7).wrapping_sub(1);
        if kept != 0 {
            hash = chain(hash, kept);
        }
        if white != 0 {
            break;
        }
    }
    hash
}

/// Flags that attributes set, roles and microdata, which say what they mean in every language; and the hash of the
/// first class.
fn told_by_attributes(page: &Page, element: &Element) -> (u64, u64) {
    let (mut flags, mut class) = (0, None);
    for (name, value) in page.attributes(element) {
        flags |= match name {
            AttributeName::Class if class.is_none() => {
                class = Some(first_word(value));
                0
            }
            AttributeName::Role => match value {
                "main" => around::ROLE_MAIN,
                "complementary" | "search" | "dialog" | "alertdialog" => around::ROLE_ASIDE,
                "navigation" | "menu" | "menubar" | "tablist" => around::ROLE_NAV,
                "banner" | "contentinfo" => around::ROLE_FRAME,
                _ => 0,
            },
            AttributeName::Itemprop => match value {
                "articleBody" | "mainContentOfPage" | "blogPost" => around::BODY_PROP,
                "comment" | "review" | "reviewBody" => around::COMMENT_PROP,
                "description" => around::PRODUCT_PROP,
                _ => 0,
            },
            AttributeName::Itemtype if value.ends_with("/Comment") || value.ends_with("/Review") => {
                around::COMMENT_PROP
            }
            _ => 0,
        };
    }
    (flags, class.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::block::Markup;
    use crate::features::{Extractor, columns, width};

    const PAGE: &str = "<title>Tram line approved - Courier</title><meta property=og:type content=article><body>\
        <div class=nav><ul><li><a href=/a>Home</a><li><a href=/b>News</a><li><a href=/c>Sport</a></ul></div>\
        <div class=main><div><h1>Tram line approved</h1>\
        <p>Councillors voted late on Monday to build the line, ending a dispute that has outlasted three mayors.</p>\
        <p>The first trams could run in six years, the committee said, if the money for the last bridge is found in time for the works to begin.</p>\
        <p style='display:none'>Subscribe, and you will never miss a story of ours again, wherever in the world you happen to be.</p>\
        </div></div><div class=side><h3>More</h3><div class=t><b>Ferry</b><p>A ferry ran aground.</div>\
        <div class=t><b>Fire</b><p>A barn burnt down.</div><div class=t><b>Bus</b><p>Drivers are wanted.</div></div>";

    /// Values of a column, block by block.
    fn column(name: &str) -> Vec<f32> {
        let at = columns(Markup::Html).position(|(column, ..)| column == name).unwrap();
        let rows = Extractor::default().extract(PAGE, Markup::Html, None);
        rows.into_iter().skip(at).step_by(width(Markup::Html)).collect()
    }

    #[test]
    fn the_container_with_the_most_prose_of_its_own_is_dominant() {
        let body = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(column("is_dominant"), body);
        assert_eq!(column("in_best_50"), body);
        let steps = column("up");
        assert!(body.iter().zip(&steps).all(|(inside, up)| (*inside == 1.0) == (*up == 0.0)), "{steps:?}");
    }

    #[test]
    fn what_stands_beside_the_body_is_a_branch_of_its_own() {
        let (before, after) = (column("branch_before"), column("branch_after"));
        assert_eq!(&before[..3], [1.0; 3]);
        assert_eq!(&after[7..], [1.0; 7]);
    }

    #[test]
    fn elements_repeated_side_by_side_are_cards() {
        let cards = column("in_big_card");
        assert_eq!(&cards[7..], [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(&column("in_card")[..3], [1.0; 3]);
    }

    #[test]
    fn what_other_blocks_say_as_well_is_an_echo_once() {
        let mut shingles = super::Shingles::default();
        shingles.clear(8);
        // The first block says 1, 2 and 1 again, the second 2 and 3, the third 2.
        let said = [(1, 0), (2, 0), (1, 0), (2, 1), (3, 1), (2, 2)];
        said.into_iter().for_each(|(key, block)| shingles.note(key, block));
        assert_eq!([shingles.echoes(0..3, 0), shingles.echoes(3..5, 1), shingles.echoes(5..6, 2)], [1, 1, 1]);
        // A block that says it twice is told once.
        shingles.clear(8);
        [(5, 0), (5, 1), (5, 1)].into_iter().for_each(|(key, block)| shingles.note(key, block));
        assert_eq!([shingles.echoes(0..1, 0), shingles.echoes(1..3, 1)], [1, 1]);
    }

    #[test]
    fn groups_that_are_large_enough_have_numbers_of_their_own() {
        let mut groups = super::Groups::default();
        for _ in 0..2 {
            groups.clear(6);
            [7, 9, 7, 8, 9, 7].into_iter().zip(0..).for_each(|(key, member)| groups.add(key, member));
            groups.close(2);
            assert_eq!(groups.large.len(), 2);
            let numbered: Vec<_> = groups.members.iter().filter(|(number, _)| *number < 2).copied().collect();
            assert_eq!(numbered, [(0, 0), (1, 1), (0, 2), (1, 4), (0, 5)]);
        }
    }

    #[test]
    fn the_first_class_is_hashed_without_its_digits() {
        let same = ["item-12", " item-34 wide", "\nitem-99\tx", "item-00"];
        assert!(same.iter().all(|class| super::first_word(class) == super::first_word("item-00")));
        let all = ["", "a", "aa", "item-0", "item-00", "item-0:", "item-/0", "item-000000", "item-0000000", "ß", "0"];
        let hashes: std::collections::HashSet<u64> = all.iter().map(|class| super::first_word(class)).collect();
        assert_eq!(hashes.len(), all.len());
        assert_eq!(super::first_word(" \t"), 0);
        assert_eq!(super::first_word("sidebar1 x"), super::first_word("sidebar2"));
    }

    #[test]
    fn the_title_is_known_and_what_is_not_shown() {
        assert_eq!(column("is_title").iter().position(|value| *value == 1.0), Some(3));
        assert_eq!(column("is_hidden").iter().position(|value| *value == 1.0), Some(6));
        assert_eq!(column("page_is_article")[0], 1.0);
    }

    #[test]
    fn deep_and_wide_pages_take_linear_memory_and_finite_values() {
        for page in ["<div>a".repeat(3000), "<p>a".repeat(3000), "<b><i>".repeat(2000), "<table><tr>".repeat(2000)] {
            let rows = Extractor::default().extract(&page, Markup::Html, None);
            assert!(rows.iter().all(|value| value.is_finite()));
        }
    }
}
