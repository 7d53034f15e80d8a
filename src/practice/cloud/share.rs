//! A share of calls that fails: as a busy service does, but the same calls in every run.

use super::orders::Effect;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Parts of a hundred are counted so finely.
const OF: u64 = 10_000;

/// Which share of the calls fails, and how. Whether a call does depends on the seed, its address
/// and how often it was made before: on nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// A part of the path, such as `creationOptions`; empty for any.
    #[serde(default)]
    pub path: String,
    /// So many of a hundred are answered with 429.
    pub throttled_percent: u8,
    /// So many more of a hundred are answered with 500, 502, 503 or 504.
    pub failed_percent: u8,
    /// What a 429 names; one without it names nothing.
    #[serde(default)]
    pub retry_after_s: Option<u64>,
    #[serde(default)]
    pub seed: u64,
}

impl Share {
    /// What happens to a call that was made so often before.
    pub(super) fn effect(&self, call: &str, earlier: u64) -> Option<Effect> {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(earlier.to_be_bytes());
        hash.update(call.as_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        let drawn = u64::from_be_bytes(hash.first_chunk().copied().unwrap_or_default()) % OF;
        let throttled = u64::from(self.throttled_percent) * OF / 100;
        let failed = throttled + u64::from(self.failed_percent) * OF / 100;
        if drawn < throttled {
            return Some(Effect::Status { status: 429, retry_after_s: self.retry_after_s });
        }
        let statuses = [500, 502, 503, 504];
        let status = statuses[usize::from(hash[31]) % statuses.len()];
        (drawn < failed).then_some(Effect::Status { status, retry_after_s: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(seed: u64) -> Share {
        Share {
            path: String::new(),
            throttled_percent: 5,
            failed_percent: 5,
            retry_after_s: Some(1),
            seed,
        }
    }

    fn failing(seed: u64) -> Vec<(usize, u16)> {
        (0..10_000)
            .filter_map(|n| match share(seed).effect(&format!("GET /users/{n}"), 0) {
                Some(Effect::Status { status, .. }) => Some((n, status)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn about_the_share_fails_and_the_same_calls_each_time() {
        let met = failing(7);
        let throttled = met.iter().filter(|(_, status)| *status == 429).count();
        assert!((430..570).contains(&throttled), "{throttled}");
        assert!((430..570).contains(&(met.len() - throttled)), "{}", met.len());
        assert_eq!(met, failing(7));
        assert_ne!(met, failing(8));
    }

    #[test]
    fn a_call_made_again_is_another_call() {
        let call = "GET /users/1";
        let met = (0..1000).filter(|earlier| share(1).effect(call, *earlier).is_some()).count();
        assert!((50..160).contains(&met), "{met}");
    }
}
