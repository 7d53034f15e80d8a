//! Languages that Verify writes its texts in.

/// As the service names them.
const KNOWN: &[&str] = &[
    "af", "ar", "ca", "zh", "zh-CN", "zh-HK", "hr", "cs", "da", "nl", "en", "en-GB", "et", "fi",
    "fr", "de", "el", "he", "hi", "hu", "id", "it", "ja", "kn", "ko", "lt", "lv", "ms", "ml", "mr",
    "nb", "pl", "pt", "pt-BR", "ro", "ru", "sk", "es", "sv", "tl", "ta", "te", "th", "tr", "uk",
    "vi",
];

/// The service's word for a language (BCP 47); nothing where it chooses by the number's country.
pub(super) fn of(language: &str) -> Option<&'static str> {
    let language = language.trim();
    let known = |wanted: &str| KNOWN.iter().find(|one| one.eq_ignore_ascii_case(wanted)).copied();
    known(language).or_else(|| {
        let (base, rest) = language.split_once('-').unwrap_or((language, ""));
        let written_otherwise = ["hant", "tw", "mo"]
            .iter()
            .any(|script| rest.split('-').any(|part| part.eq_ignore_ascii_case(script)));
        match base.to_ascii_lowercase().as_str() {
            "no" | "nn" => Some("nb"),
            "zh" if written_otherwise => Some("zh-HK"),
            base => known(base),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_the_services_own_or_left_to_it() {
        for (given, told) in [
            ("sv", Some("sv")),
            ("sv-SE", Some("sv")),
            ("pt-br", Some("pt-BR")),
            ("pt-PT", Some("pt")),
            ("en-US", Some("en")),
            ("nn-NO", Some("nb")),
            ("zh-Hant-TW", Some("zh-HK")),
            ("zh-Hans", Some("zh")),
            ("is", None),
            ("", None),
        ] {
            assert_eq!(of(given), told, "{given}");
        }
    }
}
