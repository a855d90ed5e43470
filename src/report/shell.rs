//! The shell of a page: head, style and script, and a policy that lets nothing else in.
//! This module must not know what is told.

use sha2::{Digest, Sha256};

use super::escape::Text;
use crate::model::base64;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// A whole page around a body that is markup already.
pub(super) fn page(title: &str, body: &str) -> String {
    let (style, script) = (source(STYLE), source(SCRIPT));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {style}; script-src {script}; \
         img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n</head>\n\
         <body>\n{body}\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        title = Text(title)
    )
}

/// A part of the page as the policy names it.
fn source(part: &str) -> String {
    let digest: Vec<i8> = Sha256::digest(part.as_bytes()).iter().map(|&byte| byte as i8).collect();
    format!("'sha256-{}'", base64(&digest))
}

/// A table: cells of the heading and of the rows are markup already; all columns but the first are numbers unless
/// they are among `words`.
pub(super) fn table(heading: &[&str], rows: &[Vec<String>], words: &[usize]) -> String {
    let class = |column: usize| if column == 0 || words.contains(&column) { "" } else { " class=\"n\"" };
    let mut text = String::from("<div class=\"wide\"><table><thead><tr>");
    for (column, name) in heading.iter().enumerate() {
        text.push_str(&format!("<th scope=\"col\"{}>{name}</th>", class(column)));
    }
    text.push_str("</tr></thead><tbody>");
    for row in rows {
        text.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            match column {
                0 => text.push_str(&format!("<th scope=\"row\">{cell}</th>")),
                _ => text.push_str(&format!("<td{}>{cell}</td>", class(column))),
            }
        }
        text.push_str("</tr>\n");
    }
    text + "</tbody></table></div>\n"
}

/// The tint of a probability as a class: `p0` (husk) to `p20` (content).
pub(super) fn tint(probability: f32) -> String {
    format!("p{}", (probability.clamp(0.0, 1.0) * 20.0).round())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_nothing_and_lets_in_only_its_own_script() {
        let page = page("a < b", "<p>x</p>");
        assert!(page.contains("<title>a &lt; b</title>") && page.contains("default-src 'none'"));
        assert!(page.contains("script-src 'sha256-"));
        assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("url("));
    }

    #[test]
    fn tints_go_from_husk_to_content() {
        assert_eq!([-1.0, 0.0, 0.49, 1.0, f32::NAN].map(tint), ["p0", "p0", "p10", "p20", "pNaN"]);
    }
}
