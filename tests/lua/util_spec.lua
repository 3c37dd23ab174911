package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

local host = "meet.example.com";
local muc = "conference.meet.example.com";
local room_jid = "standup@"..muc;
local unavailable = "temporary-auth-failure";

local rooms;

local function new_util(options)
	support.options = options or {};
	rooms = {};
	prosody.hosts[muc] = { modules = { muc = { get_room_from_jid = function (jid) return rooms[jid]; end } } };
	local module = support.module(host);
	return module:require("token/util").new(module);
end

local function verify(util, session)
	return support.in_thread(function () return util:process_and_verify_token(session); end);
end

local function join(util, session, jid)
	return support.in_thread(function () return util:verify_room(session, jid or room_jid.."/nick"); end);
end

-- A session whose login brought the verdict on its room along.
local function logged_in(util, answer)
	local session = support.session({ auth_token = "token"; jitsi_web_query_room = "standup" });
	local changes = answer or { room = { ok = true; jid = room_jid } };
	verify(util, session);
	local response = support.answer_verify(changes);
	response.allowed = response.room.ok;
	support.respond(response);
	support.requests = {};
	return session;
end

describe("token/util", function ()
	before_each(support.reset);

	it("is made even where the options live in the daemon alone", function ()
		local util = new_util();
		assert.is_table(util);
		assert.is_nil(util.appId);
		assert.is_false(util.allowEmptyToken);
	end);

	it("is not made for a host that has no tokens, and says why", function ()
		support.global_options = { authentication = "internal_hashed" };
		assert.is_nil(new_util());
		assert.truthy(support.lines("error")[1]:find("No tokens for meet.example.com", 1, true));
	end);

	it("is made for a host that has an app_id, however its users log in", function ()
		support.global_options = { authentication = "internal_hashed" };
		assert.is_table(new_util({ [host] = { app_id = "my_app" } }));
	end);

	describe("overrides", function ()
		local function overrides_of(util)
			verify(util, {});
			return support.body_of(support.last_request()).overrides;
		end

		it("are sent for what was set, as it was set last, and for nothing else", function ()
			local cases = {
				{ "set_asap_key_server", "https://keys.example.com", { asap_key_server = "https://keys.example.com" } };
				{ "set_asap_accepted_issuers", { "a", "b" }, { asap_accepted_issuers = { "a", "b" } } };
				{ "set_asap_accepted_audiences", { "*" }, { asap_accepted_audiences = { "*" } } };
				{ "set_asap_require_room_claim", false, { asap_require_room_claim = false } };
			};
			for _, case in ipairs(cases) do
				local util = new_util();
				util[case[1]](util, { "earlier" });
				util[case[1]](util, case[2]);
				assert.same(case[3], overrides_of(util));
			end
		end);

		it("are not sent where nothing was set", function ()
			assert.is_nil(overrides_of(new_util()));
		end);

		it("can be an empty list, which accepts nobody", function ()
			local util = new_util();
			util:set_asap_accepted_issuers({});
			overrides_of(util);
			assert.truthy(support.last_request().body:find('"asap_accepted_issuers":[]', 1, true));
		end);

		it("are those of one module alone, and leave its list alone", function ()
			local issuers = { "a" };
			new_util():set_asap_accepted_issuers(issuers);
			assert.is_nil(getmetatable(issuers));
			assert.is_nil(overrides_of(new_util()));
		end);
	end);

	describe("tells of a token whose room claim is a pattern", function ()
		-- What the log and the counter have after a login with this context.room.
		local function verify_with_context_room(context_room, changes)
			support.options = {};
			local module = support.module(host);
			local util = module:require("token/util").new(module);
			verify(util, { auth_token = "token" });
			local answer = support.answer_verify(changes);
			if answer.session then
				answer.session.jitsi_meet_room, answer.session.jitsi_meet_context_room = "standup-%d+", context_room;
				answer.session.jitsi_meet_str_tenant, answer.session.jitsi_meet_auth_issuer = "acme", "my_app";
			end
			support.respond(answer);
			return module.counters.regex_room_claim, support.lines("info");
		end

		for _, regex in ipairs({ true; "true" }) do
			it("with a line and a count, as "..type(regex), function ()
				local count, lines = verify_with_context_room({ regex = regex });
				assert.equal(1, count);
				assert.same({ "Room claim is a pattern. tenant:acme iss:my_app room:standup-%d+" }, lines);
			end);
		end

		it("with up to 80 characters of it", function ()
			local pattern = ("x"):rep(81);
			verify_with_context_room({ regex = true }, { session = { jitsi_meet_room = "standup" } });
			local module = support.module(host);
			local util = module:require("token/util").new(module);
			verify(util, { auth_token = "token" });
			support.respond(support.answer_verify({ session = { jitsi_meet_room = pattern; jitsi_meet_context_room = { regex = true } } }));
			local lines = support.lines("info");
			assert.equal("Room claim is a pattern. tenant:nil iss:nil room:"..pattern:sub(2).."...", lines[#lines]);
		end);

		for _, context_room in ipairs({ { regex = false }; { regex = "yes" }; { regex = 1 }; {}; "true" }) do
			it("and of no other one: "..support.json.encode(context_room), function ()
				local count, lines = verify_with_context_room(context_room);
				assert.equal(0, count);
				assert.same({}, lines);
			end);
		end

		it("and of none that is denied", function ()
			local count, lines = verify_with_context_room({ regex = true }, {
				allowed = false; auth = { ok = false; error = "not-allowed"; reason = "invalid 'iss' claim" }; session = false;
			});
			assert.equal(0, count);
			assert.same({}, lines);
		end);
	end);

	it("says of an Authorization header of another scheme only that, and only without a token", function ()
		local util = new_util();
		local function asked(session)
			verify(util, session);
			return support.body_of(support.last_request());
		end
		local request = asked({ tokend_other_scheme = "Basic" });
		assert.equal("Basic", request.session.authorization_scheme);
		assert.is_nil(request.token);
		assert.equal("", asked({ tokend_other_scheme = "" }).session.authorization_scheme);
		assert.is_nil(asked({ auth_token = "token"; tokend_other_scheme = "Basic" }).session.authorization_scheme);
		assert.is_nil(asked({}).session.authorization_scheme);
	end);

	it("marks the token that it let in, and no other", function ()
		local util = new_util();
		local session = { auth_token = "token" };
		verify(util, session);
		support.respond(support.answer_verify());
		assert.equal("token", session.tokend_verified_token);
		session = { auth_token = "token" };
		verify(util, session);
		support.respond(support.answer_verify({
			allowed = false; auth = { ok = false; error = "not-allowed"; reason = "Invalid signature" }; session = false;
		}));
		assert.is_nil(session.tokend_verified_token);
	end);

	it("has a cache to clear", function ()
		assert.has_no.errors(function () new_util():clear_asap_cache(); end);
	end);

	describe("with a bare table for a session", function ()
		it("decides on its token and on a room", function ()
			local util = new_util();
			local session = { auth_token = "token" };
			local result = verify(util, session);
			support.respond(support.answer_verify());
			assert.same({ true }, result.values);
			assert.equal("standup", session.jitsi_meet_room);
			result = join(util, session);
			support.respond(support.answer_room());
			assert.same({ true }, result.values);
		end);

		it("keeps nothing of an earlier token", function ()
			local util = new_util();
			local session = { auth_token = "first"; jitsi_meet_context_user = { name = "Ann" } };
			verify(util, session);
			support.respond(support.answer_verify());
			assert.is_nil(session.jitsi_meet_context_user);
			assert.equal("first", session.auth_token);
		end);
	end);

	it("denies in a timer, and says so once", function ()
		local util = new_util();
		for _ = 1, 3 do
			local ok, condition = util:process_and_verify_token({ auth_token = "token" });
			assert.is_false(ok);
			assert.equal(unavailable, condition);
			assert.is_false((util:verify_room({ auth_token = "token" }, room_jid)));
		end
		assert.equal(0, #support.requests);
		assert.equal(1, #support.lines("warn"));
		assert.truthy(support.lines("warn")[1]:find("cannot wait", 1, true));
	end);

	it("shows app_id and allow_empty_token where Prosody has them", function ()
		local util = new_util({ [host] = { app_id = "my_app"; allow_empty_token = true } });
		assert.equal("my_app", util.appId);
		assert.is_true(util.allowEmptyToken);
	end);

	describe("process_and_verify_token", function ()
		it("asks with the token, the fields of the URL and the room it names", function ()
			local session = support.session({
				auth_token = "token"; jitsi_web_query_room = "Standup"; jitsi_web_query_prefix = "acme"; contextRequired = true;
			});
			verify(new_util(), session);
			assert.same({
				host = host; token = "token"; room = "standup"; room_state = { exists = true }; claims = false;
				session = { jitsi_web_query_prefix = "acme"; contextRequired = true };
			}, support.body_of(support.last_request()));
		end);

		for _, name in ipairs({ "", "a b", "a@b", "a/b", "a\255" }) do
			it(("asks about no room where the URL names %q"):format(name), function ()
				verify(new_util(), support.session({ auth_token = "token"; jitsi_web_query_room = name }));
				assert.is_nil(support.body_of(support.last_request()).room);
			end);
		end

		it("notes when the session is to be asked about again, and which changes the answer knows of", function ()
			local util = new_util();
			support.shared["/*/tokend/changes_seen"][host] = 3;
			local session = support.session({ auth_token = "token" });
			for _, time in ipairs({ 1700000000, 1800000000 }) do
				session.tokend_warned_of = "expired";
				verify(util, session);
				support.respond(support.answer_verify({ check_again_at = time }));
				assert.equal(time, session.tokend_check_again_at);
				assert.equal(3, session.tokend_changes_seen);
				assert.is_nil(session.tokend_warned_of);
			end
			verify(util, session);
			support.shared["/*/tokend/changes_seen"][host] = 4;
			support.respond(support.answer_verify());
			assert.is_nil(session.tokend_check_again_at);
			assert.equal(3, session.tokend_changes_seen);
		end);

		it("sets the fields that come back, with their types", function ()
			local session = support.session({ auth_token = "token" });
			local result = verify(new_util(), session);
			support.respond(support.answer_verify({ session = {
				jitsi_meet_room = "standup"; jitsi_meet_context_user = { moderator = "true"; id = support.json.null };
				jitsi_meet_context_group = support.json.null; send = "hijacked";
			} }));
			assert.same({ true }, result.values);
			assert.equal("true", session.jitsi_meet_context_user.moderator);
			assert.equal(support.json.null, session.jitsi_meet_context_user.id);
			assert.equal(support.json.null, session.jitsi_meet_context_group);
			assert.is_function(session.send);
		end);

		it("fires jitsi-authentication-token-verified once the fields are set", function ()
			local seen;
			prosody.events.add_handler("jitsi-authentication-token-verified", function (event)
				seen = { room = event.session.jitsi_meet_room; claims = event.claims };
			end);
			verify(new_util(), support.session({ auth_token = "token" }));
			support.respond(support.answer_verify());
			assert.same({ room = "standup"; claims = { room = "standup" } }, seen);
		end);

		it("asks for claims as long as somebody looks at them", function ()
			local util, handler = new_util(), function () end;
			local function asked()
				verify(util, support.session({ auth_token = "token" }));
				return support.body_of(support.last_request()).claims;
			end
			assert.is_false(asked());
			prosody.events.add_handler("jitsi-authentication-token-verified", handler);
			assert.is_nil(asked());
			prosody.events.remove_handler("jitsi-authentication-token-verified", handler);
			assert.is_false(asked());
		end);

		it("asks for claims where it cannot be told whether anybody does", function ()
			prosody.events.get_handlers = nil;
			verify(new_util(), support.session({ auth_token = "token" }));
			assert.is_nil(support.body_of(support.last_request()).claims);
		end);

		it("fires nothing without claims, for one who comes too late to have them", function ()
			local fired = false;
			local result = verify(new_util(), support.session({ auth_token = "token" }));
			prosody.events.add_handler("jitsi-authentication-token-verified", function () fired = true; end);
			support.respond(support.answer_verify({ claims = false }));
			assert.same({ true }, result.values);
			assert.is_false(fired);
		end);

		it("fires nothing for a guest", function ()
			local fired = false;
			prosody.events.add_handler("jitsi-authentication-token-verified", function () fired = true; end);
			local result = verify(new_util(), support.session());
			support.respond(support.answer_verify({ session = {}; claims = false; token_id = false }));
			assert.same({ true }, result.values);
			assert.is_false(fired);
		end);

		it("passes a denial on, sets nothing, and logs the explanation without the token", function ()
			local session = support.session({ auth_token = "secret.token.here" });
			local result = verify(new_util(), session);
			support.respond({ allowed = false; token_id = "1a2b3c4d"; auth = {
				ok = false; error = "not-allowed"; reason = "Invalid signature"; explanation = "signed with another secret";
			} });
			assert.same({ false, "not-allowed", "Invalid signature" }, result.values);
			assert.is_nil(session.jitsi_meet_room);
			assert.equal(1, #support.lines("warn"));
			assert.truthy(support.lines("warn")[1]:find("1a2b3c4d.*signed with another secret"));
			assert.is_nil(support.whole_log():find("secret.token", 1, true));
		end);

		it("denies without a verdict", function ()
			local result = verify(new_util(), support.session({ auth_token = "token" }));
			support.respond("", 500);
			assert.same({ false, unavailable, "Token verification is not available, try again" }, result.values);
		end);

		it("denies where it may not wait", function ()
			local _, condition = new_util():process_and_verify_token(support.session({ auth_token = "token" }));
			assert.equal(unavailable, condition);
		end);

		it("hands on the key that another module fetched, beside what the setters changed", function ()
			local util = new_util();
			util:set_asap_require_room_claim(false);
			verify(util, support.session({ auth_token = "token"; public_key = "PEM" }));
			assert.same({ public_key = "PEM"; asap_require_room_claim = false }, support.body_of(support.last_request()).overrides);
			verify(util, support.session({ auth_token = "token" }));
			assert.same({ asap_require_room_claim = false }, support.body_of(support.last_request()).overrides);
		end);

		it("hands on no key where another module left something else", function ()
			verify(new_util(), support.session({ auth_token = "token"; public_key = {} }));
			assert.same({ public_key = "" }, support.body_of(support.last_request()).overrides);
		end);

		it("leaves a session alone that was destroyed during the wait", function ()
			local fired = false;
			prosody.events.add_handler("jitsi-authentication-token-verified", function () fired = true; end);
			local session = support.session({ auth_token = "token" });
			local result = verify(new_util(), session);
			support.destroy(session);
			support.respond(support.answer_verify());
			assert.same({ false }, result.values);
			assert.is_nil(session.jitsi_meet_room);
			assert.is_false(fired);
			assert.same({}, support.loud_lines());
		end);

		it("works on the bare table that HTTP handlers pass", function ()
			local result = verify(new_util(), { auth_token = "token" });
			support.respond({ allowed = false; auth = { ok = false; error = "not-allowed"; reason = "Invalid typ" } });
			assert.same({ false, "not-allowed", "Invalid typ" }, result.values);
		end);
	end);

	describe("verify_room", function ()
		it("needs no second exchange for the room that the login named", function ()
			local util = new_util();
			local result = join(util, logged_in(util));
			assert.same({ true }, result.values);
			assert.equal(0, #support.requests);
		end);

		it("uses the login's verdict even where it may not wait", function ()
			local util = new_util();
			assert.is_true(util:verify_room(logged_in(util), room_jid));
		end);

		it("denies what the login's verdict denied", function ()
			local util = new_util();
			local session = logged_in(util, {
				room = { ok = false; jid = room_jid; error = "room-mismatch"; reason = "Not yours" };
			});
			local result = join(util, session);
			assert.same({ false, "room-mismatch", "Not yours" }, result.values);
			assert.equal(0, #support.requests);
		end);

		it("asks with the state of the room and what the decision depends on, never the token", function ()
			local util = new_util({ [muc] = { restrict_room_creation = true } });
			local session = support.session({
				auth_token = "secret"; jitsi_meet_room = "standup"; jitsi_meet_domain = host; jitsi_meet_str_tenant = "acme";
				jitsi_meet_context_room = { regex = true }; jitsi_meet_context_user = { name = "private" };
			});
			join(util, session);
			assert.same({
				host = host; room = room_jid; room_state = { exists = false };
				session = {
					auth_token = true; jitsi_web_query_prefix = ""; jitsi_meet_room = "standup"; jitsi_meet_domain = host;
					jitsi_meet_str_tenant = "acme"; jitsi_meet_context_room = { regex = true };
				};
			}, support.body_of(support.last_request()));
		end);

		local changes = {
			{ "another room", function () return "retro@"..muc; end };
			{ "another room claim", function (session) session.jitsi_meet_room = "retro"; end };
			{ "no room claim", function (session) session.jitsi_meet_room = nil; end };
			{ "another domain", function (session) session.jitsi_meet_domain = "*"; end };
			{ "a tenant", function (session) session.jitsi_meet_str_tenant = "acme"; end };
			{ "a pattern flag", function (session) session.jitsi_meet_context_room = { regex = true }; end };
			{ "another prefix", function (session) session.jitsi_web_query_prefix = "acme"; end };
			{ "no token any more", function (session) session.auth_token = nil; end };
			{ "a room for the authenticated", function () rooms[room_jid] = { allowUnauthenticatedAccess = false }; end };
			{ "a room that is missing", function () support.options[muc] = { restrict_room_creation = "local" }; end };
			{ "a room whose component is gone", function () prosody.hosts[muc] = nil; end };
		};
		for _, change in ipairs(changes) do
			it("asks again for "..change[1], function ()
				local util = new_util();
				local session = logged_in(util);
				local jid = change[2](session);
				local result = join(util, session, jid);
				assert.equal(1, #support.requests);
				support.respond(support.denied_room(jid or room_jid));
				assert.same({ false }, result.values);
			end);

			it("denies, where it may not wait, for "..change[1], function ()
				local util = new_util();
				local session = logged_in(util);
				local jid = change[2](session);
				local ok, condition = util:verify_room(session, jid or room_jid);
				assert.is_false(ok);
				assert.equal(unavailable, condition);
				assert.equal(0, #support.requests);
			end);
		end

		describe("after a change that mod_token_sessions has seen", function ()
			local function change()
				local seen = support.shared["/*/tokend/changes_seen"];
				seen[host] = (seen[host] or 0) + 1;
			end

			it("asks again, and goes by what is said then", function ()
				local util = new_util();
				local session = logged_in(util);
				change();
				assert.is_false(util:is_decided(session, room_jid));
				local result = join(util, session);
				assert.equal(1, #support.requests);
				support.respond(support.denied_room(room_jid, "not-allowed", "token revoked"));
				assert.same({ false, "not-allowed", "token revoked" }, result.values);
			end);

			it("denies where it may not wait", function ()
				local util = new_util();
				local session = logged_in(util);
				change();
				local ok, condition = util:verify_room(session, room_jid);
				assert.is_false(ok);
				assert.equal(unavailable, condition);
			end);

			it("asks once more where the change came while the answer was awaited", function ()
				local util = new_util();
				local session = support.session({ auth_token = "token" });
				local result = join(util, session);
				change();
				support.respond(support.answer_room());
				assert.is_nil(result.values);
				assert.equal(2, #support.requests);
				support.respond(support.denied_room(room_jid, "not-allowed", "token revoked"));
				assert.same({ false, "not-allowed", "token revoked" }, result.values);
			end);

			it("asks again about the room of a login that was asked about before it", function ()
				local util = new_util();
				local session = support.session({ auth_token = "token"; jitsi_web_query_room = "standup" });
				verify(util, session);
				change();
				support.respond(support.answer_verify({ room = { ok = true; jid = room_jid } }));
				assert.is_false(util:is_decided(session, room_jid));
			end);

			it("goes by a verdict that was asked for since, and leaves other hosts alone", function ()
				local util = new_util();
				change();
				local session = logged_in(util);
				support.shared["/*/tokend/changes_seen"]["other.example.com"] = 7;
				assert.is_true(util:verify_room(session, room_jid));
			end);

			it("does not go by a verdict of which that is not known", function ()
				local util = new_util();
				local session = logged_in(util);
				session.tokend_room_verdict.changes_seen = nil;
				assert.is_true(util:is_decided(session, room_jid));
				change();
				assert.is_false(util:is_decided(session, room_jid));
			end);
		end);

		it("notices a claim that another module changes in place", function ()
			local util = new_util();
			local session = logged_in(util, {
				session = { jitsi_meet_room = "standup"; jitsi_meet_context_room = { regex = false } };
				room = { ok = true; jid = room_jid };
			});
			session.jitsi_meet_context_room.regex = true;
			join(util, session);
			assert.equal(1, #support.requests);
		end);

		it("asks again when the room comes into existence during the wait", function ()
			local util = new_util({ [muc] = { restrict_room_creation = true } });
			local result = join(util, support.session({ auth_token = "token" }));
			rooms[room_jid] = {};
			support.respond(support.denied_room(room_jid, "room-does-not-exist", "Room does not exist"));
			assert.is_nil(result.done);
			assert.is_true(support.body_of(support.last_request()).room_state.exists);
			support.respond(support.answer_room());
			assert.same({ true }, result.values);
		end);

		it("denies a room that changes at every question", function ()
			local util = new_util({ [muc] = { restrict_room_creation = true } });
			local result = join(util, support.session({ auth_token = "token" }));
			for _ = 1, 3 do
				rooms[room_jid] = not rooms[room_jid] and {} or nil;
				support.respond(support.answer_room());
			end
			assert.equal(3, #support.requests);
			assert.equal(unavailable, result.values[2]);
		end);

		local places = {
			{ "the room", { allowUnauthenticatedAccess = false } };
			{ "its metadata", { jitsiMetadata = { allowUnauthenticatedAccess = false } } };
			{ "its data", { _data = { allowUnauthenticatedAccess = false } } };
		};
		for _, place in ipairs(places) do
			it("tells allowUnauthenticatedAccess == false from "..place[1], function ()
				local util = new_util();
				rooms[room_jid] = place[2];
				join(util, support.session());
				assert.is_false(support.body_of(support.last_request()).room_state.allow_unauthenticated_access);
			end);
		end

		it("leaves the flag out where it is true or not there", function ()
			local util = new_util();
			rooms[room_jid] = { jitsiMetadata = { allowUnauthenticatedAccess = true } };
			join(util, support.session());
			assert.is_nil(support.body_of(support.last_request()).room_state.allow_unauthenticated_access);
		end);

		local existence = {
			{ "with unrestricted creation, a missing room", nil, nil, true };
			{ "with restrict_room_creation = false, a missing room", false, nil, true };
			{ "with restrict_room_creation, a missing room", true, nil, false };
			{ "with restrict_room_creation, an existing room", true, {}, true };
			{ "with restrict_room_creation, a tombstone", true, { _data = { destroyed = true } }, false };
			{ "with restrict_room_creation, a room that does not load", "admin", false, false };
		};
		for _, case in ipairs(existence) do
			it(("reports %s as existing: %s"):format(case[1], tostring(case[4])), function ()
				local util = new_util({ [muc] = { restrict_room_creation = case[2] } });
				rooms[room_jid] = case[3];
				join(util, support.session({ auth_token = "token" }));
				assert.equal(case[4], support.body_of(support.last_request()).room_state.exists);
			end);
		end

		it("returns neither condition nor reason on a plain mismatch", function ()
			local result = join(new_util(), support.session({ auth_token = "token" }));
			support.respond(support.denied_room(room_jid));
			assert.is_false(result.values[1]);
			assert.is_nil(result.values[2]);
			assert.is_nil(result.values[3]);
		end);

		it("logs a denial once, with the explanation and the token's id", function ()
			local util = new_util();
			join(util, logged_in(util), "retro@"..muc);
			support.respond(support.denied_room("retro@"..muc, "room-mismatch", "Room does not match"));
			assert.equal(1, #support.loud_lines());
			assert.truthy(support.lines("warn")[1]:find("1a2b3c4d.*the explanation"));
		end);

		it("sets jitsi_meet_tenant_mismatch when the decision says so, at the join and not before", function ()
			local util = new_util();
			local session = logged_in(util, {
				session = { jitsi_meet_room = "standup"; jitsi_meet_tenant_mismatch = true };
				room = { ok = true; jid = room_jid };
			});
			assert.is_nil(session.jitsi_meet_tenant_mismatch);
			join(util, session);
			assert.is_true(session.jitsi_meet_tenant_mismatch);
		end);

		it("denies without a verdict", function ()
			local result = join(new_util(), support.session({ auth_token = "token" }));
			support.advance(3);
			assert.same({ false, unavailable, "Token verification is not available, try again" }, result.values);
		end);

		it("leaves a session alone that was destroyed during the wait", function ()
			local session = support.session({ auth_token = "token" });
			local result = join(new_util(), session);
			support.destroy(session);
			support.respond(support.answer_room());
			assert.same({ false }, result.values);
			assert.is_nil(rawget(session, "tokend_room_verdict"));
			assert.same({}, support.loud_lines());
		end);
	end);
end);
