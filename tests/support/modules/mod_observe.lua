-- Shows the tests what is on the sessions of a live Prosody, and changes its modules for them.

module:set_global();

local array = require "util.array";
local formdecode = require "util.http".formdecode;
local jid_host = require "util.jid".host;
local json = require "util.json";
local modulemanager = require "core.modulemanager";

module:depends("http");

local function answer(event, value)
	event.response.headers.content_type = "application/json";
	return json.encode(value);
end

local function shown(session)
	local fields = {};
	for name, value in pairs(session) do
		local is_shown = type(name) == "string" and (name:find("^jitsi_") or name == "auth_token" or name == "tokend_affiliation");
		if is_shown then fields[name] = value; end
	end
	return fields;
end

local function sessions(event)
	local all = {};
	for jid, session in pairs(prosody.full_sessions) do all[jid] = shown(session); end
	return answer(event, all);
end

-- The affiliation of an address with a room, and its role where it is in there.
local function standing(event)
	local parameters = formdecode(event.request.url.query);
	local room = prosody.hosts[jid_host(parameters.room)].modules.muc.get_room_from_jid(parameters.room);
	local occupant = room:get_occupant_by_real_jid(parameters.jid);
	return answer(event, { affiliation = room:get_affiliation(parameters.jid) or "none"; role = occupant and occupant.role });
end

-- The events that Jitsi's other modules rely on, in the order in which they came, with what they brought along.
local seen_events = {};

local function describe(event)
	local session = event.session or event;
	return {
		is_session = event.session == nil; room = session.jitsi_meet_room; verified_room = session.jitsi_meet_verified_room;
		claimed = event.claims and event.claims.room; jid = event.jid;
	};
end

local handlers = {};

for _, name in ipairs({
	"pre-jitsi-authentication-fetch-key"; "jitsi-authentication-token-verified"; "jitsi-access-ban-check";
	"pre-jitsi-authentication"; "post-jitsi-authentication"; "jitsi-verify-session-rooms"; "jitsi-pre-session-unbind";
}) do
	handlers[name] = function (event)
		local description = describe(event);
		description.event = name;
		table.insert(seen_events, description);
	end;
	module:hook_global(name, handlers[name], 100);
end

local function heed(event)
	local name = formdecode(event.request.url.query).event;
	module:hook_global(name, handlers[name], 100);
	return answer(event, {});
end

-- From here on the event has no handler, as if this module did not know it.
local function ignore(event)
	local name = formdecode(event.request.url.query).event;
	module:unhook_object_event(prosody.events, name, handlers[name]);
	return answer(event, {});
end

local function events(event)
	return answer(event, array(seen_events));
end

local function change(action)
	return function (event)
		local parameters = formdecode(event.request.url.query);
		local ok, err = modulemanager[action](parameters.host, parameters.module);
		return answer(event, { failure = not ok and tostring(err) or nil });
	end;
end

module:provides("http", {
	route = {
		["GET /events"] = events;
		["GET /standing"] = standing;
		["GET /sessions"] = sessions;
		["POST /heed"] = heed;
		["POST /ignore"] = ignore;
		["POST /load"] = change("load");
		["POST /reload"] = change("reload");
		["POST /unload"] = change("unload");
	};
});
