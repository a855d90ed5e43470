//! Where blocks stand: sums over the document, distances to its long blocks, repeats, shared words.
//! This module must not know formulas of single blocks.

use std::ops::Range;

use super::chars::Class;
use super::measure::{Measure, Measures};
use super::shape::is_stamp;
use super::words::spread;
use crate::block::{Block, BlockKind, Markup, Reason};
use crate::lexicon::{ACTION, FIRST, REASONS, SECOND, STOP};

/// A block at least this massive that ends a sentence is prose (units of a Latin letter: a line and a half).
const PROSE_MASS: f32 = 80.0;
/// A block under this mass is short: a menu entry, a headline, a button.
pub(super) const SHORT_MASS: f32 = 60.0;
/// What a block without prose costs the body, in mass: ten such lines outweigh a long paragraph.
const BODY_COSTS: [f32; 2] = [25.0, 100.0];
/// What a date or a time costs, since lists of teasers have one each, in units of another block's cost.
const STAMP_COST: f32 = 3.0;
/// How far prose shines on its neighbours, in blocks.
const GLOW_REACH: [f32; 2] = [2.0, 8.0];

/// Sections whose words are pooled over neighbours: who speaks, and what is asked for.
const POOLED: [usize; 4] = [FIRST, SECOND, ACTION, PAYWALL];
const PAYWALL: usize = REASONS + Reason::Paywall as usize;
/// Blocks to either side that are pooled.
const POOL: usize = 4;

/// Where one block stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub index: usize,
    pub mass_before: f32,
    pub prose_before: f32,
    /// Mass of the block if it is prose, else 0.
    pub prose: f32,
    pub blank_after: u32,
    /// Blocks to the nearest prose before and after, at most [`FAR`].
    pub before: u8,
    pub after: u8,
    /// `ln(1 + mass)` of that prose, 0 where there is none.
    pub log_of_before: f32,
    pub log_of_after: f32,
    /// Blocks in the stretch without prose that the block stands in; 0 for prose.
    pub stretch: u32,
    /// Other blocks with the same words, digits masked.
    pub repeats: u32,
    /// Repeats that stand before this block.
    pub earlier: u32,
    /// Words of the sections in [`POOLED`] within [`POOL`] blocks to either side / words there.
    pub pool: [f32; 4],
    /// Mean evidence within [`POOL`] blocks to either side, weighted by mass; log-odds.
    pub pool_evidence: f32,
    /// Paywall words within [`POOL`] blocks to either side.
    pub appeal_words: u32,
    /// Blocks to the nearest appeal, at most [`FAR`]; 0 for an appeal.
    pub to_appeal: u8,
    /// Share of the block's topical words that stand in other prose.
    pub overlap: f32,
    /// Share of them that stand in other prose of the body.
    pub body_overlap: f32,
    /// Share of them that stand in any block before.
    pub echoed: f32,
    /// Prose blocks in a row that the block is one of; 0 for others.
    pub run: u32,
    /// Mass of that row.
    pub run_mass: f32,
    /// Prose around the block, fading with distance, in units of the document's highest.
    pub glow: [f32; 2],
    /// Blocks to the body: the stretch with the most prose after each other block's cost; 0 inside.
    pub to_body: [u8; 2],
    /// The block stands after the body.
    pub past_body: [bool; 2],
    /// Mean evidence of the blocks before and after, weighted by mass.
    pub evidence_before: f32,
    pub evidence_after: f32,
}

/// Distances are capped here (blocks).
pub(crate) const FAR: u32 = 40;
const FAR_U8: u8 = FAR as u8;

/// Sums over a document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    pub blocks: usize,
    pub mass: f32,
    pub prose: f32,
    pub prose_blocks: u32,
    pub short_blocks: u32,
    pub blank_blocks: u32,
    pub items: u32,
    pub wide: f32,
    pub linked: f32,
    pub stop: f32,
    pub evidence: f32,
    pub language_known: bool,
    pub markdown: bool,
    /// Share of the prose that stands in the body.
    pub body_share: [f32; 2],
    pub repeated: f32,
    /// Mass of the longest prose block, and of the heaviest row of them.
    pub top_prose: f32,
    pub top_run: f32,
    /// Blocks that are husk phrases and little else, and the longest stretch of blocks without prose.
    pub husk_blocks: u32,
    pub top_stretch: u32,
    /// Mass of the prose in the body, and the mean share of its topical words that other prose of it holds.
    pub body_mass: f32,
    pub cohesion: f32,
    /// Words of the sections in [`POOLED`] / words.
    pub pool: [f32; 4],
    pub glow_top: [f32; 2],
    /// `ln(1 + …)` of the number of blocks, and of the mass.
    pub log_blocks: f32,
    pub log_mass: f32,
}

/// The places of a document's blocks, and the buffers they are found with.
#[derive(Default)]
pub(crate) struct Places {
    pub document: Document,
    pub blocks: Vec<Place>,
    /// Open-addressing table of blocks plus one, by their hash; and the first block with the words of each.
    slots: Vec<u32>,
    first: Vec<u32>,
}

/// What the way there, from the first block to the last, leaves for the way back and the next one.
#[derive(Default)]
struct Totals {
    evidence: Evidence,
    words: [u32; 5],
    bodies: [Body; 2],
}

impl Places {
    /// Finds the places of all blocks: on the way there what depends on the blocks before, on the way back what depends
    /// on those after, and then what takes both.
    pub(crate) fn find(&mut self, blocks: &[Block], measures: &mut Measures, markup: Markup) {
        let language_known = measures.language().is_some();
        self.document = Document {
            blocks: blocks.len(),
            language_known,
            markdown: markup == Markup::Markdown,
            ..Document::default()
        };
        let mut totals = self.go_there(blocks, &measures.blocks);
        self.go_back(&measures.blocks);
        self.settle(&measures.blocks, &mut totals);
        self.find_repeats(&measures.blocks);
        self.compare(measures);
    }

    fn go_there(&mut self, blocks: &[Block], measures: &[Measure]) -> Totals {
        self.blocks.clear();
        self.blocks.reserve(blocks.len());
        let mut totals = Totals::default();
        let (mut nearest, mut glows, mut to_appeal) = (Nearest::default(), GLOW_REACH.map(Glow::new), FAR_U8);
        let (mut sums, mut rows) = (Sums::default(), Rows::default());
        for (index, (block, measure)) in blocks.iter().zip(measures).enumerate() {
            let prose = if is_prose(block, measure) { measure.mass } else { 0.0 };
            let document = &mut self.document;
            to_appeal = if is_appeal(measure) { 0 } else { FAR_U8.min(to_appeal + 1) };
            let mut place = Place {
                index,
                mass_before: document.mass,
                prose_before: document.prose,
                prose,
                blank_after: blocks.get(index + 1).map_or(0, |next| next.blank_before),
                before: nearest.distance,
                log_of_before: nearest.log_mass,
                to_appeal,
                echoed: super::share(measure.echoed, measure.topics),
                evidence_before: totals.evidence.mean(),
                ..Place::default()
            };
            for (glow, place) in glows.iter_mut().zip(&mut place.glow) {
                *place = glow.value;
                glow.step(prose);
            }
            nearest.step(prose, measure);
            totals.evidence.add(measure);
            add_pooled(&mut totals.words, measure);
            let stamp = is_stamp(measure);
            for (body, cost) in totals.bodies.iter_mut().zip(BODY_COSTS) {
                body.step(index, prose, if stamp { STAMP_COST * cost } else { cost });
            }
            document.mass += measure.mass;
            document.prose += prose;
            document.prose_blocks += u32::from(prose > 0.0);
            document.short_blocks += u32::from(measure.mass < SHORT_MASS);
            document.blank_blocks += u32::from(block.blank_before > 0);
            document.husk_blocks += u32::from(is_husk(measure));
            document.items += u32::from(block.kind == BlockKind::ListItem);
            document.top_prose = document.top_prose.max(prose);
            sums.add(measure);
            self.blocks.push(place);
            rows.step(index, prose, &mut self.blocks, &mut self.document);
        }
        rows.end(&mut self.blocks, &mut self.document);
        sums.tell(&mut self.document);
        self.document.log_blocks = super::log(blocks.len() as f32);
        self.document.log_mass = super::log(self.document.mass);
        self.document.evidence = totals.evidence.mean();
        for (share, words) in self.document.pool.iter_mut().zip(&totals.words[1..]) {
            *share = super::share(*words, totals.words[0]);
        }
        totals
    }

    fn go_back(&mut self, measures: &[Measure]) {
        let (mut nearest, mut glows, mut to_appeal) = (Nearest::default(), GLOW_REACH.map(Glow::new), FAR_U8);
        let mut top = [0.0f32; 2];
        for (place, measure) in self.blocks.iter_mut().zip(measures).rev() {
            to_appeal = if place.to_appeal == 0 { 0 } else { FAR_U8.min(to_appeal + 1) };
            place.to_appeal = place.to_appeal.min(to_appeal);
            (place.after, place.log_of_after) = (nearest.distance, nearest.log_mass);
            for ((glow, value), top) in glows.iter_mut().zip(&mut place.glow).zip(&mut top) {
                *value += glow.value + capped(place.prose);
                *top = top.max(*value);
                glow.step(place.prose);
            }
            nearest.step(place.prose, measure);
        }
        self.document.glow_top = top;
    }

    /// What takes the totals or the blocks on both sides.
    fn settle(&mut self, measures: &[Measure], totals: &mut Totals) {
        let top = self.document.glow_top;
        let mut inside = [0.0; 2];
        // Sums over the blocks before the first and up to the last one of the pool around a block.
        let (mut low, mut high) = (Pool::default(), Pool::default());
        measures.iter().take(POOL).for_each(|measure| high.add(measure));
        for (index, (place, measure)) in self.blocks.iter_mut().zip(measures).enumerate() {
            if let Some(entering) = measures.get(index + POOL) {
                high.add(entering);
            }
            if let Some(leaving) = (index > POOL).then(|| &measures[index - POOL - 1]) {
                low.add(leaving);
            }
            high.less(&low, place);
            totals.evidence.take(measure);
            place.evidence_after = totals.evidence.mean();
            for size in 0..2 {
                if top[size] > 0.0 {
                    place.glow[size] /= top[size];
                }
                let body = &totals.bodies[size].best;
                place.past_body[size] = !body.is_empty() && index >= body.end;
                place.to_body[size] = blocks_to(body, index);
                if place.to_body[size] == 0 {
                    inside[size] += place.prose;
                }
            }
        }
        let prose = self.document.prose;
        self.document.body_share = inside.map(|inside| if prose > 0.0 { inside / prose } else { 0.0 });
    }

    fn find_repeats(&mut self, measures: &[Measure]) {
        let mask = (2 * measures.len()).next_power_of_two().max(16) - 1;
        self.slots.clear();
        self.slots.resize(mask + 1, 0);
        self.first.clear();
        let mut repeated = 0;
        for (block, measure) in measures.iter().enumerate() {
            let mut slot = spread(measure.hash) as usize & mask;
            let first = loop {
                match self.slots[slot] {
                    0 => {
                        self.slots[slot] = block as u32 + 1;
                        break block;
                    }
                    other if measures[other as usize - 1].hash == measure.hash => break other as usize - 1,
                    _ => slot = (slot + 1) & mask,
                }
            };
            self.first.push(first as u32);
            if first != block {
                // The first one counts for all.
                self.blocks[first].repeats += 1;
                self.blocks[block].earlier = self.blocks[first].repeats;
                repeated += 1;
            }
        }
        for (block, &first) in self.first.iter().enumerate() {
            self.blocks[block].repeats = self.blocks[first as usize].repeats;
        }
        self.document.repeated = super::share(repeated, measures.len() as u32);
    }

    /// Which topical words a block shares with others; how much those of the body share.
    fn compare(&mut self, measures: &mut Measures) {
        let Measures { topics, blocks: measures, .. } = measures;
        let (mut mass, mut shared) = (0.0, 0.0);
        topics.note(measures, |block| {
            let place = &self.blocks[block];
            (place.prose > 0.0, place.to_body[1] == 0)
        });
        topics.compare(measures, |block, found| {
            let (place, measure) = (&mut self.blocks[block], &measures[block]);
            place.overlap = super::share(found.prose, measure.topics);
            place.body_overlap = super::share(found.body, measure.topics);
            if place.to_body[1] == 0 {
                mass += place.prose;
                shared += place.prose * place.body_overlap;
            }
        });
        self.document.body_mass = mass;
        self.document.cohesion = super::ratio(shared, mass);
    }
}

/// Sums of which only shares are told.
#[derive(Default)]
struct Sums {
    letters: u32,
    wide: u32,
    chars: u32,
    linked: u32,
    words: u32,
    stop: u32,
}

impl Sums {
    fn add(&mut self, measure: &Measure) {
        self.letters += measure.letters;
        self.wide += measure.wide;
        self.chars += measure.chars;
        self.linked += measure.linked;
        self.words += measure.words;
        self.stop += u32::from(measure.sections[STOP]);
    }

    fn tell(&self, document: &mut Document) {
        document.wide = super::share(self.wide, self.letters);
        document.linked = super::share(self.linked, self.chars);
        document.stop = super::share(self.stop, self.words);
    }
}

/// The prose last seen, and how many blocks ago.
struct Nearest {
    distance: u8,
    log_mass: f32,
}

impl Default for Nearest {
    fn default() -> Self {
        Nearest { distance: FAR_U8, log_mass: 0.0 }
    }
}

impl Nearest {
    fn step(&mut self, prose: f32, measure: &Measure) {
        if prose > 0.0 {
            (self.distance, self.log_mass) = (1, measure.log_mass);
        } else {
            self.distance = FAR_U8.min(self.distance + 1);
        }
    }
}

/// Prose that fades by `exp(-1/reach)` a block.
struct Glow {
    value: f32,
    fade: f32,
}

impl Glow {
    fn new(reach: f32) -> Glow {
        Glow { value: 0.0, fade: (-1.0 / reach).exp() }
    }

    fn step(&mut self, prose: f32) {
        self.value = (self.value + capped(prose)) * self.fade;
    }
}

/// Rows of prose and stretches without: an article stands in rows, teasers stand alone between headlines and dates.
#[derive(Default)]
struct Rows {
    /// Where the row or stretch starts, and the mass of its prose.
    start: usize,
    mass: f32,
}

impl Rows {
    fn step(&mut self, index: usize, prose: f32, places: &mut [Place], document: &mut Document) {
        if (prose > 0.0) != (self.mass > 0.0) {
            self.close(index, places, document);
            (self.start, self.mass) = (index, 0.0);
        }
        self.mass += prose;
    }

    fn end(&self, places: &mut [Place], document: &mut Document) {
        self.close(places.len(), places, document);
    }

    fn close(&self, end: usize, places: &mut [Place], document: &mut Document) {
        let count = (end - self.start) as u32;
        if self.mass > 0.0 {
            document.top_run = document.top_run.max(self.mass);
            places[self.start..end].iter_mut().for_each(|place| (place.run, place.run_mass) = (count, self.mass));
        } else {
            document.top_stretch = document.top_stretch.max(count);
            places[self.start..end].iter_mut().for_each(|place| place.stretch = count);
        }
    }
}

/// The stretch of blocks with the largest sum of prose less a cost for every other block (the maximum subarray; Finn,
/// Kushmerick and Smyth 2001 cut web pages that way).
#[derive(Default)]
struct Body {
    best: Range<usize>,
    best_sum: f32,
    sum: f32,
    start: usize,
}

impl Body {
    fn step(&mut self, index: usize, prose: f32, cost: f32) {
        if self.sum <= 0.0 {
            (self.sum, self.start) = (0.0, index);
        }
        self.sum += if prose > 0.0 { prose } else { -cost };
        if self.sum > self.best_sum {
            (self.best_sum, self.best) = (self.sum, self.start..index + 1);
        }
    }
}

/// Blocks to the body, at most [`FAR`]; 0 inside.
fn blocks_to(body: &Range<usize>, index: usize) -> u8 {
    let blocks = if body.is_empty() {
        FAR as usize
    } else if index >= body.end {
        index + 1 - body.end
    } else {
        body.start.saturating_sub(index)
    };
    blocks.min(FAR as usize) as u8
}

/// A mean of evidence, weighted by mass.
#[derive(Clone, Copy, Default)]
struct Evidence {
    mass: f64,
    sum: f64,
}

impl Evidence {
    fn add(&mut self, measure: &Measure) {
        let weight = f64::from(measure.mass.min(400.0));
        self.mass += weight;
        self.sum += weight * f64::from(measure.evidence);
    }

    fn take(&mut self, measure: &Measure) {
        let weight = f64::from(measure.mass.min(400.0));
        self.mass -= weight;
        self.sum -= weight * f64::from(measure.evidence);
    }

    fn mean(&self) -> f32 {
        mean(self.sum, self.mass)
    }
}

/// Sums over the blocks up to some block: who speaks and what is asked for, and evidence.
#[derive(Default)]
struct Pool {
    words: [u32; 5],
    evidence: Evidence,
}

impl Pool {
    fn add(&mut self, measure: &Measure) {
        add_pooled(&mut self.words, measure);
        self.evidence.add(measure);
    }

    /// Puts what is more than in `low` into a place.
    fn less(&self, low: &Pool, place: &mut Place) {
        let words = |at: usize| self.words[at] - low.words[at];
        for (at, share) in place.pool.iter_mut().enumerate() {
            *share = super::share(words(at + 1), words(0));
        }
        place.appeal_words = words(4);
        place.pool_evidence = mean(self.evidence.sum - low.evidence.sum, self.evidence.mass - low.evidence.mass);
    }
}

/// Adds a block's words, and those of the sections in [`POOLED`].
fn add_pooled(sums: &mut [u32; 5], measure: &Measure) {
    sums[0] += measure.words;
    for (sum, section) in sums[1..].iter_mut().zip(POOLED) {
        *sum += u32::from(measure.sections[section]);
    }
}

/// Whether a block is an appeal: two words and a tenth of it, or a whole button, are of paywall phrases.
fn is_appeal(measure: &Measure) -> bool {
    let words = u32::from(measure.sections[PAYWALL]);
    (words >= 2 && 20 * words >= measure.words) || (words > 0 && measure.words <= 4)
}

fn mean(sum: f64, mass: f64) -> f32 {
    if mass < 1.0 { 0.0 } else { (sum / mass) as f32 }
}

/// One huge paragraph must not outshine a whole article.
fn capped(prose: f32) -> f32 {
    prose.min(600.0)
}

/// Whether nearly all words of a block are of husk phrases.
pub(super) fn is_husk(measure: &Measure) -> bool {
    measure.words > 0 && 5 * super::appeal::husk(measure) >= 4 * measure.words
}

fn is_prose(block: &Block, measure: &Measure) -> bool {
    let sentence = measure.sentence_ends > 0 || measure.commas > 1 || measure.closing == Some(Class::SentenceEnd);
    measure.mass >= PROSE_MASS
        && sentence
        && 2 * measure.linked <= measure.chars
        && !matches!(block.kind, BlockKind::Code | BlockKind::Table | BlockKind::Rule)
}
