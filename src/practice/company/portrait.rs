//! Portraits drawn from a person's id: a plain head and shoulders on a calm ground.

use super::stable_bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError};
use uuid::Uuid;

/// Samples per pixel and axis: round edges without steps.
const SAMPLES: u32 = 3;
const JPEG_QUALITY: u8 = 88;

type Colour = [f32; 3];

const GROUNDS: &[Colour] = &[
    [196.0, 219.0, 216.0],
    [214.0, 208.0, 230.0],
    [235.0, 215.0, 198.0],
    [200.0, 214.0, 234.0],
    [226.0, 222.0, 197.0],
    [232.0, 205.0, 210.0],
    [206.0, 224.0, 200.0],
];
const SKINS: &[Colour] = &[
    [247.0, 218.0, 195.0],
    [236.0, 195.0, 165.0],
    [214.0, 165.0, 130.0],
    [178.0, 124.0, 90.0],
    [139.0, 92.0, 66.0],
    [98.0, 64.0, 47.0],
];
const HAIRS: &[Colour] = &[
    [38.0, 32.0, 34.0],
    [74.0, 50.0, 38.0],
    [122.0, 80.0, 46.0],
    [196.0, 158.0, 96.0],
    [158.0, 76.0, 44.0],
    [176.0, 176.0, 180.0],
];
const CLOTHES: &[Colour] = &[
    [45.0, 84.0, 110.0],
    [110.0, 60.0, 84.0],
    [62.0, 96.0, 74.0],
    [70.0, 74.0, 92.0],
    [150.0, 96.0, 52.0],
    [96.0, 116.0, 140.0],
];

/// A square JPEG of `side` pixels; the same id gives the same picture in every size.
pub fn portrait(id: Uuid, side: u32) -> Result<Vec<u8>, ImageError> {
    let look = Look::of(id);
    let mut pixels = Vec::with_capacity((side * side * 3) as usize);
    for y in 0..side {
        for x in 0..side {
            pixels.extend(pixel(&look, x, y, side));
        }
    }
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY).write_image(
        &pixels,
        side,
        side,
        ExtendedColorType::Rgb8,
    )?;
    Ok(jpeg)
}

/// What makes one portrait differ from the next.
struct Look {
    ground: Colour,
    skin: Colour,
    hair: Colour,
    clothes: Colour,
    cut: Cut,
    /// Half the width of the face, in sides.
    face: f32,
    glasses: bool,
}

enum Cut {
    Short,
    Long,
    Bun,
    Bald,
}

impl Look {
    fn of(id: Uuid) -> Self {
        let bytes = stable_bytes("portrait", &id.to_string());
        let pick = |at: usize, from: &[Colour]| from[bytes[at] as usize % from.len()];
        Self {
            ground: pick(0, GROUNDS),
            skin: pick(1, SKINS),
            hair: pick(2, HAIRS),
            clothes: pick(3, CLOTHES),
            cut: match bytes[4] % 8 {
                0..=2 => Cut::Short,
                3..=5 => Cut::Long,
                6 => Cut::Bun,
                _ => Cut::Bald,
            },
            face: 0.155 + f32::from(bytes[5] % 16) * 0.001,
            glasses: bytes[6].is_multiple_of(4),
        }
    }

    /// Colour at a point; (0, 0) is the upper left corner, (1, 1) the lower right one.
    fn at(&self, x: f32, y: f32) -> Colour {
        let face = within(x, y, 0.5, 0.42, self.face, 0.2);
        if face && self.glasses && on_glasses(x, y) {
            return [52.0, 54.0, 60.0];
        }
        if face && on_eyes(x, y) {
            return [48.0, 40.0, 40.0];
        }
        if face && on_mouth(x, y) {
            return mix(self.skin, [150.0, 60.0, 60.0], 0.55);
        }
        if self.on_fringe(x, y) {
            return self.hair;
        }
        if face {
            return self.skin;
        }
        if (x - 0.5).abs() < 0.075
            && (0.52..0.72).contains(&y)
            && !within(x, y, 0.5, 1.04, 0.4, 0.3)
        {
            return mix(self.skin, [90.0, 50.0, 40.0], 0.18);
        }
        if within(x, y, 0.5, 0.72, 0.09, 0.07) {
            return mix(self.skin, [90.0, 50.0, 40.0], 0.1);
        }
        if within(x, y, 0.5, 1.04, 0.4, 0.34) {
            return mix(self.clothes, [0.0; 3], if (x - 0.5).abs() < 0.006 { 0.25 } else { 0.0 });
        }
        if self.behind_head(x, y) {
            return mix(self.hair, [0.0; 3], 0.12);
        }
        mix(self.ground, [255.0; 3], 0.35 * (1.0 - y))
    }

    /// Hair that falls over the face.
    fn on_fringe(&self, x: f32, y: f32) -> bool {
        if matches!(self.cut, Cut::Bald) {
            return false;
        }
        within(x, y, 0.5, 0.36, self.face + 0.03, 0.19)
            && !within(x, y, 0.53, 0.46, self.face + 0.01, 0.17)
    }

    fn behind_head(&self, x: f32, y: f32) -> bool {
        match self.cut {
            Cut::Bald => false,
            Cut::Short => within(x, y, 0.5, 0.37, self.face + 0.025, 0.19),
            Cut::Long => {
                within(x, y, 0.5, 0.4, self.face + 0.05, 0.24)
                    || ((x - 0.5).abs() < self.face + 0.05 && (0.4..0.74).contains(&y))
            }
            Cut::Bun => {
                within(x, y, 0.5, 0.37, self.face + 0.025, 0.19)
                    || within(x, y, 0.5, 0.15, 0.085, 0.08)
            }
        }
    }
}

fn pixel(look: &Look, x: u32, y: u32, side: u32) -> [u8; 3] {
    let mut sum = [0.0; 3];
    let step = (side * SAMPLES) as f32;
    for sub_y in 0..SAMPLES {
        for sub_x in 0..SAMPLES {
            let at = |whole: u32, sub: u32| ((whole * SAMPLES + sub) as f32 + 0.5) / step;
            let colour = look.at(at(x, sub_x), at(y, sub_y));
            for (total, part) in sum.iter_mut().zip(colour) {
                *total += part;
            }
        }
    }
    sum.map(|total: f32| (total / (SAMPLES * SAMPLES) as f32).round().clamp(0.0, 255.0) as u8)
}

/// Whether the point is within the ellipse around (`cx`, `cy`).
fn within(x: f32, y: f32, cx: f32, cy: f32, rx: f32, ry: f32) -> bool {
    ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) <= 1.0
}

fn on_eyes(x: f32, y: f32) -> bool {
    within((x - 0.5).abs(), y, 0.06, 0.42, 0.014, 0.017)
}

fn on_mouth(x: f32, y: f32) -> bool {
    within(x, y, 0.5, 0.515, 0.05, 0.026) && y > 0.517
}

fn on_glasses(x: f32, y: f32) -> bool {
    let side = (x - 0.5).abs();
    let rim =
        within(side, y, 0.065, 0.42, 0.052, 0.045) && !within(side, y, 0.065, 0.42, 0.041, 0.034);
    rim || (side < 0.016 && (y - 0.41).abs() < 0.006)
}

fn mix(colour: Colour, other: Colour, share: f32) -> Colour {
    let mut mixed = colour;
    for (part, with) in mixed.iter_mut().zip(other) {
        *part += (with - *part) * share;
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portrait_is_a_small_jpeg_and_always_the_same() {
        let jpeg = portrait(Uuid::from_u128(7), 96).unwrap();
        assert_eq!(jpeg, portrait(Uuid::from_u128(7), 96).unwrap());
        assert_ne!(jpeg, portrait(Uuid::from_u128(8), 96).unwrap());
        assert!(jpeg.len() < 12_000, "{} bytes", jpeg.len());
        let picture = image::load_from_memory(&jpeg).unwrap();
        assert_eq!((picture.width(), picture.height()), (96, 96));
    }
}
