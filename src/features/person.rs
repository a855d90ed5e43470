//! Person: who speaks, and whether function words tie the block together.

use super::{family, log_count, share};
use crate::lexicon::{FIRST, SECOND, STOP};

family! {
    near stop_density "stop words of the document's language / words; 0..1" = |row| share(u32::from(row.measure.sections[STOP]), row.measure.words).min(1.0);
    own log_stop "ln(1 + stop words); 0.." = |row| log_count(row.measure.sections[STOP]);
    near first_density "words of the first person / words; 0..1" = |row| share(u32::from(row.measure.sections[FIRST]), row.measure.words).min(1.0);
    near second_density "words of the second person / words; 0..1" = |row| share(u32::from(row.measure.sections[SECOND]), row.measure.words).min(1.0);
    own first_and_second "root of first_density times second_density: someone speaks to the reader; 0..1" = |row| {
        let (first, second) = (row.measure.sections[FIRST], row.measure.sections[SECOND]);
        share(u32::from(first), row.measure.words).min(1.0).sqrt() * share(u32::from(second), row.measure.words).min(1.0).sqrt()
    };
    own pool_first "words of the first person / words, 4 blocks to either side; 0..1" = |row| row.place.pool[0];
    own pool_second "words of the second person / words, 4 blocks to either side; 0..1" = |row| row.place.pool[1];
    own pool_speech "root of pool_first times pool_second; 0..1" = |row| (row.place.pool[0] * row.place.pool[1]).sqrt();
    own first_share "words of the first person / words of the document; 0..1" = |row| row.document.pool[0];
    own second_share "words of the second person / words of the document; 0..1" = |row| row.document.pool[1];
    own first_over "pool_first less first_share, if above 0: here someone speaks who does not elsewhere; 0..1" = |row| (row.place.pool[0] - row.document.pool[0]).max(0.0);
    own second_over "pool_second less second_share, if above 0; 0..1" = |row| (row.place.pool[1] - row.document.pool[1]).max(0.0);
}
