#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| { let _x = keydesk::webauthn::auth_data::parse(data); });
