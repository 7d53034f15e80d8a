//! What is told of the challenges that a list of people brings.

use crate::bulk::Brought;
use crate::problem::{Detail, Problem};
use crate::roster::{Row, Verdict};

/// Rows named one by one below the remark.
const MOST_LINES: usize = 20;

/// How many there are, and why the others are not used; nothing where the list brings none.
pub(super) fn about_challenges(rows: &[Row]) -> Option<Problem> {
    let brings = |row: &&Row| row.prepared.is_some() && row.verdict == Verdict::Usable;
    let (good, lacking): (Vec<&Row>, Vec<&Row>) = rows.iter().filter(brings).partition(|row| {
        row.prepared.as_deref().is_some_and(|brought| Brought::of(brought, Vec::new()).is_some())
    });
    let lapsed = count(rows, |verdict| matches!(verdict, Verdict::ChallengeExpired { .. }));
    let broken = count(rows, |verdict| matches!(verdict, Verdict::BadChallenge(_)));
    let parts = [
        (lapsed, "lapsed"),
        (broken, "can't be read"),
        (lacking.len(), "without relying party or handle"),
    ];
    let bad: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if good.is_empty() && bad.is_empty() {
        return None;
    }
    let brought = format!("The list brings {} that can be used", challenges(good.len()));
    Some(match bad.is_empty() {
        true => Problem {
            what: brought,
            next: "They are used, and not asked for again".into(),
            details: Vec::new(),
        },
        false => Problem {
            what: format!("{brought}; others can't: {}", bad.join(", ")),
            next: "New ones are fetched for these people".into(),
            details: reasons(rows),
        },
    })
}

fn count(rows: &[Row], is: impl Fn(&Verdict) -> bool) -> usize {
    rows.iter().filter(|row| is(&row.verdict)).count()
}

fn reasons(rows: &[Row]) -> Vec<Detail> {
    let unusable = rows.iter().filter(|row| row.verdict.needs_challenge());
    unusable
        .take(MOST_LINES)
        .map(|row| {
            let reason = row.verdict.reason().unwrap_or_default();
            Detail::new("line", format!("{}: {reason}", row.line))
        })
        .collect()
}

fn challenges(count: usize) -> String {
    match count {
        0 => "no challenge".into(),
        1 => "1 challenge".into(),
        more => format!("{more} challenges"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster;

    const HEAD: &str = "#User.Name,User.DisplayName,User.ID,Challenge,ChallengeExpiryTime,RP.ID\n";
    const CHALLENGE: &str = "AAECAwQFBgcICQoLDA0ODw";

    fn remark(rows: &str) -> Option<Problem> {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        about_challenges(&roster::read(format!("{HEAD}{rows}").as_bytes(), now).rows)
    }

    fn row(name: &str, challenge: &str, hour: u8, party: &str) -> String {
        format!("{name}@b.example,,T0ZA,{challenge},2026-11-22T{hour}:30:00Z,{party}\n")
    }

    #[test]
    fn what_a_list_brings_is_counted_and_each_that_is_not_used_is_named() {
        let party = "login.microsoft.com";
        let good = row("a", CHALLENGE, 13, party) + &row("b", CHALLENGE, 14, party);
        let told = remark(&good).unwrap();
        assert_eq!(told.what, "The list brings 2 challenges that can be used");

        let bad = row("c", CHALLENGE, 11, party)
            + &row("d", "#NAME?", 13, party)
            + &row("e", CHALLENGE, 13, "");
        let told = remark(&format!("{good}{bad}")).unwrap();
        assert_eq!(
            told.what,
            "The list brings 2 challenges that can be used; others can't: 1 lapsed, 1 can't be \
             read, 1 without relying party or handle"
        );
        let lines: Vec<&str> = told.details.iter().map(|detail| detail.value.as_str()).collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("4: The challenge lapsed at 2026-11-22 11:30 UTC"));
        assert!(lines[1].starts_with("5: The challenge can't be used"));
        assert_eq!(remark("f@b.example,,,,,\n"), None);
    }
}
