//! How a row of the table is written.

use super::known::{DefaultValue, Group, Kind, KnownOption, Place, Role, TakesEffect};

/// A row that lacks its meaning. It becomes an option with `means`, so that none can be left without.
pub(super) struct Row(KnownOption);

impl Row {
    /// A row whose option has no default, is nobody's variable, and counts from the next reload on.
    pub const fn new(place: Place, name: &'static str, kind: Kind, group: Group) -> Self {
        Self(KnownOption {
            name,
            place,
            kind,
            role: Role::Other,
            group,
            default: DefaultValue::Nothing,
            example: "",
            meaning: "",
            detail: "",
            takes_effect: TakesEffect::AtReload,
            variable: None,
            is_issuers: matches!(place, Place::Issuer),
        })
    }

    /// It says the same as others of this role.
    pub const fn role(self, role: Role) -> Self {
        Self(KnownOption { role, ..self.0 })
    }

    /// Its value where it is not set.
    pub const fn always(self, value: &'static str) -> Self {
        self.default(DefaultValue::Always, value)
    }

    /// What counts where it is not set, and a value to start from.
    pub const fn default(self, default: DefaultValue, example: &'static str) -> Self {
        Self(KnownOption {
            default,
            example,
            ..self.0
        })
    }

    /// A value to start from, where nothing counts unless it is set.
    pub const fn like(self, example: &'static str) -> Self {
        self.default(DefaultValue::Nothing, example)
    }

    /// The variable of docker-jitsi-meet that sets it.
    pub const fn variable(self, name: &'static str) -> Self {
        Self(KnownOption {
            variable: Some(name),
            ..self.0
        })
    }

    /// Each of a host's issuers may have it as well.
    pub const fn of_issuers(self) -> Self {
        Self(KnownOption {
            is_issuers: true,
            ..self.0
        })
    }

    /// A change of it waits for the next start.
    pub const fn at_start(self) -> Self {
        Self(KnownOption {
            takes_effect: TakesEffect::AtStart,
            ..self.0
        })
    }

    /// What else is good to know, in whole sentences.
    pub const fn detail(self, detail: &'static str) -> Self {
        Self(KnownOption { detail, ..self.0 })
    }

    /// What it does, in one sentence.
    pub const fn means(self, meaning: &'static str) -> KnownOption {
        KnownOption { meaning, ..self.0 }
    }
}
