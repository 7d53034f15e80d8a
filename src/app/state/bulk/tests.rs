//! What the window knows of a session.
