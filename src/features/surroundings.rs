//! Surroundings: repeats in the document, and words shared with its other blocks.

use super::{family, flag, log_count, ratio};

family! {
    own log_repeats "ln(1 + other blocks with the same words, digits masked); 0.." = |row| log_count(row.place.repeats);
    near is_template "1 when two other blocks have the same words, numbers masked: labels and stamps of a list" = |row| flag(row.place.repeats >= 2);
    own is_repeat "1 when the same words stood before" = |row| flag(row.place.earlier > 0);
    own long_repeat "1 when the same words stood before and the mass is over 60" = |row| flag(row.place.earlier > 0 && row.measure.mass > 60.0);
    near overlap "share of its topical words that stand in other prose; 0..1" = |row| row.place.overlap;
    own overlap_short "overlap of blocks under a mass of 150, else 0" = |row| if row.measure.mass < 150.0 { row.place.overlap } else { 0.0 };
    own overlap_long "overlap of prose, else 0" = |row| if row.place.prose > 0.0 { row.place.overlap } else { 0.0 };
    near body_overlap "share of its topical words that stand in other prose of the body; 0..1" = |row| row.place.body_overlap;
    own body_overlap_short "body_overlap of blocks under a mass of 150, else 0" = |row| if row.measure.mass < 150.0 { row.place.body_overlap } else { 0.0 };
    own body_overlap_long "body_overlap of prose, else 0" = |row| if row.place.prose > 0.0 { row.place.body_overlap } else { 0.0 };
    own log_run "ln(1 + prose blocks in a row with it), 0 for others" = |row| log_count(row.place.run);
    near run_share "mass of the row of prose it is of / mass of the document's heaviest row; 0..1" = |row| ratio(row.place.run_mass, row.document.top_run);
    near lone "1 for prose between two blocks that are none: a teaser, or a quotation" = |row| flag(row.place.run == 1);
    own prose_share_of_top "mass of prose / mass of the document's longest prose block; 0..1" = |row| ratio(row.place.prose, row.document.top_prose);
    own echoed "share of its topical words that stand in a block before; 0..1" = |row| row.place.echoed;
    near is_prose "1 for prose: a mass over 80 with a sentence" = |row| flag(row.place.prose > 0.0);
}
