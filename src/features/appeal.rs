//! Appeals: what the lexicons know of calls to action and of each kind of husk.

use super::measure::Measure;
use super::place::is_husk;
use super::{family, flag, log_count, share};
use crate::block::Reason;
use crate::lexicon::{ACTION, REASONS, SECTIONS};

family! {
    near husk_density "words of phrases of any husk reason / words, at most 1; 0..1" = |row| husk_density(row.measure);
    near log_husk "ln(1 + words of husk phrases); 0.." = |row| log_count(husk(row.measure));
    own husk_only "1 when nearly all words are of husk phrases" = |row| flag(is_husk(row.measure));
    near action_density "words of calls to action / words, at most 1; 0..1" = |row| density(row.measure, ACTION);
    own log_action "ln(1 + words of calls to action); 0.." = |row| count(row.measure, ACTION);
    own starts_action "1 when the first word is a call to action" = |row| flag(row.measure.starts_action);
    own nav_density "words of nav phrases / words; 0..1" = |row| reason(row.measure, Reason::Nav);
    own share_density "words of share phrases / words; 0..1" = |row| reason(row.measure, Reason::Share);
    own cookie_density "words of cookie phrases / words; 0..1" = |row| reason(row.measure, Reason::Cookie);
    near paywall_density "words of paywall phrases / words; 0..1" = |row| reason(row.measure, Reason::Paywall);
    own log_paywall "ln(1 + words of paywall phrases); 0.." = |row| count(row.measure, REASONS + Reason::Paywall as usize);
    own newsletter_density "words of newsletter phrases / words; 0..1" = |row| reason(row.measure, Reason::Newsletter);
    own ad_density "words of ad phrases / words; 0..1" = |row| reason(row.measure, Reason::Ad);
    near related_density "words of related phrases / words; 0..1" = |row| reason(row.measure, Reason::Related);
    near pointer "1 when it points to another text: a related phrase, a mark, and what stands there" = |row| flag(row.measure.is_pointer);
    near legal_density "words of legal phrases / words; 0..1" = |row| reason(row.measure, Reason::Legal);
    own log_legal "ln(1 + words of legal phrases); 0.." = |row| count(row.measure, REASONS + Reason::Legal as usize);
    own author_density "words of author phrases / words; 0..1" = |row| reason(row.measure, Reason::Author);
    near comment_density "words of comment phrases / words; 0..1" = |row| reason(row.measure, Reason::Comment);
    near meta_density "words of meta phrases / words; 0..1" = |row| reason(row.measure, Reason::Meta);
    near evidence "evidence of the learned tokens: sum of their weights / root of their number; log-odds" = |row| row.measure.evidence;
    own evidence_short "evidence of blocks under a mass of 60, else 0" = |row| if row.measure.mass < 60.0 { row.measure.evidence } else { 0.0 };
    own pool_action "words of calls to action / words, 4 blocks to either side; 0..1" = |row| row.place.pool[2];
    own pool_paywall "words of paywall phrases / words, 4 blocks to either side; 0..1" = |row| row.place.pool[3];
    own action_over "pool_action less that of the document, if above 0; 0..1" = |row| (row.place.pool[2] - row.document.pool[2]).max(0.0);
    own paywall_over "pool_paywall less that of the document, if above 0; 0..1" = |row| (row.place.pool[3] - row.document.pool[3]).max(0.0);
    own paywall_share "words of paywall phrases / words of the document; 0..1" = |row| row.document.pool[3];
    own log_appeal_words "ln(1 + paywall words within 4 blocks); 0.." = |row| log_count(row.place.appeal_words);
    own log_to_appeal "ln(1 + blocks to the nearest appeal), at most ln 41; 0 for one" = |row| log_count(row.place.to_appeal);
    own beside_appeal "1 for blocks within two of an appeal, but no appeal" = |row| flag((1..=2).contains(&row.place.to_appeal));
    own prose_beside_appeal "1 for prose within two blocks of an appeal" = |row| flag(row.place.to_appeal <= 2 && row.place.prose > 0.0);
    own evidence_prose "evidence of prose, else 0" = |row| if row.place.prose > 0.0 { row.measure.evidence } else { 0.0 };
    own pool_evidence "mean evidence 4 blocks to either side, weighted by mass; log-odds" = |row| row.place.pool_evidence;
    own pool_evidence_prose "pool_evidence for prose, else 0" = |row| if row.place.prose > 0.0 { row.place.pool_evidence } else { 0.0 };
    own pool_evidence_under "pool_evidence less the document's mean, if below 0: here the words are unlike the rest" = |row| (row.place.pool_evidence - row.document.evidence).min(0.0);
    own evidence_before "mean evidence of the blocks before, weighted by mass; log-odds" = |row| row.place.evidence_before;
    own evidence_after "mean evidence of the blocks after, weighted by mass; log-odds" = |row| row.place.evidence_after;
}

/// Words covered by phrases of any husk reason.
pub(super) fn husk(measure: &Measure) -> u32 {
    measure.sections[REASONS..SECTIONS].iter().map(|&words| u32::from(words)).sum()
}

/// Words of phrases of any husk reason / words; 0..1.
pub(super) fn husk_density(measure: &Measure) -> f32 {
    share(husk(measure), measure.words).min(1.0)
}

fn density(measure: &Measure, section: usize) -> f32 {
    share(u32::from(measure.sections[section]), measure.words).min(1.0)
}

/// Words of phrases of a husk reason / words; 0..1.
pub(super) fn reason(measure: &Measure, reason: Reason) -> f32 {
    density(measure, REASONS + reason as usize)
}

fn count(measure: &Measure, section: usize) -> f32 {
    log_count(measure.sections[section])
}
