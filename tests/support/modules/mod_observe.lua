-- Shows the tests what is on the sessions of a live Prosody, and changes its modules for them.

module:set_global();

local formdecode = require "util.http".formdecode;
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
		if type(name) == "string" and (name:find("^jitsi_") or name == "auth_token") then fields[name] = value; end
	end
	return fields;
end

local function sessions(event)
	local all = {};
	for jid, session in pairs(prosody.full_sessions) do all[jid] = shown(session); end
	return answer(event, all);
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
		["GET /sessions"] = sessions;
		["POST /load"] = change("load");
		["POST /reload"] = change("reload");
		["POST /unload"] = change("unload");
	};
});
