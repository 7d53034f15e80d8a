//! The one seam to hardware: 64-byte HID reports to and from FIDO devices.
//!
//! The package carries the name `hidapi` because the CTAP2 client imports that name; it offers
//! the few items of that crate the client uses ([`HidApi`], [`HidDevice`], [`DeviceInfo`],
//! [`HidError`]) and, beside them, what the program above needs and the client lacks: hot-plug
//! events, touch events, deadlines with a typed [`Reason`], [`cancel`] from any thread, and
//! [`transact`]/[`ctap2`] for commands the client does not know.
//!
//! Nothing above this package knows which back end a device is on.
