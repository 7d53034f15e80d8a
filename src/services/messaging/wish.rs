//! What a question says, in every service's form.

use super::PushWish;

impl PushWish {
    /// The question itself, on one line of at most so many characters.
    pub fn question(&self, most_chars: usize) -> String {
        let ticket = match &self.ticket {
            Some(ticket) => format!(", ticket {ticket}"),
            None => String::new(),
        };
        // The word is what a person compares: it stands first, so that no cut takes it.
        let text = format!(
            "Number {}. {}: {} asks whether it is you who called{ticket}",
            self.word, self.company, self.agent
        );
        match text.char_indices().nth(most_chars) {
            Some((at, _)) => text[..at].trim_end().to_owned(),
            None => text,
        }
    }

    /// Label and value of each line below it.
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = vec![
            ("Number", self.word.as_str()),
            ("Company", self.company.as_str()),
            ("Agent", self.agent.as_str()),
        ];
        fields.extend(self.ticket.as_deref().map(|ticket| ("Ticket", ticket)));
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_who_asks_and_why_and_a_cut_leaves_the_word() {
        let mut wish = PushWish {
            company: "Larkfield Ltd".into(),
            agent: "Amina Haddad".into(),
            ticket: Some("2818".into()),
            word: "42".into(),
            ends: jiff::Timestamp::UNIX_EPOCH,
        };
        let whole = "Number 42. Larkfield Ltd: Amina Haddad asks whether it is you who called, \
                     ticket 2818";
        assert_eq!(wish.question(144), whole);
        wish.company = "Å".repeat(500);
        assert!(wish.question(144).starts_with("Number 42. ÅÅ"));
        assert_eq!(wish.question(144).chars().count(), 144);
        let names =
            |wish: &PushWish| wish.fields().iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!(names(&wish), ["Number", "Company", "Agent", "Ticket"]);
        wish.ticket = None;
        assert_eq!(names(&wish), ["Number", "Company", "Agent"]);
    }
}
