//! The rooms' walls: which room may name what. Reads the source and fails when a wall breaks.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed step is a failed test

use std::fs;
use std::path::{Path, PathBuf};

/// A wall: under `room` (a path below src, empty for all) none of `names` may stand in code,
/// except below one of `except`.
struct Wall {
    room: &'static str,
    names: &'static [&'static str],
    except: &'static [&'static str],
}

/// What a room without I/O, clock and chance does not name.
const IMPURE: &[&str] = &[
    "tokio::",
    "reqwest::",
    "std::fs",
    "std::net",
    "std::time::Instant",
    "SystemTime",
    "Timestamp::now",
    "async fn",
    "egui",
    "hid::",
    "getrandom",
];

const WALLS: &[Wall] = &[
    Wall {
        room: "ui",
        names: &["tokio::", "reqwest::", "axum::", "std::fs", "std::net", "hid::", "rusqlite::"],
        except: &[],
    },
    Wall { room: "access", names: IMPURE, except: &[] },
    Wall { room: "engine", names: &["crate::app", "crate::ui"], except: &[] },
    Wall { room: "bulk", names: IMPURE, except: &[] },
    Wall { room: "enrolment", names: IMPURE, except: &[] },
    Wall { room: "phones", names: IMPURE, except: &[] },
    Wall { room: "verify", names: IMPURE, except: &[] },
    Wall { room: "roster", names: IMPURE, except: &[] },
    Wall { room: "", names: &["phonenumber::"], except: &["phones/number.rs"] },
    Wall { room: "webauthn", names: IMPURE, except: &[] },
    Wall { room: "pin", names: IMPURE, except: &[] },
    Wall { room: "", names: &["ctap_hid_fido2", "yubikey::"], except: &["key", "hid"] },
    Wall { room: "", names: &["keyring::", "keyring_core"], except: &["secrets"] },
    Wall { room: "", names: &["async_hid", "opensk::"], except: &["hid"] },
    Wall { room: "", names: &["rodio::"], except: &["app/sounds.rs"] },
    Wall {
        room: "",
        names: &["egui::", "eframe::", "egui_extras::", "egui_plot::"],
        except: &["app", "ui", "main.rs"],
    },
    // What a directory's service says over the wire is known to its own client only, and which
    // directories there are to the one file that makes them.
    Wall {
        room: "",
        names: &["directory::entra", "super::entra::", "Entra::new", "EntraConfig"],
        except: &[
            "directory",
            "engine/directories.rs",
            // They need a client at a real address.
            "engine/bulk/challenges_tests.rs",
        ],
    },
    Wall {
        room: "",
        names: &["privacyidea::", "PrivacyIdea::new", "PrivacyIdeaConfig"],
        except: &["directory/privacyidea", "engine/directories.rs"],
    },
    Wall {
        room: "",
        names: &["odata", "fido2Methods", "graph.microsoft.com/"],
        except: &["directory/entra", "practice/cloud", "engine/bench.rs"],
    },
    Wall {
        room: "",
        names: &["passkey_registration", "/token/init", "/validate/"],
        except: &["directory/privacyidea"],
    },
    Wall { room: "", names: &["sqlx::", "tiberius::"], except: &["services/check_log"] },
    // What stations share is one trait to everybody else.
    Wall { room: "", names: &["FolderFault", "SharedFolder"], except: &["services"] },
    Wall {
        room: "",
        names: &["Messages.json", "VerificationCheck", "onetouch", "hiddenfromuser"],
        except: &["services", "practice/cloud"],
    },
    Wall { room: "", names: &["jsonwebtoken::"], except: &["directory/openid"] },
    Wall {
        room: "",
        names: &["p12_keystore"],
        except: &["directory/entra", "engine/access/tests/credentials.rs"],
    },
    Wall {
        room: "",
        names: &["danger_accept_invalid", "dangerous_configuration", "tls_danger"],
        except: &[],
    },
];

#[test]
fn no_room_names_what_it_must_not() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src);
    assert!(
        files.len() > 40,
        "found only {} files: the test looks at the wrong place",
        files.len()
    );
    let broken: Vec<String> = WALLS.iter().flat_map(|wall| breaches(wall, &src, &files)).collect();
    assert!(broken.is_empty(), "walls broken:\n{}", broken.join("\n"));
}

#[test]
fn wire_types_stay_private_to_their_client() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let broken: Vec<String> = rust_files(&src.join("directory"))
        .iter()
        .flat_map(|file| public_wire_types(file))
        .collect();
    assert!(broken.is_empty(), "public wire types:\n{}", broken.join("\n"));
}

#[test]
fn every_source_file_says_what_it_is() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let silent: Vec<String> = rust_files(&src)
        .iter()
        .filter(|file| !read(file).starts_with("//!"))
        .map(|file| file.display().to_string())
        .collect();
    assert!(silent.is_empty(), "files without a //! text:\n{}", silent.join("\n"));
}

fn breaches(wall: &Wall, src: &Path, files: &[PathBuf]) -> Vec<String> {
    files
        .iter()
        .filter(|file| is_below(file, src, wall.room))
        .filter(|file| !wall.except.iter().any(|except| is_below(file, src, except)))
        .flat_map(|file| {
            code_lines(&read(file))
                .into_iter()
                .filter_map(|(number, line)| {
                    let name = wall.names.iter().find(|name| names_crate(&line, name))?;
                    Some(format!("{}:{number}: {name}", file.display()))
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Whether the line names it as a word of its own (`hid::` is not in `webauthn_hid::`).
fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(name)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

fn is_below(file: &Path, src: &Path, room: &str) -> bool {
    if room.is_empty() {
        return true;
    }
    file.starts_with(src.join(room)) || file == src.join(format!("{room}.rs"))
}

/// Lines of code before the tests at the bottom, without comments.
fn code_lines(text: &str) -> Vec<(usize, String)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.trim_start().starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(index, line)| (index + 1, line.to_owned()))
        .collect()
}

fn public_wire_types(file: &Path) -> Vec<String> {
    let text = read(file);
    let lines: Vec<&str> = text.lines().collect();
    lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains("derive(") && line.contains("erialize"))
        .filter(|(index, _)| {
            lines[index + 1..]
                .iter()
                .take(4)
                .any(|l| l.starts_with("pub struct") || l.starts_with("pub enum"))
        })
        .map(|(index, _)| format!("{}:{}", file.display(), index + 1))
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}
