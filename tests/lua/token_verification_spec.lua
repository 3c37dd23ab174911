package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";
local st = require "util.stanza";

local host = "meet.example.com";
local muc = "conference.meet.example.com";
local room_jid = "standup@"..muc;
local user_jid = "ann@meet.example.com/1";

local module, rooms;

-- What mod_muc does for a presence, as far as it matters: look the room up, create it, join it.
local function muc_presence(event)
	local stanza = event.stanza;
	local jid = stanza.attr.to:match("^[^/]+");
	local room = rooms[jid];
	if room and room:get_occupant_by_real_jid(stanza.attr.from) then return true; end
	if not room then
		if module.events.fire_event("muc-room-pre-create", event) then return true; end
		support.rooms_created = support.rooms_created + 1;
		room = { occupants = {}; get_occupant_by_real_jid = function (self, from) return self.occupants[from]; end };
		rooms[jid] = room;
	end
	if module.events.fire_event("muc-occupant-pre-join", event) then return true; end
	room.occupants[stanza.attr.from] = true;
	return true;
end

local function load_module(options, name)
	support.options = options or {};
	rooms, support.rooms_created = {}, 0;
	prosody.hosts[host] = { modules = {} };
	prosody.hosts[muc] = { modules = { muc = { get_room_from_jid = function (jid) return rooms[jid]; end } } };
	module = support.load("mod_token_verification", name or muc);
	for _, event in ipairs({ "presence/full", "presence/bare", "presence/host" }) do
		module:hook(event, muc_presence, -2);
	end
end

local function presence(fields)
	fields = fields or {};
	local stanza = st.presence({ from = fields.from or user_jid; to = fields.to or room_jid.."/nick"; type = fields.type });
	if not fields.plain then stanza:tag("x", { xmlns = "http://jabber.org/protocol/muc" }):up(); end
	return stanza;
end

local function session_of(fields)
	local session = support.session({ auth_token = "token"; jitsi_meet_room = "standup" });
	for name, value in pairs(fields or {}) do session[name] = value; end
	return session;
end

-- As from a client, in a thread that may wait.
local function send(session, stanza, event)
	local result = support.in_thread(function ()
		return module.events.fire_event(event or "presence/full", { origin = session; stanza = stanza });
	end);
	assert.is_nil(result.error);
	return result;
end

-- As from another module, outside of any thread.
local function inject(session, stanza)
	module.events.fire_event("presence/full", { origin = session; stanza = stanza });
end

local function occupants()
	local count = 0;
	for _ in pairs((rooms[room_jid] or { occupants = {} }).occupants) do count = count + 1; end
	return count;
end

local function assert_denied(session, kind, condition, text, own_condition)
	assert.equal(1, #session.sent);
	local err = session.sent[1]:get_child("error");
	assert.equal("error", session.sent[1].attr.type);
	assert.equal(kind, err.attr.type);
	assert.truthy(err:get_child(condition, "urn:ietf:params:xml:ns:xmpp-stanzas"));
	assert.equal(text, err:get_child_text("text", "urn:ietf:params:xml:ns:xmpp-stanzas"));
	local own = err:child_with_ns("http://jitsi.org/jitmeet");
	assert.equal(own_condition, own and own.name);
	assert.equal(0, occupants());
	assert.equal(1, module.counters.fail);
end

local function assert_unavailable(session)
	assert_denied(session, "wait", "remote-server-timeout", "Token verification is not available, try again");
end

describe("mod_token_verification", function ()
	before_each(function () support.reset(); load_module(); end);

	describe("lets join", function ()
		it("whom the daemon allows, after waiting for it", function ()
			local session = session_of();
			send(session, presence());
			assert.equal(0, occupants());
			support.respond(support.answer_room());
			assert.equal(1, occupants());
			assert.equal(0, #session.sent);
			assert.equal(0, module.counters.fail);
		end);

		local exempt = {
			{ "an admin", { from = "focus@auth.meet.example.com/focus" } };
			{ "an address on the allowlist", { from = "recorder@auth.meet.example.com/1" } };
			{ "a user of a domain on the allowlist", { from = "any@sip.meet.example.com/1" } };
			{ "a server that vouches for its users", {}, { type = "s2sin" } };
		};
		for _, case in ipairs(exempt) do
			it(case[1]..", without asking", function ()
				load_module({ [muc] = { token_verification_allowlist = { "recorder@auth.meet.example.com", "sip.meet.example.com" } } });
				send(session_of(case[3]), presence(case[2]));
				assert.equal(0, #support.requests);
				assert.equal(1, occupants());
			end);
		end

		it("a stanza that another module injects, by a remembered verdict", function ()
			local session = session_of();
			send(session, presence());
			support.respond(support.answer_room());
			rooms = {};
			inject(session, presence());
			assert.equal(1, occupants());
		end);

		it("many at once into one new room, which is created once", function ()
			for i = 1, 50 do
				send(session_of(), presence({ from = "user"..i.."@meet.example.com/1"; to = room_jid.."/"..i }));
			end
			for _, request in ipairs(support.requests) do
				support.respond_to(request, support.answer_room());
			end
			assert.equal(50, occupants());
			assert.equal(1, support.rooms_created);
		end);
	end);

	describe("does not ask for", function ()
		it("a presence that leaves", function ()
			send(session_of(), presence({ type = "unavailable" }));
			assert.equal(0, #support.requests);
		end);

		it("a presence without the MUC element", function ()
			send(session_of(), presence({ plain = true }));
			assert.equal(0, #support.requests);
		end);

		it("an occupant's further presence", function ()
			local session = session_of();
			send(session, presence());
			support.respond(support.answer_room());
			session.tokend_room_verdict = nil;
			send(session, presence());
			assert.equal(1, #support.requests);
		end);
	end);

	describe("denies", function ()
		local decisions = {
			{ "a mismatch without a reason", nil, nil, "Room and token mismatched" };
			{ "a mismatch with a reason", nil, "Not this one", "Not this one" };
			{ "a missing room", "room-does-not-exist", "Room does not exist", "Room does not exist" };
			{ "a condition without a reason", "room-mismatch", nil, nil };
		};
		for _, case in ipairs(decisions) do
			it(case[1]..", as Jitsi's clients know it", function ()
				local session = session_of();
				send(session, presence());
				support.respond(support.denied_room(room_jid, case[2], case[3]));
				assert_denied(session, "cancel", "not-allowed", case[4], case[2]);
				assert.equal(1, #support.lines("warn"));
				assert.equal(0, support.rooms_created);
			end);
		end

		it("when the daemon fails", function ()
			local session = session_of();
			send(session, presence());
			support.respond("", 503);
			assert_unavailable(session);
		end);

		it("when the daemon is silent", function ()
			local session = session_of();
			send(session, presence());
			support.advance(3);
			assert_unavailable(session);
		end);

		for _, event in ipairs({ "muc-room-pre-create", "muc-occupant-pre-join" }) do
			it("at "..event.." without a verdict, and does not wait there even where it could", function ()
				local session = session_of();
				assert.is_true(send(session, presence(), event).values[1]);
				assert_unavailable(session);
				assert.equal(0, #support.requests);
			end);
		end

		it("a stanza that another module injects, without a verdict that fits", function ()
			local session = session_of();
			inject(session, presence());
			assert_unavailable(session);
			assert.equal(0, #support.requests);
		end);

		it("at a presence to the room itself or to the component, for which mod_muc would create a room", function ()
			for _, case in ipairs({ { "presence/bare", room_jid }, { "presence/host", muc.."/nick" } }) do
				load_module();
				local session = session_of();
				send(session, presence({ to = case[2] }), case[1]);
				support.respond(support.denied_room(case[2], "invalid-room-address", "Room address is invalid"));
				assert_denied(session, "cancel", "not-allowed", "Room address is invalid", "invalid-room-address");
				assert.equal(0, support.rooms_created);
			end
		end);

		it("a room that changes after the verdict, behind the place that may wait", function ()
			load_module({ [muc] = { restrict_room_creation = true } });
			rooms[room_jid] = { get_occupant_by_real_jid = function () end };
			module:hook("presence/full", function () rooms[room_jid] = nil; end, 1);
			local session = session_of();
			send(session, presence());
			support.respond(support.answer_room());
			assert_unavailable(session);
		end);

		it("a room for the authenticated that another module makes one while creating it", function ()
			module:hook("muc-occupant-pre-join", function () rooms[room_jid].allowUnauthenticatedAccess = false; end, 100);
			local session = session_of();
			send(session, presence());
			support.respond(support.answer_room());
			assert_unavailable(session);
		end);

		it("everyone while the parent VirtualHost is missing, and says once what to do", function ()
			prosody.hosts[host] = nil;
			local session = session_of();
			send(session, presence());
			assert_unavailable(session);
			send(session_of(), presence());
			assert.equal(1, #support.lines("error"));
			assert.truthy(support.lines("error")[1]:find('No VirtualHost "meet.example.com"', 1, true));
			assert.equal(0, #support.requests);
		end);

		it("everyone on a component that is nobody's child", function ()
			load_module({}, "conference");
			local session = session_of();
			send(session, presence({ to = "standup@conference/nick" }));
			assert_unavailable(session);
		end);
	end);

	it("drops the stanza of a session destroyed during the wait", function ()
		local session = session_of();
		local result = send(session, presence());
		support.destroy(session);
		support.respond(support.answer_room());
		assert.is_true(result.values[1]);
		assert.equal(0, occupants());
		assert.equal(0, module.counters.fail + module.counters.success);
		assert.same({}, support.loud_lines());
	end);

	it("denies a session that is ended during the wait", function ()
		local session = session_of();
		send(session, presence());
		session.tokend_is_ended = true;
		support.respond(support.answer_room());
		assert_denied(session, "cancel", "not-allowed", "the session is over", "not-allowed");
	end);

	it("re-asks when the room was created during the wait", function ()
		load_module({ [muc] = { restrict_room_creation = true } });
		local session = session_of();
		send(session, presence());
		rooms[room_jid] = { occupants = {}; get_occupant_by_real_jid = function () end };
		support.respond(support.denied_room(room_jid, "room-does-not-exist", "Room does not exist"));
		support.respond(support.answer_room());
		assert.equal(1, occupants());
	end);

	describe("for a session with other claims", function ()
		local function joined()
			local session = session_of();
			send(session, presence());
			support.respond(support.answer_room());
			support.requests = {};
			module.counters.success, module.counters.fail = 0, 0;
			return session;
		end

		local function ask(session)
			local result = support.in_thread(function ()
				return prosody.events.fire_event("jitsi-verify-session-rooms", { session = session });
			end);
			assert.is_nil(result.error);
			return result;
		end

		it("remembers the room of the last join that it allowed, and of no other", function ()
			local session = joined();
			assert.equal(room_jid, session.jitsi_meet_verified_room);
			send(session, presence({ to = "planning@"..muc.."/nick" }));
			support.respond(support.denied_room("planning@"..muc));
			assert.equal(room_jid, session.jitsi_meet_verified_room);
		end);

		it("remembers no room of those it does not ask about", function ()
			local session = session_of({ type = "s2sin" });
			send(session, presence());
			assert.is_nil(session.jitsi_meet_verified_room);
		end);

		it("says nothing where the claims cover the room", function ()
			local session = joined();
			session.jitsi_meet_context_room = { regex = true };
			local result = ask(session);
			support.respond(support.answer_room());
			assert.is_true(result.done);
			assert.is_nil(result.values[1]);
			assert.equal(1, module.counters.success);
		end);

		it("denies with the room, the condition and the reason where they do not", function ()
			local session = joined();
			session.jitsi_meet_room = "planning";
			local result = ask(session);
			support.respond(support.denied_room(room_jid, "room-mismatch", "Not this one"));
			assert.same({ res = false; room = room_jid; error = "room-mismatch"; reason = "Not this one" }, result.values[1]);
			assert.equal(1, module.counters.fail);
		end);

		it("uses the verdict that was found out before, where it must not wait", function ()
			local session = joined();
			session.jitsi_meet_room = "planning";
			support.in_thread(function () prosody.events.fire_event("tokend-prepare-session-rooms", { session = session }); end);
			support.respond(support.denied_room(room_jid));
			support.requests, session.tokend_must_not_wait = {}, true;
			assert.is_false(ask(session).values[1].res);
			assert.equal(0, #support.requests);
		end);

		it("denies where there is none and it must not wait", function ()
			local session = joined();
			session.jitsi_meet_room, session.tokend_must_not_wait = "planning", true;
			assert.equal("temporary-auth-failure", ask(session).values[1].error);
			assert.equal(0, #support.requests);
		end);

		local unconcerned = {
			{ "that has joined no room", nil };
			{ "whose room is gone", "gone@"..muc };
			{ "whose room is another component's", "standup@breakout.meet.example.com" };
		};
		for _, case in ipairs(unconcerned) do
			it("says nothing of one "..case[1], function ()
				local session = joined();
				session.jitsi_meet_verified_room, session.jitsi_meet_room = case[2], "planning";
				local result = ask(session);
				assert.is_true(result.done);
				assert.is_nil(result.values[1]);
				assert.equal(0, module.counters.success + module.counters.fail);
			end);
		end
	end);

	it("asks in the name of the parent VirtualHost", function ()
		send(session_of(), presence());
		assert.equal(host, support.body_of(support.last_request()).host);
	end);

	it("reads the allowlist again when the configuration is reloaded", function ()
		support.options = { [muc] = { token_verification_allowlist = { "meet.example.com" } } };
		prosody.events.fire_event("config-reloaded");
		send(session_of(), presence());
		assert.equal(1, occupants());
	end);

	it("goes by roles where Prosody has them", function ()
		for name, joined in pairs({ ["prosody:admin"] = 1; ["prosody:operator"] = 1; ["prosody:member"] = 0 }) do
			package.loaded["core.usermanager"] = {
				get_jid_role = function () return { name = name }; end;
				is_admin = function () error("deprecated"); end;
			};
			load_module();
			send(session_of(), presence());
			assert.equal(joined, occupants());
		end
	end);

	it("lets the other handlers of server-started run", function ()
		local ran = false;
		prosody.events.add_handler("server-started", function () ran = true; end, -1);
		prosody.events.fire_event("server-started");
		assert.is_true(ran);
		assert.same({}, support.loud_lines());
	end);

	describe("with token_verification_require_token_for_moderation", function ()
		local function submit(session, kind, from)
			local stanza = st.iq({ type = "set"; from = from or user_jid; to = room_jid; id = "1" });
			return module.events.fire_event("iq-set/"..kind.."/http://jabber.org/protocol/muc#owner:query", {
				origin = session; stanza = stanza;
			});
		end

		before_each(function ()
			load_module({ [muc] = { token_verification_require_token_for_moderation = true } });
		end);

		local refused = {
			{ "without a token", { jitsi_meet_room = "standup" } };
			{ "without a verified room", { auth_token = "token" } };
			{ "without either", {} };
		};
		for _, case in ipairs(refused) do
			for _, kind in ipairs({ "bare", "host" }) do
				it(("refuses an owner's form to %s from a session %s"):format(kind, case[1]), function ()
					local session = support.session(case[2]);
					assert.is_true(submit(session, kind));
					local err = session.sent[1]:get_child("error");
					assert.equal("cancel", err.attr.type);
					assert.equal("Room modification disabled for guests", err:get_child_text("text", "urn:ietf:params:xml:ns:xmpp-stanzas"));
				end);
			end
		end

		it("passes a session with a verified token", function ()
			assert.is_nil(submit(session_of(), "bare"));
		end);

		it("passes an admin", function ()
			assert.is_nil(submit(support.session(), "bare", "focus@auth.meet.example.com/focus"));
		end);

		it("passes everyone once it is turned off", function ()
			support.options = {};
			prosody.events.fire_event("config-reloaded");
			assert.is_nil(submit(support.session(), "bare"));
		end);
	end);
end);

describe("mod_token_verification on a VirtualHost", function ()
	before_each(support.reset);

	it("names no component on a host that has no meetings", function ()
		support.options = { ["auth.meet.example.com"] = { authentication = "internal_hashed" } };
		prosody.hosts["auth.meet.example.com"] = { type = "local"; modules = {} };
		support.load("mod_token_verification", "auth.meet.example.com");
		local text = support.lines("error")[1];
		assert.truthy(text:find("name it in those of the MUC component$"), text);
	end);

	it("says that it guards nothing there, and claims to refuse nobody", function ()
		support.options = {};
		prosody.hosts[host] = { type = "local"; modules = {} };
		local loaded = support.load("mod_token_verification", host);
		prosody.events.fire_event("server-started");
		assert.equal(1, #support.loud_lines());
		local text = support.lines("error")[1];
		assert.truthy(text:find("does nothing on the VirtualHost meet.example.com", 1, true), text);
		assert.truthy(text:find("Component \"conference.meet.example.com\" \"muc\"", 1, true), text);
		assert.is_nil(text:find("refused", 1, true));
		assert.is_nil(loaded.events.fire_event("muc-room-pre-create", {}));
	end);
end);
