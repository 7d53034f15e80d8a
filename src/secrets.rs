//! Secrets in the operating system's keyring, or in memory for this session where there is none.
