package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

local token = "ewogICJhbGciOiAiSFMyNTYiCn0.eyJpc3MiOiJteV9hcHAifQ.6VNPKUcwQjTJ9Kk2wWnTd0hvPYcl4dHDyBm5xu0bYhQ";

describe("what others chose", function ()
	local shown;
	before_each(function ()
		support.reset();
		shown = support.module("meet.example.com"):require("token/shown");
		prosody.hosts["conference.meet.example.com"] = {};
	end);

	for _, text in ipairs({
		token, token:lower(), "/v1/"..token, "Bearer "..token, "https://user:"..token.."@keys.example.com/", "jwt="..token.."&room=standup",
		"-"..token, "eyJhbGciOiJIUzI1NiJ9", "_eyJhbGciOiJIUzI1NiJ9", "auth-token_eyJhbGciOiJIUzI1NiJ9",
		"a.eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJkaXIifQ..a.b.c",
	}) do
		it(("is not shown where it looks like a token, as %q does"):format(text), function ()
			assert.equal(("something like a token (%d characters)"):format(#text), shown.bounded(text));
			local address = shown.address(text.."@conference.meet.example.com/"..text);
			assert.is_nil(address:find("eyJ", 1, true) or address:find(text, 1, true), address);
		end);
	end

	for _, text in ipairs({ "", "standup", "MickeyJohnson", "a-eyJohnson", "eyJ", "meet.example.com", "[team]standup", "a.b.c.d.e.f" }) do
		it(("is shown as it is where it is a name, as %q"):format(text), function ()
			assert.equal(text, shown.bounded(text));
		end);
	end

	it("is cut after 32 bytes", function ()
		assert.equal(("x"):rep(32), shown.bounded(("x"):rep(32)));
		assert.equal(("x"):rep(32).."...", shown.bounded(("x"):rep(33)));
		assert.equal(("x"):rep(80).."...", shown.bounded(("x"):rep(81), 80));
	end);

	it("is on one line, in characters that show", function ()
		assert.equal("a\\x0ab\\x1b[31m\\x00\\x7f", shown.bounded("a\nb\27[31m\0\127"));
		assert.equal("\\xc2\\x9b \\xe2\\x80\\xae", shown.bounded("\194\155 \226\128\174"));
	end);

	it("need be no text", function ()
		assert.equal("nil", shown.bounded(nil));
		assert.equal("5", shown.bounded(5));
	end);

	it("is an address with one of this server's domains whole, and each other part bounded", function ()
		assert.equal("standup@conference.meet.example.com", shown.address("standup@conference.meet.example.com"));
		local long = ("x"):rep(40);
		local cut = ("x"):rep(32).."...";
		assert.equal(cut.."@conference.meet.example.com/"..cut, shown.address(long.."@conference.meet.example.com/"..long));
		assert.equal("a@"..cut, shown.address("a@"..long));
		assert.equal("nil", shown.address(nil));
	end);

	describe("reaches no line of the log", function ()
		package.loaded["util.sasl"] = package.loaded["util.sasl"] or { new = function () return {}; end };

		for _, text in ipairs({ token, ("y"):rep(200), "a\nforged line\27[2J" }) do
			it(("as it is: %q"):format(text), function ()
				local module = support.load("mod_auth_token", "meet.example.com");
				support.respond_to_startup_check({ host = "meet.example.com" });
				local session = support.session({
					auth_token = text; jitsi_web_query_room = text; jitsi_web_query_prefix = text; user_agent_header = text;
				});
				support.in_thread(function () return module.auth_provider.get_sasl_handler(session):process(); end);
				support.respond({ allowed = false; auth = { ok = false; error = "not-allowed"; reason = "Invalid token" } });
				local _, count = support.whole_log():gsub("Error verifying token", "");
				assert.equal(1, count);
				assert.is_nil(support.whole_log():find(text:sub(1, 33), 1, true));
			end);
		end

		it("in the detail of a problem that is not the daemon's", function ()
			support.load("mod_auth_token", "meet.example.com");
			support.respond_to_startup_check({ detail = "a\nforged line\27[2J" }, 404, "application/problem+json");
			assert.equal(1, #support.lines("warn"));
			assert.is_nil(support.lines("warn")[1]:find("%c"));
		end);
	end);
end);
