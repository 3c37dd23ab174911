package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";
local meeting = require "meeting";

local host, muc = meeting.host, meeting.muc;

local function load_module(options) return meeting.load(options); end

-- The tokens and rooms of a question, in its order.
local function asked_tokens(question)
	local tokens = {};
	for _, entry in ipairs(question and question.sessions or {}) do table.insert(tokens, entry.token or "none"); end
	table.sort(tokens);
	return tokens;
end

local function is_in(session)
	return not session.destroyed and not session.tokend_is_ended;
end

describe("mod_token_sessions", function ()
	before_each(meeting.set_up);

	describe("where it has nothing to do", function ()
		for what, set_up in pairs({
			["a component"] = function () prosody.hosts[host].type = "component"; end;
			["a host whose users have passwords"] = function () support.global_options.authentication = "internal_hashed"; end;
			["a host that there is not"] = function () prosody.hosts[host] = nil; end;
		}) do
			it("says so on "..what..", and asks nothing", function ()
				set_up();
				load_module();
				for _ = 1, 3 do meeting.tick(); end
				assert.equal(0, #support.connections);
				assert.equal(1, #support.lines("error"));
				assert.truthy(support.lines("error")[1]:find("token_sessions does nothing on "..host, 1, true));
			end);
		end
	end);

	describe("asking for changes", function ()
		it("asks once in an interval, on one connection that is kept, and about nobody in particular", function ()
			load_module({ tokend_api_key = "key" });
			assert.equal(0, #support.change_requests);
			for count = 1, 5 do
				meeting.tick();
				assert.equal(count, #support.change_requests);
				meeting.answer_changes("1");
			end
			local request = support.change_requests[5];
			assert.equal("GET", request.method);
			assert.equal("http://127.0.0.1:5290/v1/changes", request.url);
			assert.equal("Bearer key", request.headers.authorization);
			assert.equal(1, #support.connections);
			assert.equal(0, #support.requests);
			assert.equal("", support.whole_log():gsub("[^\n]*Connecting[^\n]*", ""):gsub("[^\n]*prosody%-tokend answered[^\n]*", "")
				:gsub("[^\n]*Asking prosody%-tokend[^\n]*", ""):gsub("%s", ""));
		end);

		it("asks less than two seconds apart", function ()
			load_module();
			for count = 1, 3 do
				support.advance(1.99);
				assert.equal(count, #support.change_requests);
				meeting.answer_changes("1");
			end
		end);

		it("does not ask again while it waits for an answer", function ()
			load_module();
			meeting.tick();
			support.advance(0.9);
			support.advance(0.9);
			support.advance(0.2);
			assert.equal(1, #support.change_requests);
		end);

		it("asks about everybody who is there as it begins, and about nobody while nothing changes", function ()
			meeting.bearer("ann");
			load_module();
			assert.same({ "token-of-ann" }, asked_tokens(meeting.change("1")));
			meeting.answer();
			for _ = 1, 5 do assert.is_nil(meeting.change("1")); end
		end);

		it("asks about everybody again whenever the version is another one", function ()
			meeting.bearer("ann");
			load_module();
			for _, version in ipairs({ "1", "2", "1", "", "a b" }) do
				assert.same({ "token-of-ann" }, asked_tokens(meeting.change(version)));
				meeting.answer();
			end
		end);
	end);

	describe("telling of sessions", function ()
		it("names the host, the token and the rooms", function ()
			local ann = meeting.bearer("ann");
			meeting.join(meeting.room("standup"), ann);
			load_module({ tokend_api_key = "key" });
			local question, request = meeting.change("1");
			assert.same({ host = host; sessions = {
				{ id = "1"; token = "token-of-ann"; rooms = { "standup@"..muc } };
			} }, question);
			assert.equal("POST", request.method);
			assert.equal("http://127.0.0.1:5290/v1/sessions/check", request.url);
			assert.equal("Bearer key", request.headers.authorization);
		end);

		it("tells of a token without a room", function ()
			meeting.bearer("ann");
			load_module();
			assert.truthy(meeting.change("1"));
			assert.truthy(support.last_request().body:find('"rooms":[]', 1, true));
		end);

		it("escapes what JSON cannot have", function ()
			meeting.bearer("ann", 'a"\\\1\255b');
			load_module();
			assert.same({ 'a"\\\1\239\191\189b' }, asked_tokens(meeting.change("1")));
		end);

		it("names all rooms, and the main room of a breakout room and of a lobby", function ()
			meeting.add_muc("breakout."..host);
			meeting.add_muc("lobby."..host);
			local ann = meeting.bearer("ann", nil, { jitsi_meet_verified_room = "standup@"..muc });
			local bob = meeting.bearer("bob");
			meeting.room("standup");
			meeting.join(meeting.room("0c3e", "breakout."..host), ann);
			local lobby = meeting.room("standup", "lobby."..host);
			lobby.main_room_jid = "standup@"..muc;
			meeting.join(lobby, bob);
			load_module();
			local rooms = {};
			for _, entry in ipairs(meeting.change("1").sessions) do rooms[entry.token] = entry.rooms; end
			assert.same({ "0c3e@breakout."..host, "standup@"..muc }, rooms["token-of-ann"]);
			assert.same({ "standup@lobby."..host, "standup@"..muc }, rooms["token-of-bob"]);
		end);

		it("names no room that somebody has left", function ()
			meeting.room("standup");
			meeting.bearer("ann", nil, { jitsi_meet_verified_room = "standup@"..muc });
			load_module();
			assert.same({}, meeting.change("1").sessions[1].rooms);
		end);

		it("finds a room that Prosody has put out of its memory", function ()
			local ann = meeting.bearer("ann", nil, { jitsi_meet_verified_room = "standup@"..muc });
			local room = meeting.room("standup");
			meeting.join(room, ann);
			local service = prosody.hosts[muc].modules.muc;
			service.rooms[room.jid], service.stored = nil, { [room.jid] = room };
			load_module();
			assert.same({ "standup@"..muc }, meeting.change("1").sessions[1].rooms);
		end);

		it("tells of a guest who is in a room, with nothing but that", function ()
			local guest = meeting.session("guest");
			meeting.session("idler");
			meeting.join(meeting.room("standup"), guest);
			load_module();
			assert.same({ { id = "1"; rooms = { "standup@"..muc } } }, meeting.change("1").sessions);
		end);

		it("tells no token that was not verified", function ()
			for name, fields in pairs({
				ann = { auth_token = "forged" };
				bob = { auth_token = "forged"; tokend_verified_token = "another" };
				eve = { tokend_verified_token = "another" };
				joe = { tokend_unverified_token = "forged" };
			}) do
				meeting.join(meeting.room(name), meeting.session(name, fields));
			end
			load_module();
			assert.same({ "none", "none", "none", "none" }, asked_tokens(meeting.change("1")));
		end);

		it("tells of guests of a host right below this one", function ()
			for name, provider in pairs({ guest = "anonymous"; visitor = "jitsi-anonymous" }) do
				meeting.add_user_host(name.."."..host, provider);
				meeting.join(meeting.room(name), meeting.session(name, { host = name.."."..host }));
				meeting.bearer(name.."-with-token", nil, { host = name.."."..host });
			end
			load_module();
			assert.same({ "none", "none", "token-of-guest-with-token", "token-of-visitor-with-token" }, asked_tokens(meeting.change("1")));
		end);

		local others = {
			["an administrator"] = function () return meeting.bearer("focus", nil, { host = meeting.host }); end;
			["somebody whose address is on the allowlist"] = function ()
				support.options[muc] = { token_verification_allowlist = { "Robot@"..host } };
				return meeting.bearer("robot");
			end;
			["somebody whose domain is on the allowlist"] = function ()
				meeting.add_user_host("recorder."..host, "anonymous");
				support.options[muc] = { token_verification_allowlist = { "recorder."..host } };
				return meeting.bearer("jibri", nil, { host = "recorder."..host });
			end;
			["a user with a password, below this host"] = function ()
				meeting.add_user_host("auth."..host, "internal_hashed");
				return meeting.bearer("jigasi", nil, { host = "auth."..host });
			end;
			["a guest of another host"] = function ()
				meeting.add_user_host("guest.example.org", "anonymous");
				return meeting.bearer("guest", nil, { host = "guest.example.org" });
			end;
			["a guest two labels below this host"] = function ()
				meeting.add_user_host("guest.other."..host, "anonymous");
				return meeting.bearer("guest", nil, { host = "guest.other."..host });
			end;
			["a user of another host with tokens"] = function ()
				meeting.add_user_host("other."..host, "token");
				return meeting.bearer("user", nil, { host = "other."..host });
			end;
		};
		for what, make in pairs(others) do
			it("never tells of "..what, function ()
				package.loaded["core.usermanager"].is_admin = function (jid, on)
					assert.equal(muc, on);
					return jid == "focus@"..host;
				end;
				local other = make();
				other.tokend_check_again_at = 1;
				meeting.join(meeting.room("standup"), other);
				meeting.bearer("ann");
				load_module();
				assert.same({ "token-of-ann" }, asked_tokens(meeting.change("1")));
				meeting.answer();
				assert.is_nil(meeting.change("1"));
			end);
		end

		it("knows administrators by their role where there are roles", function ()
			package.loaded["core.usermanager"].get_jid_role = function (jid, on)
				assert.equal(muc, on);
				return jid == "focus@"..host and { name = "prosody:operator" } or { name = "prosody:guest" };
			end;
			meeting.bearer("focus");
			meeting.bearer("ann");
			load_module();
			assert.same({ "token-of-ann" }, asked_tokens(meeting.change("1")));
		end);
	end);

	describe("with many sessions", function ()
		-- Answers until there are no more questions, and returns their bodies.
		local function answer_all(first)
			local questions, question = {}, first;
			while question do
				table.insert(questions, { body = question; bytes = #support.last_request().body });
				meeting.answer();
				question = meeting.question();
			end
			return questions;
		end

		it("asks about fifty at a time, one question after the other", function ()
			for number = 1, 120 do meeting.bearer("user-"..number); end
			load_module();
			local questions = answer_all(meeting.change("1"));
			local counts, tokens = {}, {};
			for i, question in ipairs(questions) do
				counts[i] = #question.body.sessions;
				for _, token in ipairs(asked_tokens(question.body)) do tokens[token] = (tokens[token] or 0) + 1; end
			end
			assert.same({ 50, 50, 20 }, counts);
			for number = 1, 120 do assert.equal(1, tokens["token-of-user-"..number]); end
			assert.equal(1, #support.connections);
		end);

		it("has no question of more than 48 KiB, whatever tokens there are", function ()
			for number = 1, 30 do meeting.bearer("user-"..number, ("%04d"):format(number)..("x"):rep(number * 400)); end
			load_module();
			local count = 0;
			for _, question in ipairs(answer_all(meeting.change("1"))) do
				count = count + #question.body.sessions;
				assert.is_true(question.bytes <= 48 * 1024, question.bytes);
			end
			assert.equal(30, count);
		end);

		it("asks about one session that is larger than that by itself", function ()
			meeting.bearer("ann", ("x"):rep(50000));
			meeting.bearer("bob");
			load_module();
			assert.equal(2, #answer_all(meeting.change("1")));
		end);

		it("names at most sixteen rooms at once, and all of them", function ()
			local ann = meeting.bearer("ann");
			for number = 1, 40 do meeting.join(meeting.room("room-"..number), ann); end
			load_module();
			local question, seen, count = meeting.change("1"), {}, 0;
			for _, entry in ipairs(question.sessions) do
				assert.equal("token-of-ann", entry.token);
				assert.is_true(#entry.rooms <= 16);
				for _, room in ipairs(entry.rooms) do
					if not seen[room] then count = count + 1; end
					seen[room] = true;
				end
			end
			assert.equal(3, #question.sessions);
			assert.equal(40, count);
		end);

		it("ends somebody for his fortieth room", function ()
			local ann = meeting.bearer("ann");
			for number = 1, 40 do meeting.join(meeting.room("room-"..number), ann); end
			load_module();
			local question, request = meeting.change("1");
			request.is_answered = true;
			support.respond_to(request, { version = "1"; sessions = { meeting.ends("over", { id = question.sessions[3].id }) } });
			assert.is_false(is_in(ann));
		end);

		it("gives Prosody its turn where a slice takes long", function ()
			local ended = 0;
			for number = 1, 20 do
				local session = meeting.bearer("user-"..number);
				local room = meeting.room("room-"..number);
				meeting.join(room, session);
				-- As much as a slice may take.
				room.on_kick = function () ended, support.clock = ended + 1, support.clock + 0.004; end;
			end
			load_module();
			local question = meeting.change("1");
			local verdicts, before = {}, #support.tasks;
			for _, entry in ipairs(question.sessions) do verdicts[entry.token] = meeting.ends(); end
			meeting.answer(verdicts);
			assert.equal(20, ended);
			assert.is_true(#support.tasks - before >= 20);
		end);

		it("does nothing to those who have gone, or come, in between", function ()
			for number = 1, 60 do meeting.bearer("user-"..number); end
			load_module();
			local question = meeting.change("1");
			local gone, verdicts = nil, {};
			for _, entry in ipairs(question.sessions) do
				local name = entry.token:gsub("^token%-of%-", "");
				local session = prosody.hosts[host].sessions[name].sessions["1"];
				gone = gone or session;
				if session ~= gone then verdicts[entry.token] = meeting.ends(); end
			end
			verdicts[gone.auth_token] = meeting.ends();
			meeting.forget(gone);
			local ann = meeting.bearer("ann", "token-of-user-1", { tokend_changes_seen = 1 });
			meeting.answer(verdicts);
			assert.equal(10, #meeting.question().sessions);
			meeting.answer();
			assert.is_true(is_in(ann));
			assert.equal(49, #support.lines("info"));
		end);
	end);

	describe("at an end", function ()
		local ann, record, room;

		before_each(function ()
			ann, record = meeting.bearer("ann");
			room = meeting.room("standup");
			meeting.join(room, ann);
		end);

		local module;

		local function end_ann(verdict)
			module = load_module();
			meeting.change("1");
			meeting.answer({ ["token-of-ann"] = verdict or meeting.ends("token revoked: gone") });
		end

		-- What the client has by then of what was said to it.
		local function wait_for_farewell() support.advance(1); end

		it("throws the session out of its rooms, with the reason, and then closes its stream", function ()
			meeting.add_muc("breakout."..host);
			meeting.add_muc("lobby."..host);
			local all = { room, meeting.room("0c3e", "breakout."..host), meeting.room("standup", "lobby."..host) };
			for _, other in ipairs(all) do
				meeting.join(other, ann);
				other.on_kick = function () assert.equal(0, #record.closed); end;
			end
			end_ann();
			for _, other in ipairs(all) do
				assert.same({ { nick = other.jid.."/ann"; reason = "token revoked: gone" } }, other.kicks);
			end
			assert.is_false(is_in(ann));
			wait_for_farewell();
			assert.same({ { condition = "not-authorized"; text = "token revoked: gone" } }, record.closed);
			assert.is_true(ann.destroyed);
		end);

		it("lets a second pass before it closes the stream, and hears nothing of the client until then", function ()
			local filters = require "util.filters";
			filters.initialize(ann);
			end_ann();
			assert.equal(0, #record.closed);
			assert.is_nil(ann.filter("stanzas/in", {}));
			assert.truthy(ann.filter("stanzas/out", {}));
			support.advance(0.9);
			assert.equal(0, #record.closed);
			support.advance(0.1);
			assert.equal(1, #record.closed);
		end);

		it("ends nobody twice who is still there", function ()
			end_ann();
			assert.is_nil(meeting.change("2"));
			assert.equal(1, #support.lines("info"));
		end);

		it("closes each stream in its time", function ()
			local _, bobs = meeting.bearer("bob", nil, { tokend_check_again_at = support.clock + 2 });
			end_ann();
			support.advance(0.95);
			support.advance(0.95);
			assert.equal(1, #record.closed);
			meeting.answer_changes("1");
			support.advance(0);
			meeting.answer({ ["token-of-bob"] = meeting.ends() });
			assert.equal(0, #bobs.closed);
			support.advance(0.5);
			assert.equal(0, #bobs.closed);
			support.advance(0.5);
			assert.equal(1, #bobs.closed);
		end);

		it("does nothing more to a client that has gone by itself", function ()
			end_ann();
			meeting.forget(ann);
			wait_for_farewell();
			assert.equal(0, #record.closed);
			assert.equal(0, #support.lines("error"));
		end);

		it("closes the streams at once as the module is unloaded", function ()
			end_ann();
			module.unload();
			assert.equal(1, #record.closed);
			wait_for_farewell();
			assert.equal(1, #record.closed);
		end);

		it("leaves everybody else where they are", function ()
			local bob = meeting.bearer("bob");
			meeting.join(room, bob);
			meeting.join(meeting.room("planning"), bob);
			end_ann();
			assert.is_true(is_in(bob));
			assert.equal(1, #room.kicks);
			assert.truthy(room:get_occupant_by_real_jid(bob.full_jid));
		end);

		it("ends a guest for his room", function ()
			local guest = meeting.session("guest");
			meeting.join(room, guest);
			load_module();
			meeting.change("1");
			meeting.answer({ [""] = meeting.ends("over") });
			assert.is_false(is_in(guest));
			assert.is_true(is_in(ann));
		end);

		it("leaves a user in the room who is there from another connection as well", function ()
			local other = meeting.bearer("ann", "another token", { resource = "2" });
			meeting.join(room, other);
			end_ann();
			assert.equal(0, #room.kicks);
			assert.is_false(is_in(ann));
			assert.is_true(is_in(other));
		end);

		it("throws out a user of whom all connections are ended", function ()
			local other = meeting.bearer("ann", "another token", { resource = "2" });
			meeting.join(room, other);
			load_module();
			meeting.change("1");
			meeting.answer({ ["token-of-ann"] = meeting.ends("gone"); ["another token"] = meeting.ends("gone") });
			assert.same({ { nick = room.jid.."/ann"; reason = "gone" } }, room.kicks);
			assert.is_false(is_in(ann));
			assert.is_false(is_in(other));
		end);

		it("throws out a user whose other connection has left", function ()
			meeting.join(room, ann).sessions["ann@"..host.."/old"] = { attr = { type = "unavailable" } };
			end_ann();
			assert.equal(1, #room.kicks);
		end);

		it("throws out of a room that Prosody has put out of its memory", function ()
			ann.jitsi_meet_verified_room = room.jid;
			local service = prosody.hosts[muc].modules.muc;
			service.rooms[room.jid], service.stored = nil, { [room.jid] = room };
			end_ann();
			assert.equal(1, #room.kicks);
		end);

		it("takes the stream's resumption away first", function ()
			local heard;
			prosody.hosts[host].events.add_handler("pre-session-close", function (event)
				heard = { event.session == ann, event.reason.text, #record.closed };
			end);
			end_ann();
			assert.same({ true, "token revoked: gone", 0 }, heard);
		end);

		it("destroys a session that hibernates in place of closing", function ()
			ann.hibernates = true;
			end_ann();
			wait_for_farewell();
			assert.equal(1, #record.closed);
			assert.is_true(ann.destroyed);
		end);

		it("destroys a session without a connection at once", function ()
			ann.conn = nil;
			end_ann();
			assert.equal(0, #record.closed);
			assert.is_true(ann.destroyed);
		end);

		it("leaves no token on a session that a module keeps", function ()
			ann.hibernates = true;
			load_module();
			package.loaded["core.sessionmanager"].destroy_session = function () end;
			meeting.change("1");
			meeting.answer({ ["token-of-ann"] = meeting.ends() });
			wait_for_farewell();
			assert.is_nil(ann.auth_token);
			assert.is_nil(ann.tokend_verified_token);
		end);

		it("closes the stream where a room's handlers fail, and goes on with others", function ()
			local bob = meeting.bearer("bob");
			meeting.join(room, bob);
			room.on_kick = function () error("a module's mistake"); end;
			load_module();
			meeting.change("1");
			meeting.answer({ ["token-of-ann"] = meeting.ends(); ["token-of-bob"] = meeting.ends() });
			wait_for_farewell();
			assert.is_true(ann.destroyed);
			assert.is_true(bob.destroyed);
			assert.equal(2, #support.lines("error"));
		end);

		it("logs one line with the address, the token's name and the reason, and no token", function ()
			end_ann(meeting.ends("token revoked: gone", { token_id = "1a2b3c4d" }));
			assert.same({ "Ended the session ann@"..host.."/1 (token 1a2b3c4d): token revoked: gone" }, support.lines("info"));
			assert.is_nil(support.whole_log():find("token-of-ann", 1, true));
		end);

		it("names the token as its login did where the answer does not", function ()
			end_ann();
			assert.truthy(support.lines("info")[1]:find("(token id-of-ann)", 1, true));
		end);

		for what, case in pairs({
			["the code where there is no reason"] = { { code = "token-revoked" }, "token-revoked" };
			["something where there is neither"] = { {}, "the session is over" };
		}) do
			it("tells "..what, function ()
				case[1].action = "end";
				end_ann(case[1]);
				assert.equal(case[2], room.kicks[1].reason);
				wait_for_farewell();
				assert.equal(case[2], record.closed[1].text);
			end);
		end

		it("tells a reason that XML cannot have as far as it can", function ()
			end_ann(meeting.ends("a\1b\nc \255"));
			assert.equal("a b c ?", room.kicks[1].reason);
		end);

		it("ends nobody who has another token by now, and asks again where that one is older than the change", function ()
			load_module();
			meeting.change("1");
			ann.auth_token, ann.tokend_verified_token, ann.tokend_changes_seen = "new", "new", 1;
			meeting.answer({ ["token-of-ann"] = meeting.ends() });
			assert.is_true(is_in(ann));
			assert.is_nil(meeting.change("1"));

			assert.same({ "new" }, asked_tokens(meeting.change("2")));
			ann.auth_token, ann.tokend_verified_token, ann.tokend_changes_seen = "newer", "newer", 1;
			meeting.answer({ new = meeting.ends() });
			assert.is_true(is_in(ann));
			assert.same({ "newer" }, asked_tokens(meeting.change("2")));
			meeting.answer({ newer = meeting.ends() });
			assert.is_false(is_in(ann));
		end);

		it("ends nobody else who has the address by now", function ()
			load_module();
			meeting.change("1");
			meeting.forget(ann);
			local other = meeting.bearer("ann", nil, { tokend_changes_seen = 1 });
			meeting.answer({ ["token-of-ann"] = meeting.ends() });
			assert.is_true(is_in(other));
		end);
	end);

	describe("at a warning", function ()
		local ann, room;
		local warning = { action = "warn"; error = "not-allowed"; code = "expired"; reason = "the token has expired" };

		before_each(function ()
			ann = meeting.bearer("ann");
			room = meeting.room("standup");
		end);

		local function warn(version, verdict)
			meeting.change(version);
			meeting.answer({ ["token-of-ann"] = verdict or warning });
		end

		it("writes to the participant alone, as Jitsi's own messages of the chat are written", function ()
			meeting.join(room, ann);
			load_module();
			warn("1");
			assert.equal(1, #room.routed);
			local stanza = room.routed[1];
			assert.same({ from = room.jid; to = ann.full_jid }, { from = stanza.attr.from; to = stanza.attr.to });
			assert.is_nil(stanza.attr.type);
			assert.same({ type = "system_chat_message"; message = "the token has expired" },
				support.json.decode(stanza:get_child_text("json-message", "http://jitsi.org/jitmeet")));
			assert.equal(0, #ann.sent);
			assert.is_true(is_in(ann));
			assert.equal(0, #room.kicks);
		end);

		it("sends a headline to who is in no room", function ()
			load_module();
			warn("1");
			assert.equal("headline", ann.sent[1].attr.type);
			assert.equal("the token has expired", ann.sent[1]:get_child_text("body"));
		end);

		it("tells it once, and another reason again, and the same one of another token", function ()
			meeting.join(room, ann);
			load_module();
			warn("1");
			warn("2", { action = "warn"; code = "expired"; reason = "the token expired a second ago" });
			assert.equal(1, #room.routed);
			warn("3", { action = "warn"; code = "another"; reason = "another reason" });
			warn("4", { action = "warn"; reason = "a reason without a code" });
			warn("5", { action = "warn"; reason = "a reason without a code" });
			assert.equal(3, #room.routed);
			-- As a newer token leaves it.
			ann.tokend_warned_of = nil;
			warn("6", { action = "warn"; reason = "a reason without a code" });
			assert.equal(4, #room.routed);
		end);

		for _, action in ipairs({ "keep", "applaud" }) do
			it("does nothing at the word "..action, function ()
				meeting.join(room, ann);
				load_module();
				warn("1", { action = action; reason = "for no reason" });
				assert.is_true(is_in(ann));
				assert.equal(0, #room.routed + #room.kicks + #ann.sent);
				assert.equal(0, #support.loud_lines());
			end);
		end
	end);

	describe("at the end of a token's time", function ()
		local function due_in(seconds) return support.clock + seconds; end

		it("asks about whom it is time to, and about nobody else", function ()
			local ann = meeting.bearer("ann", nil, { tokend_changes_seen = 1; tokend_check_again_at = due_in(10) });
			meeting.bearer("bob", nil, { tokend_changes_seen = 1; tokend_check_again_at = due_in(1000) });
			meeting.bearer("eve", nil, { tokend_changes_seen = 1 });
			load_module();
			for _ = 1, 5 do assert.is_nil(meeting.change("1")); end
			assert.same({ "token-of-ann" }, asked_tokens(meeting.change("1")));
			meeting.answer({ ["token-of-ann"] = meeting.ends("the token has expired") });
			assert.is_false(is_in(ann));
			for _ = 1, 5 do assert.is_nil(meeting.change("1")); end
		end);

		it("learns of the time as a client binds", function ()
			load_module();
			assert.is_nil(meeting.change("1"));
			local ann = meeting.bearer("ann", nil, { tokend_changes_seen = 1; tokend_check_again_at = due_in(3) });
			meeting.bind(ann);
			assert.is_nil(meeting.change("1"));
			assert.same({ "token-of-ann" }, asked_tokens(meeting.change("1")));
		end);

		it("asks again at the time that the answer has", function ()
			local ann = meeting.bearer("ann", nil, { tokend_check_again_at = due_in(1) });
			load_module();
			for _, action in ipairs({ "keep", "warn" }) do
				assert.truthy(meeting.change("1"));
				meeting.answer({ ["token-of-ann"] = { action = action; reason = "soon"; check_again_at = due_in(5) } });
				assert.is_nil(meeting.change("1"));
				assert.is_nil(meeting.change("1"));
			end
			assert.truthy(meeting.change("1"));
			meeting.answer();
			assert.is_nil(ann.tokend_check_again_at);
			for _ = 1, 5 do assert.is_nil(meeting.change("1")); end
		end);

		it("keeps the time where the answer has none and it has not come", function ()
			local due = due_in(100);
			local ann = meeting.bearer("ann", nil, { tokend_check_again_at = due });
			load_module();
			meeting.change("1");
			meeting.answer();
			assert.equal(due, ann.tokend_check_again_at);
		end);

		for _, case in ipairs({ { "0.12", "smacks-hibernation-end" }, { "13", "c2s-session-updated" } }) do
			it("goes by the newer token of a client that has come back, on "..case[1], function ()
				local ann = meeting.bearer("ann", nil, { tokend_changes_seen = 1; tokend_check_again_at = due_in(5) });
				load_module();
				assert.is_nil(meeting.change("1"));
				ann.auth_token, ann.tokend_verified_token, ann.tokend_check_again_at = "new", "new", due_in(9);
				local events = case[1] == "13" and prosody.events or prosody.hosts[host].events;
				events.fire_event(case[2], { session = ann; resumed = ann; origin = {}; from_session = {} });
				for _ = 1, 4 do assert.is_nil(meeting.change("1")); end
				assert.same({ "new" }, asked_tokens(meeting.change("1")));
			end);
		end
	end);

	describe("with clients that take their time", function ()
		it("asks about who logged in before the change and binds after it", function ()
			load_module();
			meeting.change("1");
			assert.is_nil(meeting.change("2"));
			local ann = meeting.bearer("ann", nil, { tokend_changes_seen = 1 });
			local bob = meeting.bearer("bob", nil, { tokend_changes_seen = 2 });
			meeting.bind(ann);
			meeting.bind(bob);
			assert.same({ "token-of-ann" }, asked_tokens(meeting.change("2")));
			meeting.answer();
			assert.is_nil(meeting.change("2"));
		end);

		for _, event in ipairs({ "smacks-hibernation-end", "c2s-session-updated" }) do
			it("asks about who has got a token that was verified before the change ("..event..")", function ()
				local ann = meeting.bearer("ann");
				load_module();
				meeting.change("1");
				meeting.answer();
				meeting.change("2");
				meeting.answer();
				ann.auth_token, ann.tokend_verified_token, ann.tokend_changes_seen = "old", "old", 1;
				local events = event == "c2s-session-updated" and prosody.events or prosody.hosts[host].events;
				events.fire_event(event, { session = ann; resumed = ann; origin = {}; from_session = {} });
				assert.same({ "old" }, asked_tokens(meeting.change("2")));
			end);
		end

		it("asks nothing about a guest who has just come, and about one who was there", function ()
			meeting.add_user_host("guest."..host, "anonymous");
			load_module();
			meeting.change("1");
			local guest = meeting.session("guest", { host = "guest."..host });
			meeting.bind(guest);
			meeting.join(meeting.room("standup"), guest);
			assert.is_nil(meeting.change("1"));
			assert.same({ "none" }, asked_tokens(meeting.change("2")));
		end);

		it("hooks a host of guests that comes later", function ()
			load_module();
			meeting.change("1");
			meeting.add_user_host("guest."..host, "anonymous");
			prosody.events.fire_event("host-activated", "guest."..host);
			local guest = meeting.session("guest", { host = "guest."..host });
			meeting.bind(guest);
			assert.equal(1, guest.tokend_changes_seen);
		end);

		it("counts changes for the library that decides on rooms", function ()
			load_module();
			meeting.change("1");
			assert.equal(1, support.shared["/*/tokend/changes_seen"][host]);
			meeting.change("1");
			assert.equal(1, support.shared["/*/tokend/changes_seen"][host]);
			meeting.change("2");
			assert.equal(2, support.shared["/*/tokend/changes_seen"][host]);
		end);
	end);

	describe("while the daemon does not answer", function ()
		local ann;

		before_each(function () ann = meeting.bearer("ann"); end);

		it("ends nobody, says so once, and goes on when it is back", function ()
			load_module();
			support.refuse_connection = "connection refused";
			for _ = 1, 10 do meeting.tick(); end
			assert.is_true(is_in(ann));
			assert.equal(1, #support.loud_lines());
			assert.truthy(support.lines("warn")[1]:find("(cannot connect (connection refused))", 1, true), support.lines("warn")[1]);
			support.refuse_connection = nil;
			assert.truthy(meeting.change("1"));
			meeting.answer({ ["token-of-ann"] = meeting.ends() });
			assert.is_false(is_in(ann));
			assert.equal(1, #support.loud_lines());
			assert.truthy(support.lines("info")[2]:find("says again", 1, true));
		end);

		it("says so again at the next outage", function ()
			load_module();
			for _ = 1, 3 do
				support.refuse_connection = "connection refused";
				for _, conn in ipairs(support.connections) do conn:lose("closed"); end
				meeting.tick();
				meeting.tick();
				support.refuse_connection = nil;
				meeting.change("1");
				if meeting.question() then meeting.answer(); end
			end
			assert.equal(3, #support.lines("warn"));
			assert.equal(3, #support.lines("info"));
		end);

		it("asks about those alone who are left when a check was cut off", function ()
			for number = 1, 60 do meeting.bearer("user-"..number); end
			load_module();
			meeting.change("1");
			meeting.answer();
			assert.equal(11, #meeting.question().sessions);
			support.refuse_connection = "connection refused";
			support.last_request().conn:lose("closed");
			support.last_request().is_answered = true;
			meeting.tick();
			support.refuse_connection = nil;
			assert.equal(11, #meeting.change("1").sessions);
			meeting.answer();
			assert.is_nil(meeting.change("1"));
			assert.equal(1, #support.lines("warn"));
		end);

		local verdict = meeting.ends("over", { id = "1" });
		local function changed(field, value)
			local copy = {};
			for name, present in pairs(verdict) do copy[name] = present; end
			copy[field] = value;
			return { version = "1"; sessions = { copy } };
		end
		local null = support.json.null;
		local array = require "util.array";
		for what, answer in pairs({
			["nothing"] = "";
			["a page"] = "<html>";
			["no sessions"] = { version = "1" };
			["null in place of sessions"] = { version = "1"; sessions = null };
			["a text in place of sessions"] = { version = "1"; sessions = "none" };
			["a text in place of a session"] = { version = "1"; sessions = { "1" } };
			["null in place of a session"] = { version = "1"; sessions = array({ null }) };
			["a list in place of a session"] = { version = "1"; sessions = array({ array({ "1" }) }) };
			["nobody's id"] = changed("id", "7");
			["no id"] = changed("id", nil);
			["a number in place of an id"] = changed("id", 1);
			["another way to write an id"] = changed("id", "one");
			["no action"] = changed("action", nil);
			["a number in place of an action"] = changed("action", 1);
			["null in place of a reason"] = changed("reason", null);
			["a number in place of a code"] = changed("code", 7);
			["a list in place of a reason"] = changed("reason", array({ "over" }));
			["a text in place of a time"] = changed("check_again_at", "1000");
			["null in place of a time"] = changed("check_again_at", null);
			["a name of a token that is none"] = changed("token_id", "a b");
			["too long a name of a token"] = changed("token_id", ("a"):rep(65));
		}) do
			it("takes an answer with "..what.." for none", function ()
				load_module();
				local _, request = meeting.change("1");
				request.is_answered = true;
				support.respond_to(request, answer);
				assert.is_true(is_in(ann));
				assert.equal(1, #support.loud_lines());
				assert.truthy(support.lines("warn")[1]:find("not the JSON", 1, true), support.lines("warn")[1]);
				-- It asks again.
				assert.truthy(meeting.change("1"));
			end);
		end

		for what, answer in pairs({
			["no version"] = {}; ["null"] = { version = null }; ["a number"] = { version = 7 }; ["a page"] = "<html>";
		}) do
			it("takes changes with "..what.." for none", function ()
				load_module();
				meeting.tick();
				support.respond_to(support.change_requests[1], answer);
				assert.is_nil(meeting.question());
				assert.equal(1, #support.loud_lines());
			end);
		end

		for _, case in ipairs({ { 401, "the API key is wrong" }, { 500, "something" }, { 503, "too much" }, { 404, "no policy for host" } }) do
			it(("takes a refusal with %d for an outage"):format(case[1]), function ()
				load_module();
				local _, request = meeting.change("1");
				request.is_answered = true;
				support.respond_to(request, { detail = case[2] }, case[1], "application/problem+json");
				assert.is_true(is_in(ann));
				assert.truthy(support.lines("warn")[1]:find(case[2], 1, true), support.lines("warn")[1]);
				assert.truthy(meeting.change("1"));
			end);
		end

		it("waits no longer than for any other answer", function ()
			load_module();
			meeting.tick();
			support.advance(3.1);
			assert.truthy(support.lines("warn")[1]:find("no answer in time", 1, true));
			meeting.tick();
			assert.equal(2, #support.change_requests);
		end);

		it("says once of an old daemon that it has to be upgraded, and asks once a minute", function ()
			load_module();
			meeting.tick();
			for count = 1, 3 do
				assert.equal(count, #support.change_requests);
				meeting.answer_changes(nil, 404);
				for _ = 1, 31 do meeting.tick(); end
				assert.equal(count, #support.change_requests);
				meeting.tick();
			end
			assert.equal(1, #support.loud_lines());
			assert.truthy(support.lines("warn")[1]:find("Upgrade it", 1, true));
			meeting.answer_changes("1");
			assert.truthy(meeting.question());
		end);
	end);

	describe("where a question is refused", function ()
		local function refuse(code)
			local _, request = meeting.question();
			request.is_answered = true;
			support.respond_to(request, { detail = "cannot be read" }, code, "application/problem+json");
		end

		for _, code in ipairs({ 400, 413 }) do
			it(("finds the session that is the reason, and ends the others (%d)"):format(code), function ()
				local sessions = {};
				for number = 1, 40 do sessions[number] = meeting.bearer("user-"..number); end
				load_module();
				meeting.change("1");
				local questions = 0;
				while meeting.question() do
					questions = questions + 1;
					local question, verdicts, has_bad = meeting.question(), {}, false;
					for _, entry in ipairs(question.sessions) do
						has_bad = has_bad or entry.token == "token-of-user-7";
						verdicts[entry.token] = meeting.ends();
					end
					if has_bad then refuse(code); else meeting.answer(verdicts); end
				end
				for number, session in ipairs(sessions) do assert.equal(number == 7, is_in(session)); end
				assert.is_true(questions < 15, questions);
				assert.equal(1, #support.loud_lines());
				assert.truthy(support.lines("warn")[1]:find("about 1 sessions of "..host..", which stay", 1, true));
				assert.is_nil(meeting.change("1"));
				assert.truthy(meeting.change("2"));
			end);
		end
	end);

	describe("as it is unloaded", function ()
		local ann, module;

		before_each(function ()
			ann = meeting.bearer("ann");
			module = load_module();
		end);

		it("asks no more", function ()
			module.unload();
			for _ = 1, 5 do meeting.tick(); end
			assert.equal(0, #support.change_requests);
		end);

		it("does nothing with what is answered after that", function ()
			meeting.change("1");
			module.unload();
			meeting.answer({ ["token-of-ann"] = meeting.ends() });
			assert.is_true(is_in(ann));
			for _ = 1, 5 do meeting.tick(); end
			assert.equal(1, #support.change_requests);
			assert.equal(0, #support.loud_lines());
		end);

		it("asks nobody where changes are answered after that", function ()
			meeting.tick();
			module.unload();
			meeting.answer_changes("1");
			assert.is_nil(meeting.question());
		end);

		it("stops in the middle of a portion", function ()
			local bob = meeting.bearer("bob");
			local room = meeting.room("standup");
			meeting.join(room, ann);
			meeting.join(room, bob);
			meeting.change("1");
			room.on_kick = function () module.unload(); end;
			meeting.answer({ ["token-of-ann"] = meeting.ends(); ["token-of-bob"] = meeting.ends() });
			assert.equal(1, #room.kicks);
			assert.is_true(is_in(ann) ~= is_in(bob));
		end);

		it("leaves one who asks where it is loaded again", function ()
			meeting.change("1");
			meeting.answer();
			module.unload();
			load_module();
			meeting.tick();
			assert.equal(2, #support.change_requests);
			meeting.answer_changes("1");
			assert.truthy(meeting.question());
			meeting.answer();
			meeting.tick();
			assert.equal(3, #support.change_requests);
		end);
	end);

	it("goes on after a mistake in what it calls", function ()
		local ann = meeting.bearer("ann");
		load_module();
		local rooms = prosody.hosts[muc].modules.muc;
		local each_room = rooms.each_room;
		rooms.each_room = function () error("a module's mistake"); end;
		assert.is_nil(meeting.change("1"));
		assert.equal(1, #support.lines("error"));
		rooms.each_room = each_room;
		assert.truthy(meeting.change("1"));
		meeting.answer({ ["token-of-ann"] = meeting.ends() });
		assert.is_false(is_in(ann));
	end);
end);
