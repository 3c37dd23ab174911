package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

package.loaded["util.sasl"] = package.loaded["util.sasl"] or { new = function () return {}; end };

local host = "meet.example.com";

local function load_module(options)
	support.options = { [host] = options or {} };
	return support.load("mod_auth_token", host);
end

describe("the first word to the daemon", function ()
	before_each(support.reset);

	it("asks once whether it knows this host, and does not wait", function ()
		load_module({ tokend_api_key = "key" });
		assert.equal(1, #support.introductions);
		local request = support.introductions[1];
		assert.equal("http://127.0.0.1:5290/v1/host?name=meet.example.com", request.url);
		assert.equal("GET", request.method);
		assert.is_nil(request.body);
		assert.equal("Bearer key", request.headers.authorization);
	end);

	it("is followed by silence where the daemon knows the host", function ()
		load_module();
		support.respond_to_introduction({ host = host });
		support.advance(60);
		assert.same({}, support.loud_lines());
	end);

	it("warns once where the daemon does not", function ()
		load_module();
		local detail = "no policy for host \"meet.example.com\"; there is one for a.example, b.example";
		support.respond_to_introduction({ detail = detail }, 404, "application/problem+json");
		support.advance(60);
		assert.equal(1, #support.loud_lines());
		local text = support.lines("warn")[1];
		assert.is_truthy(text:find("prosody_config", 1, true), text);
		assert.is_truthy(text:find("does not know meet.example.com, so nobody gets in there ("..detail..")", 1, true), text);
	end);

	for _, case in ipairs({
		{ "wants another key", { detail = "the API key is wrong" }, 401, "the API key is wrong" };
		{ "is something else", "<html>", 200, "not the JSON" };
		{ "speaks of another host", { host = "x."..host }, 200, "not the JSON" };
		{ "sends nonsense in place of a host", { host = { 5 } }, 200, "not the JSON" };
		{ "sends null in place of a host", { host = support.json.null }, 200, "not the JSON" };
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
