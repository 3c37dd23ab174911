package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

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
		assert.equal("POST", request.options.method);
		assert.equal("application/json", request.options.headers["Content-Type"]);
		assert.equal(token, support.body_of(request).token);
		assert.is_nil(request.options.headers.Authorization);
		assert.is_true(request.options.suppress_url);
	end);

	it("asks about rooms at their own endpoint", function ()
		local client = new_client();
		support.in_thread(function () return client:room({ room = "standup@conference.meet.example.com" }); end);
		assert.equal(url.."/v1/room", support.last_request().url);
	end);

	it("sends tokend_api_key as a bearer token", function ()
		ask(new_client({ tokend_api_key = "key" }));
		assert.equal("Bearer key", support.last_request().options.headers.Authorization);
	end);

	it("sends bytes that are no UTF-8 as replacement characters, so that they are decided", function ()
		ask(new_client(), { token = "a\255b" });
		assert.equal("a\239\191\189b", support.body_of(support.last_request()).token);
	end);

	it("refuses at once where it may not wait", function ()
		local answer, reason = new_client():verify({ token = token });
		assert.is_nil(answer);
		assert.is_string(reason);
		assert.equal(0, #support.requests);
		assert.equal(0, #support.lines("error"));
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
			{ "a failed connection", "connection refused", 0 };
			{ "an answer without auth", support.answer_verify({ auth = false }) };
			{ "an auth that is no object", support.answer_verify({ auth = "ok" }) };
			{ "an auth without ok", support.answer_verify({ auth = {} }) };
			{ "an ok that is no boolean", support.answer_verify({ auth = { ok = "true" } }) };
			{ "an answer without session fields", support.answer_verify({ session = false }) };
			{ "an accepted token without claims", support.answer_verify({ claims = false }) };
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
			{ "a room decision without ok", { jid = "standup@conference.meet.example.com" } };
			{ "a room condition that is no XML name", { ok = false; jid = "a@b"; error = "a b" } };
			{ "a room denied though allowed is said", { ok = false; jid = "a@b" } };
		};
		for _, case in ipairs(room_cases) do
			it(case[1].." after a question about a room", function ()
				local result = ask(new_client(), { token = token; room = "standup" });
				support.respond(support.answer_verify({ room = case[2] }));
				assert.is_nil(result.values[1]);
			end);
		end

		it("permission for another room than the one asked about", function ()
			local client = new_client();
			local result = support.in_thread(function () return client:room({ room = "other@conference.meet.example.com" }); end);
			support.respond(support.answer_room());
			assert.is_nil(result.values[1]);
		end);

		it("an address that is none", function ()
			support.refuse_address = true;
			local result = ask(new_client({ tokend_url = "nowhere" }));
			assert.is_true(result.done);
			assert.is_nil(result.values[1]);
			support.advance(3);
		end);

		it("a request that raises an error", function ()
			support.refuse_request = true;
			local result = ask(new_client());
			assert.is_true(result.done);
			assert.is_nil(result.values[1]);
			support.advance(3);
		end);

		it("no answer within tokend_timeout, and cancels the request", function ()
			local result = ask(new_client({ tokend_timeout = 2 }));
			support.advance(1.9);
			assert.is_nil(result.done);
			support.advance(0.1);
			assert.is_true(result.done);
			assert.is_nil(result.values[1]);
			assert.is_true(support.last_request().cancelled);
		end);

		it("no connection within the timeout, and cancels once there is one", function ()
			support.connects = false;
			local result = ask(new_client());
			support.advance(3);
			assert.is_true(result.done);
			assert.is_nil(result.values[1]);
			local request = support.last_request();
			support.give_cancel(request, request.handle);
			support.advance(3);
			assert.is_true(request.cancelled);
		end);

	end);

	describe("with the pool of Prosody 13", function ()
		local function leave_idle_connection()
			support.pool["http://127.0.0.1:5290"] = {};
		end

		it("asks through it", function ()
			ask(new_client());
			assert.is_true(support.last_request().pooled);
		end);

		it("asks once more, on a new connection, where an idle one turns out to be closed", function ()
			local client = new_client();
			leave_idle_connection();
			local result = ask(client);
			support.respond("closed", 0);
			assert.is_nil(result.done);
			assert.equal(2, #support.requests);
			assert.is_false(support.last_request().pooled);
			support.respond(support.answer_verify());
			assert.is_true(result.values[1].allowed);
			assert.equal("", support.whole_log());
		end);

		it("asks no third time", function ()
			local client = new_client();
			leave_idle_connection();
			local result = ask(client);
			support.respond("closed", 0);
			support.respond("connection refused", 0);
			assert.equal(2, #support.requests);
			assert.is_nil(result.values[1]);
		end);

		it("asks once where a new connection fails, or the daemon does not like the question", function ()
			for _, code in ipairs({ 0, 500 }) do
				support.requests = {};
				local client = new_client();
				if code ~= 0 then leave_idle_connection(); end
				ask(client);
				support.respond("", code);
				assert.equal(1, #support.requests);
			end
		end);

		for name, fail in pairs({
			["that answers too late"] = function () support.advance(3); end;
			["that answers something broken"] = function () support.respond("broken", 0); end;
		}) do
			it("gives no connection back "..name, function ()
				ask(new_client());
				fail();
				local request = support.requests[1];
				assert.is_true(request.closed);
				assert.is_nil(request.handle.conn);
				assert.is_nil(request.kept_connection);
			end);
		end

		it("does not ask again after the timeout", function ()
			local client = new_client();
			leave_idle_connection();
			local result = ask(client);
			support.advance(3);
			assert.is_true(result.done);
			assert.equal(1, #support.requests);
		end);
	end);

	it("asks as before where Prosody has no pool", function ()
		support.prosody = "0.12";
		local answer = ask_and_get(new_client(), support.answer_verify());
		assert.is_true(answer.allowed);
		assert.is_false(support.last_request().pooled);
	end);

	it("ignores an answer after the timeout", function ()
		local result = ask(new_client());
		support.connects = false;
		support.advance(3);
		support.respond(support.answer_verify());
		assert.is_nil(result.values[1]);
		assert.is_nil(result.error);
	end);

	it("lets no timer run on after an answer", function ()
		ask_and_get(new_client(), support.answer_verify());
		support.advance(3);
		assert.is_nil(support.last_request().cancelled);
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
