package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

local array = require "util.array";
local null = support.json.null;

local url = "http://127.0.0.1:5290";
local token = "header.payload.signature";

local function new_client(options)
	support.options = { ["meet.example.com"] = options or {} };
	local module = support.module("meet.example.com");
	return module:require("token/client").new(module);
end

local function ask(client, request)
	return support.in_thread(function ()
		return client:verify(request or { host = "meet.example.com"; token = token });
	end);
end

local function ask_and_get(client, content, code, content_type)
	local result = ask(client);
	support.respond(content, code, content_type);
	return result.values[1], result.values[2];
end

describe("the client of the daemon", function ()
	before_each(support.reset);

	it("returns the answer to a complete verdict", function ()
		local answer = ask_and_get(new_client(), support.answer_verify());
		assert.is_true(answer.auth.ok);
		assert.equal("standup", answer.session.jitsi_meet_room);
	end);

	it("sends JSON to the endpoint below tokend_url, with the token in the body alone", function ()
		ask(new_client({ tokend_url = "http://[::1]:9000/" }));
		local request = support.last_request();
		assert.equal("http://[::1]:9000/v1/verify", request.url);
		assert.equal("POST", request.method);
		assert.equal("application/json", request.headers["content-type"]);
		assert.equal(token, support.body_of(request).token);
		assert.is_nil(request.headers.authorization);
	end);

	it("asks about rooms at their own endpoint", function ()
		local client = new_client();
		support.in_thread(function () return client:room({ room = "standup@conference.meet.example.com" }); end);
		assert.equal(url.."/v1/room", support.last_request().url);
	end);

	it("sends tokend_api_key as a bearer token", function ()
		ask(new_client({ tokend_api_key = "key" }));
		assert.equal("Bearer key", support.last_request().headers.authorization);
	end);

	it("sends bytes that are no UTF-8 as replacement characters, so that they are decided", function ()
		ask(new_client(), { token = "a\255b" });
		assert.equal("a\239\191\189b", support.body_of(support.last_request()).token);
	end);

	it("sends what Prosody's encoder would, whatever it is", function ()
		local every_byte = {};
		for code = 0, 127 do every_byte[code + 1] = string.char(code); end
		local requests = {
			{ token = table.concat(every_byte) }; { token = "" }; { token = "\195\164" };
			{ session = {}; room_state = { exists = true; allow_unauthenticated_access = false } };
			{ session = { jitsi_meet_room = 5; jitsi_meet_domain = 1.5 } };
			{ session = { jitsi_meet_context_room = { regex = "true"; list = { 1, "a", {} } } } };
			{ overrides = { asap_accepted_issuers = require "util.array"() } };
			{ session = { jitsi_meet_room = support.json.null; [5] = "five"; ["a\"b"] = "c" } };
		};
		local client = new_client();
		for _, request in ipairs(requests) do
			ask(client, request);
			local expected = support.json.decode(support.json.encode(request));
			assert.equal(support.json.encode_ordered(expected), support.json.encode_ordered(support.body_of(support.last_request())));
		end
	end);

	it("refuses at once where it may not wait", function ()
		local answer, reason = new_client():verify({ token = token });
		assert.is_nil(answer);
		assert.is_string(reason);
		assert.equal(0, #support.requests);
		assert.equal(0, #support.lines("error"));
	end);

	it("does without claims where they were declined", function ()
		local result = ask(new_client(), { token = token; claims = false });
		support.respond(support.answer_verify({ claims = false }));
		assert.is_true(result.values[1].allowed);
	end);

	describe("takes for unavailable", function ()
		local denied = { ok = false; error = "not-allowed"; reason = "Invalid signature" };
		local cases = {
			{ "an answer that is not JSON", "<html>" };
			{ "an empty answer", "" };
			{ "JSON that is no object", "true" };
			{ "an empty object", "{}" };
			{ "a status other than 200", support.answer_verify(), 500 };
			{ "a redirect", support.answer_verify(), 302 };
			{ "an answer without auth", support.answer_verify({ auth = false }) };
			{ "an auth that is no object", support.answer_verify({ auth = "ok" }) };
			{ "an auth without ok", support.answer_verify({ auth = {} }) };
			{ "an ok that is no boolean", support.answer_verify({ auth = { ok = "true" } }) };
			{ "an answer without session fields", support.answer_verify({ session = false }) };
			{ "an accepted token without the claims that were asked for", support.answer_verify({ claims = false }) };
			{ "a session that is null", support.answer_verify({ session = null }) };
			{ "a session that is a list", support.answer_verify({ session = array() }) };
			{ "a session that is a text", support.answer_verify({ session = "standup" }) };
			{ "a session whose room is a number", support.answer_verify({ session = { jitsi_meet_room = 5 } }) };
			{ "a session whose room is null", support.answer_verify({ session = { jitsi_meet_room = null } }) };
			{ "a session whose domain is an object", support.answer_verify({ session = { jitsi_meet_domain = {} } }) };
			{ "a session whose issuer is true", support.answer_verify({ session = { jitsi_meet_auth_issuer = true } }) };
			{ "a session whose mismatch is a text", support.answer_verify({ session = { jitsi_meet_tenant_mismatch = "no" } }) };
			{ "a session whose affiliation is a number", support.answer_verify({ session = { tokend_affiliation = 5 } }) };
			{ "a session whose affiliation is null", support.answer_verify({ session = { tokend_affiliation = null } }) };
			{ "a session with a token", support.answer_verify({ session = { auth_token = token } }) };
			{ "a session with a name of its token", support.answer_verify({ session = { tokend_token_id = "a" } }) };
			{ "a session with a verdict on a room", support.answer_verify({ session = { tokend_room_verdict = {} } }) };
			{ "an auth that is null", support.answer_verify({ auth = null }) };
			{ "an auth that is a list", support.answer_verify({ auth = array({ true }) }) };
			{ "an ok that is null", support.answer_verify({ auth = { ok = null } }) };
			{ "an ok that is a number", support.answer_verify({ auth = { ok = 1 } }) };
			{ "an allowed that is null", support.answer_verify({ allowed = null }) };
			{ "an allowed that is a text", support.answer_verify({ allowed = "true" }) };
			{ "claims that are null", support.answer_verify({ claims = null }) };
			{ "claims that are a list", support.answer_verify({ claims = array() }) };
			{ "claims that are a text", support.answer_verify({ claims = "all" }) };
			{ "a token's name that is null", support.answer_verify({ token_id = null }) };
			{ "a token's name that is an object", support.answer_verify({ token_id = {} }) };
			{ "a time that is a text", support.answer_verify({ check_again_at = "1700000000" }) };
			{ "a time that is null", support.answer_verify({ check_again_at = null }) };
			{ "a time that is true", support.answer_verify({ check_again_at = true }) };
			{ "a session with a time", support.answer_verify({ session = { tokend_check_again_at = 1 } }) };
			{ "a session that knows of changes", support.answer_verify({ session = { tokend_changes_seen = 1 } }) };
			{ "an answer that is null", "null" };
			{ "an answer that is a list", "[]" };
			{ "a denial whose explanation is null", { allowed = false; auth = {
				ok = false; error = "not-allowed"; reason = "no"; explanation = null } } };
			{ "a denial whose reason is null", { allowed = false; auth = { ok = false; error = "not-allowed"; reason = null } } };
			{ "a denial whose allowed is null", { allowed = null; auth = { ok = false; error = "not-allowed"; reason = "no" } } };
			{ "an answer without allowed", support.answer_verify({ allowed = false }) };
			{ "a denial that says allowed", support.answer_verify({ auth = denied }) };
			{ "a denial without a condition", { allowed = false; auth = { ok = false; reason = "no" } } };
			{ "a denial without a reason", { allowed = false; auth = { ok = false; error = "not-allowed" } } };
			{ "a condition that is no XML name", { allowed = false; auth = { ok = false; error = "<a>"; reason = "no" } } };
		};
		for _, case in ipairs(cases) do
			it(case[1], function ()
				local answer, reason = ask_and_get(new_client(), case[2], case[3]);
				assert.is_nil(answer);
				assert.is_string(reason);
				assert.equal(1, #support.lines("error"));
				assert.is_nil(support.whole_log():find(token, 1, true));
			end);
		end

		local room_cases = {
			{ "a missing room decision", false };
			{ "a room decision without an address", { ok = true } };
			{ "a room decision that is null", null };
			{ "a room decision that is a list", array() };
			{ "a room decision whose ok is null", { ok = null; jid = "a@b" } };
			{ "a room decision whose address is null", { ok = true; jid = null } };
			{ "a room decision whose condition is null", { ok = false; jid = "a@b"; error = null } };
			{ "a room decision whose reason is null", { ok = false; jid = "a@b"; reason = null } };
			{ "a room decision whose explanation is an object", { ok = false; jid = "a@b"; explanation = {} } };
			{ "a room decision without ok", { jid = "standup@conference.meet.example.com" } };
			{ "a room condition that is no XML name", { ok = false; jid = "a@b"; error = "a b" } };
			{ "a room denied though allowed is said", { ok = false; jid = "a@b" }, true };
			{ "a room allowed though a denial is said", { ok = true; jid = "a@b" }, false };
		};
		for _, case in ipairs(room_cases) do
			it(case[1].." after a question about a room", function ()
				local result = ask(new_client(), { token = token; room = "standup" });
				local answer = support.answer_verify({ room = case[2] });
				answer.allowed = case[3];
				if case[3] == nil and case[2] then answer.allowed = case[2].ok; end
				support.respond(answer);
				assert.is_nil(result.values[1]);
			end);
		end

		for _, session in ipairs({ null, array(), "none", { tokend_room_verdict = {} }, { jitsi_meet_tenant_mismatch = 1 } }) do
			it("a verdict on a room with a session of "..support.json.encode(session), function ()
				local client = new_client();
				local result = support.in_thread(function ()
					return client:room({ room = "standup@conference.meet.example.com" });
				end);
				support.respond(support.answer_room({ session = session }));
				assert.is_nil(result.values[1]);
			end);
		end

		it("an answer to another question, whatever it allows", function ()
			local result = ask(new_client());
			local request = support.last_request();
			support.respond_to({ conn = request.conn; headers = { ["x-request-id"] = "another" } }, support.answer_verify());
			assert.is_nil(result.values[1]);
			assert.equal(1, #support.lines("error"));
		end);

		it("permission for another room than the one asked about", function ()
			local client = new_client();
			local result = support.in_thread(function () return client:room({ room = "other@conference.meet.example.com" }); end);
			support.respond(support.answer_room());
			assert.is_nil(result.values[1]);
		end);

		it("a refused connection", function ()
			support.refuse_connection = "connection refused";
			local result = ask(new_client());
			assert.is_true(result.done);
			assert.is_nil(result.values[1]);
			assert.truthy(support.lines("error")[1]:find("connection refused", 1, true));
		end);

		it("a connection that is lost", function ()
			local result = ask(new_client());
			for _ = 1, 2 do support.last_request().conn:lose("reset"); end
			assert.is_nil(result.values[1]);
			assert.equal(1, #support.lines("error"));
		end);

		it("no answer within tokend_timeout", function ()
			local result = ask(new_client({ tokend_timeout = 2 }));
			support.advance(1.9);
			assert.is_nil(result.done);
			support.advance(0.1);
			assert.is_true(result.done);
			assert.is_nil(result.values[1]);
		end);
	end);

	for what, options in pairs({
		["a tokend_url that is none"] = { tokend_url = "nowhere" };
		["a tokend_url with https"] = { tokend_url = "https://127.0.0.1:5290" };
		["a tokend_api_key with a line break"] = { tokend_api_key = "key\r\nX-Other: 1" };
	}) do
		it("says at once that nobody gets in with "..what, function ()
			local client = new_client(options);
			assert.equal(1, #support.lines("error"));
			local result = ask(client);
			assert.is_true(result.done);
			assert.is_nil(result.values[1]);
			assert.equal(0, #support.connections);
		end);
	end

	it("closes its connections when its module is unloaded, and lets the module do what it has to", function ()
		local module = support.module("meet.example.com");
		local unloaded = 0;
		function module.unload() unloaded = unloaded + 1; end
		ask(module:require("token/client").new(module));
		support.respond(support.answer_verify());
		assert.is_nil(support.connections[1].is_closed);
		module.unload();
		assert.is_true(support.connections[1].is_closed);
		assert.equal(1, unloaded);
	end);

	it("uses the default of 3 s where tokend_timeout is no positive number, and says so", function ()
		local client = new_client({ tokend_timeout = 0 });
		assert.equal(3, client.timeout);
		assert.equal(1, #support.lines("error"));
	end);

	describe("reports an outage", function ()
		before_each(function () support.clock = support.clock + 1000; end);

		it("once, however many ask, and its end once", function ()
			local client = new_client();
			for _ = 1, 5 do
				ask_and_get(client, "", 500);
				support.clock = support.clock + 60;
			end
			assert.equal(1, #support.lines("error"));
			for _ = 1, 3 do ask_and_get(client, support.answer_verify()); end
			assert.equal(1, #support.lines("error"));
			assert.equal(1, #support.lines("info"));
		end);

		it("once for all modules that ask for the same host", function ()
			ask_and_get(new_client(), "", 500);
			ask_and_get(new_client(), "", 500);
			assert.equal(1, #support.lines("error"));
		end);

		it("again when it comes back later", function ()
			local client = new_client();
			ask_and_get(client, "", 500);
			ask_and_get(client, support.answer_verify());
			support.clock = support.clock + 60;
			ask_and_get(client, "", 500);
			assert.equal(2, #support.lines("error"));
		end);

		it("once a second at most when it comes and goes", function ()
			local client = new_client();
			for _ = 1, 20 do
				ask_and_get(client, "", 500);
				ask_and_get(client, support.answer_verify());
			end
			assert.equal(1, #support.lines("error"));
			assert.equal(1, #support.lines("info"));
		end);

		it("that came back soon and then lasts", function ()
			local client = new_client();
			ask_and_get(client, "", 500);
			ask_and_get(client, support.answer_verify());
			ask_and_get(client, "", 500);
			support.clock = support.clock + 1;
			ask_and_get(client, "", 500);
			assert.equal(2, #support.lines("error"));
		end);

		it("with the detail of the daemon's problem", function ()
			local problem = { title = "Unknown host"; status = 404; detail = "no policy for meet.example.com" };
			ask_and_get(new_client(), problem, 404, "application/problem+json");
			assert.truthy(support.lines("error")[1]:find("404: no policy for meet.example.com", 1, true));
		end);

		it("without text that is no problem of the daemon's", function ()
			ask_and_get(new_client(), { detail = token }, 404);
			assert.is_nil(support.whole_log():find(token, 1, true));
		end);
	end);

	for _, code in ipairs({ 400, 413 }) do
		it("denies but reports no outage when the daemon blames one request with "..code, function ()
			assert.is_nil(ask_and_get(new_client(), { detail = "too large" }, code, "application/problem+json"));
			assert.equal(0, #support.lines("error"));
			assert.equal(1, #support.lines("warn"));
		end);
	end
end);
