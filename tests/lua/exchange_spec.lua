package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

local function new_exchange(url, timeout, api_key)
	return support.module("meet.example.com"):require("token/exchange").new(url or "http://127.0.0.1:5290", timeout or 3, api_key);
end

-- Asks, and returns a list of what the question came to, which must never be longer than one.
local function ask(exchange, body, path)
	local results = {};
	exchange:ask(path or "/v1/verify", body or "{}", function (result) table.insert(results, result); end);
	return results;
end

local function answer(request, content)
	support.respond_to(request, content or "the answer");
end

-- An answer that says in its own way where it ends.
local function raw_answer(fields, content, request)
	request = request or support.last_request();
	return "HTTP/1.1 200 OK\r\nX-Request-Id: "..request.headers["x-request-id"].."\r\n"..fields.."\r\n\r\n"..content;
end

local function connection(number)
	return support.connections[number];
end

local function assert_answer(content, results)
	assert.equal(1, #results);
	assert.is_nil(results[1].failure);
	assert.equal(content, results[1].content);
end

local function assert_failure(text, results)
	assert.equal(1, #results);
	assert.is_nil(results[1].content);
	assert.truthy(results[1].failure:find(text, 1, true), results[1].failure);
end

-- An exchange with one connection, which has carried a question and is idle.
local function with_idle_connection()
	local exchange = new_exchange();
	assert(ask(exchange));
	answer(support.last_request());
	return exchange, connection(1);
end

describe("the exchange with the daemon", function ()
	before_each(support.reset);

	describe("writes", function ()
		it("a question with a body as POST, in one piece", function ()
			ask(new_exchange(), '{"token":"a.b.c"}');
			assert.equal(1, #connection(1).requests);
			local request = support.last_request();
			assert.equal("POST", request.method);
			assert.equal("http://127.0.0.1:5290/v1/verify", request.url);
			assert.equal('{"token":"a.b.c"}', request.body);
			assert.equal("17", request.headers["content-length"]);
		end);

		it("a body that comes in pieces as one that does not, and leaves the pieces as they are", function ()
			local pieces = { '{"token":"', "a.b.c", '"}' };
			ask(new_exchange(), pieces);
			local request = support.last_request();
			assert.equal("POST", request.method);
			assert.equal('{"token":"a.b.c"}', request.body);
			assert.equal("17", request.headers["content-length"]);
			assert.same({ '{"token":"', "a.b.c", '"}' }, pieces);
		end);

		it("one without as GET", function ()
			local exchange = new_exchange();
			exchange:ask("/v1/keys", nil, function () end);
			local request = support.startup_requests[1];
			assert.equal("GET", request.method);
			assert.is_nil(request.headers["content-length"]);
		end);

		it("a name of its own for each question, in plain characters", function ()
			local seen = {};
			for _, exchange in ipairs({ new_exchange(), new_exchange() }) do
				for _ = 1, 50 do
					ask(exchange);
					local id = support.last_request().headers["x-request-id"];
					assert.truthy(id:find("^[%x-]+$") and #id <= 32, id);
					assert.is_nil(seen[id]);
					seen[id] = true;
					answer(support.last_request());
				end
			end
		end);

		it("the API key where there is one", function ()
			ask(new_exchange(nil, nil, "key"));
			assert.equal("Bearer key", support.last_request().headers.authorization);
			ask(new_exchange());
			assert.is_nil(support.last_request().headers.authorization);
		end);

		it("nothing of what it carries to the log", function ()
			local exchange = new_exchange(nil, nil, "the-secret-key");
			ask(exchange, "the-secret-token");
			answer(support.last_request(), "the-secret-answer");
			ask(exchange, "the-secret-token");
			connection(1):lose("reset");
			connection(2):receive("the-secret-nonsense\r\n\r\n");
			ask(exchange, "the-secret-token");
			support.advance(3);
			assert.is_nil(support.whole_log():find("secret", 1, true));
		end);
	end);

	for url, expected in pairs({
		["http://127.0.0.1:5290"] = { "127.0.0.1", 5290, "http://127.0.0.1:5290/v1/verify" };
		["http://[::1]:9000"] = { "[::1]", 9000, "http://[::1]:9000/v1/verify" };
		["http://[2001:db8::5]"] = { "[2001:db8::5]", 80, "http://[2001:db8::5]/v1/verify" };
		["http://tokend.example.com"] = { "tokend.example.com", 80, "http://tokend.example.com/v1/verify" };
		["http://prosody_tokend-1:5290"] = { "prosody_tokend-1", 5290, "http://prosody_tokend-1:5290/v1/verify" };
		["http://127.0.0.1:5290/tokens/of/ours"] = { "127.0.0.1", 5290, "http://127.0.0.1:5290/tokens/of/ours/v1/verify" };
	}) do
		it("asks at "..url, function ()
			ask(new_exchange(url));
			assert.equal(expected[1], connection(1).host);
			assert.equal(expected[2], connection(1).port);
			assert.equal(expected[3], support.last_request().url);
		end);
	end

	for _, url in ipairs({ "nowhere", "", "https://127.0.0.1:5290", "unix:/run/http.sock", "http://", "http://:5290",
		"http://a b", "http://user:password@127.0.0.1:5290", "http://127.0.0.1:0", "http://127.0.0.1:65536",
		"http://127.0.0.1:x", "http://127.0.0.1?a=b", "http://127.0.0.1/#a", "http://127.0.0.1/\r\nX: y", "http://::1:5290",
		"http://[::1", "http://[::1]x" }) do
		it(("takes %q for no address"):format(url), function ()
			assert.is_nil(new_exchange(url));
		end);
	end

	describe("takes an answer", function ()
		it("that comes byte by byte", function ()
			local results = ask(new_exchange());
			support.response_to(support.last_request(), "hello"):gsub(".", function (byte)
				assert.equal(0, #results);
				connection(1):receive(byte);
			end);
			assert_answer("hello", results);
			assert.equal(200, results[1].code);
			assert.equal("application/json", results[1].content_type);
		end);

		it("in chunks, and keeps the connection", function ()
			local exchange = new_exchange();
			local results = ask(exchange);
			connection(1):receive(raw_answer("Transfer-Encoding: chunked", "2\r\nok\r\n0\r\n\r\n"));
			assert_answer("ok", results);
			ask(exchange);
			assert.equal(1, #support.connections);
		end);

		it("and closes the connection where that says so", function ()
			local exchange = new_exchange();
			local results = ask(exchange);
			connection(1):receive(raw_answer("Connection: close\r\nContent-Length: 2", "ok"));
			assert_answer("ok", results);
			assert.is_true(connection(1).is_closed);
			ask(exchange);
			assert.equal(2, #support.connections);
		end);

		it("that comes before all of the question has gone out, and closes the connection", function ()
			local exchange, conn = with_idle_connection();
			conn.takes_only = 200;
			local results = ask(exchange, ("x"):rep(1000));
			support.respond_to({ conn = conn; headers = { ["x-request-id"] = conn.begun:match("X%-Request%-Id: (%S+)") } }, "too large", 413);
			assert.equal(413, results[1].code);
			assert.is_true(conn.is_closed);
			ask(exchange);
			assert.equal(2, #support.connections);
		end);

		it("of another status", function ()
			local results = ask(new_exchange());
			support.respond("why not", 503);
			assert.equal(503, results[1].code);
		end);
	end);

	it("has Prosody write what the socket does not take at once", function ()
		local exchange, conn = with_idle_connection();
		conn.takes_only = 20;
		local results = ask(exchange, "a long question");
		assert.equal(1, #conn.requests);
		conn:drain();
		assert.equal("a long question", support.last_request().body);
		answer(support.last_request());
		assert_answer("the answer", results);
		assert.is_nil(conn.is_closed);
	end);

	describe("keeps", function ()
		it("its connection for the next question", function ()
			local exchange = new_exchange();
			for number = 1, 20 do
				local results = ask(exchange);
				answer(support.last_request(), "answer "..number);
				assert_answer("answer "..number, results);
			end
			assert.equal(1, #support.connections);
			assert.equal(20, #connection(1).requests);
		end);

		it("one question at a time on a connection", function ()
			local exchange = new_exchange();
			local first, second = ask(exchange, "first"), ask(exchange, "second");
			assert.equal(2, #support.connections);
			answer(support.requests[2], "to the second");
			answer(support.requests[1], "to the first");
			assert_answer("to the first", first);
			assert_answer("to the second", second);
		end);

		it("to the connection that was used last", function ()
			local exchange = new_exchange();
			for _ = 1, 3 do ask(exchange); end
			for _, number in ipairs({ 1, 3, 2 }) do answer(support.requests[number]); end
			ask(exchange);
			assert.equal(connection(2), support.last_request().conn);
		end);

		it("a bound on its connections, and has questions wait for them in their order", function ()
			local exchange, results = new_exchange(), {};
			for number = 1, 300 do results[number] = ask(exchange, "question "..number); end
			assert.equal(128, #support.connections);
			assert.equal(128, #support.requests);
			for number = 1, 300 do
				assert.equal("question "..number, support.requests[number].body);
				answer(support.requests[number], "answer "..number);
			end
			for number = 1, 300 do assert_answer("answer "..number, results[number]); end
			assert.equal(128, #support.connections);
		end);

		it("room for those that wait where a connection goes", function ()
			for name, go in pairs({
				lost = function (conn) conn:receive("H"); conn:lose("reset"); end;
				closed = function (conn) conn:receive(raw_answer("Connection: close\r\nContent-Length: 0", "", conn.requests[1])); end;
				broken = function (conn) conn:receive("nonsense\r\n\r\n"); end;
			}) do
				support.reset();
				local exchange = new_exchange();
				for _ = 1, 128 do ask(exchange); end
				local results = ask(exchange, "waited");
				go(connection(5));
				assert.equal(129, #support.connections, name);
				assert.equal("waited", support.last_request().body);
				answer(support.last_request(), "its answer");
				assert_answer("its answer", results);
			end
		end);
	end);

	describe("closes a connection and fails its question", function ()
		local cases = {
			["in the head"] = { "HTTP/1.1 200 OK\r\nContent-Le" };
			["in the body"] = { "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345" };
			["between chunks"] = { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n" };
			["after an interim response"] = { "HTTP/1.1 100 Continue\r\n\r\n" };
		};
		for where, case in pairs(cases) do
			it("that ends "..where, function ()
				local exchange = new_exchange();
				local results = ask(exchange);
				connection(1):receive(case[1]);
				connection(1):lose();
				assert_failure("lost", results);
				assert.equal(1, #support.connections);
				ask(exchange);
				assert.equal(2, #support.connections);
			end);
		end

		for what, text in pairs({
			["what is no HTTP"] = "nonsense\r\n\r\n";
			["two lengths"] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokx";
			["a head without an end"] = ("x"):rep(20000);
			["a body beyond the bound"] = "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n";
			["chunks beyond the bound"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
				..("1000\r\n"..("x"):rep(4096).."\r\n"):rep(16);
			["interim responses beyond the bound"] = ("HTTP/1.1 103 Early Hints\r\n\r\n"):rep(2600);
		}) do
			it("after "..what, function ()
				local exchange = new_exchange();
				local results = ask(exchange);
				connection(1):receive(text);
				assert_failure("the answer has", results);
				assert.is_true(connection(1).is_closed);
				ask(exchange);
				assert.equal(2, #support.connections);
			end);
		end
	end);

	describe("gives nobody what is somebody else's:", function ()
		for what, id in pairs({
			["names no question"] = "";
			["names another question"] = "X-Request-Id: another\r\n";
			["names a question that begins like its own"] = "X-Request-Id: %s1\r\n";
			["names a part of its question"] = "X-Request-Id: %.5s\r\n";
			["names its question twice"] = "X-Request-Id: %s\r\nX-Request-Id: %s\r\n";
			["names its question and another"] = "X-Request-Id: other\r\nX-Request-Id: %s\r\n";
			["names its question in the content alone"] = "X-Question: %s\r\n";
		}) do
			it("an answer that "..what, function ()
				local exchange, conn = with_idle_connection();
				local results = ask(exchange);
				local own = support.last_request().headers["x-request-id"];
				conn:receive("HTTP/1.1 200 OK\r\n"..id:format(own, own).."Content-Length: 2\r\n\r\nok");
				assert_failure("does not name its question", results);
				assert.is_true(conn.is_closed);
				ask(exchange);
				assert.equal(2, #support.connections);
			end);
		end

		it("a second answer to the question before, which comes when the next has been asked", function ()
			local exchange, conn = with_idle_connection();
			local results = ask(exchange, "next");
			support.respond_to(conn.requests[1], "to the one before");
			assert_failure("does not name its question", results);
			assert.is_true(conn.is_closed);
		end);

		it("an answer that comes after the timeout", function ()
			local exchange = new_exchange();
			local late = ask(exchange, "late");
			support.advance(3);
			assert_failure("no answer in time", late);
			assert.is_true(connection(1).is_closed);
			local results = ask(exchange, "next");
			support.connections[1].is_closed = nil;
			answer(support.requests[1], "to the late one");
			assert.equal(0, #results);
			assert.equal(1, #late);
			assert.equal(connection(2), support.last_request().conn);
			answer(support.requests[2], "to the next");
			assert_answer("to the next", results);
		end);

		it("a second answer right after the first", function ()
			local exchange = new_exchange();
			local results = ask(exchange);
			connection(1):receive(support.response_to(support.last_request(), "first")..support.response_to(support.last_request(), "second"));
			assert_answer("first", results);
			assert.is_true(connection(1).is_closed);
			local others = ask(exchange);
			assert.equal(2, #support.connections);
			assert.equal(0, #others);
		end);

		it("a single byte too many", function ()
			local exchange = new_exchange();
			local results = ask(exchange);
			connection(1):receive(support.response_to(support.last_request(), "first").."\n");
			assert_answer("first", results);
			assert.is_true(connection(1).is_closed);
		end);

		it("something that comes unasked", function ()
			local exchange = with_idle_connection();
			connection(1):receive(support.response_to(support.last_request(), "unasked"));
			assert.is_true(connection(1).is_closed);
			local results = ask(exchange);
			assert.equal(2, #support.connections);
			assert.equal(0, #results);
		end);

		it("something that was there before the question had gone out", function ()
			local exchange, conn = with_idle_connection();
			conn.unread = "H";
			local results = ask(exchange, "mine");
			assert.equal(0, #results);
			assert.equal(1, #conn.requests);
			assert.is_true(conn.is_closed);
			assert.equal("mine", connection(2).requests[1].body);
			answer(support.last_request(), "yours");
			assert_answer("yours", results);
		end);

		it("a greeting on a new connection", function ()
			support.connects = false;
			local results = ask(new_exchange());
			for number = 1, 2 do
				assert.equal(0, #results);
				connection(number).unread = "2";
				connection(number):establish();
				assert.equal(0, #connection(number).requests);
			end
			assert_failure("unasked", results);
			assert.equal(2, #support.connections);
		end);
	end);

	describe("where an idle connection", function ()
		it("ends, opens another for the next question", function ()
			local exchange, conn = with_idle_connection();
			conn:lose();
			local results = ask(exchange);
			assert.equal(2, #support.connections);
			answer(support.last_request());
			assert_answer("the answer", results);
		end);

		it("turns out to be closed, asks once more on a new one", function ()
			for _, lose in ipairs({
				function (conn) conn.is_closed = true; end;
				function (conn) conn.has_ended = true; end;
				function (conn) conn.takes_nothing = "closed"; end;
				function (conn) conn.takes_only = 20; end;
				function () end;
			}) do
				support.reset();
				local exchange, conn = with_idle_connection();
				lose(conn);
				local results = ask(exchange, "again");
				if not conn.is_closed then conn:lose("reset"); end
				assert.equal(0, #results);
				assert.equal(2, #support.connections);
				assert.equal("again", connection(2).requests[1].body);
				answer(support.last_request());
				assert_answer("the answer", results);
				assert.same({}, support.loud_lines());
			end
		end);

		it("turns out to be closed, does so on a new one, even if another is idle", function ()
			local exchange = new_exchange();
			for _ = 1, 2 do ask(exchange); end
			for _, request in ipairs({ support.requests[1], support.requests[2] }) do answer(request); end
			ask(exchange);
			connection(2):lose("reset");
			assert.equal(3, #support.connections);
			assert.equal(connection(3), support.last_request().conn);
		end);

		it("turns out to be closed, does not ask a third time", function ()
			local exchange, conn = with_idle_connection();
			local results = ask(exchange);
			conn:lose("reset");
			connection(2):lose("reset");
			assert_failure("reset", results);
			assert.equal(2, #support.connections);
		end);

		it("turns out to be closed, fails where nobody listens any more", function ()
			local exchange, conn = with_idle_connection();
			local results = ask(exchange);
			support.refuse_connection = "connection refused";
			conn:lose("reset");
			assert_failure("connection refused", results);
		end);

		it("ends with an answer begun, does not ask again", function ()
			local exchange, conn = with_idle_connection();
			local results = ask(exchange);
			conn:receive("H");
			conn:lose("reset");
			assert_failure("reset", results);
			assert.equal(1, #support.connections);
		end);

		it("turns out to be closed, asks again in what is left of the time", function ()
			local exchange, conn = with_idle_connection();
			support.advance(3);
			local results = ask(exchange);
			support.advance(2);
			conn:lose("reset");
			support.advance(0.9);
			assert.equal(0, #results);
			support.advance(0.2);
			assert_failure("no answer in time", results);
		end);
	end);

	describe("where a new connection", function ()
		it("ends without a word, as with a daemon that is restarted, asks once more", function ()
			local results = ask(new_exchange(), "again");
			connection(1):lose("reset");
			assert.equal(0, #results);
			assert.equal("again", connection(2).requests[1].body);
			answer(support.last_request());
			assert_answer("the answer", results);
		end);

		it("ends so twice, fails", function ()
			local results = ask(new_exchange());
			for number = 1, 2 do connection(number):lose("reset"); end
			assert_failure("reset", results);
			assert.equal(2, #support.connections);
		end);

		it("ends after the time of its question, asks nothing", function ()
			support.connects = false;
			local late = ask(new_exchange());
			support.advance(3);
			connection(1):establish();
			connection(1):lose("reset");
			assert.equal(1, #support.connections);
			assert.equal(1, #late);
		end);
	end);

	describe("where the daemon cannot be reached", function ()
		it("fails with the reason", function ()
			support.refuse_connection = "connection refused";
			assert_failure("connection refused", ask(new_exchange()));
		end);

		it("fails those that wait as well, and recovers", function ()
			support.connects = false;
			local exchange, results = new_exchange(), {};
			for number = 1, 130 do results[number] = ask(exchange); end
			connection(1).listener.onfail(connection(1).link, "connection refused");
			assert_failure("connection refused", results[1]);
			assert.equal(0, #results[2]);
			assert_failure("connection refused", results[129]);
			assert_failure("connection refused", results[130]);
			support.connects = nil;
			ask(exchange);
			assert.equal(129, #support.connections);
		end);

		it("fails in time, and uses the connection that stands in the end", function ()
			support.connects = false;
			local exchange = new_exchange();
			assert.equal(0, #support.tasks);
			local late = ask(exchange);
			support.advance(3);
			assert_failure("no answer in time", late);
			connection(1):establish();
			assert.equal(0, #support.requests);
			local results = ask(exchange);
			assert.equal(1, #support.connections);
			answer(support.last_request());
			assert_answer("the answer", results);
			assert.equal(1, #late);
		end);

		it("forgets an attempt that fails after its question did", function ()
			support.connects = false;
			local exchange = new_exchange();
			local late = ask(exchange);
			support.advance(3);
			connection(1).listener.onfail(connection(1).link, "connection timeout");
			assert.equal(1, #late);
		end);
	end);

	describe("has one timer", function ()
		it("however many ask, and none when nobody waits", function ()
			local exchange = new_exchange();
			for _ = 1, 10 do
				ask(exchange);
				answer(support.last_request());
			end
			assert.equal(1, #support.tasks);
			support.advance(3);
			assert.is_true(support.tasks[1].stopped);
			ask(exchange);
			assert.equal(2, #support.tasks);
		end);

		it("and fails each question in its own time", function ()
			local exchange, results = new_exchange(nil, 2), {};
			for number = 1, 5 do
				results[number] = ask(exchange);
				support.advance(0.3);
			end
			support.advance(0.4);
			for number = 1, 5 do
				assert.equal(0, #results[number]);
				support.advance(0.3);
				assert_failure("no answer in time", results[number]);
			end
		end);

		it("for those that wait for a connection, too", function ()
			local exchange = new_exchange();
			for _ = 1, 128 do ask(exchange); end
			support.advance(1);
			local results = ask(exchange, "waits");
			support.advance(2);
			assert.equal(0, #results);
			assert.equal("waits", support.last_request().body);
			support.advance(1);
			assert_failure("no answer in time", results);
		end);
	end);

	it("goes on where what an answer led to raises an error", function ()
		local exchange = new_exchange();
		exchange:ask("/v1/verify", "{}", function () error("in the caller"); end);
		answer(support.last_request());
		assert.equal(1, #support.lines("error"));
		local results = ask(exchange);
		assert.equal(1, #support.connections);
		answer(support.last_request());
		assert_answer("the answer", results);
	end);

	it("may be asked again in the midst of an answer", function ()
		local exchange, results = new_exchange(), {};
		exchange:ask("/v1/verify", "{}", function ()
			exchange:ask("/v1/room", "{}", function (result) table.insert(results, result); end);
		end);
		answer(support.last_request());
		assert.equal(1, #support.connections);
		answer(support.last_request(), "second");
		assert_answer("second", results);
	end);

	describe("once closed", function ()
		it("keeps no connection", function ()
			local exchange, conn = with_idle_connection();
			exchange:close();
			assert.is_true(conn.is_closed);
		end);

		it("answers what waits for a connection, too", function ()
			local exchange, results = new_exchange(), {};
			for number = 1, 130 do results[number] = ask(exchange); end
			exchange:close();
			for number = 1, 130 do answer(support.requests[number], "answer "..number); end
			for number = 1, 130 do assert_answer("answer "..number, results[number]); end
			for _, conn in ipairs(support.connections) do assert.is_true(conn.is_closed); end
		end);

		it("answers what has been asked, and closes that connection then", function ()
			local exchange, conn = with_idle_connection();
			local results = ask(exchange);
			exchange:close();
			assert.is_nil(conn.is_closed);
			answer(support.last_request());
			assert_answer("the answer", results);
			assert.is_true(conn.is_closed);
		end);
	end);
end);
