//! Shape: how long a block is, what it is made of, how it starts and ends.

use super::chars::Class;
use super::measure::Measure;
use super::{family, flag, ln, log_count, share};
use crate::block::BlockKind;

family! {
    near present "1; as a neighbour's column it tells the edges of the document" = |_row| 1.0;
    near log_mass "ln(1 + mass), mass in Latin letters; a Han character counts 3, kana and Hangul 2; 0.." = |row| row.measure.log_mass;
    near log_words "ln(1 + words); 0.." = |row| log_count(row.measure.words);
    own mass_over_60 "ln(mass / 60) where mass is over 60, else 0: a line of prose" = |row| over(row.measure.mass, 60.0);
    own mass_over_150 "ln(mass / 150) where mass is over 150, else 0" = |row| over(row.measure.mass, 150.0);
    own mass_over_400 "ln(mass / 400) where mass is over 400, else 0" = |row| over(row.measure.mass, 400.0);
    own mass_under_15 "1 - mass / 15 where mass is under 15, else 0: buttons, single words" = |row| (1.0 - row.measure.mass / 15.0).max(0.0);
    near word_length "letters / words, at most 12; 0..12" = |row| (row.measure.letters as f32 / row.measure.words.max(1) as f32).min(12.0);
    own long_word_density "words of 7 letters and more / words; 0..1" = |row| share(row.measure.long_words, row.measure.words);
    near ends_sentence "1 when the last character but quotes and brackets ends a sentence" = |row| flag(row.measure.closing == Some(Class::SentenceEnd));
    own ends_colon "1 when it ends with a colon" = |row| flag(matches!(row.measure.last_char, ':' | '：'));
    own ends_ellipsis "1 when it ends with … or three dots" = |row| flag(row.measure.last_char == '…');
    own ends_question "1 when it ends with a question mark" = |row| flag(matches!(row.measure.last_char, '?' | '？' | '؟' | ';' ) && row.measure.questions > 0);
    own ends_bar "1 when it ends with a separator of menus" = |row| flag(row.measure.last == Some(Class::Bar));
    own ends_digit "1 when it ends with a digit" = |row| flag(row.measure.last == Some(Class::Digit));
    own ends_quote "1 when it ends with a quotation mark or bracket" = |row| flag(row.measure.last == Some(Class::Quote));
    near log_sentence_ends "ln(1 + sentence ends); 0.." = |row| log_count(row.measure.sentence_ends);
    own commas_per_word "commas / words, at most 1; 0..1" = |row| share(row.measure.commas, row.measure.words).min(1.0);
    own log_commas "ln(1 + commas); 0.." = |row| log_count(row.measure.commas);
    own starts_lower "1 when it starts with a small letter of a script with capitals" = |row| flag(row.measure.first == Some(Class::Letter) && row.measure.upper > 0);
    own starts_upper "1 when it starts with a capital" = |row| flag(row.measure.first == Some(Class::Upper));
    own starts_digit "1 when it starts with a digit" = |row| flag(row.measure.first == Some(Class::Digit));
    own starts_bar "1 when it starts with a separator or bullet" = |row| flag(row.measure.first == Some(Class::Bar));
    own starts_quote "1 when it starts with a quotation mark" = |row| flag(row.measure.first == Some(Class::Quote));
    own starts_symbol "1 when it starts with another symbol" = |row| flag(row.measure.first == Some(Class::Symbol));
    near upper_density "capitals / letters; 0..1" = |row| share(row.measure.upper, row.measure.letters);
    near capitalised_density "capitalised words / words; 0..1" = |row| share(row.measure.capitalised, row.measure.words);
    own all_caps_density "words all in capitals / words; 0..1" = |row| share(row.measure.all_caps, row.measure.words);
    near digit_density "digits / characters; 0..1" = |row| share(row.measure.digits, row.measure.chars);
    own number_density "words that start with a digit / words; 0..1" = |row| share(row.measure.numbers, row.measure.words);
    near is_stamp "1 for a short block of which half the words are numbers: a date, a time, a price" = |row| flag(is_stamp(row.measure));
    own symbol_density "symbols / characters; 0..1" = |row| share(row.measure.symbols, row.measure.chars);
    near bar_density "separators / characters; 0..1" = |row| share(row.measure.bars, row.measure.chars);
    own log_bars "ln(1 + separators); 0.." = |row| log_count(row.measure.bars);
    own quote_density "quotation marks and brackets / words, at most 1; 0..1" = |row| share(row.measure.quotes, row.measure.words).min(1.0);
    own colon_density "colons / words, at most 1; 0..1" = |row| share(row.measure.colons, row.measure.words).min(1.0);
    own log_questions "ln(1 + question marks); 0.." = |row| log_count(row.measure.questions);
    own log_exclamations "ln(1 + exclamation marks); 0.." = |row| log_count(row.measure.exclamations);
    own rights "1 with a sign of copyright, registration or trade mark" = |row| flag(row.measure.rights > 0);
    own currency "ln(1 + currency signs); 0.." = |row| log_count(row.measure.currency);
    own log_lines "ln(lines it was joined from); 0.." = |row| log_count(row.block.lines.max(1) - 1);
    near is_heading "1 for a marked heading" = |row| flag(row.block.kind == BlockKind::Heading);
    near is_item "1 for an item of a list" = |row| flag(row.block.kind == BlockKind::ListItem);
    own is_table "1 for a table or a row of one" = |row| flag(row.block.kind == BlockKind::Table);
    own is_code "1 for code" = |row| flag(row.block.kind == BlockKind::Code);
    own is_quote "1 for a marked quotation" = |row| flag(row.block.kind == BlockKind::Quote);
    own is_rule "1 for a line of symbols only" = |row| flag(row.block.kind == BlockKind::Rule);
    own is_item_long "ln(mass / 60) for items over 60, else 0" = |row| if row.block.kind == BlockKind::ListItem { over(row.measure.mass, 60.0) } else { 0.0 };
}

/// Whether a block is a date, a time, a count or a price.
pub(super) fn is_stamp(measure: &Measure) -> bool {
    measure.mass < 60.0 && measure.numbers > 0 && 2 * measure.numbers >= measure.words
}

/// How far `mass` is over a bound, as a logarithm; 0 below.
fn over(mass: f32, bound: f32) -> f32 {
    if mass <= bound { 0.0 } else { ln(mass / bound) }
}
