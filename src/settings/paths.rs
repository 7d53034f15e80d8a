//! Where settings and data are.
//!
//! | system | settings (`config.toml`) | data (journal, outputs) |
//! |---|---|---|
//! | Linux | `~/.config/keydesk` | `~/.local/share/keydesk` |
//! | macOS | `~/Library/Application Support/Keydesk` | the same |
//! | Windows | `%APPDATA%\Keydesk\config` | `%LOCALAPPDATA%\Keydesk\data` |
//!
//! `--config DIR` and `--data DIR` choose others, for tests or several stations on one computer.

use super::SettingsError;
use std::path::PathBuf;

/// The two folders of one station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    pub config: PathBuf,
    /// Never a roaming or shared one by default: the journal belongs to this computer.
    pub data: PathBuf,
}

impl Paths {
    /// The folders given on the command line, else the platform's.
    pub fn choose(config: Option<PathBuf>, data: Option<PathBuf>) -> Result<Self, SettingsError> {
        let platform = directories::ProjectDirs::from("", "", "Keydesk");
        let platform = platform.as_ref();
        let config = config.or_else(|| platform.map(|dirs| dirs.config_dir().into()));
        let data = data.or_else(|| platform.map(|dirs| dirs.data_local_dir().into()));
        match (config, data) {
            (Some(config), Some(data)) => Ok(Self { config, data }),
            _ => Err(SettingsError::NoHome),
        }
    }

    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_command_line_win_each_by_itself() {
        let both = Paths::choose(Some("/c".into()), Some("/d".into())).unwrap();
        assert_eq!(both, Paths { config: "/c".into(), data: "/d".into() });
        assert_eq!(both.config_file(), PathBuf::from("/c").join("config.toml"));
        if let Ok(one) = Paths::choose(Some("/c".into()), None) {
            assert_eq!(one.config, PathBuf::from("/c"));
            assert!(one.data.to_string_lossy().to_lowercase().contains("keydesk"));
        }
    }
}
