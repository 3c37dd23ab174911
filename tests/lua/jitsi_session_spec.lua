package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

local function connect(event_name, query, headers)
	local session = {};
	prosody.events.fire_event(event_name, {
		session = session; request = { url = { path = "/"; query = query }; headers = headers or {} };
	});
	return session;
end

describe("mod_jitsi_session", function ()
	before_each(function ()
		support.reset();
		support.options = {};
		support.load("mod_jitsi_session", "*");
	end);

	local cases = {
		{ "no query", nil, nil, { jitsi_web_query_prefix = "" } };
		{ "an empty query", "", nil, { jitsi_web_query_prefix = "" } };
		{ "a query without parameters", "room", nil, { jitsi_web_query_prefix = "" } };
		{ "a room", "room=standup", nil, { jitsi_web_query_room = "standup"; jitsi_web_query_prefix = "" } };
		{ "an encoded room", "room=a%20b", nil, { jitsi_web_query_room = "a b"; jitsi_web_query_prefix = "" } };
		{ "an encoded name and a plus", "r%6Fom=a+b%2Bc", nil, { jitsi_web_query_room = "a b+c"; jitsi_web_query_prefix = "" } };
		{ "a percent sign that encodes nothing", "room=100%", nil, { jitsi_web_query_room = "100%"; jitsi_web_query_prefix = "" } };
		{ "a parameter twice, of which the last wins", "room=a&room=b", nil, { jitsi_web_query_room = "b"; jitsi_web_query_prefix = "" } };
		{ "a room after what has no value", "previd&&room=a&customusername&", nil, { jitsi_web_query_room = "a"; jitsi_web_query_prefix = "" } };
		{ "a value with an equals sign", "room=a=b", nil, { jitsi_web_query_room = "a=b"; jitsi_web_query_prefix = "" } };
		{ "a tenant", "prefix=acme", nil, { jitsi_web_query_prefix = "acme" } };
		{ "a session to resume", "previd=1", nil, { previd = "1"; jitsi_web_query_prefix = "" } };
		{ "a user name", "customusername=ann", nil, { customusername = "ann"; jitsi_web_query_prefix = "" } };
		{ "a token in the URL", "token=a.b.c", nil, { auth_token = "a.b.c"; jitsi_web_query_prefix = "" } };
		{ "an empty token, which is none the less one", "token=", nil, { auth_token = ""; jitsi_web_query_prefix = "" } };
		{ "a token in the header", nil, { authorization = "Bearer a.b.c" }, { auth_token = "a.b.c"; jitsi_web_query_prefix = "" } };
		{ "both, of which the URL wins", "token=url", { authorization = "Bearer header" },
			{ auth_token = "url"; jitsi_web_query_prefix = "" } };
		{ "a scheme in lower case", nil, { authorization = "bearer a.b.c" }, { auth_token = "a.b.c"; jitsi_web_query_prefix = "" } };
		{ "a scheme in capitals, and blanks", nil, { authorization = " BEARER \t a.b.c \t" },
			{ auth_token = "a.b.c"; jitsi_web_query_prefix = "" } };
		{ "blanks within a token", nil, { authorization = "Bearer a.b.c, Bearer d" },
			{ auth_token = "a.b.c, Bearer d"; jitsi_web_query_prefix = "" } };
		{ "a scheme without a token, which is an empty one", nil, { authorization = "Bearer " },
			{ auth_token = ""; jitsi_web_query_prefix = "" } };
		{ "an empty header, which is an empty token", nil, { authorization = "" }, { auth_token = ""; jitsi_web_query_prefix = "" } };
		{ "another scheme by its name alone", nil, { authorization = "Basic dXNlcjpwYXNz" },
			{ tokend_other_scheme = "Basic"; jitsi_web_query_prefix = "" } };
		{ "a scheme that begins as Bearer does", nil, { authorization = "Bearers a.b.c" },
			{ tokend_other_scheme = "Bearers"; jitsi_web_query_prefix = "" } };
		{ "a token without a scheme, of which nothing is kept", nil, { authorization = "aaaaaaa.b.c" },
			{ tokend_other_scheme = ""; jitsi_web_query_prefix = "" } };
		{ "a secret without a scheme, of which nothing is kept", nil, { authorization = "0123456789abcdef" },
			{ tokend_other_scheme = ""; jitsi_web_query_prefix = "" } };
		{ "no scheme's name before a blank, of which nothing is kept", nil, { authorization = "a.b.c d" },
			{ tokend_other_scheme = ""; jitsi_web_query_prefix = "" } };
		{ "a scheme that is too long for one, of which nothing is kept", nil, { authorization = ("x"):rep(33).." a" },
			{ tokend_other_scheme = ""; jitsi_web_query_prefix = "" } };
		{ "another scheme beside a token in the URL, which counts", "token=url", { authorization = "Basic dXNlcjpwYXNz" },
			{ auth_token = "url"; jitsi_web_query_prefix = "" } };
		{ "region and agent", nil, { x_proxy_region = "eu"; user_agent = "Browser" },
			{ user_region = "eu"; user_agent_header = "Browser"; jitsi_web_query_prefix = "" } };
	};
	for _, case in ipairs(cases) do
		for _, event_name in ipairs({ "bosh-session", "websocket-session" }) do
			it(("takes %s from a %s"):format(case[1], event_name), function ()
				assert.same(case[4], connect(event_name, case[2], case[3]));
			end);
		end
	end

	it("takes the region from the header that region_header_name names", function ()
		support.options = { ["*"] = { region_header_name = "x_zone" } };
		support.load("mod_jitsi_session", "*");
		assert.equal("us", connect("bosh-session", nil, { x_zone = "us" }).user_region);
	end);

	it("does the same however often it is loaded", function ()
		support.load("mod_jitsi_session", "guest.meet.example.com");
		assert.same({ auth_token = "a"; jitsi_web_query_prefix = "" }, connect("bosh-session", "token=a"));
	end);

	describe("on a host, whatever its authentication is,", function ()
		local host_events;

		local function add_host(name)
			host_events = require "util.events".new();
			prosody.hosts[name] = { events = host_events };
		end

		local function authenticate(event_name, session)
			host_events.fire_event(event_name, { session = session });
			return session;
		end

		before_each(function ()
			add_host("guest.meet.example.com");
			support.load("mod_jitsi_session", "*");
		end);

		for _, event_name in ipairs({ "authentication-success"; "pre-resource-bind" }) do
			it("takes a token that nobody verified for none at "..event_name, function ()
				local session = authenticate(event_name, { auth_token = "a.b.c" });
				assert.same({ tokend_unverified_token = "a.b.c" }, session);
				assert.same({ tokend_unverified_token = "" }, authenticate(event_name, { auth_token = "" }));
			end);

			it("takes a token for none at "..event_name.." where another one was verified", function ()
				local session = authenticate(event_name, { auth_token = "new"; tokend_verified_token = "old" });
				assert.is_nil(session.auth_token);
			end);

			it("leaves a verified token, and none, as they are at "..event_name, function ()
				local verified = { auth_token = "a.b.c"; tokend_verified_token = "a.b.c" };
				assert.equal("a.b.c", authenticate(event_name, verified).auth_token);
				assert.same({}, authenticate(event_name, {}));
			end);
		end

		it("puts it aside before other modules see who logged in", function ()
			local seen = "nothing";
			host_events.add_handler("authentication-success", function (event) seen = event.session.auth_token; end, 100);
			authenticate("authentication-success", { auth_token = "a.b.c" });
			assert.is_nil(seen);
		end);

		it("does so on one that is activated later", function ()
			add_host("late.meet.example.com");
			prosody.events.fire_event("host-activated", "late.meet.example.com");
			assert.is_nil(authenticate("authentication-success", { auth_token = "a.b.c" }).auth_token);
		end);
	end);

	it("sets its fields before handlers of the default priority", function ()
		local seen;
		prosody.events.add_handler("bosh-session", function (event) seen = event.session.jitsi_web_query_room; end);
		connect("bosh-session", "room=standup");
		assert.equal("standup", seen);
	end);
end);
