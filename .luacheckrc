std = "lua54"
codes = true
max_line_length = 150

-- Prosody also runs on older Lua versions: only what all of them have.
files["lua"] = {
	std = "min", read_globals = { "prosody", module = { fields = { unload = { read_only = false } }, other_fields = true } },
}
files["tests/lua"] = { std = "max+busted", globals = { "prosody" } }
files["tests/support/modules"] = {
	std = "min", read_globals = { "prosody" }, globals = { module = { fields = { add_host = {}, unload = {} }, other_fields = true } },
}
files["tests/support/prosody-13.lua"] = { globals = { "arg" } }
files["contrib/gateway"] = { std = "lua53", read_globals = { "core" } }
files["measure"] = { std = "min", read_globals = { "wrk" }, globals = { "delay", "init", "request", "done" } }
-- Configurations of Prosody are programs in which every assignment sets an option.
exclude_files = { "tests/it/prosody_config/corpus" }
files["tests/it/prosody_config/probe.lua"] = { globals = { "prosody" } }
