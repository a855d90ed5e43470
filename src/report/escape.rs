//! Escaping: the one way a text gets into a page.
//! This module must not know pages.

use std::fmt::{self, Write};

/// A text as it stands in an element or in an attribute with quotes. Control characters that pages may not hold become
/// the replacement character.
pub(super) struct Text<'t>(pub(super) &'t str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\n' | '\t' => f.write_char(c)?,
                c if c.is_control() => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The start of a text, escaped, with how many characters were left out.
pub(super) struct Short<'t>(pub(super) &'t str, pub(super) usize);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.char_indices().nth(self.1).map_or(self.0.len(), |(at, _)| at);
        write!(f, "{}", Text(&self.0[..end]))?;
        match self.0[end..].chars().count() {
            0 => Ok(()),
            more => write!(f, "… <small>{more} more characters</small>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        for (text, expected) in [
            ("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
            ("\" onclick=\"x", "&quot; onclick=&quot;x"),
            ("a &amp; b\0", "a &amp;amp; b\u{fffd}"),
        ] {
            assert_eq!(Text(text).to_string(), expected);
        }
        assert_eq!(Short("a<b", 2).to_string(), "a&lt;… <small>1 more characters</small>");
        assert_eq!(Short("über", 9).to_string(), "über");
    }
}
