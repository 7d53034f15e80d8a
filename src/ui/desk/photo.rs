//! A person's photo as a texture, decoded once.

use crate::directory::PersonCard;
use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use std::io::Cursor;

/// Twice the size on the screen, for sharp screens.
const PIXELS: u32 = 128;
/// A photo larger than this is not decoded.
const MOST_PIXELS: u32 = 4096;

#[derive(Default)]
pub struct Photo {
    of: Option<String>,
    texture: Option<TextureHandle>,
}

impl Photo {
    /// The photo of this person, if there is one that can be read.
    pub fn texture(&mut self, ctx: &Context, card: &PersonCard) -> Option<&TextureHandle> {
        if self.of.as_ref() != Some(&card.person.id.0) {
            self.of = Some(card.person.id.0.clone());
            self.texture = card
                .photo
                .as_deref()
                .and_then(decode)
                .map(|image| ctx.load_texture("photo", image, TextureOptions::LINEAR));
        }
        self.texture.as_ref()
    }
}

fn decode(bytes: &[u8]) -> Option<ColorImage> {
    let mut reader = image::ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    reader.limits(limits);
    let small = reader.decode().ok()?.thumbnail(PIXELS, PIXELS).to_rgba8();
    let size = [small.width() as usize, small.height() as usize];
    Some(ColorImage::from_rgba_unmultiplied(size, small.as_raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_that_is_none_is_not_shown() {
        assert!(decode(b"not a picture").is_none());
        assert!(decode(&[]).is_none());
    }

    #[test]
    fn a_photo_is_made_small() {
        let mut png = Vec::new();
        image::DynamicImage::new_rgb8(300, 200)
            .write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png)
            .unwrap();
        assert_eq!(decode(&png).unwrap().size, [128, 85]);
    }
}
