-- Puts what a client says in its URL and headers on its session, for prosody-tokend to decide on. Nothing of it is verified here.

module:set_global();

local urldecode = require "util.http".urldecode;

local max_scheme_length = 32;

local region_header_name = module:get_option_string("region_header_name", "x_proxy_region");

local function decode(text)
	if not (text:find("%", 1, true) or text:find("+", 1, true)) then return text; end
	return urldecode((text:gsub("%+", " ")));
end

-- Does what util.http's formdecode does. That one looks at every byte of a token four times, in Lua; the plain searches
-- here run in C.
local function query_parameters(query)
	local parameters, first, equals = {}, 1, 0;
	while first <= #query do
		local after = query:find("&", first, true) or #query + 1;
		if equals and equals < first then equals = query:find("=", first, true); end
		if equals and equals < after then
			parameters[decode(query:sub(first, equals - 1))] = decode(query:sub(equals + 1, after - 1));
		end
		first = after + 1;
	end
	return parameters;
end

-- The token of an Authorization header, or what scheme it has in place of Bearer: that is all that leaves this module of
-- another one, since a password may follow. Without a scheme it may be a secret itself.
local function read_authorization(value)
	local scheme, credentials = value:match("^%s*(%S*)%s*(.-)%s*$");
	if scheme:lower() == "bearer" or scheme == "" then return credentials; end
	local is_name = credentials ~= "" and scheme:find("^%a[%w-]*$") and #scheme <= max_scheme_length;
	return nil, is_name and scheme or "";
end

local function init_session(event)
	local session, request = event.session, event.request;
	local parameters = query_parameters(request.url.query or "");
	session.previd = parameters.previd;
	session.customusername = parameters.customusername;
	session.jitsi_web_query_room = parameters.room;
	session.jitsi_web_query_prefix = parameters.prefix or "";
	session.auth_token = parameters.token;
	if not parameters.token and request.headers.authorization then
		session.auth_token, session.tokend_other_scheme = read_authorization(request.headers.authorization);
	end
	session.user_region = request.headers[region_header_name];
	session.user_agent_header = request.headers.user_agent;
end

-- Other modules take whoever has auth_token for authenticated. A token that nobody has verified is put aside, as on a
-- host of guests or of users with passwords, where mod_auth_token still finds it as a stream is resumed.
local function put_unverified_token_aside(event)
	local session = event.session;
	if session.auth_token == nil or session.auth_token == session.tokend_verified_token then return; end
	session.tokend_unverified_token, session.auth_token = session.auth_token, nil;
end

-- A session passes one of these at least before it can do anything, and before other modules learn of it.
local function hook_host(host)
	local events = prosody.hosts[host].events;
	for _, name in ipairs({ "authentication-success"; "pre-resource-bind" }) do
		module:hook_object_event(events, name, put_unverified_token_aside, 1000);
	end
end

for host, host_session in pairs(prosody.hosts) do
	if host_session.events then hook_host(host); end
end
module:hook_global("host-activated", hook_host);

-- Before modules that read these fields at the default priority.
module:hook_global("bosh-session", init_session, 1);
module:hook_global("websocket-session", init_session, 1);
