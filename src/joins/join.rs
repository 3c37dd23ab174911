//! One decision.

/// A decision on somebody who wanted to come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// Its place among all that were kept since the start; whoever keeps it sets it.
    pub number: u64,
    /// When it was decided, in Unix seconds.
    pub time: i64,
    /// What was wanted.
    pub what: What,
    /// The host whose policy decided.
    pub host: String,
    /// The name of the issuer by which the token was judged, where that is a further one of the host.
    pub issuer: Option<String>,
    /// The code of the reason, where it was denied.
    pub code: Option<&'static str>,
    /// How logs name the token, where there is one.
    pub token_id: Option<String>,
    /// The room that was wanted, where one was and names are kept.
    pub room: Option<String>,
    /// The user as the token names them, where it does and names are kept.
    pub name: Option<String>,
}

/// What somebody wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// To log in, and to enter a room where one was named with it.
    Login,
    /// To enter a room once logged in.
    Room,
}

impl Join {
    /// Whether somebody was let in.
    #[must_use]
    pub const fn is_let_in(&self) -> bool {
        self.code.is_none()
    }

    /// How many bytes of memory it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let texts = [&self.issuer, &self.token_id, &self.room, &self.name];
        let texts = texts.into_iter().flatten().map(String::capacity);
        texts
            .fold(size_of::<Self>(), usize::saturating_add)
            .saturating_add(self.host.capacity())
    }
}
