//! What a text says, and how many messages it takes.

use super::digits::CODE_DIGITS;

/// Where the code will stand.
pub const CODE: &str = "{code}";

/// Who asks, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFacts {
    pub company: String,
    pub agent: String,
    pub ticket: Option<String>,
    /// BCP 47, such as `sv-SE`; English where it is unknown.
    pub language: String,
}

/// How a text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segments {
    /// Messages it takes.
    pub messages: usize,
    /// Whether each character is in the alphabet of 160 to a message (GSM 03.38).
    pub gsm: bool,
}

/// The text without its code, [`CODE`] in its place. `own` is the company's own wording. The
/// built-in ones leave out the agent, then the ticket, where that makes it one message.
pub fn text(facts: &TextFacts, own: Option<&str>) -> String {
    if let Some(own) = own {
        return fill(own, facts);
    }
    let words = words_of(&facts.language);
    let has_ticket = facts.ticket.is_some();
    let forms = [
        (has_ticket, words.agent_and_ticket),
        (true, words.agent),
        (has_ticket, words.ticket),
        (true, words.plain),
    ];
    let filled = || forms.iter().filter(|(fits, _)| *fits).map(|(_, form)| fill(form, facts));
    let short = filled().find(|text| segments(text).messages == 1);
    short.or_else(|| filled().next_back()).unwrap_or_else(|| CODE.to_owned())
}

/// How many messages a text takes once the code is in it.
pub fn segments(text: &str) -> Segments {
    let whole = text.replace(CODE, &"0".repeat(CODE_DIGITS));
    let gsm = whole.chars().try_fold(0_usize, |sum, c| Some(sum + gsm_units(c)?));
    let (units, one, many) = match gsm {
        Some(units) => (units, 160, 153),
        None => (whole.encode_utf16().count(), 70, 67),
    };
    let messages = if units <= one { 1 } else { units.div_ceil(many) };
    Segments { messages, gsm: gsm.is_some() }
}

/// Septets of a character in the alphabet, where it is in it.
fn gsm_units(c: char) -> Option<usize> {
    const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
        ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const EXTENDED: &str = "^{}\\[~]|€";
    if BASIC.contains(c) {
        return Some(1);
    }
    EXTENDED.contains(c).then_some(2)
}

/// Puts the facts in, once: what stands in a name is not looked at again.
fn fill(form: &str, facts: &TextFacts) -> String {
    let mut text = String::with_capacity(form.len() + 40);
    let mut rest = form;
    while let Some(at) = rest.find('{') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let places = [
            (CODE, CODE.to_owned()),
            ("{company}", tidy(&facts.company)),
            ("{agent}", tidy(&facts.agent)),
            ("{ticket}", tidy(facts.ticket.as_deref().unwrap_or("-"))),
        ];
        match places.iter().find(|(place, _)| rest.starts_with(place)) {
            Some((place, value)) => {
                text.push_str(value);
                rest = &rest[place.len()..];
            }
            None => {
                text.push('{');
                rest = &rest[1..];
            }
        }
    }
    text + rest
}

/// A name without what changes how a text reads: breaks, controls, direction marks, braces.
fn tidy(name: &str) -> String {
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '{' | '}')
    };
    let plain: String = name.chars().map(|c| if is_odd(c) { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Words {
    agent_and_ticket: &'static str,
    agent: &'static str,
    ticket: &'static str,
    plain: &'static str,
}

/// Only with characters of the alphabet of 160.
fn words_of(language: &str) -> &'static Words {
    let language = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    match language.as_str() {
        "sv" => &SWEDISH,
        "da" | "nb" | "nn" | "no" => &DANISH,
        "de" => &GERMAN,
        "fr" => &FRENCH,
        "es" => &SPANISH,
        "it" => &ITALIAN,
        "nl" => &DUTCH,
        "fi" => &FINNISH,
        _ => &ENGLISH,
    }
}

macro_rules! words {
    ($name:ident, $code:literal, $agent:literal, $ticket:literal, $only:literal) => {
        static $name: Words = Words {
            agent_and_ticket: concat!(
                "{company}: ",
                $code,
                " {code}. ",
                $agent,
                " ({ticket}). ",
                $only
            ),
            agent: concat!("{company}: ", $code, " {code}. ", $agent, ". ", $only),
            ticket: concat!("{company}: ", $code, " {code}. ", $ticket, " {ticket}. ", $only),
            plain: concat!("{company}: ", $code, " {code}. ", $only),
        };
    };
}

words!(ENGLISH, "your code is", "Read it to {agent}", "Ticket", "Only if YOU called us.");
words!(SWEDISH, "din kod är", "Läs upp den för {agent}", "Ärende", "Bara om DU ringde oss.");
words!(DANISH, "din kode er", "Læs den op for {agent}", "Sag", "Kun hvis DU ringede til os.");
words!(GERMAN, "Ihr Code ist", "Lesen Sie ihn {agent} vor", "Ticket", "Nur wenn SIE uns anriefen.");
words!(FRENCH, "votre code est", "Lisez-le à {agent}", "Ticket", "Seulement si VOUS avez appelé.");
words!(SPANISH, "su clave es", "Lea la clave a {agent}", "Ticket", "Solo si USTED nos ha llamado.");
words!(ITALIAN, "il codice è", "Lo legga a {agent}", "Ticket", "Solo se LEI ci ha chiamato.");
words!(DUTCH, "uw code is", "Lees die voor aan {agent}", "Ticket", "Alleen als U ons belde.");
words!(FINNISH, "koodisi on", "Lue se: {agent}", "Tapaus", "Vain jos SINÄ soitit meille.");

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(language: &str) -> TextFacts {
        TextFacts {
            company: "Larkfield Ltd".into(),
            agent: "Mira Holm".into(),
            ticket: Some("2818".into()),
            language: language.into(),
        }
    }

    #[test]
    fn a_text_names_company_agent_and_ticket_in_one_message_of_every_language() {
        for language in ["en", "sv-SE", "da", "nb", "de", "fr-CA", "es", "it", "nl", "fi", "xx", ""]
        {
            let text = text(&facts(language), None);
            for part in ["Larkfield Ltd", CODE, "Mira Holm", "2818"] {
                assert!(text.contains(part), "{language}: {text}");
            }
            assert_eq!(segments(&text).messages, 1, "{language}: {text}");
        }
        let swedish = text(&facts("sv"), None);
        assert!(swedish.contains("din kod är {code}"), "{swedish}");
        assert!(segments(&swedish).gsm);
        assert_eq!(text(&facts("SV_se"), None), swedish);
    }

    #[test]
    fn built_in_words_are_in_the_alphabet_of_160() {
        for words in
            [&ENGLISH, &SWEDISH, &DANISH, &GERMAN, &FRENCH, &SPANISH, &ITALIAN, &DUTCH, &FINNISH]
        {
            for form in [words.agent_and_ticket, words.agent, words.ticket, words.plain] {
                let odd: String = form.chars().filter(|c| gsm_units(*c).is_none()).collect();
                assert_eq!(odd, "", "{form}");
            }
        }
    }

    #[test]
    fn what_makes_it_two_messages_is_left_out_agent_first() {
        let long = |agent: &str, company: &str| TextFacts {
            agent: agent.into(),
            company: company.into(),
            ..facts("en")
        };
        let no_agent = text(&long(&"Agent ".repeat(20), "Larkfield Ltd"), None);
        assert!(!no_agent.contains("Agent") && no_agent.contains("Ticket 2818"), "{no_agent}");
        let other_script = text(&long("Mira Holm", "東京エネルギー株式会社"), None);
        assert_eq!(segments(&other_script), Segments { messages: 1, gsm: false }, "{other_script}");
        let endless = text(&long("Mira Holm", &"Company ".repeat(30)), None);
        assert!(endless.contains(CODE) && segments(&endless).messages > 1);
    }

    #[test]
    fn messages_are_counted_as_carriers_count_them() {
        let count = |text: String| segments(&text);
        assert_eq!(count("a".repeat(160)), Segments { messages: 1, gsm: true });
        assert_eq!(count("a".repeat(161)), Segments { messages: 2, gsm: true });
        assert_eq!(count("a".repeat(307)), Segments { messages: 3, gsm: true });
        assert_eq!(count("€".repeat(80)), Segments { messages: 1, gsm: true });
        assert_eq!(count("€".repeat(81)), Segments { messages: 2, gsm: true });
        assert_eq!(count("ł".repeat(70)), Segments { messages: 1, gsm: false });
        assert_eq!(count("ł".repeat(71)), Segments { messages: 2, gsm: false });
        assert_eq!(count("😀".repeat(36)), Segments { messages: 2, gsm: false });
        assert_eq!(count(format!("{}{CODE}", "a".repeat(154))).messages, 1);
    }

    #[test]
    fn names_can_neither_break_a_text_nor_bring_a_second_code() {
        let hostile =
            TextFacts { agent: "{code}\u{202e}evil\nhttp".into(), ticket: None, ..facts("en") };
        let text = text(&hostile, Some("{company} {agent} {ticket}: {code} {other}"));
        assert_eq!(text, "Larkfield Ltd code evil http -: {code} {other}");
    }
}
