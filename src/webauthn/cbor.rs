//! The little CBOR that an attestation object needs, written canonically (CTAP 2.1, 8).

/// Major types (RFC 8949, 3.1).
#[derive(Clone, Copy)]
enum Major {
    Unsigned = 0,
    Negative = 1,
    Bytes = 2,
    Text = 3,
    Array = 4,
    Map = 5,
}

/// Writes CBOR with the shortest heads. Map members are written in the order they are given.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    pub fn map(&mut self, members: usize) -> &mut Self {
        self.head(Major::Map, members as u64)
    }

    pub fn array(&mut self, items: usize) -> &mut Self {
        self.head(Major::Array, items as u64)
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        self.head(Major::Text, text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(Major::Bytes, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn integer(&mut self, value: i64) -> &mut Self {
        if value < 0 {
            self.head(Major::Negative, value.unsigned_abs() - 1)
        } else {
            self.head(Major::Unsigned, value.unsigned_abs())
        }
    }

    fn head(&mut self, major: Major, argument: u64) -> &mut Self {
        let major = (major as u8) << 5;
        let bytes = argument.to_be_bytes();
        match argument {
            0..=23 => self.0.push(major | bytes[7]),
            24..=0xff => self.0.extend_from_slice(&[major | 24, bytes[7]]),
            0x100..=0xffff => {
                self.0.push(major | 25);
                self.0.extend_from_slice(&bytes[6..]);
            }
            0x1_0000..=0xffff_ffff => {
                self.0.push(major | 26);
                self.0.extend_from_slice(&bytes[4..]);
            }
            _ => {
                self.0.push(major | 27);
                self.0.extend_from_slice(&bytes);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_the_shortest_heads() {
        // RFC 8949, appendix A
        for (value, bytes) in [
            (0_i64, &[0x00][..]),
            (23, &[0x17]),
            (24, &[0x18, 0x18]),
            (1000, &[0x19, 0x03, 0xe8]),
            (1_000_000, &[0x1a, 0x00, 0x0f, 0x42, 0x40]),
            (1_000_000_000_000, &[0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4, 0xa5, 0x10, 0x00]),
            (-1, &[0x20]),
            (-7, &[0x26]),
            (-257, &[0x39, 0x01, 0x00]),
        ] {
            let mut writer = Writer::default();
            writer.integer(value);
            assert_eq!(writer.finish(), bytes, "{value}");
        }
    }

    #[test]
    fn the_reader_of_another_library_agrees() {
        let mut writer = Writer::default();
        writer.map(1).text("list").array(2).bytes(&[7; 300]).text("å");
        let value: ciborium::Value = ciborium::from_reader(writer.finish().as_slice()).unwrap();
        let list = &value.as_map().unwrap()[0].1;
        assert_eq!(list.as_array().unwrap()[0].as_bytes().unwrap().len(), 300);
        assert_eq!(list.as_array().unwrap()[1].as_text(), Some("å"));
    }
}
