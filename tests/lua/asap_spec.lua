package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

local host = "meet.example.com";
local url = "http://127.0.0.1:5290/v1/asap-token";

local function new_util(options)
	options = options or {};
	options.tokend_api_key = options.tokend_api_key == nil and "key" or options.tokend_api_key or nil;
	support.options = { [host] = options };
	local module = support.module(host);
	return module:require("token/util").new(module);
end

local function answer(token, changes)
	local signed = { token = token; expires_at = support.clock + 3600; renew_at = support.clock + 3000 };
	for name, value in pairs(changes or {}) do signed[name] = value; end
	support.respond(signed);
end

-- Lets the timers run on until somebody asks, or for so many seconds.
local function advance(seconds)
	local asked = #support.requests;
	for _ = 1, seconds do
		support.advance(1);
		if #support.requests > asked then return; end
	end
end

describe("generateAsapToken", function ()
	before_each(support.reset);

	it("has a token as soon as the module is loaded, asked for with the daemon's key", function ()
		local util = new_util();
		assert.equal(1, #support.requests);
		assert.equal(url, support.last_request().url);
		assert.equal("Bearer key", support.last_request().headers.authorization);
		assert.same({ host = host; audience = "jitsi" }, support.body_of(support.last_request()));
		answer("a.b.c");
		assert.equal("Bearer a.b.c", util:generateAsapToken());
		assert.equal(1, #support.requests);
	end);

	it("is for asap_audience, or for the audience that it is told", function ()
		local util = new_util({ asap_audience = "ours" });
		assert.equal("ours", support.body_of(support.last_request()).audience);
		answer("ours.b.c");
		assert.equal("", util:generateAsapToken("theirs"));
		assert.equal("theirs", support.body_of(support.last_request()).audience);
		answer("theirs.b.c");
		assert.equal("Bearer theirs.b.c", util:generateAsapToken("theirs"));
		assert.equal("Bearer ours.b.c", util:generateAsapToken());
	end);

	it("waits for the first one of another audience where it can", function ()
		local util = new_util();
		answer("a.b.c");
		local result = support.in_thread(function () return util:generateAsapToken("theirs"); end);
		assert.is_nil(result.done);
		answer("theirs.b.c");
		assert.same({ "Bearer theirs.b.c" }, result.values);
	end);

	it("answers at once in a thread, too, once it has a token", function ()
		local util = new_util();
		answer("a.b.c", { renew_at = support.clock });
		local result = support.in_thread(function () return util:generateAsapToken(); end);
		assert.same({ "Bearer a.b.c" }, result.values);
	end);

	it("is the same until it is time to renew it, and renewed then without being asked", function ()
		local util = new_util();
		answer("first.b.c");
		advance(2999);
		assert.equal("Bearer first.b.c", util:generateAsapToken());
		assert.equal(1, #support.requests);
		advance(12);
		assert.equal(2, #support.requests);
		assert.equal("Bearer first.b.c", util:generateAsapToken());
		answer("second.b.c");
		assert.equal("Bearer second.b.c", util:generateAsapToken());
	end);

	it("lasts through an outage until it expires, and comes back after it", function ()
		local util = new_util();
		answer("first.b.c");
		advance(3010);
		support.respond("", 500);
		assert.equal("Bearer first.b.c", util:generateAsapToken());
		local asked = #support.requests;
		for _ = 1, 60 do
			advance(20);
			support.respond("", 500);
		end
		assert.equal(asked + 60, #support.requests);
		assert.equal("", util:generateAsapToken());
		advance(20);
		answer("second.b.c");
		assert.equal("Bearer second.b.c", util:generateAsapToken());
	end);

	it("is signed once for all modules of a host", function ()
		local util = new_util();
		local other = new_util();
		assert.equal(1, #support.requests);
		answer("a.b.c");
		assert.equal("Bearer a.b.c", util:generateAsapToken());
		assert.equal("Bearer a.b.c", other:generateAsapToken());
	end);

	it("is nothing without the daemon's key, and the daemon is not asked", function ()
		local util = new_util({ tokend_api_key = false });
		assert.equal("", util:generateAsapToken());
		assert.equal(0, #support.requests);
		assert.equal("", support.whole_log());
	end);

	it("is nothing where the daemon signs none, and says so once, in no loop", function ()
		local util = new_util();
		support.respond({ detail = "there is no such endpoint" }, 404, "application/problem+json");
		for _ = 1, 3 do assert.equal("", util:generateAsapToken()); end
		assert.equal(1, #support.lines("warn"));
		assert.truthy(support.lines("warn")[1]:find("no such endpoint", 1, true));
		advance(299);
		assert.equal(1, #support.requests);
		advance(12);
		assert.equal(2, #support.requests);
	end);

	local broken = {
		{ "no token", { token = false } };
		{ "a token that is no header's value", { token = "a\r\nb" } };
		{ "no end", { expires_at = "soon" } };
		{ "no time to renew it", { renew_at = false } };
	};
	for _, case in ipairs(broken) do
		it("is nothing after an answer with "..case[1], function ()
			local util = new_util();
			answer("a.b.c", case[2]);
			assert.equal("", util:generateAsapToken());
		end);
	end

	it("is nothing where the request cannot even be sent", function ()
		support.refuse_connection = "connection refused";
		assert.equal("", new_util():generateAsapToken());
	end);

	it("keeps no more than a few audiences", function ()
		local util = new_util();
		for number = 1, 100 do util:generateAsapToken("audience-"..number); end
		assert.equal(32, #support.requests);
		assert.equal("", util:generateAsapToken("audience-100"));
	end);

	it("is in no log", function ()
		local util = new_util();
		answer("first.secret.token");
		util:generateAsapToken();
		assert.is_nil(support.whole_log():find("secret", 1, true));
	end);
end);
