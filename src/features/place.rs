//! Where blocks stand: sums over the document, distances to its long blocks, repeats, shared words.
//! This module must not know formulas of single blocks.

use super::chars::Class;
use super::measure::{Measure, Measures};
use super::shape::is_stamp;
use super::words::{Word, WordStart, chain, spread};
use crate::block::{Block, BlockKind, Markup, Reason};
use crate::lexicon::{ACTION, FIRST, REASONS, SECOND, STOP};

/// A block at least this massive that ends a sentence is prose (units of a Latin letter: a line and a half).
const PROSE_MASS: f32 = 80.0;
/// A block under this mass is short: a menu entry, a headline, a button.
const SHORT_MASS: f32 = 60.0;
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
    pub before: u32,
    pub after: u32,
    /// Mass of that prose, 0 where there is none.
    pub mass_of_before: f32,
    pub mass_of_after: f32,
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
    pub to_appeal: u32,
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
    pub to_body: [u32; 2],
    /// The block stands after the body.
    pub past_body: [bool; 2],
    /// Mean evidence of the blocks before and after, weighted by mass.
    pub evidence_before: f32,
    pub evidence_after: f32,
}

/// Distances are capped here (blocks).
pub(crate) const FAR: u32 = 40;

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
}

/// The places of a document's blocks, and the buffers they are found with.
#[derive(Default)]
pub(crate) struct Places {
    pub document: Document,
    pub blocks: Vec<Place>,
    order: Vec<(u64, u32)>,
    /// Words, and words of each pooled section, before each block and in all.
    pooled: Vec<[u32; 5]>,
    /// Mass, and mass times evidence, before each block and in all.
    evidence: Vec<[f64; 2]>,
    topics: Topics,
}

impl Places {
    /// Finds the places of all blocks.
    pub(crate) fn find(&mut self, blocks: &[Block], measures: &Measures, markup: Markup) {
        let language_known = measures.language().is_some();
        self.document = Document {
            blocks: blocks.len(),
            language_known,
            markdown: markup == Markup::Markdown,
            ..Document::default()
        };
        self.blocks.clear();
        self.add_up(blocks, &measures.blocks);
        self.find_prose();
        self.find_runs();
        self.find_repeats(&measures.blocks);
        self.find_evidence(&measures.blocks);
        self.find_pools(&measures.blocks);
        self.find_appeals(&measures.blocks);
        for size in 0..2 {
            self.find_glow(size);
            self.find_body(size, &measures.blocks);
        }
        self.topics.find(&mut self.blocks, measures);
        self.find_cohesion();
    }

    fn find_cohesion(&mut self) {
        let (mut mass, mut shared) = (0.0, 0.0);
        for place in self.blocks.iter().filter(|place| place.to_body[1] == 0) {
            mass += place.prose;
            shared += place.prose * place.body_overlap;
        }
        self.document.body_mass = mass;
        self.document.cohesion = super::ratio(shared, mass);
    }

    fn add_up(&mut self, blocks: &[Block], measures: &[Measure]) {
        let document = &mut self.document;
        let (mut letters, mut wide, mut chars, mut linked, mut words, mut stop) = (0, 0, 0, 0, 0, 0);
        for (index, (block, measure)) in blocks.iter().zip(measures).enumerate() {
            let prose = if is_prose(block, measure) { measure.mass } else { 0.0 };
            self.blocks.push(Place {
                index,
                mass_before: document.mass,
                prose_before: document.prose,
                prose,
                blank_after: blocks.get(index + 1).map_or(0, |next| next.blank_before),
                ..Place::default()
            });
            document.mass += measure.mass;
            document.prose += prose;
            document.prose_blocks += u32::from(prose > 0.0);
            document.short_blocks += u32::from(measure.mass < SHORT_MASS);
            document.blank_blocks += u32::from(block.blank_before > 0);
            document.husk_blocks += u32::from(is_husk(measure));
            document.items += u32::from(block.kind == BlockKind::ListItem);
            letters += measure.letters;
            wide += measure.wide;
            chars += measure.chars;
            linked += measure.linked;
            words += measure.words;
            stop += u32::from(measure.sections[STOP]);
        }
        document.wide = super::share(wide, letters);
        document.linked = super::share(linked, chars);
        document.stop = super::share(stop, words);
    }

    /// Distances to prose, and the stretches between.
    fn find_prose(&mut self) {
        let (mut distance, mut mass, mut start) = (FAR, 0.0, 0);
        for index in 0..self.blocks.len() {
            let place = &mut self.blocks[index];
            (place.before, place.mass_of_before) = (distance, mass);
            if place.prose > 0.0 {
                (distance, mass) = (1, place.prose);
                self.close_stretch(start, index);
                start = index + 1;
            } else {
                distance = FAR.min(distance + 1);
            }
        }
        self.close_stretch(start, self.blocks.len());
        (distance, mass) = (FAR, 0.0);
        for place in self.blocks.iter_mut().rev() {
            (place.after, place.mass_of_after) = (distance, mass);
            (distance, mass) = if place.prose > 0.0 { (1, place.prose) } else { (FAR.min(distance + 1), mass) };
        }
    }

    /// Rows of prose blocks: an article stands in rows, teasers stand alone between headlines and dates.
    fn find_runs(&mut self) {
        for row in self.blocks.chunk_by_mut(|a, b| (a.prose > 0.0) == (b.prose > 0.0)) {
            let mass: f32 = row.iter().map(|place| place.prose).sum();
            if mass > 0.0 {
                let run = row.len() as u32;
                self.document.top_run = self.document.top_run.max(mass);
                for place in row {
                    (place.run, place.run_mass) = (run, mass);
                    self.document.top_prose = self.document.top_prose.max(place.prose);
                }
            }
        }
    }

    fn close_stretch(&mut self, start: usize, end: usize) {
        let stretch = (end - start) as u32;
        self.document.top_stretch = self.document.top_stretch.max(stretch);
        for place in &mut self.blocks[start..end] {
            place.stretch = stretch;
        }
    }

    fn find_repeats(&mut self, measures: &[Measure]) {
        self.order.clear();
        self.order.extend(measures.iter().enumerate().map(|(index, measure)| (measure.hash, index as u32)));
        self.order.sort_unstable();
        let mut repeated = 0;
        for group in self.order.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
            for (earlier, &(_, index)) in group.iter().enumerate() {
                let place = &mut self.blocks[index as usize];
                place.repeats = group.len() as u32 - 1;
                place.earlier = earlier as u32;
            }
            repeated += group.len() - 1;
        }
        self.document.repeated = super::share(repeated as u32, measures.len() as u32);
    }

    fn find_evidence(&mut self, measures: &[Measure]) {
        let weigh = |measure: &Measure| (f64::from(measure.mass.min(400.0)), f64::from(measure.evidence));
        let (mut mass, mut sum) = (0.0, 0.0);
        for (place, measure) in self.blocks.iter_mut().zip(measures) {
            place.evidence_before = mean(sum, mass);
            let (weight, evidence) = weigh(measure);
            mass += weight;
            sum += weight * evidence;
        }
        self.document.evidence = mean(sum, mass);
        self.pool_evidence(measures);
        for (place, measure) in self.blocks.iter_mut().zip(measures) {
            let (weight, evidence) = weigh(measure);
            mass -= weight;
            sum -= weight * evidence;
            place.evidence_after = mean(sum, mass);
        }
    }

    fn pool_evidence(&mut self, measures: &[Measure]) {
        self.evidence.clear();
        self.evidence.push([0.0; 2]);
        let (mut mass, mut sum) = (0.0, 0.0);
        for measure in measures {
            let weight = f64::from(measure.mass.min(400.0));
            mass += weight;
            sum += weight * f64::from(measure.evidence);
            self.evidence.push([mass, sum]);
        }
        for (index, place) in self.blocks.iter_mut().enumerate() {
            let low = self.evidence[index.saturating_sub(POOL)];
            let high = self.evidence[(index + POOL + 1).min(measures.len())];
            place.pool_evidence = mean(high[1] - low[1], high[0] - low[0]);
        }
    }

    /// Who speaks and what is asked for around each block.
    fn find_pools(&mut self, measures: &[Measure]) {
        let mut sums = [0u32; 5];
        self.pooled.clear();
        self.pooled.push(sums);
        for measure in measures {
            sums[0] += measure.words;
            for (sum, section) in sums[1..].iter_mut().zip(POOLED) {
                *sum += u32::from(measure.sections[section]);
            }
            self.pooled.push(sums);
        }
        for (index, place) in self.blocks.iter_mut().enumerate() {
            let low = self.pooled[index.saturating_sub(POOL)];
            let high = self.pooled[(index + POOL + 1).min(measures.len())];
            for (section, share) in place.pool.iter_mut().enumerate() {
                *share = super::share(high[section + 1] - low[section + 1], high[0] - low[0]);
            }
            place.appeal_words = high[4] - low[4];
        }
        for (section, share) in self.document.pool.iter_mut().enumerate() {
            *share = super::share(sums[section + 1], sums[0]);
        }
    }

    /// Distances to appeals: blocks of which two words and a tenth, or a whole button, are of paywall phrases.
    fn find_appeals(&mut self, measures: &[Measure]) {
        let is_appeal = |measure: &Measure| {
            let words = u32::from(measure.sections[PAYWALL]);
            (words >= 2 && 20 * words >= measure.words) || (words > 0 && measure.words <= 4)
        };
        let mut distance = FAR;
        for (place, measure) in self.blocks.iter_mut().zip(measures) {
            distance = if is_appeal(measure) { 0 } else { FAR.min(distance + 1) };
            place.to_appeal = distance;
        }
        distance = FAR;
        for (place, measure) in self.blocks.iter_mut().zip(measures).rev() {
            distance = if is_appeal(measure) { 0 } else { FAR.min(distance + 1) };
            place.to_appeal = place.to_appeal.min(distance);
        }
    }

    /// Prose around each block: a filter that fades by `exp(-1/reach)` a block, run both ways.
    fn find_glow(&mut self, size: usize) {
        let fade = (-1.0 / GLOW_REACH[size]).exp();
        let mut glow = 0.0;
        for place in &mut self.blocks {
            place.glow[size] = glow;
            glow = (glow + capped(place.prose)) * fade;
        }
        glow = 0.0;
        let mut top = 0.0f32;
        for place in self.blocks.iter_mut().rev() {
            place.glow[size] += glow + capped(place.prose);
            top = top.max(place.glow[size]);
            glow = (glow + capped(place.prose)) * fade;
        }
        self.document.glow_top[size] = top;
        if top > 0.0 {
            self.blocks.iter_mut().for_each(|place| place.glow[size] /= top);
        }
    }

    /// The stretch of blocks with the largest sum of prose less a cost for every other block (the maximum
    /// subarray; Finn, Kushmerick and Smyth 2001 cut web pages that way).
    fn find_body(&mut self, size: usize, measures: &[Measure]) {
        let (mut best, mut best_range, mut sum, mut start) = (0.0, 0..0, 0.0, 0);
        for (index, (place, measure)) in self.blocks.iter().zip(measures).enumerate() {
            if sum <= 0.0 {
                (sum, start) = (0.0, index);
            }
            let cost = if is_stamp(measure) { STAMP_COST * BODY_COSTS[size] } else { BODY_COSTS[size] };
            sum += if place.prose > 0.0 { place.prose } else { -cost };
            if sum > best {
                (best, best_range) = (sum, start..index + 1);
            }
        }
        let mut inside = 0.0;
        for (index, place) in self.blocks.iter_mut().enumerate() {
            place.past_body[size] = !best_range.is_empty() && index >= best_range.end;
            place.to_body[size] = if best_range.contains(&index) {
                inside += place.prose;
                0
            } else if place.past_body[size] {
                FAR.min((index + 1 - best_range.end) as u32)
            } else if best_range.is_empty() {
                FAR
            } else {
                FAR.min((best_range.start - index) as u32)
            };
        }
        self.document.body_share[size] = if self.document.prose > 0.0 { inside / self.document.prose } else { 0.0 };
    }
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

/// Which blocks hold which topical words: an open-addressing table, reused.
#[derive(Default)]
struct Topics {
    slots: Vec<Topic>,
    mask: usize,
}

/// A word, and which blocks it stands in.
#[derive(Clone, Copy, Default)]
struct Topic {
    key: u64,
    /// The first block, plus one.
    first: u32,
    /// The first two different prose blocks, plus one; 0 for none.
    prose: [u32; 2],
    /// The same of the body.
    body: [u32; 2],
}

/// Documents with more words than this are looked at up to here only: the table stays bounded.
const TOPIC_WORDS: usize = 1 << 18;

impl Topics {
    fn find(&mut self, places: &mut [Place], measures: &Measures) {
        let words = measures.words.len().min(TOPIC_WORDS);
        let slots = (2 * words).next_power_of_two().max(64);
        self.mask = slots - 1;
        self.slots.clear();
        self.slots.resize(slots, Topic::default());
        for (place, measure) in places.iter().zip(&measures.blocks) {
            if measure.range.end <= words {
                topical(&measures.words[measure.range.clone()], |key| self.add(key, place));
            }
        }
        for (place, measure) in places.iter_mut().zip(&measures.blocks) {
            if measure.range.end <= words {
                self.compare(place, &measures.words[measure.range.clone()]);
            }
        }
    }

    fn slot(&self, key: u64) -> usize {
        let mut slot = key as usize & self.mask;
        while self.slots[slot].key != key && self.slots[slot].key != 0 {
            slot = (slot + 1) & self.mask;
        }
        slot
    }

    fn add(&mut self, key: u64, place: &Place) {
        let slot = self.slot(key);
        let topic = &mut self.slots[slot];
        let block = place.index as u32 + 1;
        topic.key = key;
        if topic.first == 0 {
            topic.first = block;
        }
        if place.prose > 0.0 {
            note(&mut topic.prose, block);
            if place.to_body[1] == 0 {
                note(&mut topic.body, block);
            }
        }
    }

    fn compare(&self, place: &mut Place, words: &[Word]) {
        let (mut count, mut shared, mut of_body, mut echoed) = (0u32, 0u32, 0u32, 0u32);
        let block = place.index as u32 + 1;
        topical(words, |key| {
            let topic = &self.slots[self.slot(key)];
            count += 1;
            shared += u32::from(holds_other(topic.prose, block));
            of_body += u32::from(holds_other(topic.body, block));
            echoed += u32::from(topic.first < block);
        });
        place.overlap = super::share(shared, count);
        place.body_overlap = super::share(of_body, count);
        place.echoed = super::share(echoed, count);
    }
}

/// Adds a block to the first two different ones.
fn note(blocks: &mut [u32; 2], block: u32) {
    match *blocks {
        [0, _] => blocks[0] = block,
        [first, 0] if first != block => blocks[1] = block,
        _ => {}
    }
}

/// Whether a block other than this one is among the first two.
fn holds_other(blocks: [u32; 2], block: u32) -> bool {
    blocks.iter().any(|&other| other != 0 && other != block)
}

/// The words that tell a topic: five letters or more, capitalised or numbers; of wide scripts pairs.
fn topical(words: &[Word], mut topic: impl FnMut(u64)) {
    let mut before = None;
    for word in words {
        let wide = word.first == Some(WordStart::Wide);
        if wide {
            if let Some(before) = before {
                topic(spread(chain(before, word.hash)) | 1);
            }
        } else if word.len >= 5 || (word.len >= 3 && word.first == Some(WordStart::Capital)) {
            topic(spread(if word.stem == 0 { word.hash } else { word.stem }) | 1);
        }
        before = wide.then_some(word.hash);
    }
}
