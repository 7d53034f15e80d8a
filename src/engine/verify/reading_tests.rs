//! Which phones get texts.

use super::*;
use crate::phones::SmsSignIn;

fn phone(kind: PhoneKind, number: &str) -> PhoneMethod {
    PhoneMethod { kind, number: NumberText::new(number), sms: SmsSignIn::NotSupported }
}

#[test]
fn a_mobile_that_can_get_texts_is_one_and_nothing_else_is() {
    use PhoneKind::{AlternateMobile, Mobile, Office};
    let (mobile, landline) = ("+46 701740613", "+46 184601200");
    let office = phone(Office, mobile);
    let alternate = phone(AlternateMobile, mobile);
    let none = Err(NoNumber::None);
    let unusable = Err(NoNumber::Unusable);
    let found = |phones: &[PhoneMethod]| mobile_of(phones).map(|number| number.masked());
    assert_eq!(found(&[]), none);
    assert_eq!(found(std::slice::from_ref(&office)), none);
    assert_eq!(found(&[alternate.clone(), office.clone()]), none);
    for number in [landline, "+46 701740613x12", "+46 *******13", "0701740613", "", "none"] {
        let phones = [alternate.clone(), office.clone(), phone(Mobile, number)];
        assert_eq!(found(&phones), unusable, "{number:?}");
    }
    let both = [alternate, office, phone(Mobile, "+46 701740605")];
    assert!(found(&both).unwrap().ends_with("05"), "another phone than the mobile");
}
