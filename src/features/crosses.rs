//! Crosses: the block's own values on pages that have an article, as far as they have one. A linear model cannot
//! otherwise know that a teaser is content on a page of teasers and husk beside an article.

use super::chars::Class;
use super::{Row, family, flag, log_count};

family! {
    own strength "how much of an article the page has: mass of the body's prose / 1000, at most 1; 0..1" = |row| strength(row);
    own strong_outside "strength for blocks outside the body, else 0" = |row| strength(row) * outside(row);
    own strong_before "strength times ln(1 + blocks to the body) before it" = |row| strength(row) * if row.place.past_body[1] { 0.0 } else { log_count(row.place.to_body[1]) };
    own strong_past "strength times ln(1 + blocks to the body) after it" = |row| strength(row) * past(row);
    own strong_glow "strength times glow_8" = |row| strength(row) * row.place.glow[1];
    own strong_overlap "strength times body_overlap" = |row| strength(row) * row.place.body_overlap;
    own strong_overlap_outside "strength times body_overlap for blocks outside the body, else 0" = |row| strength(row) * outside(row) * row.place.body_overlap;
    own strong_mass "strength times log_mass" = |row| strength(row) * row.measure.log_mass;
    own strong_mass_outside "strength times log_mass for blocks outside the body, else 0" = |row| strength(row) * outside(row) * row.measure.log_mass;
    own strong_sentence "strength where the block ends a sentence, else 0" = |row| strength(row) * flag(row.measure.closing == Some(Class::SentenceEnd));
    own strong_evidence "strength times evidence" = |row| strength(row) * row.measure.evidence;
    own strong_run "strength times ln(1 + prose blocks in a row)" = |row| strength(row) * log_count(row.place.run);
    own strong_speech "strength times the root of pool_first times pool_second" = |row| strength(row) * (row.place.pool[0] * row.place.pool[1]).sqrt();
    own strong_paywall "strength times pool_paywall" = |row| strength(row) * row.place.pool[3];
    own strong_near_appeal "strength / (1 + blocks to the nearest appeal)" = |row| strength(row) / f32::from(1 + row.place.to_appeal);
    own appeal_speech "1 / (1 + blocks to the nearest appeal) times the root of pool_first times pool_second" = |row| (row.place.pool[0] * row.place.pool[1]).sqrt() / f32::from(1 + row.place.to_appeal);
    own appeal_off_topic "1 / (1 + blocks to the nearest appeal) times 1 - body_overlap, for prose" = |row| if row.place.prose > 0.0 { (1.0 - row.place.body_overlap) / f32::from(1 + row.place.to_appeal) } else { 0.0 };
    own strong_lone "strength for prose between two blocks that are none" = |row| strength(row) * flag(row.place.run == 1);
    own strong_lone_outside "the same outside the body" = |row| strength(row) * flag(row.place.run == 1) * outside(row);
    own menus "how much of a full page the source is: blocks of husk phrases only / 12, at most 1; 0..1" = |row| menus(row);
    own menus_short "menus for blocks under a mass of 60, else 0" = |row| menus(row) * short(row);
    own menus_outside "menus for blocks outside the body, else 0" = |row| menus(row) * outside(row);
    own menus_mass "menus times log_mass" = |row| menus(row) * row.measure.log_mass;
    own menus_past "menus times ln(1 + blocks to the body) after it" = |row| menus(row) * past(row);
    own dump "the longest stretch of blocks without prose / 20, at most 1; 0..1" = |row| dump(row);
    own dump_short "dump for blocks under a mass of 60, else 0" = |row| dump(row) * short(row);
    own dump_outside "dump for blocks outside the body, else 0" = |row| dump(row) * outside(row);
    own dump_mass "dump times log_mass" = |row| dump(row) * row.measure.log_mass;
    own dump_past "dump times ln(1 + blocks to the body) after it" = |row| dump(row) * past(row);
    own dump_lone "dump for prose between two blocks that are none" = |row| dump(row) * flag(row.place.run == 1);
    own clean_speech "1 - dump, times the root of pool_first times pool_second" = |row| (1.0 - dump(row)) * (row.place.pool[0] * row.place.pool[1]).sqrt();
    own clean_appeal "(1 - dump) / (1 + blocks to the nearest appeal), for prose" = |row| if row.place.prose > 0.0 { (1.0 - dump(row)) / f32::from(1 + row.place.to_appeal) } else { 0.0 };
    own clean_evidence "1 - dump, times evidence" = |row| (1.0 - dump(row)) * row.measure.evidence;
    own clean_pool_evidence "1 - dump, times pool_evidence" = |row| (1.0 - dump(row)) * row.place.pool_evidence;
    own clean_first "1 - dump, times pool_first less first_share, if above 0" = |row| (1.0 - dump(row)) * (row.place.pool[0] - row.document.pool[0]).max(0.0);
    own clean_second "1 - dump, times pool_second less second_share, if above 0" = |row| (1.0 - dump(row)) * (row.place.pool[1] - row.document.pool[1]).max(0.0);
    own clean_past "1 - dump, times ln(1 + blocks to the body) after it" = |row| (1.0 - dump(row)) * past(row);
    own clean_off_topic "1 - dump, times 1 - body_overlap, for prose" = |row| if row.place.prose > 0.0 { (1.0 - dump(row)) * (1.0 - row.place.body_overlap) } else { 0.0 };
    own clean_last "1 - dump, times the share of mass before: 1 at the end of a clean text" = |row| (1.0 - dump(row)) * super::ratio(row.place.mass_before, row.document.mass);
    own speech_last "root of pool_first times pool_second, times the share of mass before" = |row| (row.place.pool[0] * row.place.pool[1]).sqrt() * super::ratio(row.place.mass_before, row.document.mass);
    own cohesion "mean share of topical words that the body's prose has in common; 0..1" = |row| row.document.cohesion;
    own cohesion_outside "cohesion for blocks outside the body, else 0" = |row| row.document.cohesion * outside(row);
}

fn strength(row: &Row<'_>) -> f32 {
    (row.document.body_mass / 1000.0).min(1.0)
}

fn outside(row: &Row<'_>) -> f32 {
    flag(row.place.to_body[1] > 0)
}

fn menus(row: &Row<'_>) -> f32 {
    (row.document.husk_blocks as f32 / 12.0).min(1.0)
}

fn dump(row: &Row<'_>) -> f32 {
    (row.document.top_stretch as f32 / 20.0).min(1.0)
}

fn short(row: &Row<'_>) -> f32 {
    flag(row.measure.mass < 60.0)
}

fn past(row: &Row<'_>) -> f32 {
    if row.place.past_body[1] { log_count(row.place.to_body[1]) } else { 0.0 }
}
