//! Changed copies of seeds, the same ones for the same number.

/// Longer inputs bring nothing new.
const MOST_BYTES: usize = 64 * 1024;
/// Where parsers decide.
const BYTES: [u8; 16] = [
    0x00, 0x01, 0x18, 0x3F, 0x40, 0x5F, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xFF, b'"', b'\n', b'=', b'{',
];

pub struct Mutations {
    state: u64,
    seeds: Vec<Vec<u8>>,
}

impl Mutations {
    pub fn new(seed: u64, seeds: Vec<Vec<u8>>) -> Self {
        Self { state: seed, seeds }
    }

    /// The next input: a seed with one to eight changes.
    pub fn next(&mut self) -> Vec<u8> {
        let mut data = self.seed();
        for _ in 0..=self.below(8) {
            self.change(&mut data);
        }
        data.truncate(MOST_BYTES);
        data
    }

    fn change(&mut self, data: &mut Vec<u8>) {
        let at = self.below(data.len() + 1);
        let length = self.below(32).min(data.len() - at);
        match self.below(8) {
            0 if at < data.len() => data[at] ^= 1 << self.below(8),
            1 if at < data.len() => data[at] = BYTES[self.below(BYTES.len())],
            2 if at < data.len() => data[at] = data[at].wrapping_add(self.below(9) as u8),
            3 => data.insert(at, BYTES[self.below(BYTES.len())]),
            4 => drop(data.drain(at..at + length)),
            5 => data.truncate(at),
            6 => {
                let part = data[at..at + length].to_vec();
                let to = self.below(data.len() + 1);
                data.splice(to..to, part);
            }
            _ => {
                let other = self.seed();
                let from = self.below(other.len() + 1);
                let part = other[from..].iter().copied().take(self.below(256));
                data.splice(at..at + length, part);
            }
        }
    }

    fn seed(&mut self) -> Vec<u8> {
        let at = self.below(self.seeds.len());
        self.seeds[at].clone()
    }

    /// SplitMix64.
    fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }
}
