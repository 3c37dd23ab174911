-- What others chose, as the log may show it: short, on one line, with nothing hidden in it, and never a token.
-- prosody-tokend has the same rules.

local jid_split = require "util.jid".split;

local max_repeated = 32;
local shortest_header = 12;

-- Almost every token begins with "eyJ", which is {" in base64.
local function has_header(part)
	for first in ("-"..part):gmatch("[-_]()eyJ") do
		if #part + 2 - first >= shortest_header then return true; end
	end
	return false;
end

local function looks_like_token(text)
	for run in text:gmatch("[%w_.-]+") do
		local parts, is_long = 0, false;
		for part in (run.."."):gmatch("([^.]*)%.") do
			if has_header(part) then return true; end
			parts, is_long = parts + 1, is_long or #part > max_repeated;
		end
		if parts >= 3 and is_long then return true; end
	end
	return false;
end

local function escaped(text)
	return (text:gsub("[^ -~]", function (byte) return ("\\x%02x"):format(byte:byte()); end));
end

-- The value as text for the log, cut after max bytes (32 by default). Of a text that looks like a token only its length.
local function bounded(value, max)
	local text = tostring(value);
	max = max or max_repeated;
	if looks_like_token(text) then return ("something like a token (%d characters)"):format(#text); end
	return escaped(text:sub(1, max))..(#text > max and "..." or "");
end

-- An address: this server's own domains are no secret, whatever else stands in it was chosen by a client.
local function address(jid)
	local node, host, resource = jid_split(jid);
	if not host then return bounded(jid); end
	return (node and bounded(node).."@" or "")..(prosody.hosts[host] and host or bounded(host))
		..(resource and "/"..bounded(resource) or "");
end

return { bounded = bounded; escaped = escaped; address = address };
