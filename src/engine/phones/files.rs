//! Files of this room: the plan, the results, the slip with a pass.

use super::PhonesCommand;
use crate::engine::station::Station;

impl Station {
    pub(super) async fn write_phone_file(&mut self, _wish: PhonesCommand) {}
}
