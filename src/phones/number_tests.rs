//! Numbers as people write them. A failed test must not print a number, so nothing here is asserted
//! with `assert_eq!` on a text that holds one of somebody; all of these are of nobody.

use super::*;

fn se() -> Country {
    Country::from_code("SE").unwrap()
}

fn read(text: &str) -> Result<String, NumberFault> {
    PhoneNumber::read(&NumberText::new(text), se()).map(|number| number.entra())
}

#[test]
fn every_common_writing_is_read_as_the_same_number() {
    for text in [
        "070-174 06 12",
        "0701740612",
        "070 174 06 12",
        "(070) 174 06 12",
        "070.174.06.12",
        "070/1740612",
        "+46701740612",
        "+46 701740612",
        "+46 (0)70 174 06 12",
        "+46-70-174 06 12",
        "0046 70 174 06 12",
        "tel:+46-70-174-06-12",
        "'+46701740612",
        " +46 70\u{a0}174\u{202f}06\u{2009}12 ",
        "\u{202a}+46 70\u{2011}174 06 12\u{202c}",
        "+４６７０１７４０６１２",
        "٠٧٠١٧٤٠٦١٢",
        "０７０（１７４）０６１２",
    ] {
        assert!(read(text).as_deref() == Ok("+46 701740612"), "one writing is not read: {text:?}");
    }
}

#[test]
fn numbers_of_other_countries_keep_their_code() {
    for (text, entra) in [
        ("+1 (206) 555-0100", "+1 2065550100"),
        ("+47 400 00 102", "+47 40000102"),
        ("+44 7400 123456", "+44 7400123456"),
        ("+39 06 1234 5678", "+39 0612345678"),
        ("+358 40 1000111", "+358 401000111"),
    ] {
        assert!(read(text).as_deref() == Ok(entra), "{text}");
    }
}

#[test]
fn an_extension_stays_behind_an_x() {
    for text in ["+1 206 555 0100 x123", "+1 206-555-0100 ext. 123", "+12065550100;ext=123"] {
        assert!(read(text).as_deref() == Ok("+1 2065550100x123"), "{text}");
    }
    let number = PhoneNumber::read(&NumberText::new("+12065550100x123"), se()).unwrap();
    assert!(number.has_extension());
    assert!(number.e164() == "+12065550100", "a text is sent without it");
}

#[test]
fn what_is_no_number_says_why() {
    use NumberFault::*;
    let kind = |text: &str| read(text).unwrap_err();
    assert_eq!(kind(""), Blank);
    assert_eq!(kind("   "), Blank);
    assert_eq!(kind("+46 70 174 06 ab"), Letter);
    assert_eq!(kind("none"), Letter);
    assert_eq!(kind("070!1740612"), Character);
    assert_eq!(kind("+46+70 1740612"), Character);
    assert_eq!(kind("+999 123456789"), Country);
    assert_eq!(kind("070-174 06"), TooShort { found: 8, wanted: 10 });
    assert!(matches!(kind("070-174 06 12 34 56"), TooLong { .. }));
    assert_eq!(kind("+44 7700 900123"), NotInUse { country: "GB".into() });
    for hidden in ["XXXXXXXX34", "+XX XXXXXXX34", "•••• 34", "+46 ***34", "+46 ••• ••• 67"]
    {
        assert_eq!(kind(hidden), Masked, "a masked value is never a number");
    }
    assert!(read(&"1".repeat(300)).is_err());
    assert!(read(&"x".repeat(300)).is_err());
}

#[test]
fn a_fault_never_repeats_the_text() {
    for text in ["+46 70 174 06 ab", "070-174 06", "+999 123456789", "070!1740612"] {
        let fault = read(text).unwrap_err();
        let told = format!("{fault} {fault:?}");
        assert!(!told.contains("174") && !told.contains("123456789"), "a fault tells a number");
    }
}

#[test]
fn debug_shows_no_number() {
    let text = NumberText::new("+46 701740612");
    let number = PhoneNumber::from_international(&text).unwrap();
    let told = format!("{text:?} {number:?}");
    assert!(!told.contains("17406") && told.contains("•••"));
}

#[test]
fn numbers_are_the_same_in_whole_or_not_at_all() {
    let number = |text: &str| PhoneNumber::read(&NumberText::new(text), se()).unwrap();
    assert!(number("070-174 06 12") == number("+46701740612"));
    assert!(number("070-174 06 12") != number("070-175 06 12"), "the last digits are not enough");
    assert!(number("+1 2065550100") != number("+1 2065550100x1"));
}

#[test]
fn a_number_without_its_code_is_none_where_no_country_is_set() {
    let read = |text: &str| PhoneNumber::from_international(&NumberText::new(text));
    assert_eq!(read("0701740612"), Err(NumberFault::CodeMissing));
    assert!(read("+46 701740612").is_ok());
    assert!(read("0046701740612").is_ok());
}

#[test]
fn a_number_tells_what_it_reaches_and_where() {
    let number = |text: &str| PhoneNumber::read(&NumberText::new(text), se()).unwrap();
    assert_eq!(number("070-174 06 12").line(), Line::Mobile);
    assert_eq!(number("018-460 12 00").line(), Line::Landline);
    assert_eq!(number("+1 2065550100").line(), Line::Unknown);
    assert!(number("+47 40000102").is_of(&["SE", "no"]));
    assert!(!number("+47 40000102").is_of(&["SE"]));
    assert!(number("+44 7911 123456").is_of(&["GB"]), "its plan is Guernsey's");
    assert!(number("+39 06 1234 5678").is_of(&["IT"]));
}

#[test]
fn what_is_written_for_the_directory_is_read_again() {
    for text in ["070-174 06 12", "+1 2065550100x123", "+39 06 1234 5678", "+44 7400 123456"] {
        let number = PhoneNumber::read(&NumberText::new(text), se()).unwrap();
        let again = PhoneNumber::from_international(&NumberText::new(number.entra()));
        assert!(again.as_ref() == Ok(&number), "one is not read again");
    }
}
