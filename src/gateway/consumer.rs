//! Consumers, as Kong knows them: those whom credentials are for.

use uuid::Uuid;

/// Somebody, or some program, that credentials are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// Its name for good.
    pub id: Uuid,
    /// What people call it; no other consumer has it. One of this and `custom_id` is there.
    pub username: Option<String>,
    /// What another system calls it; no other consumer has it.
    pub custom_id: Option<String>,
    /// Words to find it by, in the order in which they were given; none and an empty list are told apart.
    pub tags: Option<Vec<String>>,
    /// When it was made, in Unix seconds.
    pub created_at: i64,
    /// When it was changed last, in Unix seconds.
    pub updated_at: i64,
}

impl Consumer {
    /// What it is called: by its username, else by what another system calls it, else by its ID.
    #[must_use]
    pub fn called(&self) -> String {
        let name = self.username.as_ref().or(self.custom_id.as_ref());
        name.cloned().unwrap_or_else(|| self.id.to_string())
    }
}
