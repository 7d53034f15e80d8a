//! Phones without a window, for schedulers: signs in as the application, with what the keyring
//! keeps, and says what it does line by line.
//!
//! A dry run of a group or a list opens no journal, so that it works beside a window. What writes
//! takes the data folder for itself, and so does, even without writing, what reads the journal: a
//! request (was it used before?), a job that goes on, an undo. A job stands in the journal like one
//! of the window: each can go on with what the other left, or undo it.

mod carry;
mod people;
mod place;
mod refusal;
mod request;
mod signals;
mod told;
mod work;

pub use people::PeopleFrom;
pub use refusal::{PhonesRefusal, RefusalKind};
pub use told::{JobEnd, PhonesSummary, PhonesTold, RowTold, Tally};
pub use work::{
    PhonesMode, PhonesTask, UnattendedPhones, phone_jobs, run_phones, sign_phone_request,
};
