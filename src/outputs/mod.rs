//! What leaves the station on paper or as files: registeredKeys.csv, PIN letters, key labels.
