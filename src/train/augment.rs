//! Made pages: a short article of one page inside the husk of another, so that a model learns portals whose
//! article is the smaller part. This module must not know models.

use super::corpus::{LabelledDocument, LabelledSpan};
use super::folds::{Dice, fold_of, hash};
use super::recipe::MixSettings;
use crate::block::{Block, Label, Markup};
use crate::segment::Cut;

mod html;
mod items;
use items::{Items, Side};

/// Husk blocks that a page needs to be a host.
const HOST_BLOCKS: usize = 25;
/// Mass of content that a page needs to be a guest (Latin letters).
const GUEST_MASS: usize = 500;

/// Makes pages. Host and guest are of one fold, so that a made page can be held out with both; they are of one
/// language, or one of them of an unknown language.
pub fn mix(documents: &[LabelledDocument], settings: MixSettings, folds: usize) -> Vec<LabelledDocument> {
    let pages: Vec<Page<'_>> = documents.iter().map(Page::new).collect();
    let guests = by_fold(pages.iter().filter(|page| page.is_guest()), folds);
    let mut made = Vec::new();
    for host in pages.iter().filter(|page| page.is_host()) {
        let mut dice = Dice::new(hash(&host.document.id));
        if dice.share() >= settings.share {
            continue;
        }
        let guests = &guests[fold_of(&host.document.outlet, folds)];
        let fitting: Vec<&Page<'_>> = guests.iter().copied().filter(|guest| guest.fits(host)).collect();
        if !fitting.is_empty() {
            let guest = fitting[dice.below(fitting.len())];
            made.push(host.with(guest, &fitting, settings, &mut dice));
        }
    }
    made.extend(move_regions(&pages, settings, folds));
    made
}

/// Pages that are no articles, each with all that stands around its content, in the husk of another page.
fn move_regions(pages: &[Page<'_>], settings: MixSettings, folds: usize) -> Vec<LabelledDocument> {
    let hosts = by_fold(pages.iter().filter(|page| page.is_host()), folds);
    let mut made = Vec::new();
    for guest in pages.iter().filter(|page| page.document.markup == Markup::Html && !page.is_article()) {
        let mut dice = Dice::new(hash(&guest.document.id) ^ 1);
        if dice.share() >= settings.regions {
            continue;
        }
        let Some(region) = html::region(guest) else { continue };
        let hosts = &hosts[fold_of(&guest.document.outlet, folds)];
        let fitting: Vec<&Page<'_>> = hosts.iter().copied().filter(|host| guest.fits(host)).collect();
        if !fitting.is_empty() {
            let host = fitting[dice.below(fitting.len())];
            let mut page = Made::default();
            (page.source, page.spans) = html::mix(host, guest, guest, &html::Insert::Region(region));
            made.push(host.made(guest, page, vec!["made".to_owned()]));
        }
    }
    made
}

/// Pages by the fold of their outlet.
fn by_fold<'p, 'd>(pages: impl Iterator<Item = &'p Page<'d>>, folds: usize) -> Vec<Vec<&'p Page<'d>>> {
    let mut of_folds = vec![Vec::new(); folds.max(1)];
    pages.for_each(|page| of_folds[fold_of(&page.document.outlet, folds)].push(page));
    of_folds
}

struct Page<'d> {
    document: &'d LabelledDocument,
    cut: Cut,
    labels: Vec<Label>,
}

impl<'d> Page<'d> {
    fn new(document: &'d LabelledDocument) -> Page<'d> {
        let mut cut = Cut::default();
        cut.cut(&document.source, document.markup);
        let labels = document.labels(&cut.blocks).into_iter().map(|(label, _)| label).collect();
        Page { document, cut, labels }
    }

    fn of(&self, label: Label) -> impl Iterator<Item = (usize, &Block)> {
        self.cut.blocks.iter().enumerate().filter(move |(index, _)| self.labels[*index] == label)
    }

    fn is_host(&self) -> bool {
        self.of(Label::Boilerplate).count() >= HOST_BLOCKS
    }

    fn is_article(&self) -> bool {
        self.document.is("type:article") || !self.document.tags.iter().any(|tag| tag.contains(':'))
    }

    fn is_guest(&self) -> bool {
        let text = |(index, _): (usize, &Block)| self.cut.text(&self.document.source, index).len();
        self.is_article() && self.of(Label::Content).map(text).sum::<usize>() >= GUEST_MASS
    }

    fn fits(&self, host: &Page<'_>) -> bool {
        let (own, other) = (&self.document.language, &host.document.language);
        self.document.markup == host.document.markup
            && self.document.outlet != host.document.outlet
            && (own == other || own.is_empty() || other.is_empty())
            && rendering(self.document) == rendering(host.document)
    }

    /// The host's husk with the start of the guest's content where the host's own content was, and now and then with
    /// items that are made of other guests.
    fn with(&self, guest: &Page<'_>, others: &[&Page<'_>], settings: MixSettings, dice: &mut Dice) -> LabelledDocument {
        let place = self.of(Label::Content).map(|(index, _)| index).next().unwrap_or(self.cut.blocks.len() / 2);
        let [low, high] = settings.mass;
        let mass = low + (high - low) * dice.share() as f32;
        let (mut page, mut tags) = (Made::default(), vec!["made".to_owned()]);
        if self.document.markup == Markup::Html {
            let head = if dice.share() < 0.5 { self } else { guest };
            if dice.share() < settings.bare {
                tags.push("bare".to_owned());
            }
            let items = Items::now_and_then(settings.items, others, dice);
            let insert = html::Insert::Article(mass as usize, items.as_ref());
            (page.source, page.spans) = html::mix(self, guest, head, &insert);
            return self.made(guest, page, tags);
        }
        let items = Items::now_and_then(settings.items, others, dice);
        for (index, block) in self.cut.blocks.iter().enumerate() {
            if index == place {
                page.add_article(guest, mass as usize, items.as_ref());
            }
            if self.labels[index] == Label::Boilerplate {
                page.add(self, block, Label::Boilerplate);
            }
        }
        if place >= self.cut.blocks.len() {
            page.add_article(guest, mass as usize, items.as_ref());
        }
        self.made(guest, page, tags)
    }

    fn made(&self, guest: &Page<'_>, page: Made, tags: Vec<String>) -> LabelledDocument {
        LabelledDocument {
            id: format!("{}+{}", self.document.id, guest.document.id),
            outlet: self.document.outlet.clone(),
            language: self.document.language.clone(),
            markup: self.document.markup,
            source: page.source,
            spans: page.spans,
            gold: None,
            tags,
        }
    }
}

/// The rendering of an imported document, which its id names.
fn rendering(document: &LabelledDocument) -> &str {
    document.id.rsplit_once('#').map_or("", |(_, rendering)| rendering)
}

#[derive(Default)]
struct Made {
    source: String,
    spans: Vec<LabelledSpan>,
}

impl Made {
    fn add_article(&mut self, guest: &Page<'_>, mass: usize, items: Option<&Items>) {
        self.add_items(items.filter(|items| items.side == Side::Before));
        let mut taken = 0;
        for (_, block) in guest.of(Label::Content) {
            if taken > mass {
                break;
            }
            taken += block.span.len();
            self.add(guest, block, Label::Content);
        }
        self.add_items(items.filter(|items| items.side != Side::Before));
    }

    /// Adds items as a scraper gives them: a block a line.
    fn add_items(&mut self, items: Option<&Items>) {
        let Some(items) = items else { return };
        let mut cut = Cut::default();
        cut.cut(&items.html, Markup::Html);
        for index in 0..cut.blocks.len() {
            let start = self.source.len();
            self.source.push_str(cut.text(&items.html, index));
            self.spans.push(LabelledSpan { range: start..self.source.len(), label: Label::Boilerplate, reason: None });
            self.source.push('\n');
        }
    }

    fn add(&mut self, page: &Page<'_>, block: &Block, label: Label) {
        for _ in 0..block.blank_before.min(3) {
            self.source.push('\n');
        }
        let start = self.source.len();
        self.source.push_str(&page.document.source[block.span.clone()]);
        self.spans.push(LabelledSpan { range: start..self.source.len(), label, reason: None });
        self.source.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(id: &str, content: &str, husk: usize) -> LabelledDocument {
        let mut made = Made::default();
        let host = LabelledDocument { source: format!("menu\n{content}"), ..LabelledDocument::default() };
        let page = Page::new(&host);
        for _ in 0..husk {
            made.add(&page, &page.cut.blocks[0], Label::Boilerplate);
        }
        made.add(&page, &page.cut.blocks[1], Label::Content);
        LabelledDocument {
            id: id.into(),
            outlet: id.into(),
            source: made.source,
            spans: made.spans,
            ..LabelledDocument::default()
        }
    }

    #[test]
    fn a_made_page_is_the_hosts_husk_around_the_guests_article() {
        let documents = [document("host", "own words", 30), document("guest", &"An article. ".repeat(60), 0)];
        let settings =
            MixSettings { share: 1.0, weight: 1.0, mass: [100.0, 200.0], bare: 0.0, items: 0.0, regions: 0.0 };
        let made = mix(&documents, settings, 1);
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].outlet, "host");
        assert_eq!(made[0].source.matches("menu").count(), 30);
        assert!(made[0].source.contains("An article.") && !made[0].source.contains("own words"));
    }

    #[test]
    fn made_items_stand_beside_the_article_and_are_husk() {
        let article = |name: &str| format!("{name} opens\n{}", format!("{name} said that it was open. ").repeat(30));
        let mut documents = vec![document("host", "own words", 30)];
        for name in ["Bridge", "Museum", "Harbour"] {
            let content = article(name);
            let mut guest = document(name, "x", 0);
            guest.spans = vec![LabelledSpan { range: 0..content.len(), label: Label::Content, reason: None }];
            guest.source = content;
            documents.push(guest);
        }
        let settings =
            MixSettings { share: 1.0, weight: 1.0, mass: [300.0, 400.0], bare: 0.0, items: 1.0, regions: 0.0 };
        let made = &mix(&documents, settings, 1)[0];
        let page = Page::new(made);
        let lead = |label| {
            let of_items =
                |(index, _): &(usize, &Block)| page.cut.text(&made.source, *index).contains("said that it was");
            page.of(label).filter(of_items).count()
        };
        assert_eq!(lead(Label::Content), 1, "{}", made.source);
        assert!(lead(Label::Boilerplate) >= 3, "{}", made.source);
    }
}
