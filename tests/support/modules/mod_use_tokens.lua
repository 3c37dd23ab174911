-- Does with token/util what Jitsi's modules do that load it: in the handlers of HTTP requests with a bare table for
-- a session, in a hook on a client's IQ, and in a timer.

module:set_global();

local async = require "util.async";
local formdecode = require "util.http".formdecode;
local json = require "util.json";
local st = require "util.stanza";

local jwt = module:require "luajwtjitsi";
local token_library = module:require "token/util";
local xmlns_rayo = "urn:xmpp:rayo:1";

-- As in a module that is global and learns of the VirtualHost later.
local token_utils = {};

-- For backend services, whose keys are on a server of their own.
local service_token_utils = {};

local function verdict(ok, condition, reason)
	return { ok = ok; condition = condition; reason = reason };
end

local function bearer(request)
	return (request.headers.authorization or ""):match("^Bearer (.+)$");
end

-- Runs a handler apart from the request's own thread, as Jitsi's modules wrap theirs.
local function in_runner(handler)
	return function (event)
		local response = event.response;
		async.runner(function ()
			response.headers.content_type = "application/json";
			response:send(json.encode(handler(event.request, formdecode(event.request.url.query))));
		end):run(true);
		return true;
	end;
end

local function decide(request, parameters)
	local token_util = token_utils[parameters.host];
	local session = { auth_token = bearer(request) };
	local answer = verdict(token_util:process_and_verify_token(session));
	answer.claimed_room = session.jitsi_meet_room;
	if parameters.room then answer.room = verdict(token_util:verify_room(session, parameters.room)); end
	return answer;
end

-- As the modules do that backend services talk to.
local function decide_on_service(request, parameters)
	return verdict(service_token_utils[parameters.host]:process_and_verify_token({ auth_token = bearer(request) }));
end

local function decide_in_timer(request, parameters)
	local token_util = token_utils[parameters.host];
	local wait, done = async.waiter();
	local answer;
	module:add_timer(0, function ()
		answer = verdict(token_util:process_and_verify_token({ auth_token = bearer(request) }));
		done();
	end);
	wait();
	return answer;
end

local function describe(_, parameters)
	local token_util = token_utils[parameters.host];
	return {
		appId = token_util.appId; allowEmptyToken = token_util.allowEmptyToken;
		bearer = token_util:generateAsapToken(parameters.audience);
	};
end

local function key_of(parameters)
	local file = assert(io.open(parameters.key_path));
	local key = file:read("*a");
	file:close();
	return key;
end

-- Signs a token as modules do that make their own.
local function sign(_, parameters)
	local claims = { iss = "prosody"; aud = parameters.audience; exp = os.time() + 60; context = { user = { name = "Zo\195\171" } } };
	local token, reason = jwt.encode(claims, key_of(parameters), parameters.algorithm, { kid = "my kid" });
	return { token = token; reason = reason };
end

local function verify(request, parameters)
	local claims, reason = jwt.verify(bearer(request), parameters.algorithm, key_of(parameters), { "prosody" }, { "files" });
	return { name = claims and claims.context.user.name; reason = reason };
end

-- Whether a library can be loaded, which it can not where it is there to raise an error.
local function load_library(_, parameters)
	local ok, err = pcall(require, parameters.library);
	return { ok = ok; reason = not ok and tostring(err) or nil };
end

local function is_allowed(token_util, session, room)
	return session.auth_token ~= nil and room ~= nil and token_util:verify_room(session, room);
end

local function filter_dial(host_module, token_util)
	host_module:hook("pre-iq/full", function (event)
		local session, stanza = event.origin, event.stanza;
		local dial = stanza:get_child("dial", xmlns_rayo);
		if not dial then return; end
		local header = dial:get_child_with_attr("header", xmlns_rayo, "name", "JvbRoomName");
		local allowed = is_allowed(token_util, session, header and header.attr.value);
		session.send(allowed and st.reply(stanza) or st.error_reply(stanza, "auth", "forbidden"));
		return true;
	end);
end

function module.add_host(host_module)
	if host_module:get_option_string("authentication") ~= "token" then return; end
	local token_util = token_library.new(host_module);
	token_util:clear_asap_cache();
	token_utils[host_module.host] = token_util;
	filter_dial(host_module, token_util);
	local service_util = token_library.new(host_module);
	service_util:set_asap_key_server(host_module:get_option_string("prosody_password_public_key_repo_url", ""));
	service_token_utils[host_module.host] = service_util;
end

module:depends("http");
module:provides("http", {
	route = {
		["GET /decide"] = in_runner(decide);
		["GET /decide-in-timer"] = in_runner(decide_in_timer);
		["GET /decide-on-service"] = in_runner(decide_on_service);
		["GET /describe"] = in_runner(describe);
		["GET /load"] = in_runner(load_library);
		["GET /sign"] = in_runner(sign);
		["GET /verify"] = in_runner(verify);
	};
});
