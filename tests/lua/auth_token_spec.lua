package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

-- The mechanisms themselves need C libraries; what counts here is that theirs is not used.
package.loaded["util.sasl"] = {
	new = function (realm, profile)
		return { realm = realm; profile = profile; process = function () error("the registered mechanism was used"); end };
	end;
};

local host = "meet.example.com";
local module, order;

local function load_module()
	support.options = {};
	module = support.load("mod_auth_token", host);
	order = {};
	for _, name in ipairs({
		"pre-jitsi-authentication-fetch-key", "jitsi-authentication-token-verified", "jitsi-access-ban-check",
		"pre-jitsi-authentication", "post-jitsi-authentication",
	}) do
		prosody.events.add_handler(name, function () table.insert(order, name); end, 100);
	end
end

local function answer_event(name, value)
	prosody.events.add_handler(name, function () return value; end);
end

local function login(session, response, code)
	local handler = module.auth_provider.get_sasl_handler(session);
	local result = support.in_thread(function () return handler:process(); end);
	if response and not result.done then support.respond(response, code); end
	assert.is_nil(result.error);
	return result.values, handler;
end

local function denial()
	return { allowed = false; auth = { ok = false; error = "not-allowed"; reason = "Invalid signature"; explanation = "why" } };
end

describe("mod_auth_token", function ()
	before_each(function () support.reset(); load_module(); end);

	it("offers ANONYMOUS and nothing else", function ()
		local handler = module.auth_provider.get_sasl_handler(support.session());
		assert.same({ ANONYMOUS = true }, handler.profile.mechanisms);
		assert.equal(host, handler.realm);
	end);

	it("keeps going by the token in the clone that Prosody makes after a failure", function ()
		local session = support.session({ auth_token = "token" });
		local clone = module.auth_provider.get_sasl_handler(session):clean_clone();
		local result = support.in_thread(function () return clone:process(); end);
		support.respond(denial());
		assert.equal("failure", result.values[1]);
	end);

	it("needs mod_jitsi_session", function ()
		assert.equal("jitsi_session", module.dependency);
	end);

	for _, name in ipairs({ "test_password", "get_password", "set_password", "user_exists", "create_user", "delete_user" }) do
		it("answers nil and an error to "..name, function ()
			local answer, err = module.auth_provider[name]("user", "password");
			assert.is_nil(answer);
			assert.is_string(err);
		end);
	end

	it("fires the events of a login in order, each with the session", function ()
		local session = support.session({ auth_token = "token" });
		local payload;
		prosody.events.add_handler("post-jitsi-authentication", function (event) payload = event; end);
		assert.same({ "success" }, (login(session, support.answer_verify())));
		assert.same({
			"pre-jitsi-authentication-fetch-key", "jitsi-authentication-token-verified", "jitsi-access-ban-check",
			"pre-jitsi-authentication", "post-jitsi-authentication",
		}, order);
		assert.equal(session, payload);
		assert.equal(1, module.counters.success);
	end);

	describe("names the user", function ()
		it("by a fresh UUID", function ()
			local _, handler = login(support.session({ auth_token = "token" }), support.answer_verify());
			assert.equal("00000000-fresh-uuid", handler.username);
		end);

		it("as pre-jitsi-authentication says", function ()
			answer_event("pre-jitsi-authentication", "ann");
			local _, handler = login(support.session({ auth_token = "token"; previd = "1" }), support.answer_verify());
			assert.equal("ann", handler.username);
		end);

		it("as the live session that previd names", function ()
			prosody.full_sessions = { other = { username = "no" }; a = { resumption_token = "1"; username = "ann" } };
			local _, handler = login(support.session({ auth_token = "token"; previd = "1" }), support.answer_verify());
			assert.equal("ann", handler.username);
		end);

		it("by a fresh UUID where no session has that previd", function ()
			prosody.full_sessions = { other = { username = "no" } };
			local _, handler = login(support.session({ auth_token = "token"; previd = "1" }), support.answer_verify());
			assert.equal("00000000-fresh-uuid", handler.username);
		end);
	end);

	it("denies what the daemon denies, forgets the token and counts it", function ()
		local session = support.session({ auth_token = "secret.token.here"; user_agent_header = "Browser" });
		local result = login(session, denial());
		assert.same({ "failure", "not-allowed", "Invalid signature" }, result);
		assert.is_nil(session.auth_token);
		assert.equal(1, module.counters.verify_fail);
		assert.equal(0, module.counters.success);
		assert.truthy(support.whole_log():find("err:not-allowed, reason:Invalid signature", 1, true));
		assert.is_nil(support.whole_log():find("secret.token", 1, true));
		assert.same({ "pre-jitsi-authentication-fetch-key" }, order);
	end);

	it("denies without a verdict, and keeps the token for another try", function ()
		local session = support.session({ auth_token = "token" });
		local result = login(session, "", 500);
		assert.same({ "failure", "temporary-auth-failure", "Token verification is not available, try again" }, result);
		assert.equal("token", session.auth_token);
		assert.equal(1, module.counters.verify_fail);
		assert.equal(0, #support.lines("warn"));
	end);

	it("denies a banned user", function ()
		answer_event("jitsi-access-ban-check", false);
		local result = login(support.session({ auth_token = "token" }), support.answer_verify());
		assert.same({ "failure", "not-allowed", "user is banned" }, result);
		assert.equal(1, module.counters.ban);
	end);

	it("denies what the event for fetching keys denies, before asking the daemon", function ()
		answer_event("pre-jitsi-authentication-fetch-key", { res = false; error = "not-authorized"; reason = "no key" });
		local session = support.session({ auth_token = "token" });
		assert.same({ "failure", "not-authorized", "no key" }, (login(session)));
		assert.is_nil(session.auth_token);
		assert.equal(0, #support.requests);
		assert.equal(1, module.counters.pre_fetch_fail);
	end);

	it("denies what the last event denies, and leaves nothing of the token on the session", function ()
		answer_event("post-jitsi-authentication", { res = false; error = "not-allowed"; reason = "full" });
		local session = support.session({ auth_token = "token" });
		assert.same({ "failure", "not-allowed", "full" }, (login(session, support.answer_verify())));
		assert.is_nil(session.auth_token);
		assert.is_nil(session.jitsi_meet_room);
		assert.equal(1, module.counters.post_auth_fail);
		assert.equal(0, module.counters.success);
	end);

	for _, event_name in ipairs({ "pre-jitsi-authentication-fetch-key", "post-jitsi-authentication" }) do
		it("goes on when "..event_name.." answers anything but res == false", function ()
			answer_event(event_name, { res = true });
			assert.same({ "success" }, (login(support.session({ auth_token = "token" }), support.answer_verify())));
		end);
	end

	it("says nothing more of a session destroyed during the wait", function ()
		local session = support.session({ auth_token = "token" });
		local handler = module.auth_provider.get_sasl_handler(session);
		local result = support.in_thread(function () return handler:process(); end);
		support.destroy(session);
		support.respond(denial());
		assert.equal("failure", result.values[1]);
		assert.is_string(result.values[2]);
		assert.same({}, support.loud_lines());
		assert.equal(0, module.counters.verify_fail);
		assert.same({ "pre-jitsi-authentication-fetch-key" }, order);
	end);

	for _, event_name in ipairs({ "jitsi-access-ban-check", "pre-jitsi-authentication", "post-jitsi-authentication" }) do
		it("does not let in a session that is destroyed during "..event_name, function ()
			local session = support.session({ auth_token = "token" });
			prosody.events.add_handler(event_name, function () support.destroy(session); end);
			assert.equal("failure", (login(session, support.answer_verify()))[1]);
			assert.equal(0, module.counters.success);
		end);
	end

	it("announces the end of a session before it is unbound", function ()
		local seen;
		prosody.events.add_handler("jitsi-pre-session-unbind", function (event) seen = event; end);
		local session = { full_jid = "ann@meet.example.com/1" };
		assert.is_nil(module.events.fire_event("pre-resource-unbind", { session = session; error = "gone" }));
		assert.same({ jid = "ann@meet.example.com/1"; session = session; error = "gone" }, seen);
	end);
end);
