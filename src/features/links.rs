//! Links: URLs, e-mail addresses, Markdown links and images.

use super::measure::Measure;
use super::{family, flag, log, log_count, share};

family! {
    near link_density "linked characters (URLs, addresses, texts of Markdown links) / characters; 0..1" = |row| share(row.measure.linked, row.measure.chars);
    own log_links "ln(1 + Markdown links); 0.." = |row| log_count(row.measure.links);
    own all_link "1 when nine tenths of the characters are linked" = |row| flag(row.measure.linked > 0 && 10 * row.measure.linked >= 9 * row.measure.chars);
    own log_urls "ln(1 + URLs); 0.." = |row| log_count(row.measure.urls);
    own log_emails "ln(1 + e-mail addresses); 0.." = |row| log_count(row.measure.emails);
    own log_images "ln(1 + Markdown images); 0.." = |row| log_count(row.measure.images);
    own only_image "1 for images without a text" = |row| flag(row.measure.images > 0 && row.measure.words <= 12);
    own log_unlinked "ln(1 + mass outside links); 0.." = |row| log_unlinked(row.measure);
}

fn log_unlinked(measure: &Measure) -> f32 {
    match measure.linked {
        0 => measure.log_mass,
        linked => log(measure.mass * (1.0 - share(linked, measure.chars))),
    }
}
