//! What `io.open` gives: a file that was read at once.

use std::cell::Cell;

use mlua::{Function, Lua, LuaString, MultiValue, UserData, UserDataMethods};

use super::reading::{line, piece};

/// A file opened for reading.
pub struct TextFile {
    bytes: Vec<u8>,
    at: usize,
}

impl TextFile {
    /// At the beginning of the content.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, at: 0 }
    }

    fn read(&mut self, format: &str) -> Result<Option<Vec<u8>>, String> {
        let mut rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = piece(&mut rest, format)?.map(<[u8]>::to_vec);
        self.at = self.bytes.len().saturating_sub(rest.len());
        Ok(found)
    }

    /// An iterator over the lines that are left.
    pub fn lines(&self, lua: &Lua) -> mlua::Result<Function> {
        let rest = self.bytes.get(self.at..).unwrap_or_default().to_vec();
        let at = Cell::new(0_usize);
        lua.create_function(move |lua, _: MultiValue| {
            let mut left = rest.get(at.get()..).unwrap_or_default();
            let line = line(&mut left).map(|line| lua.create_string(line));
            at.set(rest.len().saturating_sub(left.len()));
            line.transpose()
        })
    }
}

impl UserData for TextFile {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method_mut("read", |lua, this, format: Option<LuaString>| {
            let format = format.map_or("l".to_owned(), |format| format.to_string_lossy());
            let found = this.read(&format).map_err(mlua::Error::runtime)?;
            found.map(|bytes| lua.create_string(bytes)).transpose()
        });
        methods.add_method("lines", |lua, this, _: MultiValue| this.lines(lua));
        methods.add_method("close", |_, _, ()| Ok(true));
    }
}
