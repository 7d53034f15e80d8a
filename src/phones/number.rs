//! Phone numbers as people write them, and as the directory wants them.

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, Type, country};
use std::fmt;

const HIDDEN: &str = "•••";

/// A text that may be a phone number: a cell, an attribute, what somebody typed. Its Debug shows
/// nothing but its length.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct NumberText(Box<str>);

impl NumberText {
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that shows or sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// `+46 ••• ••• 67`: the country, and the last two digits; of a short or hidden number less.
    pub fn masked(&self) -> String {
        masked(&self.0)
    }
}

impl fmt::Debug for NumberText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NumberText({} characters)", self.0.chars().count())
    }
}

/// A country by its ISO 3166 code of two letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country(country::Id);

impl Country {
    /// `SE`, `se`; nothing for what is no country.
    pub fn from_code(code: &str) -> Option<Self> {
        code.trim().to_ascii_uppercase().parse().ok().map(Self)
    }

    pub fn code(&self) -> &str {
        self.0.as_ref()
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code())
    }
}

/// What a number reaches, as far as its country's plan tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Mobile,
    Landline,
    /// Either, or the plan does not tell.
    Unknown,
}

/// How far a text must be a number.
#[derive(Clone, Copy)]
enum Trust {
    /// In its country's plan.
    Plan,
    /// As long as one.
    Length,
}

/// A whole, valid number. Its Debug is masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    /// Such as 46.
    country_code: u16,
    /// Digits without the national prefix.
    national: Box<str>,
    extension: Option<Box<str>>,
}

/// Why a text is no number that can be registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberFault {
    #[error("nothing is given")]
    Blank,
    #[error("part of the number is hidden")]
    Masked,
    #[error("letter in the number")]
    Letter,
    #[error("character that is in no phone number")]
    Character,
    #[error("no country has this code")]
    Country,
    /// And no country is set for numbers without one.
    #[error("the country's code is missing, such as +46")]
    CodeMissing,
    #[error("too few digits, {found} of {wanted}")]
    TooShort { found: usize, wanted: usize },
    #[error("too many digits, {found} instead of {wanted}")]
    TooLong { found: usize, wanted: usize },
    #[error("{country} has no such number")]
    NotInUse { country: String },
    #[error("not a number of {allowed}")]
    OtherCountry { allowed: String },
    #[error("a short number of a service, not of a person")]
    Service,
    #[error("an extension can't be dialled for a text message")]
    Extension,
}

impl PhoneNumber {
    /// Reads a number in any common writing; one without a country's code is `default`'s.
    ///
    /// # Errors
    /// [`NumberFault`]; none of them repeats the text.
    pub fn read(text: &NumberText, default: Country) -> Result<Self, NumberFault> {
        Self::read_as(text, default, Trust::Plan)
    }

    /// The same, with numbers that are in no country's plan as known here, but as long as they
    /// can be: plans change, and directories hold what they hold.
    ///
    /// # Errors
    /// As [`Self::read`], but for [`NumberFault::NotInUse`].
    pub fn read_unassigned(text: &NumberText, default: Country) -> Result<Self, NumberFault> {
        Self::read_as(text, default, Trust::Length)
    }

    fn read_as(text: &NumberText, default: Country, trust: Trust) -> Result<Self, NumberFault> {
        let tidy = tidy(text.expose())?;
        let (dialled, extension) = split_extension(&tidy);
        check_characters(dialled)?;
        // With its own code a number has nothing of the default country's prefixes.
        let country = (!dialled.starts_with('+')).then_some(default.0);
        let parsed = phonenumber::parse(country, dialled)
            .map_err(|error| fault_of(&error, dialled, default))?;
        let number = Self {
            country_code: parsed.code().value(),
            national: national_digits(&parsed),
            extension: extension.map(Into::into),
        };
        if parsed.is_valid() {
            return Ok(number);
        }
        match (why_invalid(&parsed, &number, dialled), trust) {
            (NumberFault::NotInUse { .. }, Trust::Length) => Ok(number),
            (fault, _) => Err(fault),
        }
    }

    /// Reads a number that has its country's code and is in that country's plan.
    ///
    /// # Errors
    /// [`NumberFault`]; [`NumberFault::CodeMissing`] where there is no code.
    pub fn read_international(text: &NumberText) -> Result<Self, NumberFault> {
        Self::from_international(text)?;
        Self::read(text, Country(country::Id::US))
    }

    /// Reads what [`Self::entra`] wrote, or a directory tells: only with a country's code, and
    /// whether it is in that country's plan or not.
    ///
    /// # Errors
    /// [`NumberFault`]; [`NumberFault::CodeMissing`] where there is no code.
    pub fn from_international(text: &NumberText) -> Result<Self, NumberFault> {
        let tidy = tidy(text.expose())?;
        if !tidy.starts_with('+') {
            return Err(NumberFault::CodeMissing);
        }
        // Any country does: the number has its own code.
        Self::read_unassigned(text, Country(country::Id::US))
    }

    /// As Entra wants it: `+46 701234567`, with an extension `+1 2065555555x123`.
    pub fn entra(&self) -> String {
        let extension = self.extension.as_deref().map(|digits| format!("x{digits}"));
        format!("+{} {}{}", self.country_code, self.national, extension.unwrap_or_default())
    }

    /// As services that send texts want it (E.164), without an extension: `+46701234567`.
    pub fn e164(&self) -> String {
        format!("+{}{}", self.country_code, self.national)
    }

    /// In groups, as its country writes it to others: `+46 70 123 45 67`.
    pub fn grouped(&self) -> String {
        let Ok(parsed) = phonenumber::parse(None, self.e164()) else { return self.entra() };
        let number = parsed.format().mode(Mode::International).to_string();
        let extension = self.extension.as_deref().map(|digits| format!(" x{digits}"));
        number + &extension.unwrap_or_default()
    }

    /// `+46 ••• ••• 67`.
    pub fn masked(&self) -> String {
        masked(&self.entra())
    }

    pub fn has_extension(&self) -> bool {
        self.extension.is_some()
    }

    /// Whether it is of one of these countries (ISO 3166 codes).
    pub fn is_of(&self, countries: &[&str]) -> bool {
        // By the code, which some countries share: the plans of Guernsey and Great Britain differ
        // by single digits.
        let code_of = |country: &str| {
            let plan = DATABASE.by_id(&country.trim().to_ascii_uppercase());
            plan.map(|plan| plan.country_code())
        };
        countries.iter().any(|country| code_of(country) == Some(self.country_code))
    }

    /// `+46 (SE)`.
    pub fn country_words(&self) -> String {
        let country = self.country().map(|country| format!(" ({})", country.code()));
        format!("+{}{}", self.country_code, country.unwrap_or_default())
    }

    fn country(&self) -> Option<Country> {
        let parsed = phonenumber::parse(None, self.e164()).ok()?;
        parsed.country().id().map(Country)
    }

    /// What its country's plan tells of it.
    pub fn line(&self) -> Line {
        let Ok(parsed) = phonenumber::parse(None, self.e164()) else { return Line::Unknown };
        match parsed.number_type(&DATABASE) {
            Type::Mobile => Line::Mobile,
            Type::FixedLine => Line::Landline,
            _ => Line::Unknown,
        }
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

fn masked(number: &str) -> String {
    let number = number.split('x').next().unwrap_or_default().trim();
    let country = number
        .split_once(' ')
        .map(|(country, _)| country)
        .filter(|country| is_country_code(country))
        .map(|country| format!("{country} "))
        .unwrap_or_default();
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    // Of a short number two digits would be half of it.
    let tail: String = match digits.len() {
        0..5 if !number.contains('X') => HIDDEN.into(),
        count => digits[count.saturating_sub(2)..].iter().collect(),
    };
    format!("{country}{HIDDEN} {HIDDEN} {tail}")
}

fn is_country_code(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Digits of every script as ASCII, all spaces and dashes as one kind, `00` as `+`, without a
/// `tel:` in front and a spreadsheet's apostrophe.
fn tidy(text: &str) -> Result<String, NumberFault> {
    let text = text.trim().trim_start_matches('\'');
    let text = text.strip_prefix("tel:").unwrap_or(text).trim();
    if text.is_empty() {
        return Err(NumberFault::Blank);
    }
    let hidden = |c: char| matches!(c, '•' | '*' | '●' | '·' | '#');
    let crosses = text.chars().filter(|c| matches!(c, 'X' | 'x')).count();
    if text.contains(hidden) || crosses > 1 {
        return Err(NumberFault::Masked);
    }
    let plain: String = text.chars().filter_map(plain).collect();
    Ok(match plain.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None => plain,
    })
}

fn plain(c: char) -> Option<char> {
    if let Some(digit) = decimal(c) {
        return char::from_digit(digit, 10);
    }
    match c {
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => None,
        '＋' => Some('+'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '－' => Some('-'),
        '（' => Some('('),
        '）' => Some(')'),
        c if c.is_whitespace() => Some(' '),
        c => Some(c),
    }
}

/// Decimal digits of the scripts people type numbers in: each has ten in a row.
fn decimal(c: char) -> Option<u32> {
    const ZEROS: [char; 8] = ['0', '٠', '۰', '०', '০', '๐', '０', '߀'];
    ZEROS.iter().find_map(|zero| {
        let place = u32::from(c).checked_sub(u32::from(*zero))?;
        (place < 10).then_some(place)
    })
}

/// `x123`, `ext. 123`, `;ext=123` behind the number.
fn split_extension(tidy: &str) -> (&str, Option<&str>) {
    const MOST_DIGITS: usize = 11;
    let lower = tidy.to_ascii_lowercase();
    let mark = [";ext=", "extension", "ext.", "ext", "x"]
        .into_iter()
        .find_map(|mark| lower.rfind(mark).map(|at| (at, mark.len())));
    let Some((at, length)) = mark else { return (tidy, None) };
    let digits = tidy[at + length..].trim_matches([' ', '.', ':', '=']);
    let is_extension =
        (1..=MOST_DIGITS).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if is_extension { (tidy[..at].trim_end(), Some(digits)) } else { (tidy, None) }
}

fn check_characters(dialled: &str) -> Result<(), NumberFault> {
    if dialled.chars().any(char::is_alphabetic) {
        return Err(NumberFault::Letter);
    }
    let fits = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/');
    let plus_inside = dialled.char_indices().any(|(at, c)| c == '+' && at > 0);
    if plus_inside || !dialled.chars().all(fits) {
        return Err(NumberFault::Character);
    }
    Ok(())
}

fn national_digits(parsed: &phonenumber::PhoneNumber) -> Box<str> {
    let whole = parsed.format().mode(Mode::E164).to_string();
    let code = format!("+{}", parsed.code().value());
    whole.strip_prefix(&code).unwrap_or(&whole).into()
}

fn fault_of(error: &phonenumber::ParseError, dialled: &str, default: Country) -> NumberFault {
    use phonenumber::ParseError;
    let found = count_digits(dialled);
    let (least, most) = lengths(default.0.as_ref());
    match error {
        ParseError::InvalidCountryCode => NumberFault::Country,
        ParseError::TooLong => NumberFault::TooLong { found, wanted: most },
        _ => NumberFault::TooShort { found, wanted: least },
    }
}

/// Why a number that could be read is none: its length, or its digits.
fn why_invalid(
    parsed: &phonenumber::PhoneNumber,
    number: &PhoneNumber,
    dialled: &str,
) -> NumberFault {
    // Of countries that share a code, the main one comes first.
    let regions = DATABASE.region(&number.country_code);
    let Some(main) = regions.and_then(|regions| regions.first().copied()) else {
        return NumberFault::Country;
    };
    let country = parsed.country().id().map_or(main.to_owned(), |id| id.as_ref().to_owned());
    let (least, most) = lengths(&country);
    // As it was written: with the 0 in front that the country's own people dial.
    let found = count_digits(dialled);
    let digits = number.national.len();
    let prefix = if dialled.starts_with('+') { 0 } else { found.saturating_sub(digits) };
    match digits + prefix {
        found if digits < least => NumberFault::TooShort { found, wanted: least + prefix },
        found if digits > most => NumberFault::TooLong { found, wanted: most + prefix },
        _ => NumberFault::NotInUse { country },
    }
}

fn count_digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Fewest and most digits of a mobile of this country, without the national prefix.
fn lengths(country: &str) -> (usize, usize) {
    let Some(plan) = DATABASE.by_id(country) else { return (4, 15) };
    let of_mobiles = plan.descriptors().mobile().map(|mobiles| mobiles.possible_length());
    let possible = of_mobiles
        .filter(|lengths| !lengths.is_empty())
        .unwrap_or_else(|| plan.descriptors().general().possible_length());
    let all = || possible.iter().map(|length| usize::from(*length));
    (all().min().unwrap_or(4), all().max().unwrap_or(15))
}

#[cfg(test)]
#[path = "number_tests.rs"]
mod tests;
