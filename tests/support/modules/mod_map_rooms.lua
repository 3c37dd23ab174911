-- Shows clients room@conference.TENANT.DOMAIN for what is [TENANT]room@conference.DOMAIN, as Jitsi's mapper does.

local filters = require "util.filters";
local jid = require "util.jid";

local base = module.host;
local muc = "conference."..base;

local function to_internal(address)
	local node, host, resource = jid.split(address);
	local tenant = node and host and host:match("^conference%.([^.]+)%."..base:gsub("%p", "%%%0").."$");
	return tenant and jid.join("["..tenant.."]"..node, muc, resource) or address;
end

local function to_external(address)
	local node, host, resource = jid.split(address);
	local tenant, name = (node or ""):match("^%[([^%]]+)%](.+)$");
	return tenant and host == muc and jid.join(name, "conference."..tenant.."."..base, resource) or address;
end

local function map_incoming(event)
	event.stanza.attr.to = to_internal(event.stanza.attr.to);
end

for _, kind in ipairs({ "message"; "presence"; "iq" }) do
	for _, addressee in ipairs({ "full"; "bare"; "host" }) do
		module:hook("pre-"..kind.."/"..addressee, map_incoming);
	end
end

local function map_outgoing(stanza)
	if stanza.attr and stanza.attr.from then stanza.attr.from = to_external(stanza.attr.from); end
	return stanza;
end

local function watch(session)
	filters.add_filter(session, "stanzas/out", map_outgoing);
end

filters.add_filter_hook(watch);

function module.unload()
	filters.remove_filter_hook(watch);
end
