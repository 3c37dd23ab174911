package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

local decode = support.module("meet.example.com"):require("token/plain_json").decode;

describe("plain JSON", function ()
	for _, text in ipairs({
		"{}", '{"":""}', '{"a":"b"}', '{"a":true}', '{"a":false,"b":true}', '{"a":{}}', '{"a":{"b":{"c":"d"},"e":"f"},"g":"h"}',
		'{"a":"b","a":"c"}', '{"a":"{,:}"}', '{"a":"\195\164 b"}', '{"a":"b c"}', '{"a":"b"}\n', '{"__proto__":"a"}',
		'{"a":1}', '{"a":1700000000}', '{"a":999999999999999}', '{"a":10,"b":{"c":2},"d":"3"}',
	}) do
		it(("of %s is what util.json takes it for"):format(text), function ()
			local expected = support.json.decode(text);
			assert.equal("table", type(expected));
			assert.same(expected, decode(text));
		end);
	end

	for what, text in pairs({
		["nothing"] = "";
		["a string"] = '"a"';
		["a list"] = "[]";
		["zero in it"] = '{"a":0}';
		["a negative number in it"] = '{"a":-1}';
		["a fraction in it"] = '{"a":1.5}';
		["a number with an exponent in it"] = '{"a":1e3}';
		["a number that begins with zero"] = '{"a":01}';
		["a number that is too long"] = '{"a":1000000000000000}';
		["letters in a number"] = '{"a":1a}';
		["no end after a number"] = '{"a":1';
		["null in it"] = '{"a":null}';
		["a list in it"] = '{"a":["b"]}';
		["white space"] = '{"a": "b"}';
		["white space before it"] = ' {"a":"b"}';
		["white space after it"] = '{"a":"b"} ';
		["two ends of a line"] = '{"a":"b"}\n\n';
		["an escaped quotation mark"] = '{"a":"\\""}';
		["an escape in a name"] = '{"\\u0061":"b"}';
		["what util.json takes for a list"] = '{"__array":{"a":"b"}}';
		["what util.json takes for other keys"] = '{"a":{"__hash":"b"}}';
		["no end"] = '{"a":"b"';
		["no end of a string"] = '{"a":"b}';
		["no value"] = '{"a":}';
		["no colon"] = '{"a""b"}';
		["no name"] = '{"a":"b",}';
		["a name without quotation marks"] = "{a:true}";
		["no comma"] = '{"a":"b""c":"d"}';
		["nothing but a comma"] = "{,}";
		["a word cut short"] = '{"a":tru}';
		["a word too long"] = '{"a":trues}';
		["another word"] = '{"a":fals3}';
		["a brace too many"] = '{"a":"b"}}';
		["a second object"] = '{"a":"b"}{}';
		["no end of an object in it"] = '{"a":{"b":"c"}';
	}) do
		it("is not what has "..what, function ()
			assert.is_nil(decode(text));
		end);
	end

	it("is never taken for something else where it is cut short or a byte of it is another one", function ()
		local text = '{"allowed":true,"check_again_at":1700000000,"auth":{"ok":false,"error":"not-allowed"},"room":{"jid":"a@b"}}';
		for position = 1, #text do
			for _, replacement in ipairs({ "", "\"", "{", "}", ",", ":", "t", "\\", " ", "1" }) do
				local changed = text:sub(1, position - 1)..replacement..text:sub(position + 1);
				local plain = decode(changed);
				if plain then assert.same(support.json.decode(changed), plain); end
			end
			assert.is_nil(decode(text:sub(1, position - 1)));
		end
	end);
end);
