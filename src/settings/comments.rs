//! Keeps what was written into `config.toml` by hand: comments, order, spelling of values.

use toml_edit::{DocumentMut, Item, Table, Value};

/// The new settings in the old file's clothes; `None` when either can't be read.
pub(super) fn with_comments_of(old: &str, new: &str) -> Option<String> {
    let mut kept: DocumentMut = old.parse().ok()?;
    let new: DocumentMut = new.parse().ok()?;
    merge(kept.as_table_mut(), new.as_table());
    Some(kept.to_string())
}

fn merge(kept: &mut Table, new: &Table) {
    let gone = |key: &String| !new.contains_key(key);
    let keys: Vec<String> = kept.iter().map(|(key, _)| key.to_owned()).filter(gone).collect();
    for key in keys {
        kept.remove(&key);
    }
    for (key, item) in new {
        match (kept.get_mut(key), item) {
            (Some(Item::Table(kept)), Item::Table(new)) => merge(kept, new),
            (Some(Item::Value(kept)), Item::Value(new)) => replace(kept, new),
            _ => {
                kept.insert(key, at_the_end(item.clone()));
            }
        }
    }
}

/// The comment behind the old value stays behind the new one.
fn replace(kept: &mut Value, new: &Value) {
    if !is_same(kept, new) {
        let decor = kept.decor().clone();
        *kept = new.clone();
        *kept.decor_mut() = decor;
    }
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.value() == other.value(),
        (Value::Integer(one), Value::Integer(other)) => one.value() == other.value(),
        (Value::Boolean(one), Value::Boolean(other)) => one.value() == other.value(),
        _ => false,
    }
}

/// A table brings its place in the file it comes from.
fn at_the_end(mut item: Item) -> Item {
    if let Item::Table(table) = &mut item {
        table.set_position(None);
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_written_anew() {
        let old = "# ours\npractice = false # not here\n\n[pin] # the rules\n# long enough\n\
                   length   = 6   # agreed\n'alphabet' = 'digits'\n# the end\n";
        let new = "practice = true\n\n[pin]\nlength = 8\nalphabet = \"digits\"\n";
        assert_eq!(
            with_comments_of(old, new).unwrap(),
            "# ours\npractice = true # not here\n\n[pin] # the rules\n# long enough\n\
             length   = 8   # agreed\n'alphabet' = 'digits'\n# the end\n"
        );
    }

    #[test]
    fn what_is_new_is_added_and_what_is_gone_is_removed() {
        let old = "[tenant]\nname = \"a\" # named\n\n[pin]\nlength = 6\n";
        let new = "practice = true\n\n[pin]\nlength = 6\n\n[outputs]\npin_in_csv = false\n";
        let text = with_comments_of(old, new).unwrap();
        assert_eq!(text.parse::<DocumentMut>().unwrap().as_table().len(), 3);
        assert!(text.contains("practice = true") && text.contains("pin_in_csv = false"));
        assert!(!text.contains("tenant"), "{text}");
    }

    #[test]
    fn a_file_that_can_not_be_read_gives_nothing() {
        assert_eq!(with_comments_of("pin = [", "practice = true\n"), None);
    }
}
