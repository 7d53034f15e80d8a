//! Which wish is carried out where.

use super::command::VerifyCommand;
use crate::engine::access::Permits;
use crate::engine::station::Station;

impl Station {
    pub(in crate::engine) async fn verify_wish(&mut self, wish: VerifyCommand, permits: &Permits) {
        let (_, _) = (wish, permits);
    }
}
