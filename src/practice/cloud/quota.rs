//! How many writes the service takes: a bucket of them that is filled up again as time goes on.

use jiff::Timestamp;

pub(super) struct Quota {
    most: f64,
    per_second: f64,
    left: f64,
    at: Timestamp,
}

impl Quota {
    /// Nothing for no writes at all or no time: then there is no limit.
    pub fn new(writes: u32, per_s: u32, now: Timestamp) -> Option<Self> {
        let most = f64::from(writes);
        (writes > 0 && per_s > 0).then(|| Self {
            most,
            per_second: most / f64::from(per_s),
            left: most,
            at: now,
        })
    }

    /// Takes one.
    ///
    /// # Errors
    /// After how many seconds there is one again.
    pub fn take(&mut self, now: Timestamp) -> Result<(), u64> {
        let passed = now.duration_since(self.at).as_secs_f64().max(0.0);
        self.left = (self.left + passed * self.per_second).min(self.most);
        self.at = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        let wait_s = ((1.0 - self.left) / self.per_second).ceil().max(1.0);
        Err(wait_s as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_emptied_at_once_and_filled_steadily() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut quota = Quota::new(30, 15, at(0)).unwrap();
        let taken = |quota: &mut Quota, second| {
            (0..100).take_while(|_| quota.take(at(second)).is_ok()).count()
        };
        assert_eq!(taken(&mut quota, 0), 30);
        assert_eq!(quota.take(at(0)), Err(1));
        assert_eq!(taken(&mut quota, 5), 10);
        assert_eq!(taken(&mut quota, 1000), 30);
        assert!(Quota::new(0, 15, at(0)).is_none());
        let mut slow = Quota::new(1, 60, at(0)).unwrap();
        assert_eq!((slow.take(at(0)), slow.take(at(15))), (Ok(()), Err(45)));
    }
}
