//! PINs and passwords that are tried first and that no pattern of `weak` catches: keypad figures,
//! well-known numbers, words. Gathered from published lists of leaked PINs and passwords.

/// In lower case, sorted.
const COMMONEST: &[&str] = &[
    "0007", "00112233", "0070", "007007", "0123456789", "0420", "0852", "0911", "100200", "1004",
    "1007", "101112", "1020", "102030", "1029384756", "1030", "110022", "1110", "11112222", "1112",
    "1113", "1114", "1122", "112211", "112233", "11223344", "1123", "112358", "1133", "1144",
    "1155", "1177", "1188", "1199", "121314", "1221", "123000", "1233", "123321", "123412",
    "12341234", "12344321", "123456780", "1234567899", "12345687", "1235", "1236", "123654",
    "123789", "123987", "1245", "124578", "1269", "1278", "1313", "1331", "1337", "1342", "1346",
    "135246", "1357", "135790", "135791", "1379", "1397", "14141414", "1425", "142536", "142857",
    "1441", "1456", "1470", "1471", "147258", "14725836", "147258369", "147369", "1478", "147852",
    "147896", "14789632", "1590", "1593", "159357", "159753", "159951", "1793", "192837", "1q2w3e",
    "1q2w3e4r", "1qaz2wsx", "201314", "2112", "221122", "2233", "223344", "2244", "2255", "2277",
    "2288", "235689", "2369", "2468", "246810", "246813", "2486", "2580", "258000", "25802580",
    "258369", "258456", "2589", "2684", "271828", "2846", "314159", "31415926", "3210", "321321",
    "321654", "332211", "3344", "334455", "3355", "3366", "3399", "357159", "3579", "3690", "3691",
    "369147", "369258", "36925814", "3698", "3791", "420420", "4422", "4455", "445566", "4466",
    "4477", "4488", "4499", "4554", "4561", "456123", "456654", "456789", "456852", "4569", "4578",
    "4711", "4862", "5050", "5150", "520131", "52013140", "521314", "5544", "5566", "556677",
    "5577", "5588", "5599", "565656", "5683", "5775", "654123", "654456", "6677", "667788",
    "66778899", "6688", "6699", "6789", "6969", "696996", "7007", "7410", "7412", "741258",
    "741852", "741852963", "741963", "7531", "753159", "753951", "7733", "7744", "7755", "7766",
    "7788", "778899", "7799", "7890", "789123", "789456", "789456123", "789654", "789987", "7931",
    "7946", "7963", "8008", "8246", "8520", "852456", "852963", "8642", "871982", "87654312",
    "8800", "8855", "8866", "8877", "8899", "889900", "9510", "9513", "951357", "951753", "9630",
    "9632", "963258", "963741", "963852", "9731", "9753", "975310", "9779", "987123", "987456",
    "98765123", "9900", "9911", "9977", "9988", "998877", "999111", "9998", "999888", "a1b2c3",
    "a1b2c3d4", "abc123", "abcd1234", "admin", "admin1", "admin123", "asdf", "asdfgh", "asdfghjkl",
    "azerty", "baseball", "batman", "bonjour", "changeme", "charlie", "cheese", "computer",
    "daniel", "dragon", "fido", "fido2", "football", "freedom", "fuckyou", "guest", "hallo",
    "hello", "hello123", "hunter", "hunter2", "iloveyou", "jesus", "jordan", "killer", "letmein",
    "login", "love", "lovely", "lösenord", "master", "michael", "monkey", "mustang", "ninja",
    "nothing", "office", "p@ssword", "pass", "passord", "passw0rd", "password", "password1",
    "passwort", "pincode", "pokemon", "princess", "qazwsx", "qwer", "qwert", "qwerty", "qwerty1",
    "qwerty123", "qwertyuiop", "qwertz", "root", "salasana", "secret", "secret1", "secure",
    "security", "shadow", "soccer", "starwars", "summer", "sunshine", "superman", "sweden", "test",
    "test1", "test12", "test123", "test1234", "trustno1", "user", "welcome", "welcome1",
    "welcome123", "whatever", "winter", "yubico", "yubikey", "zaq12wsx", "zxcvbn", "zxcvbnm",
];

/// Upper and lower case count as the same.
pub fn is_common(text: &str) -> bool {
    let folded = zeroize::Zeroizing::new(text.to_lowercase());
    COMMONEST.binary_search(&folded.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_without_doubles_so_that_the_search_finds_all() {
        assert!(COMMONEST.is_sorted_by(|a, b| a < b));
        assert!(COMMONEST.iter().all(|text| is_common(text) && is_common(&text.to_uppercase())));
    }

    #[test]
    fn a_common_part_does_not_make_a_pin_common() {
        assert!(!is_common("2580739"));
    }
}
