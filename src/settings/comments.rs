//! Keeps what was written into `config.toml` by hand: comments, order, spelling of values.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

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
            (Some(Item::ArrayOfTables(kept)), Item::ArrayOfTables(new)) => merge_each(kept, new),
            _ => {
                kept.insert(key, at_the_end(item.clone()));
            }
        }
    }
}

/// Tables of the same name are the same, wherever they stand now; those without one, and a
/// renamed one, are told by their place.
fn merge_each(kept: &mut ArrayOfTables, new: &ArrayOfTables) {
    let mut old: Vec<Option<Table>> = kept.iter().cloned().map(Some).collect();
    let named: Vec<Option<usize>> = new.iter().map(|table| place_of(&old, name(table))).collect();
    kept.clear();
    for (place, table) in new.iter().enumerate() {
        let by_name = named[place];
        let by_place = Some(place).filter(|place| !named.contains(&Some(*place)));
        let same = by_name.or(by_place).and_then(|place| old.get_mut(place)?.take());
        kept.push(match same {
            Some(mut same) => {
                merge(&mut same, table);
                same
            }
            None => without_place(table.clone()),
        });
    }
}

fn place_of(tables: &[Option<Table>], wanted: Option<&str>) -> Option<usize> {
    let wanted = wanted?;
    tables.iter().position(|table| table.as_ref().and_then(name) == Some(wanted))
}

fn name(table: &Table) -> Option<&str> {
    table.get("name").and_then(Item::as_str)
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
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other.iter()).all(|(one, other)| is_same(one, other))
        }
        _ => false,
    }
}

/// A table brings its place in the file it comes from.
fn at_the_end(item: Item) -> Item {
    match item {
        Item::Table(table) => Item::Table(without_place(table)),
        Item::ArrayOfTables(tables) => {
            Item::ArrayOfTables(tables.into_iter().map(without_place).collect())
        }
        other => other,
    }
}

fn without_place(mut table: Table) -> Table {
    table.set_position(None);
    for (_, item) in table.iter_mut() {
        *item = at_the_end(std::mem::take(item));
    }
    table
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
    fn a_list_keeps_the_comments_of_what_stays_in_it() {
        let old = "[[tenants]] # first\nname = \"a\" # named a\nlist = [\"x\"] # kept\n\n\
                   [[tenants]] # second\nname = \"b\" # named b\n\n[tenants.pin] # own\n\
                   length = 6\n\n[pin] # station\nlength = 6\n";
        let new = "[[tenants]]\nname = \"b\"\n\n[tenants.pin]\nlength = 8\n\n[[tenants]]\n\
                   name = \"c\"\n\n[[tenants.roles]]\nrole = \"clerk\"\n\n[pin]\nlength = 6\n";
        let text = with_comments_of(old, new).unwrap();
        let read: DocumentMut = text.parse().unwrap();
        let names = |text: &DocumentMut| -> Vec<String> {
            let tenants = text["tenants"].as_array_of_tables().unwrap();
            tenants.iter().filter_map(|table| name(table).map(str::to_owned)).collect()
        };
        assert_eq!(names(&read), ["b", "c"], "{text}");
        assert_eq!(read["tenants"][0]["pin"]["length"].as_integer(), Some(8), "{text}");
        assert_eq!(read["tenants"][1]["roles"][0]["role"].as_str(), Some("clerk"), "{text}");
        for comment in ["# second", "# named b", "# own", "# station"] {
            assert!(text.contains(comment), "{comment} is gone from:\n{text}");
        }
        assert!(!text.contains("# named a"), "{text}");
        let same = "[[tenants]]\nname = \"a\"\nlist = [\"x\"]\n\n[[tenants]]\nname = \"b\"\n\n\
                    [tenants.pin]\nlength = 6\n\n[pin]\nlength = 6\n";
        assert_eq!(with_comments_of(old, same).as_deref(), Some(old));
    }

    #[test]
    fn a_file_that_can_not_be_read_gives_nothing() {
        assert_eq!(with_comments_of("pin = [", "practice = true\n"), None);
    }
}
