//! A random PIN.

use super::{Pin, PinPolicy};
use zeroize::Zeroizing;

/// Far more than chance ever needs: about one draw in eight is refused.
const MOST_DRAWS: u32 = 1000;
/// Random bytes asked for at a time.
const CHUNK: usize = 64;

/// Why no PIN was drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawError<E> {
    #[error("random generator: {0}")]
    Generator(E),
    /// Nothing but easy PINs came out.
    #[error("random generator is broken")]
    NotRandom,
}

/// Draws a PIN of the policy's length and characters from `fill`, which fills a buffer with
/// random bytes. Every PIN that is not refused is equally likely.
///
/// # Errors
/// When the generator fails.
pub fn draw<E>(
    policy: &PinPolicy,
    fill: &mut impl FnMut(&mut [u8]) -> Result<(), E>,
) -> Result<Pin, DrawError<E>> {
    for _ in 0..MOST_DRAWS {
        let text = characters(policy, fill)?;
        if let Ok(pin) = Pin::new(&text)
            && policy.check(&pin).is_ok()
        {
            return Ok(pin);
        }
    }
    Err(DrawError::NotRandom)
}

/// Bytes beyond the largest multiple of the alphabet's size are thrown away: no character is
/// likelier than another.
fn characters<E>(
    policy: &PinPolicy,
    fill: &mut impl FnMut(&mut [u8]) -> Result<(), E>,
) -> Result<Zeroizing<String>, DrawError<E>> {
    let alphabet = policy.characters().as_bytes();
    let length = usize::from(policy.length());
    let fair = 256 - 256 % alphabet.len();
    let mut text = Zeroizing::new(String::with_capacity(length));
    let mut bytes = Zeroizing::new([0_u8; CHUNK]);
    for _ in 0..MOST_DRAWS {
        fill(&mut bytes[..]).map_err(DrawError::Generator)?;
        let room = length - text.len();
        let drawn = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        text.extend(drawn.take(room).map(|byte| char::from(alphabet[byte % alphabet.len()])));
        if text.len() == length {
            return Ok(text);
        }
    }
    Err(DrawError::NotRandom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Alphabet, PinSettings};
    use std::collections::HashMap;
    use std::convert::Infallible;

    /// A small deterministic generator (xorshift), so that a failure can be seen again.
    fn generator(mut state: u64) -> impl FnMut(&mut [u8]) -> Result<(), Infallible> {
        move |bytes| {
            for byte in bytes {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                *byte = (state >> 32) as u8;
            }
            Ok(())
        }
    }

    fn policy(length: u8, alphabet: Alphabet) -> PinPolicy {
        PinPolicy::new(&PinSettings { length, alphabet }, 4)
    }

    #[test]
    fn drawn_pins_meet_the_policy_in_length_and_alphabet() {
        let mut fill = generator(0x5eed);
        for length in [4, 6, 8, 20, 63] {
            for alphabet in [Alphabet::Digits, Alphabet::Letters] {
                let policy = policy(length, alphabet);
                let pin = draw(&policy, &mut fill).unwrap();
                assert_eq!(pin.expose().len(), usize::from(length));
                assert!(pin.expose().chars().all(|c| policy.characters().contains(c)));
                assert_eq!(policy.check(&pin), Ok(()));
            }
        }
    }

    #[test]
    fn no_refused_pin_is_ever_drawn() {
        let mut fill = generator(7);
        let policy = policy(4, Alphabet::Digits);
        for _ in 0..20_000 {
            assert_eq!(policy.check(&draw(&policy, &mut fill).unwrap()), Ok(()));
        }
    }

    #[test]
    fn every_character_is_about_equally_likely() {
        let mut fill = generator(99);
        for alphabet in [Alphabet::Digits, Alphabet::Letters] {
            let policy = policy(32, alphabet);
            let mut counts: HashMap<char, u32> = HashMap::new();
            for _ in 0..2_000 {
                for c in draw(&policy, &mut fill).unwrap().expose().chars() {
                    *counts.entry(c).or_default() += 1;
                }
            }
            let fair = 64_000 / policy.characters().len() as u32;
            assert_eq!(counts.len(), policy.characters().len());
            for (c, count) in counts {
                assert!(count.abs_diff(fair) < fair / 10, "{c}: {count} of {fair}");
            }
        }
    }

    #[test]
    fn biased_bytes_are_thrown_away() {
        let mut first = true;
        let mut fill = |bytes: &mut [u8]| {
            // 250 to 255 would make 0 to 5 likelier than 6 to 9.
            let fresh = std::mem::take(&mut first);
            for (i, byte) in bytes.iter_mut().enumerate() {
                *byte = if fresh {
                    [253, 250, 255, 251, 254, 252][i % 6]
                } else {
                    [7, 3, 9, 1, 0, 4][i % 6]
                };
            }
            Ok::<(), Infallible>(())
        };
        let pin = draw(&policy(6, Alphabet::Digits), &mut fill).unwrap();
        assert_eq!(pin.expose(), "739104");
    }

    #[test]
    fn a_failing_or_stuck_generator_is_told() {
        let policy = policy(6, Alphabet::Digits);
        let mut failing = |_: &mut [u8]| Err("no entropy");
        assert_eq!(draw(&policy, &mut failing).err(), Some(DrawError::Generator("no entropy")));
        for stuck in [0, 255] {
            let mut fill = |bytes: &mut [u8]| {
                bytes.fill(stuck);
                Ok::<(), Infallible>(())
            };
            assert_eq!(draw(&policy, &mut fill).err(), Some(DrawError::NotRandom), "{stuck}");
        }
    }
}
