//! Rules of the service that are known before it is asked.

use super::{PhoneKind, PhoneMethod, PhoneNumber};

/// A rule that a change would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleBroken {
    #[error("an alternate mobile needs a mobile first")]
    AlternateNeedsMobile,
    #[error("the alternate mobile must be removed before the mobile")]
    MobileHasAlternate,
    #[error("this number is registered already, as {}", .as_kind.word())]
    RegisteredAs { as_kind: PhoneKind },
    #[error("a mobile can't have an extension")]
    ExtensionOnMobile,
    #[error("there is no such phone to remove")]
    NothingToRemove,
}

/// Whether the service would refuse this change for what is registered now. `new` is nothing for
/// a removal.
///
/// # Errors
/// The first rule that is broken.
pub fn check(
    now: &[PhoneMethod],
    kind: PhoneKind,
    new: Option<&PhoneNumber>,
) -> Result<(), RuleBroken> {
    let has = |kind: PhoneKind| now.iter().any(|phone| phone.kind == kind);
    let Some(new) = new else { return check_removal(kind, has) };
    if kind == PhoneKind::AlternateMobile && !has(PhoneKind::Mobile) {
        return Err(RuleBroken::AlternateNeedsMobile);
    }
    if kind != PhoneKind::Office && new.has_extension() {
        return Err(RuleBroken::ExtensionOnMobile);
    }
    let other = now.iter().find(|phone| {
        phone.kind != kind && PhoneNumber::from_international(&phone.number).as_ref() == Ok(new)
    });
    other.map_or(Ok(()), |other| Err(RuleBroken::RegisteredAs { as_kind: other.kind }))
}

fn check_removal(kind: PhoneKind, has: impl Fn(PhoneKind) -> bool) -> Result<(), RuleBroken> {
    if !has(kind) {
        return Err(RuleBroken::NothingToRemove);
    }
    match kind {
        PhoneKind::Mobile if has(PhoneKind::AlternateMobile) => Err(RuleBroken::MobileHasAlternate),
        _ => Ok(()),
    }
}
