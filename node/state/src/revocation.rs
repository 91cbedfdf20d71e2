//! Requesters and tokens that are not accepted any more.

use blake3::Hash;
use fyr_policy::Subject;

use crate::{StateError, writing::Writing};

/// What is not accepted any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revocation {
    /// Whatever a requester shows.
    Subject(Subject),
    /// One token, by a digest of it or of its id.
    Token([u8; 32]),
}

impl Revocation {
    /// Stores it; returns whether it is new.
    pub(crate) async fn insert(&self, writing: &mut Writing) -> Result<bool, StateError> {
        let (kind, issuer, id) = self.columns();
        let added = sqlx::query(
            "INSERT INTO revocations (kind, issuer, id, version) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (kind, issuer, id) DO NOTHING",
        )
        .bind(kind)
        .bind(issuer.to_owned())
        .bind(id)
        .bind(writing.version())
        .execute(&mut *writing.transaction)
        .await?;
        Ok(added.rows_affected() > 0)
    }

    /// Deletes it; returns whether it was there.
    pub(crate) async fn delete(&self, writing: &mut Writing) -> Result<bool, StateError> {
        let (kind, issuer, id) = self.columns();
        let removed = sqlx::query("DELETE FROM revocations WHERE kind = $1 AND issuer = $2 AND id = $3")
            .bind(kind)
            .bind(issuer.to_owned())
            .bind(id)
            .execute(&mut *writing.transaction)
            .await?;
        Ok(removed.rows_affected() > 0)
    }

    /// Describes it in the history.
    pub(crate) fn words(&self) -> String {
        match self.columns() {
            (kind, "", id) => format!("{kind} {id}"),
            (kind, issuer, id) => format!("{kind} {issuer} {id}"),
        }
    }

    /// Reads what the history says of one.
    ///
    /// # Errors
    ///
    /// It says something else.
    pub fn from_words(words: &str) -> Result<Self, StateError> {
        let parts: Vec<&str> = words.splitn(3, ' ').collect();
        match parts.as_slice() {
            ["token", id] => Self::from_columns("token", String::new(), (*id).to_owned()),
            [kind, issuer, id] => Self::from_columns(kind, (*issuer).to_owned(), (*id).to_owned()),
            _ => Err(StateError::Damaged("an unknown kind of revocation")),
        }
    }

    /// Returns kind, issuer and id, as they are stored.
    fn columns(&self) -> (&'static str, &str, String) {
        match self {
            Self::Subject(subject) => ("subject", &subject.issuer, subject.id.clone()),
            Self::Token(id) => ("token", "", Hash::from_bytes(*id).to_hex().to_string()),
        }
    }

    /// Reads what [`Revocation::columns`] wrote.
    pub(crate) fn from_columns(kind: &str, issuer: String, id: String) -> Result<Self, StateError> {
        match kind {
            "subject" => Ok(Self::Subject(Subject { issuer, id })),
            "token" => {
                let hash = Hash::from_hex(id).map_err(|_| StateError::Damaged("a revoked token"))?;
                Ok(Self::Token(*hash.as_bytes()))
            }
            _ => Err(StateError::Damaged("an unknown kind of revocation")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_history_says_is_read_again() {
        let subject =
            |issuer: &str, id: &str| Revocation::Subject(Subject { issuer: issuer.into(), id: id.into() });
        for revocation in [
            subject("https://issuer.example/", "anna"),
            subject("https://issuer.example/", "anna of the clinic"),
            Revocation::Token([7; 32]),
        ] {
            assert_eq!(Revocation::from_words(&revocation.words()).unwrap(), revocation);
        }
        for words in ["", "token", "token x", "person https://issuer.example/ anna"] {
            assert!(Revocation::from_words(words).is_err(), "{words}");
        }
    }
}
