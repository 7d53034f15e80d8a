//! `keydesk history verify`: walks the chain of audit rows.

use super::{fail, print};
use crate::journal::{self, Tail};
use crate::secrets::Secrets;
use crate::settings::Paths;
use std::process::ExitCode;

/// Also while a window has the journal open: nothing is written.
pub(super) fn verify(paths: &Paths) -> ExitCode {
    let secrets = Secrets::probe();
    match journal::verify(&paths.data, &secrets) {
        Ok(verified) => {
            print(&format!("{} rows, unbroken", verified.rows));
            match verified.tail {
                Tail::Sealed { unsealed_rows: 0 } => {}
                Tail::Sealed { unsealed_rows } => {
                    print(&format!("{unsealed_rows} of them are newer than the sealed head"));
                }
                Tail::NotChecked => {
                    print(
                        "The sealed head can't be read without the keyring: a cut tail would not show",
                    );
                }
            }
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error),
    }
}
