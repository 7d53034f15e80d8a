//! What happened and what is about to: enrolments, the vault of sealed PINs, the audit chain.
//!
//! One SQLite file in the data folder, WAL, `synchronous=FULL`: a call that has returned is on
//! the disk. Audit rows are chained by SHA-256 over their canonical content.
