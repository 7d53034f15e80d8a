//! A PDF that grows page by page, with one set of fonts.

use super::OutputError;
use super::typesetting::Typesetter;
use krilla::Document;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use zeroize::Zeroizing;

/// Width and height in points.
pub(super) const A4: (f32, f32) = (595.276, 841.89);

pub(super) struct Pages {
    setter: Typesetter,
    document: Document,
    count: usize,
}

impl Pages {
    pub(super) fn new(title: &str) -> Result<Self, OutputError> {
        let mut document = Document::new();
        let about = Metadata::new().title(title.into()).language("en".into());
        document.set_metadata(about.creator("Keydesk".into()));
        Ok(Self { setter: Typesetter::new()?, document, count: 0 })
    }

    /// Adds a page of a width and height in points. A page that fails may stay behind, empty: the
    /// document is then not to be used.
    pub(super) fn page(
        &mut self,
        (width, height): (f32, f32),
        draw: impl FnOnce(&mut Typesetter, &mut Surface<'_>) -> Result<(), OutputError>,
    ) -> Result<(), OutputError> {
        let size = PageSettings::from_wh(width, height)
            .ok_or_else(|| OutputError::Pdf("page size".into()))?;
        let mut page = self.document.start_page_with(size);
        let mut surface = page.surface();
        let drawn = draw(&mut self.setter, &mut surface);
        surface.finish();
        page.finish();
        self.count += 1;
        drawn
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// For measuring between pages.
    pub(super) fn setter(&mut self) -> &mut Typesetter {
        &mut self.setter
    }

    pub(super) fn pdf(self) -> Result<Zeroizing<Vec<u8>>, OutputError> {
        let made = self.document.finish().map(Zeroizing::new);
        made.map_err(|error| OutputError::Pdf(format!("{error:?}")))
    }
}
