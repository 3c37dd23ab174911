-- Prints what Prosody's own configmanager and module API answer for every host and option of a configuration:
--     lua5.4 probe.lua PROSODY_FOLDER CONFIGURATION
-- One line each, fields separated by tabs: host, option, value, and the option as string, number, boolean and array.
local folder, path = ...;
package.path = folder .. "/?.lua;" .. package.path;
package.cpath = folder .. "/?.so;" .. package.cpath;
-- 13.0 has its modules under another name, too.
local loader = loadfile(folder .. "/loader.lua");
if loader then loader(); end

-- What core.moduleapi expects of a running Prosody.
prosody = { hosts = {}, core_post_stanza = function () end, paths = {}, events = require "util.events".new() };
for _, name in ipairs { "core.statsmanager", "core.features", "util.pluginloader", "util.timer" } do
	package.loaded[name] = {};
end
local config = require "core.configmanager";
local api = require "core.moduleapi";

local function hex(text)
	return (text:gsub(".", function (byte) return ("%02x"):format(byte:byte()); end));
end

local encode;

local function encode_table(value)
	local parts = {};
	for _, item in ipairs(value) do
		table.insert(parts, encode(item));
	end
	local names = {};
	for name in pairs(value) do
		if type(name) == "string" then table.insert(names, name); end
	end
	table.sort(names);
	for _, name in ipairs(names) do
		table.insert(parts, hex(name) .. "=" .. encode(value[name]));
	end
	return "{" .. table.concat(parts, ",") .. "}";
end

function encode(value)
	if value == nil then
		return "nil";
	elseif type(value) == "string" then
		return "s" .. hex(value);
	elseif type(value) == "table" then
		return encode_table(value);
	elseif math.type(value) == "integer" then
		return "i" .. tostring(value);
	elseif type(value) == "number" then
		return ("f%016x"):format((string.unpack("<i8", string.pack("<d", value))));
	elseif type(value) == "boolean" then
		return tostring(value);
	end
	return "opaque";
end

-- Numbers as modules calculate with them, whole or not.
local function encode_number(value)
	return encode(value and value * 1.0);
end

-- The address of a table is no text.
local function encode_text(value)
	if value and (value:match("^table: ") or value:match("^function: ")) then value = nil; end
	return encode(value);
end

if config.set_credentials_directory then
	config.set_credentials_directory(os.getenv("CREDENTIALS_DIRECTORY"));
end
local ok, kind, reason = config.load(path);
if not ok then
	io.stderr:write(tostring(kind), ": ", tostring(reason), "\n");
	os.exit(1);
end

local sections = config.getconfig();
for host in pairs(sections) do
	local module = setmetatable({ host = host, log = function () end }, { __index = api });
	local names = {};
	for name in pairs(sections["*"]) do names[name] = true; end
	for name in pairs(sections[host]) do names[name] = true; end
	for name in pairs(names) do
		print(table.concat({
			host,
			name,
			encode(config.get(host, name)),
			encode_text(module:get_option_string(name)),
			encode_number(module:get_option_number(name)),
			encode(module:get_option_boolean(name)),
			encode(module:get_option_array(name)),
		}, "\t"));
	end
end
