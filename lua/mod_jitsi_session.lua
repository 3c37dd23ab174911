-- Puts what a client says in its URL and headers on its session, for prosody-tokend to decide on. Nothing of it is verified here.

module:set_global();

local urldecode = require "util.http".urldecode;

local region_header_name = module:get_option_string("region_header_name", "x_proxy_region");

local function decode(text)
	if not (text:find("%", 1, true) or text:find("+", 1, true)) then return text; end
	return urldecode((text:gsub("%+", " ")));
end

-- As util.http's formdecode, which looks at every byte of a token four times. What is found by its very text takes
-- next to nothing.
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

local function bearer_token(request)
	local authorization = request.headers.authorization;
	return authorization and authorization:match("^Bearer (.+)$");
end

local function init_session(event)
	local session, request = event.session, event.request;
	local parameters = query_parameters(request.url.query or "");
	session.previd = parameters.previd;
	session.customusername = parameters.customusername;
	session.jitsi_web_query_room = parameters.room;
	session.jitsi_web_query_prefix = parameters.prefix or "";
	session.auth_token = parameters.token or bearer_token(request);
	session.user_region = request.headers[region_header_name];
	session.user_agent_header = request.headers.user_agent;
end

-- Before modules that read these fields at the default priority.
module:hook_global("bosh-session", init_session, 1);
module:hook_global("websocket-session", init_session, 1);
