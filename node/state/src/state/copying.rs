//! A copy of the state while others use it, and whether its files are sound.

use std::{fs::OpenOptions, path::Path};

use super::State;
use crate::{StateError, key};

impl State {
    /// Copies the state, as it is at one moment, into a new file that only its owner can read. The key is not in it.
    ///
    /// # Errors
    ///
    /// The state is in PostgreSQL, which is [`StateError::NotAFile`]; or the file cannot be written.
    pub async fn copy_to(&self, path: &Path) -> Result<(), StateError> {
        if !self.database.is_file() {
            return Err(StateError::NotAFile);
        }
        key::private(OpenOptions::new().create_new(true))
            .open(path)
            .map_err(StateError::io("create", path))?;
        let text = path.to_str().ok_or(StateError::Url("is no text"))?;
        sqlx::query("VACUUM INTO $1").bind(text.to_owned()).execute(&self.pool).await?;
        Ok(())
    }

    /// Reads the whole database and checks that it is in itself as it should be. Of PostgreSQL that is its server's.
    ///
    /// # Errors
    ///
    /// [`StateError::Damaged`] where it is not.
    pub async fn check(&self) -> Result<(), StateError> {
        if !self.database.is_file() {
            return Ok(());
        }
        let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&self.pool).await?;
        if found == ["ok"] { Ok(()) } else { Err(StateError::Damaged("its file is not as it was written")) }
    }
}
