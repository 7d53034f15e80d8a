//! Files of older versions: one `[tenant]` where there are `[[tenants]]` now.

use super::{DirectorySettings, EntraSettings, SignIn};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

/// A file's text in today's form; lines stay where they are.
pub(super) struct Modern {
    pub text: String,
    /// The only tenant's table left its way of signing in out, which meant a client secret.
    pub sign_in_by_secret: bool,
}

/// Nothing when the file is not of an older version, or can't be read.
pub(super) fn modern(text: &str) -> Option<Modern> {
    let mut file: DocumentMut = text.parse().ok()?;
    if file.contains_key("tenants") {
        return None;
    }
    let tenant = tenant_table(file.as_table_mut().remove("tenant")?)?;
    let sign_in_by_secret = !tenant.contains_key("sign_in");
    let mut tenants = ArrayOfTables::new();
    tenants.push(tenant);
    file.insert("tenants", Item::ArrayOfTables(tenants));
    Some(Modern { text: file.to_string(), sign_in_by_secret })
}

/// However it was written: `[tenant]`, `tenant.name = …` or `tenant = { … }`.
fn tenant_table(item: Item) -> Option<Table> {
    let mut table = item.into_table().ok()?;
    table.set_dotted(false);
    table.set_implicit(false);
    Some(table)
}

/// What the file meant by leaving the sign-in out.
pub(super) fn sign_in_by_secret(directory: &mut DirectorySettings) {
    if let DirectorySettings::Entra(EntraSettings { sign_in, .. }) = directory {
        *sign_in = SignIn::Secret;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_table_becomes_the_only_tenant_on_its_own_lines() {
        let old = "# ours\npractice = false\n\n[tenant] # production\nname = 'a' # named\n\n\
                   [pin]\nlength = 6\n";
        let new = "# ours\npractice = false\n\n[[tenants]] # production\nname = 'a' # named\n\n\
                   [pin]\nlength = 6\n";
        assert_eq!(modern(old).unwrap().text, new);
        assert!(modern(new).is_none());
    }

    #[test]
    fn other_spellings_of_the_table_are_read_too() {
        for old in ["tenant = { name = 'a' }\n", "tenant.name = 'a'\n"] {
            let text = modern(old).unwrap().text;
            assert!(text.contains("[[tenants]]") && text.contains("name = 'a'"), "{text}");
        }
    }
}
