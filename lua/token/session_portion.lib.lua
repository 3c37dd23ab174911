-- A part of this host's sessions as one question to prosody-tokend: few enough that making it, and reading what is said of all
-- of them, holds up Prosody for less than five milliseconds.
--
-- It is written in pieces into lists that are used again, since what a check leaves to Lua's collector costs more than all else of it:
-- Prosody has the collector go over everything whenever there is a twentieth more.

local encode = module:require "token/client".encode;

local max_sessions = 50;
local max_bytes = 48 * 1024;

-- What the daemon takes with one session.
local max_rooms = 16;

local first_session, next_session = "{\"id\":\"", ",{\"id\":\"";

-- For what stands around tokens and rooms, at the most.
local frame_bytes = 48;

local portion = {};
local portion_mt = { __index = portion };

-- The token as a JSON string without its quotation marks. Usual ones have nothing to escape: one range of characters is looked
-- for several times as fast as their classes.
local function inner_text(token)
	local is_plain = token:find("^[--z]+$") and not token:find("\\", 1, true);
	return is_plain and token or encode(token):sub(2, -2);
end

local function size_of(token_text, room_texts, first, last)
	local size = #token_text + frame_bytes;
	for i = first, last do size = size + #room_texts[i] + 1; end
	return size;
end

local function write(self, piece)
	self.last_piece = self.last_piece + 1;
	self.pieces[self.last_piece] = piece;
end

local function write_session(self, token_text, room_texts, first, last)
	write(self, self.count > 1 and next_session or first_session);
	write(self, tostring(self.count));
	if token_text ~= "" then
		write(self, "\",\"token\":\"");
		write(self, token_text);
	end
	write(self, "\",\"rooms\":[");
	for i = first, last do
		if i > first then write(self, ","); end
		write(self, room_texts[i]);
	end
	write(self, "]}");
end

-- Adds a session with at most as many of its rooms as one may have, from this one on. Returns whether it had a place beside
-- the others, and the room from which on there are more. Nobody hides in a seventeenth room.
function portion:add(session, token, room_texts, first)
	local last = math.min(first + max_rooms - 1, #room_texts);
	local token_text = token and inner_text(token) or "";
	local size = size_of(token_text, room_texts, first, last);
	if self.count > 0 and (self.count == max_sessions or self.bytes + size > max_bytes) then return false; end
	local count = self.count + 1;
	self.count, self.bytes = count, self.bytes + size;
	self.sessions[count], self.tokens[count], self.begins[count] = session, token or false, self.last_piece + 1;
	self.is_whole[count] = last == #room_texts;
	write_session(self, token_text, room_texts, first, last);
	return true, last < #room_texts and last + 1 or nil;
end

-- The question, in pieces.
function portion:body()
	local pieces = self.pieces;
	for piece = #pieces, self.last_piece + 2, -1 do pieces[piece] = nil; end
	pieces[self.last_piece + 1] = "]}";
	return pieces;
end

function portion:clear()
	self.count, self.bytes, self.last_piece = 0, #self.pieces[1], 1;
end

local function new(host)
	local self = setmetatable({
		-- Of each session: what it had as it was added, where its pieces begin, and whether these are the last of its rooms.
		sessions = {}; tokens = {}; begins = {}; is_whole = {};
		pieces = { "{\"host\":"..encode(host)..",\"sessions\":[" };
	}, portion_mt);
	self:clear();
	return self;
end

local function copy_session(from, to, place)
	local count = to.count + 1;
	to.count, to.begins[count] = count, to.last_piece + 1;
	for _, list in ipairs({ "sessions", "tokens", "is_whole" }) do to[list][count] = from[list][place]; end
	local last = place == from.count and from.last_piece or from.begins[place + 1] - 1;
	write(to, count > 1 and next_session or first_session);
	write(to, tostring(count));
	for piece = from.begins[place] + 2, last do write(to, from.pieces[piece]); end
end

-- Two portions in place of one that is refused as a whole. Nil where it cannot be divided.
function portion:halves()
	if self.count < 2 then return nil; end
	local first, second = new(module.host), new(module.host);
	for place = 1, self.count do copy_session(self, place <= self.count / 2 and first or second, place); end
	return first, second;
end

return { new = new };
