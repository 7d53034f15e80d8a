//! A text field's buffer for PINs and secrets: egui sees only bullets.
//!
//! egui keeps copies of a field's text (for undo, layout and assistive technologies). Here it is
//! given a text of as many bullets instead; the real characters are only in memory that is wiped.

use egui::TextBuffer;
use egui::text::CharIndex;
use std::ops::Range;
use zeroize::{Zeroize, Zeroizing};

const BULLET: char = '•';
/// Enough for the longest PIN; a longer secret moves once, and the old place is wiped.
const ROOM_BYTES: usize = 256;

/// What was typed, and its mask.
pub struct SecretBuffer {
    real: Zeroizing<String>,
    mask: String,
}

impl Default for SecretBuffer {
    fn default() -> Self {
        Self { real: Zeroizing::new(String::with_capacity(ROOM_BYTES)), mask: String::new() }
    }
}

impl SecretBuffer {
    pub fn expose(&self) -> &str {
        &self.real
    }

    pub fn is_empty(&self) -> bool {
        self.real.is_empty()
    }

    pub fn wipe(&mut self) {
        self.real.zeroize();
        self.mask.clear();
    }

    fn byte(&self, at: CharIndex) -> usize {
        self.real.char_indices().nth(at.0).map_or(self.real.len(), |(byte, _)| byte)
    }

    /// Builds the new text beside the old one, so that no freed piece of it is left behind.
    fn rebuild(&mut self, keep_before: usize, insert: &str, keep_from: usize) {
        let length = self.real.len() - (keep_from - keep_before) + insert.len();
        let mut next = Zeroizing::new(String::with_capacity(length.max(ROOM_BYTES)));
        next.push_str(&self.real[..keep_before]);
        next.push_str(insert);
        next.push_str(&self.real[keep_from..]);
        self.real = next;
        self.mask = BULLET.to_string().repeat(self.real.chars().count());
    }
}

impl TextBuffer for SecretBuffer {
    fn is_mutable(&self) -> bool {
        true
    }

    fn as_str(&self) -> &str {
        &self.mask
    }

    fn insert_text(&mut self, text: &str, char_index: CharIndex) -> usize {
        let at = self.byte(char_index);
        self.rebuild(at, text, at);
        text.chars().count()
    }

    fn delete_char_range(&mut self, char_range: Range<CharIndex>) {
        let (from, to) = (self.byte(char_range.start), self.byte(char_range.end));
        self.rebuild(from, "", to);
    }

    /// Undo hands back bullets, never what was typed: so undo empties the field.
    fn replace_with(&mut self, _text: &str) {
        self.wipe();
    }

    fn type_id(&self) -> std::any::TypeId {
        std::any::TypeId::of::<Self>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> SecretBuffer {
        let mut buffer = SecretBuffer::default();
        buffer.insert_text(text, CharIndex(0));
        buffer
    }

    #[test]
    fn the_text_field_sees_bullets_only() {
        let buffer = typed("håll4");
        assert_eq!(buffer.as_str(), "•••••");
        assert_eq!(buffer.expose(), "håll4");
    }

    #[test]
    fn editing_in_the_middle_keeps_the_rest() {
        let mut buffer = typed("aå漢z");
        buffer.delete_char_range(CharIndex(1)..CharIndex(3));
        assert_eq!(buffer.expose(), "az");
        buffer.insert_text("ß9", CharIndex(1));
        assert_eq!(buffer.expose(), "aß9z");
        assert_eq!(buffer.as_str().chars().count(), 4);
    }

    #[test]
    fn undo_empties_instead_of_typing_bullets() {
        let mut buffer = typed("1357");
        buffer.replace_with("•••");
        assert!(buffer.is_empty());
        assert_eq!(buffer.as_str(), "");
    }
}
