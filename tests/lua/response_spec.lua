package.path = "./tests/lua/?.lua;"..package.path;
local support = require "support";

local function new_reader()
	return support.module("meet.example.com"):require("token/response").new();
end

local function head(fields, status)
	return (status or "HTTP/1.1 200 OK").."\r\n"..fields.."\r\n";
end

local function read(text, piece_length)
	local reader = new_reader();
	local complete, reason;
	for first = 1, #text, piece_length or #text do
		complete, reason = reader:feed(text:sub(first, first + (piece_length or #text) - 1));
		if complete ~= false then break; end
	end
	return complete, reason, reader;
end

local good = {
	["a length"] = { head("Content-Length: 5\r\n").."hello", "hello" };
	["a length of zero"] = { head("content-length:0\r\n"), "" };
	["a length with leading zeros and spaces"] = { head("CONTENT-LENGTH: \t 005 \t\r\n").."hello", "hello" };
	["chunks"] = { head("Transfer-Encoding: chunked\r\n").."3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hello" };
	["chunks that hold line ends"] = { head("transfer-encoding: Chunked\r\n").."4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n" };
	["chunks with extensions and a trailer"] = {
		head("Transfer-Encoding: chunked\r\n").."A;name=value\r\nhello hell\r\n000\r\nDigest: x\r\nOther: y\r\n\r\n", "hello hell";
	};
	["no content at all"] = { head("Server: x\r\n", "HTTP/1.1 204 No Content"), "" };
	["a length that 304 does not mean"] = { head("Content-Length: 100\r\n", "HTTP/1.1 304 Not Modified"), "" };
	["an interim response before it"] = {
		head("", "HTTP/1.1 100 Continue")..head("Link: x\r\n", "HTTP/1.1 103 Early Hints")..head("Content-Length: 2\r\n").."ok", "ok";
	};
	["no reason phrase"] = { head("Content-Length: 2\r\n", "HTTP/1.1 200").."ok", "ok" };
	["any bytes in it"] = { head("Content-Length: 4\r\nServer: \255\1\r\n").."\0\r\n\255", "\0\r\n\255" };
};

local bad = {
	["nothing of HTTP"] = "SSH-2.0-OpenSSH\r\n\r\n";
	["HTTP/2"] = head("Content-Length: 0\r\n", "HTTP/2.0 200 OK");
	["a status of two digits"] = head("Content-Length: 0\r\n", "HTTP/1.1 20 OK");
	["a status of four digits"] = head("Content-Length: 0\r\n", "HTTP/1.1 2000 OK");
	["a status below 100"] = head("Content-Length: 0\r\n", "HTTP/1.1 099 OK");
	["another protocol from here on"] = head("Upgrade: x\r\n", "HTTP/1.1 101 Switching Protocols");
	["a line before the status"] = "\r\n"..head("Content-Length: 0\r\n");
	["no length"] = head("Server: x\r\n").."hello";
	["a negative length"] = head("Content-Length: -5\r\n").."hello";
	["a length with a sign"] = head("Content-Length: +5\r\n").."hello";
	["a length in hexadecimal"] = head("Content-Length: 0x5\r\n").."hello";
	["a length with a fraction"] = head("Content-Length: 5.0\r\n").."hello";
	["a length with an exponent"] = head("Content-Length: 5e0\r\n").."hello";
	["an empty length"] = head("Content-Length: \r\n").."hello";
	["a length twice"] = head("Content-Length: 5\r\nContent-Length: 5\r\n").."hello";
	["two lengths"] = head("Content-Length: 5\r\ncontent-length: 6\r\n").."hello";
	["two lengths in one field"] = head("Content-Length: 5, 5\r\n").."hello";
	["a length beyond the bound"] = head("Content-Length: 65537\r\n");
	["a length beyond all numbers"] = head("Content-Length: "..("9"):rep(400).."\r\n");
	["a length and chunks"] = head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n").."0\r\n\r\n";
	["another coding"] = head("Transfer-Encoding: gzip, chunked\r\n").."0\r\n\r\n";
	["chunks twice"] = head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n").."0\r\n\r\n";
	["chunks in HTTP/1.0"] = head("Transfer-Encoding: chunked\r\n", "HTTP/1.0 200 OK").."0\r\n\r\n";
	["a chunk without a length"] = head("Transfer-Encoding: chunked\r\n").."\r\nhello\r\n";
	["a chunk with a negative length"] = head("Transfer-Encoding: chunked\r\n").."-5\r\nhello\r\n";
	["a chunk whose length has a prefix"] = head("Transfer-Encoding: chunked\r\n").."0x5\r\nhello\r\n";
	["a chunk longer than it says"] = head("Transfer-Encoding: chunked\r\n").."4\r\nhello\r\n0\r\n\r\n";
	["a chunk beyond the bound"] = head("Transfer-Encoding: chunked\r\n").."10001\r\n";
	["a chunk beyond all numbers"] = head("Transfer-Encoding: chunked\r\n").."fffffffffffffffff\r\n";
	["a chunk line that never ends"] = head("Transfer-Encoding: chunked\r\n").."1;"..("x"):rep(300);
	["a trailer that never ends"] = head("Transfer-Encoding: chunked\r\n").."0\r\n"..("a: b\r\n"):rep(5000);
	["a field without a colon"] = head("Content-Length 5\r\n").."hello";
	["a space before the colon"] = head("Content-Length : 5\r\n").."hello";
	["a field without a name"] = head(": 5\r\nContent-Length: 5\r\n").."hello";
	["a folded field"] = head("Server: x\r\n Content-Length: 5\r\n").."hello";
	["a bare line feed"] = head("Server: x\nContent-Length: 5\r\n").."hello";
	["a bare carriage return"] = head("Server: x\rContent-Length: 5\r\n").."hello";
	["a head that never ends"] = head(("X: y\r\n"):rep(5000));
	["a head without a line"] = ("x"):rep(20000);
};

describe("the reader of responses", function ()
	for name, case in pairs(good) do
		it("takes "..name..", in pieces of any size", function ()
			for piece_length = 1, #case[1] do
				local complete, reason, reader = read(case[1], piece_length);
				assert.is_true(complete, reason);
				assert.equal(case[2], reader.content);
				assert.is_false(reader:has_rest());
			end
		end);

		it("waits for the end of "..name, function ()
			for length = 0, #case[1] - 1 do
				local complete = read(case[1]:sub(1, length), 1);
				assert.is_not_true(complete);
				assert.is_false(new_reader():feed(case[1]:sub(1, length)));
			end
		end);
	end

	for name, text in pairs(bad) do
		it("refuses "..name.." as soon as it can, in pieces of any size", function ()
			for _, piece_length in ipairs({ 1, 7, #text }) do
				local complete, reason = read(text, piece_length);
				assert.is_nil(complete);
				assert.is_string(reason);
			end
		end);
	end

	it("refuses a response as soon as there is more of it than 64 KiB, however it comes", function ()
		local chunk = "1000\r\n"..("x"):rep(4096).."\r\n";
		for name, text in pairs({
			["small chunks"] = head("Transfer-Encoding: chunked\r\n")..("1\r\nx\r\n"):rep(20000);
			["chunks"] = head("Transfer-Encoding: chunked\r\n")..chunk:rep(20);
			["interim responses"] = head("", "HTTP/1.1 103 Early Hints"):rep(3000);
			["one piece"] = head("Content-Length: 65536\r\n")..("x"):rep(65536);
		}) do
			local reader, taken = new_reader(), 0;
			for first = 1, #text, 1000 do
				local complete, reason = reader:feed(text:sub(first, first + 999));
				if complete ~= false then
					assert.is_nil(complete);
					assert.is_string(reason);
					break;
				end
				taken = first + 999;
			end
			assert.is_true(taken <= 65536, name..": "..taken);
		end
	end);

	it("tells status and content type", function ()
		local _, _, reader = read(head("Content-Type: application/problem+json\r\nContent-Length: 2\r\n", "HTTP/1.1 404 Not Found").."{}");
		assert.equal(404, reader.code);
		assert.equal("application/problem+json", reader.content_type);
	end);

	for fields, closes in pairs({
		[""] = false; ["Connection: keep-alive\r\n"] = false; ["Connection: close\r\n"] = true;
		["Connection: Keep-Alive, Close\r\n"] = true; ["connection: x\r\nconnection: close\r\n"] = true;
		["Connection: closed\r\n"] = false;
	}) do
		it("tells whether the connection is to be closed after "..("%q"):format(fields), function ()
			local _, _, reader = read(head(fields.."Content-Length: 0\r\n"));
			assert.equal(closes, reader.closes);
		end);
	end

	it("has HTTP/1.0 close the connection", function ()
		local _, _, reader = read(head("Content-Length: 0\r\n", "HTTP/1.0 200 OK"));
		assert.is_true(reader.closes);
	end);

	it("tells of whatever comes after the response, and takes none of it", function ()
		for _, text in ipairs({ head("Content-Length: 2\r\n").."ok", head("Transfer-Encoding: chunked\r\n").."2\r\nok\r\n0\r\n\r\n" }) do
			local complete, _, reader = read(text.."x");
			assert.is_true(complete);
			assert.equal("ok", reader.content);
			assert.is_true(reader:has_rest());
		end
	end);
end);
