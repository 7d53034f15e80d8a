//! Whose directory it is.

use crate::problem::Problem;

/// Whose directory it is, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    pub name: String,
    /// Mail and sign-in domains it has proved to own.
    pub domains: Vec<String>,
}

impl Organisation {
    /// Whether what was asked for is a domain, and none of this organisation's: a mail domain can
    /// lead to another company's tenant. One that tells no domains is nobody's stranger.
    pub fn is_foreign(&self, asked: &str) -> bool {
        let same = |domain: &String| domain.eq_ignore_ascii_case(asked);
        asked.contains('.') && !self.domains.is_empty() && !self.domains.iter().any(same)
    }

    /// What the operator is told then.
    pub fn stranger(&self, asked: &str) -> Option<Problem> {
        self.is_foreign(asked).then(|| Problem {
            what: format!(
                "The tenant is that of {}, and {asked} is not one of its domains",
                self.name
            ),
            next: "Check that this is the company whose people get keys here".into(),
            details: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(domains: &[&str]) -> Organisation {
        let domains = domains.iter().map(|&domain| domain.into()).collect();
        Organisation { name: "Fabrikam".into(), domains }
    }

    #[test]
    fn a_domain_that_the_tenant_does_not_count_among_its_own_is_another_companys() {
        let fine = |own: Organisation, asked| own.stranger(asked).is_none();
        assert!(fine(own(&["fabrikam.example"]), "Fabrikam.example"));
        assert!(fine(own(&["fabrikam.example"]), "5f3a2e6c-0000-4000-8000-000000000001"));
        assert!(fine(own(&[]), "contoso.example"));
        let problem = own(&["fabrikam.example"]).stranger("contoso.example").unwrap();
        assert!(problem.what.contains("Fabrikam") && problem.what.contains("contoso.example"));
    }
}
