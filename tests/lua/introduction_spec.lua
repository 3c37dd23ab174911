package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

package.loaded["util.sasl"] = package.loaded["util.sasl"] or { new = function () return {}; end };

local host = "meet.example.com";

local function load_module(options)
	support.options = { [host] = options or {} };
	return support.load("mod_auth_token", host);
end

local function hosts(...)
	local list = {};
	for _, name in ipairs({ ... }) do table.insert(list, { host = name; algorithm = "HS256"; sources = {} }); end
	return { hosts = list };
end

describe("the first word to the daemon", function ()
	before_each(support.reset);

	it("asks once for its hosts, and does not wait", function ()
		load_module({ tokend_api_key = "key" });
		assert.equal(1, #support.introductions);
		local request = support.introductions[1];
		assert.equal("http://127.0.0.1:5290/v1/keys", request.url);
		assert.equal("GET", request.method);
		assert.is_nil(request.body);
		assert.equal("Bearer key", request.headers.authorization);
	end);

	it("is followed by silence where the daemon knows the host", function ()
		load_module();
		support.respond_to_introduction(hosts("other.example.com", host));
		support.advance(60);
		assert.same({}, support.loud_lines());
	end);

	for _, case in ipairs({
		{ "no host", hosts(), "it knows )" };
		{ "others alone", hosts("a.example", "b.example"), "it knows a.example, b.example)" };
		{ "one whose name is longer", hosts("x."..host), "does not know "..host };
	}) do
		it("warns once where the daemon has "..case[1], function ()
			load_module();
			support.respond_to_introduction(case[2]);
			support.advance(60);
			assert.equal(1, #support.loud_lines());
			local text = support.lines("warn")[1];
			assert.is_truthy(text:find("prosody_config", 1, true), text);
			assert.is_truthy(text:find(case[3], 1, true), text);
		end);
	end

	for _, case in ipairs({
		{ "wants another key", { detail = "the API key is wrong" }, 401, "the API key is wrong" };
		{ "is something else", "<html>", 200, "not the JSON" };
		{ "is older and has no such question", { hosts = "none" }, 200, "not the JSON" };
		{ "sends nonsense in place of hosts", { hosts = { 5, { host = 5 } } }, 200, "does not know" };
	}) do
		it("warns once where the daemon "..case[1], function ()
			load_module();
			support.respond_to_introduction(case[2], case[3], case[3] ~= 200 and "application/problem+json" or nil);
			support.advance(60);
			assert.equal(1, #support.loud_lines());
			local text = support.lines("warn")[1];
			assert.is_truthy(text:find(case[4], 1, true), text);
		end);
	end

	it("warns once where the daemon is not there", function ()
		support.refuse_connection = "connection refused";
		load_module();
		support.advance(60);
		assert.equal(1, #support.loud_lines());
		assert.is_truthy(support.lines("warn")[1]:find("connection refused", 1, true));
	end);

	it("warns once where the answer does not come in time", function ()
		load_module();
		support.advance(4);
		support.advance(60);
		assert.equal(1, #support.loud_lines());
		assert.is_truthy(support.lines("warn")[1]:find("no answer in time", 1, true));
	end);
end);
