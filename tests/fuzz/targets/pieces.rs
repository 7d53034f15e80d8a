//! Inputs of several parts: each but the last after its length, in two bytes.

/// Takes the next part off, or what is left of it.
pub fn next<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let Some((length, after)) = rest.split_first_chunk::<2>() else {
        return std::mem::take(rest);
    };
    let length = usize::from(u16::from_be_bytes(*length)).min(after.len());
    let (part, after) = after.split_at(length);
    *rest = after;
    part
}

/// All parts, at most `most`.
pub fn all(mut data: &[u8], most: usize) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while !data.is_empty() && parts.len() < most {
        parts.push(next(&mut data));
    }
    parts
}

/// The first byte, which chooses what is read, and the rest.
pub fn choice(data: &[u8]) -> (u8, &[u8]) {
    data.split_first().map_or((0, data), |(first, rest)| (*first, rest))
}
