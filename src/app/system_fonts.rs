//! The system's fonts, for scripts that the bundled ones lack.
//!
//! Nothing is looked for until a text needs it, and then one face is loaded: a font for Chinese
//! alone is as large as the rest of the program.

use egui::epaint::text::{FallbackRequest, FontPriority, InsertFontFamily};
use egui::{FontData, FontInsert, FontProvider, mutex::Mutex};
use skrifa::MetadataProvider as _;
use std::sync::Arc;

/// Finds a face that has a character, and keeps the bytes of those it found.
#[derive(Default)]
pub struct SystemFonts {
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    /// Every face on the system, those that suit a window first; read at the first need.
    index: Option<(fontdb::Database, Vec<fontdb::ID>)>,
    loaded: Vec<(fontdb::ID, FontInsert)>,
}

impl FontProvider for SystemFonts {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let wanted = request.cluster.chars().next()?;
        let mut found = self.found.lock();
        let Found { index, loaded } = &mut *found;
        let (database, order) = index.get_or_insert_with(read_index);
        let id = *order.iter().find(|id| has_glyph(database, **id, wanted))?;
        let mut insert = match loaded.iter().find(|(known, _)| *known == id) {
            Some((_, insert)) => insert.clone(),
            None => {
                let insert = load(database, id)?;
                loaded.push((id, insert.clone()));
                insert
            }
        };
        insert.families = vec![InsertFontFamily {
            family: request.family.clone(),
            priority: FontPriority::Lowest,
        }];
        Some(insert)
    }
}

fn read_index() -> (fontdb::Database, Vec<fontdb::ID>) {
    let mut database = fontdb::Database::new();
    database.load_system_fonts();
    let mut ranked: Vec<(u32, fontdb::ID)> =
        database.faces().map(|face| (unfitness(face), face.id)).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    let order = ranked.into_iter().map(|(_, id)| id).collect();
    (database, order)
}

/// Smaller is better: upright, regular, sans serif, proportional.
fn unfitness(face: &fontdb::FaceInfo) -> u32 {
    let name = face.families.first().map_or("", |(name, _)| name.as_str());
    let mut rank = u32::from(face.weight.0.abs_diff(400)) / 100;
    rank += if face.style == fontdb::Style::Normal { 0 } else { 20 };
    rank += if face.monospaced { 10 } else { 0 };
    rank += if face.stretch == fontdb::Stretch::Normal { 0 } else { 8 };
    rank += if name.contains("Sans") { 0 } else { 4 };
    rank += if name.contains("Serif") { 12 } else { 0 };
    rank + if name.contains("Emoji") { 40 } else { 0 }
}

fn has_glyph(database: &fontdb::Database, id: fontdb::ID, wanted: char) -> bool {
    database
        .with_face_data(id, |bytes, index| {
            skrifa::FontRef::from_index(bytes, index)
                .is_ok_and(|font| font.charmap().map(wanted).is_some())
        })
        .unwrap_or(false)
}

fn load(database: &fontdb::Database, id: fontdb::ID) -> Option<FontInsert> {
    let name = database.face(id)?.post_script_name.clone();
    let (bytes, index) = database.with_face_data(id, |bytes, index| (bytes.to_vec(), index))?;
    tracing::debug!(font = %name, kib = bytes.len() / 1024, "system font loaded");
    let data = FontData::from_blob(Arc::new(bytes), index);
    Some(FontInsert::new(&format!("system:{name}:{index}"), data, Vec::new()))
}
