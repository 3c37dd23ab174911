package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

package.loaded["util.sasl"] = package.loaded["util.sasl"] or { new = function () return {}; end };

local host = "meet.example.com";

local module;

local function load_module(options)
	support.options = { [host] = options or {} };
	module = support.load("mod_auth_token", host);
end

-- The daemon ends the connections that there are. The next one who comes is decided on.
local function restart_daemon()
	for _, conn in ipairs(support.connections) do conn:lose("closed"); end
	local handler = module.auth_provider.get_sasl_handler(support.session({ auth_token = "token" }));
	support.in_thread(function () return handler:process(); end);
	support.respond(support.answer_verify());
end

describe("the startup check of the daemon", function ()
	before_each(support.reset);

	it("asks once whether it knows this host, and does not wait", function ()
		load_module({ tokend_api_key = "key" });
		assert.equal(1, #support.startup_requests);
		local request = support.startup_requests[1];
		assert.equal("http://127.0.0.1:5290/v1/host?name=meet.example.com", request.url);
		assert.equal("GET", request.method);
		assert.is_nil(request.body);
		assert.equal("Bearer key", request.headers.authorization);
	end);

	it("logs nothing where the daemon knows the host", function ()
		load_module();
		support.respond_to_startup_check({ host = host });
		support.advance(60);
		assert.same({}, support.loud_lines());
	end);

	it("logs once which versions have met, and again when the daemon is another one", function ()
		load_module();
		support.respond_to_startup_check({ host = host; version = "1.2.3" });
		local own = dofile("lua/token/version.lib.lua");
		local line = "mod_auth_token "..own.." asks prosody-tokend %s at http://127.0.0.1:5290 about "..host;
		local function told() return support.lines("info"); end
		assert.same({ line:format("1.2.3") }, told());
		for _, case in ipairs({ { "1.2.3", 1 }, { "1.2.4", 2 }, { nil, 3 } }) do
			support.advance(61);
			restart_daemon();
			support.respond_to_startup_check({ host = host; version = case[1] });
			assert.equal(case[2], #told());
		end
		assert.equal(line:format("1.2.4"), told()[2]);
	end);

	it("asks no more often than once a minute, however often connections end", function ()
		load_module();
		support.respond_to_startup_check({ host = host; version = "1.2.3" });
		restart_daemon();
		support.respond_to_startup_check({ host = host; version = "1.2.3" });
		for _ = 1, 5 do restart_daemon(); end
		assert.equal(2, #support.startup_requests);
	end);

	it("warns once where the daemon does not", function ()
		load_module();
		local detail = "no policy for host \"meet.example.com\"; there is one for a.example, b.example";
		support.respond_to_startup_check({ detail = detail }, 404, "application/problem+json");
		support.advance(60);
		assert.equal(1, #support.loud_lines());
		local text = support.lines("warn")[1];
		assert.is_truthy(text:find("prosody_config", 1, true), text);
		assert.is_truthy(text:find("does not know meet.example.com, so nobody gets in there ("..detail..")", 1, true), text);
	end);

	for _, case in ipairs({
		{ "wants another key", { detail = "the API key is wrong" }, 401, "the API key is wrong" };
		{ "is something else", "<html>", 200, "not the JSON" };
		{ "speaks of another host", { host = "x."..host }, 200, "not the JSON" };
		{ "sends nonsense in place of a host", { host = { 5 } }, 200, "not the JSON" };
		{ "sends null in place of a host", { host = support.json.null }, 200, "not the JSON" };
	}) do
		it("warns once where the daemon "..case[1], function ()
			load_module();
			support.respond_to_startup_check(case[2], case[3], case[3] ~= 200 and "application/problem+json" or nil);
			support.advance(60);
			assert.equal(1, #support.loud_lines());
			local text = support.lines("warn")[1];
			assert.is_truthy(text:find(case[4], 1, true), text);
		end);
	end

	it("warns once where the daemon is not there", function ()
		support.refuse_connection = "connection refused";
		load_module();
		support.advance(60);
		assert.equal(1, #support.loud_lines());
		assert.is_truthy(support.lines("warn")[1]:find("connection refused", 1, true));
	end);

	it("warns once where the answer does not come in time", function ()
		load_module();
		support.advance(4);
		support.advance(60);
		assert.equal(1, #support.loud_lines());
		assert.is_truthy(support.lines("warn")[1]:find("no answer in time", 1, true));
	end);
end);

describe("the startup check of a host whose rooms nobody guards", function ()
	local muc = "conference.meet.example.com";

	local function start(mucs, options)
		support.options = { [host] = options or {} };
		prosody.hosts = { [host] = { modules = { auth_token = {} } } };
		for name, modules in pairs(mucs) do prosody.hosts[name] = { modules = modules }; end
		support.load("mod_auth_token", host);
		support.respond_to_startup_check({ host = host });
		prosody.events.fire_event("server-started");
		return support.loud_lines();
	end

	before_each(support.reset);

	for _, case in ipairs({
		{ "named conference", { [muc] = { muc = {} } }, nil, muc };
		{ "with another label", { ["rooms.meet.example.com"] = { muc = {} } }, { muc_mapper_domain_prefix = "rooms" }, "rooms.meet.example.com" };
		{ "below another domain", { ["conference.example.org"] = { muc = {} } }, { muc_mapper_domain_base = "example.org" },
			"conference.example.org" };
		{ "under a name of its own", { ["talk.example.org"] = { muc = {} } }, { muc_mapper_domain = "talk.example.org" }, "talk.example.org" };
	}) do
		it("warns of its component "..case[1], function ()
			local lines = start(case[2], case[3]);
			assert.equal(1, #lines);
			assert.truthy(lines[1]:find(case[4].." has no token_verification", 1, true), lines[1]);
			assert.truthy(lines[1]:find("whoever gets in to meet.example.com gets into all of its rooms", 1, true), lines[1]);
		end);
	end

	for what, mucs in pairs({
		["its component verifies tokens"] = { [muc] = { muc = {}; token_verification = {} } };
		["another one of its components does"] = {
			[muc] = { muc = {} }; ["rooms.meet.example.com"] = { muc = {}; token_verification = {} };
		};
		["there is no component"] = {};
		["the component has no rooms"] = { [muc] = {} };
		["only components for other things have rooms"] = { ["lobby.meet.example.com"] = { muc = {} } };
	}) do
		it("logs nothing where "..what, function ()
			assert.same({}, start(mucs));
		end);
	end
end);
