package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";
local new_events = require "util.events".new;

package.loaded["util.sasl"] = { new = function () return {}; end };

local host, guests = "meet.example.com", "guest.meet.example.com";
local room_jid = "standup@conference.meet.example.com";
local module, live, from;

local function add_host(name, modules, session)
	prosody.hosts[name] = {
		events = new_events(); modules = modules; sessions = { ann = { sessions = { resource = session } } };
	};
end

-- A session that joined a room as its token said, and hibernates.
local function hibernating(at)
	return support.session({
		host = at; username = "ann"; full_jid = "ann@"..at.."/resource"; resumption_token = "previous"; _jitsi_auth_done = true;
		auth_token = "old"; jitsi_meet_room = "standup"; jitsi_meet_domain = host; jitsi_meet_context_user = { name = "Ann" };
		jitsi_meet_verified_room = room_jid; jitsi_web_query_room = "standup"; jitsi_breakout_main_jid = room_jid;
		tokend_room_verdict = "the join's"; close = function (self) self.closed = true; end;
	});
end

-- The session of the new connection, behind SASL: with a token that its host verified, or that nobody has looked at.
local function connected(at)
	local session = support.session({
		host = at; username = "ann"; _jitsi_auth_done = true; conn = { resume = function (self) self.resumed = true; end };
	});
	session[at == host and "auth_token" or "tokend_unverified_token"] = "new";
	if at == host then
		session.jitsi_meet_room, session.jitsi_meet_domain = "standup", host;
		session.jitsi_meet_context_features = { recording = true };
	end
	return session;
end

local function load_module(at, modules)
	support.options = { [host] = { authentication = "token" } };
	live, from = hibernating(at), connected(at);
	add_host(host, { auth_token = {} }, at == host and live or nil);
	if at ~= host then add_host(at, modules or {}, live); end
	module = support.load("mod_auth_token", host);
end

-- As the client's stanza that asks to resume, in a thread that may wait.
local function ask_to_resume(previd)
	local event = { origin = from; stanza = { attr = { previd = previd or "previous" } } };
	local result = support.in_thread(function ()
		return prosody.hosts[from.host].events.fire_event("stanza/urn:xmpp:sm:3:resume", event);
	end);
	assert.is_nil(result.error);
	return result;
end

local function update()
	prosody.events.fire_event("c2s-session-updated", { session = live; from_session = from });
end

local function resume()
	ask_to_resume();
	update();
end

local function answer_rooms(answer)
	local asked = {};
	prosody.events.add_handler("jitsi-verify-session-rooms", function (event)
		table.insert(asked, event.session);
		return answer;
	end);
	return asked;
end

local function record_events()
	local order = {};
	for _, name in ipairs({
		"pre-jitsi-authentication-fetch-key", "jitsi-authentication-token-verified", "jitsi-access-ban-check",
		"pre-jitsi-authentication", "post-jitsi-authentication", "jitsi-verify-session-rooms",
	}) do
		prosody.events.add_handler(name, function () table.insert(order, name); end, 100);
	end
	return order;
end

local function assert_claims_of_the_join()
	assert.equal("old", live.auth_token);
	assert.equal("Ann", live.jitsi_meet_context_user.name);
	assert.is_nil(live.jitsi_meet_context_features);
	assert.equal("the join's", live.tokend_room_verdict);
end

describe("a session that is resumed with a token", function ()
	before_each(function () support.reset(); load_module(host); end);

	it("takes the claims over where nobody answers, and loses those that the new token does not have", function ()
		resume();
		assert.equal("new", live.auth_token);
		assert.is_true(live.jitsi_meet_context_features.recording);
		assert.is_nil(live.jitsi_meet_context_user);
	end);

	it("goes by the time of the new token, and not by what was told of the old one", function ()
		live.tokend_check_again_at, live.tokend_changes_seen, live.tokend_warned_of = 10, 1, "expired";
		from.tokend_check_again_at, from.tokend_changes_seen = 20, 2;
		resume();
		assert.equal(20, live.tokend_check_again_at);
		assert.equal(2, live.tokend_changes_seen);
		assert.is_nil(live.tokend_warned_of);
	end);

	it("keeps what is no claim", function ()
		resume();
		assert.equal(room_jid, live.jitsi_meet_verified_room);
		assert.equal(room_jid, live.jitsi_breakout_main_jid);
		assert.equal("standup", live.jitsi_web_query_room);
		assert.equal("ann@meet.example.com/resource", live.full_jid);
	end);

	it("is shown with the new claims, where it is, before they are copied", function ()
		local asked = answer_rooms();
		resume();
		assert.equal(1, #asked);
		assert.equal("new", asked[1].auth_token);
		assert.equal(room_jid, asked[1].jitsi_meet_verified_room);
		assert.is_nil(asked[1].jitsi_meet_context_user);
		assert.are_not.equal(live, asked[1]);
	end);

	it("keeps the claims of the join where they do not cover its room, and says so", function ()
		answer_rooms({ res = false; room = room_jid; error = "room-mismatch"; reason = "no" });
		resume();
		assert_claims_of_the_join();
		assert.is_nil(live.closed);
		assert.truthy(support.lines("warn")[1]:find("Kept the claims of ann@meet.example.com/resource", 1, true));
	end);

	for _, answer in ipairs({ true; {}; { res = true } }) do
		it("takes the claims over at an answer that is no denial", function ()
			answer_rooms(answer);
			resume();
			assert.equal("new", live.auth_token);
		end);
	end

	it("gets the affiliation of the new token, and none of the old one", function ()
		for _, affiliation in ipairs({ "owner"; "member"; false }) do
			support.reset();
			load_module(host);
			live.tokend_affiliation, from.tokend_affiliation = "owner", affiliation or nil;
			resume();
			assert.equal(affiliation or nil, live.tokend_affiliation);
		end
	end);

	it("keeps the affiliation of the join where the new token does not cover its room", function ()
		answer_rooms({ res = false; room = room_jid });
		live.tokend_affiliation, from.tokend_affiliation = "member", "owner";
		resume();
		assert.equal("member", live.tokend_affiliation);
	end);

	it("gets the tenant mismatch of the new claims", function ()
		live.jitsi_meet_tenant_mismatch = true;
		resume();
		assert.is_nil(live.jitsi_meet_tenant_mismatch);
		prosody.events.add_handler("jitsi-verify-session-rooms", function (event) event.session.jitsi_meet_tenant_mismatch = true; end);
		update();
		assert.is_true(live.jitsi_meet_tenant_mismatch);
	end);

	it("is left alone without one", function ()
		from.auth_token = nil;
		local order = record_events();
		resume();
		assert_claims_of_the_join();
		assert.same({}, order);
	end);

	it("is closed where it never passed authentication", function ()
		live._jitsi_auth_done = nil;
		resume();
		assert.is_true(live.closed);
		assert_claims_of_the_join();
	end);

	it("is left alone with one that nobody verified at its login here", function ()
		from.auth_token, from.tokend_unverified_token = nil, "new";
		local order = record_events();
		resume();
		assert_claims_of_the_join();
		assert.same({}, order);
	end);

	it("does not have the claims decided again", function ()
		local order = record_events();
		resume();
		assert.same({ "jitsi-verify-session-rooms" }, order);
		assert.equal(0, #support.requests);
	end);

	it("has the verdict on its room found out before, where that may wait", function ()
		prosody.events.add_handler("tokend-prepare-session-rooms", function (event)
			assert.equal("new", event.session.auth_token);
			event.session.tokend_room_verdict = "the new token's";
		end);
		local asked = answer_rooms();
		resume();
		assert.equal("the new token's", asked[1].tokend_room_verdict);
		assert.is_true(asked[1].tokend_must_not_wait);
		assert.equal("the new token's", live.tokend_room_verdict);
	end);

	it("is read from again before it gives its connection away", function ()
		ask_to_resume();
		assert.is_true(from.conn.resumed);
	end);

	it("has nothing found out for a stream that is not there", function ()
		local prepared = false;
		prosody.events.add_handler("tokend-prepare-session-rooms", function () prepared = true; end);
		ask_to_resume("another");
		assert.is_false(prepared);
	end);

	it("is not resumed by a connection that has gone while that was found out", function ()
		prosody.events.add_handler("tokend-prepare-session-rooms", function () support.destroy(from); end);
		local reached = false;
		prosody.hosts[host].events.add_handler("stanza/urn:xmpp:sm:3:resume", function () reached = true; end, 0);
		assert.is_true(ask_to_resume().values[1]);
		assert.is_false(reached);
	end);

	it("is updated by mod_smacks's event in Prosody 0.12", function ()
		package.loaded["core.sessionmanager"] = {};
		load_module(host);
		prosody.hosts[host].events.fire_event("smacks-hibernation-end", { resumed = live; origin = from });
		assert.equal("new", live.auth_token);
	end);
end);

describe("a guest's session that is resumed with a token", function ()
	before_each(function () support.reset(); load_module(guests); end);

	local function answer(response)
		ask_to_resume();
		support.respond(response or support.answer_verify({ room = { ok = true; jid = room_jid } }));
		support.requests = {};
		support.in_thread(update);
		assert.equal(0, #support.requests);
	end

	local denial = { allowed = false; auth = { ok = false; error = "not-allowed"; reason = "Invalid signature" } };

	it("is authenticated as at a login, and then asked for its rooms", function ()
		local order = record_events();
		answer();
		assert.same({
			"pre-jitsi-authentication-fetch-key", "jitsi-authentication-token-verified", "jitsi-access-ban-check",
			"pre-jitsi-authentication", "post-jitsi-authentication", "jitsi-verify-session-rooms",
		}, order);
		assert.equal("new", live.auth_token);
		assert.equal("standup", live.jitsi_meet_room);
		assert.is_nil(live.jitsi_meet_context_user);
		assert.is_true(live._jitsi_auth_done);
		assert.is_nil(live.closed);
		assert.is_nil(live.tokend_must_not_wait);
	end);

	it("is asked about with its new token and what its URL said", function ()
		ask_to_resume();
		local request = support.body_of(support.last_request());
		assert.equal("new", request.token);
		assert.equal("standup", request.room);
		assert.equal(host, request.host);
	end);

	it("is closed at a denial, without claims", function ()
		answer(denial);
		assert.is_true(live.closed);
		assert.is_nil(live.auth_token);
		assert.is_nil(live.jitsi_meet_room);
		assert.equal(1, module.counters.verify_fail);
	end);

	it("is closed where the daemon gave no verdict, without waiting again", function ()
		ask_to_resume();
		support.respond("", 500);
		support.requests = {};
		support.in_thread(update);
		assert.equal(0, #support.requests);
		assert.is_true(live.closed);
		assert.is_nil(live.auth_token);
	end);

	it("has a verified token afterwards, and before that none", function ()
		live.auth_token = nil;
		ask_to_resume();
		assert.is_nil(live.auth_token);
		support.respond(support.answer_verify({ room = { ok = true; jid = room_jid } }));
		support.in_thread(update);
		assert.equal("new", live.auth_token);
		assert.equal("new", live.tokend_verified_token);
	end);

	it("is closed where nobody asked before", function ()
		support.in_thread(update);
		assert.equal(0, #support.requests);
		assert.is_true(live.closed);
	end);

	for name, answers in pairs({
		["jitsi-access-ban-check"] = false; ["post-jitsi-authentication"] = { res = false };
		["pre-jitsi-authentication-fetch-key"] = { res = false };
	}) do
		it("is closed where "..name.." denies", function ()
			prosody.events.add_handler(name, function () return answers; end);
			answer();
			assert.is_true(live.closed);
		end);
	end

	it("keeps its claims where the new ones do not cover its room", function ()
		answer_rooms({ res = false; room = room_jid });
		answer();
		assert_claims_of_the_join();
		assert.is_nil(live.closed);
	end);

	it("has the verdict on the room that it is in, and not on that of its URL", function ()
		prosody.events.add_handler("tokend-prepare-session-rooms", function (event)
			event.session.tokend_room_verdict = "where it is";
		end);
		local asked = answer_rooms();
		answer();
		assert.equal("where it is", asked[1].tokend_room_verdict);
		assert.equal("where it is", live.tokend_room_verdict);
	end);

	it("is no concern of this host where its own goes by tokens", function ()
		load_module("meet.example.org", { auth_token = {} });
		local order = record_events();
		ask_to_resume();
		update();
		assert.equal(0, #support.requests);
		assert.same({}, order);
		assert_claims_of_the_join();
	end);

	for _, case in ipairs({
		{ "the host above its own, and by no other", { ["meet.example.com"] = true; ["meet.example.org"] = false }, guests };
		{ "all hosts with tokens where none is above its own",
			{ ["meet.example.com"] = true; ["meet.example.org"] = true }, "visitors.example.net" };
	}) do
		it("is decided on by "..case[1], function ()
			for name, is_asked in pairs(case[2]) do
				support.reset();
				live, from = hibernating(case[3]), connected(case[3]);
				add_host("meet.example.com", { auth_token = {} });
				add_host("meet.example.org", { auth_token = {} });
				add_host(case[3], {}, live);
				support.load("mod_auth_token", name);
				ask_to_resume();
				assert.equal(is_asked and 1 or 0, #support.requests, name);
			end
		end);
	end

	it("keeps the verdicts of several hosts apart", function ()
		load_module("visitors.example.net");
		add_host("meet.example.org", { auth_token = {} });
		local other = support.load("mod_auth_token", "meet.example.org");
		ask_to_resume();
		support.respond(support.answer_verify({ room = { ok = true; jid = room_jid } }));
		support.respond(support.answer_verify({ room = { ok = true; jid = room_jid } }));
		support.in_thread(update);
		assert.is_nil(live.closed);
		assert.equal(0, module.counters.verify_fail + other.counters.verify_fail);
	end);

	it("is authenticated here where it comes over from a host of guests", function ()
		load_module(host);
		from.host = guests;
		add_host(guests, {}, nil);
		local order = record_events();
		support.in_thread(update);
		assert.equal("pre-jitsi-authentication-fetch-key", order[1]);
		assert.is_true(live.closed);
	end);

	it("is authenticated here where it comes over from another host with tokens", function ()
		load_module(host);
		from.host = "meet.example.org";
		add_host("meet.example.org", { auth_token = {} }, nil);
		local order = record_events();
		support.in_thread(update);
		assert.equal("pre-jitsi-authentication-fetch-key", order[1]);
		assert.is_true(live.closed);
	end);

	it("is a concern of this host also where its own is activated later", function ()
		load_module(host);
		live, from = hibernating(guests), connected(guests);
		add_host(guests, {}, live);
		prosody.events.fire_event("host-activated", guests);
		ask_to_resume();
		assert.equal(1, #support.requests);
	end);
end);
