-- Starts Prosody's own script with its paths inside of the folder that it was installed to.

local root, libraries = table.remove(arg, 1), table.remove(arg, 1);
arg[0] = root.."/usr/bin/prosody";

package.path = (os.getenv("LUA_PATH") or ""):gsub(";;$", ";")..root.."/usr/share/lua/5.4/?.lua;"
	..root.."/usr/share/lua/5.4/?/init.lua";
package.cpath = libraries.."/lua/5.4/?.so";

local file = assert(io.open(arg[0]));
local script = file:read("a"):gsub("^#[^\n]*", ""):gsub("'/usr/lib/prosody", "'"..root.."/usr/lib/prosody");
file:close();

assert(load(script, "@"..arg[0]))(table.unpack(arg));
