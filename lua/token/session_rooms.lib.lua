-- For prosody-tokend's token_sessions: which rooms the sessions of a check are in. It is found out once for all of them,
-- as the first one is asked about: whoever joins another room after that is let in by a verdict that is new enough.

local encode = module:require "token/client".encode;
local rooms = module:require "token/rooms";

local session_rooms = {};
local session_rooms_mt = { __index = session_rooms };

-- mod_muc's own index of its occupants: to walk over these makes a copy of each.
local function enter(occupied, room)
	for full_jid in pairs(room._jid_nick) do
		local present = occupied[full_jid];
		if not present then
			occupied[full_jid] = room;
		elseif present[1] then
			table.insert(present, room);
		else
			occupied[full_jid] = { present, room };
		end
	end
end

-- For each address the room, or a list of rooms.
local function occupancy(self)
	local occupied = {};
	for _, room in ipairs(rooms.live()) do
		enter(occupied, room);
		self.pause_if_due();
	end
	return occupied;
end

local function contains(list, value)
	for _, present in ipairs(list) do
		if present == value then return true; end
	end
	return false;
end

local function add(self, jid)
	if type(jid) ~= "string" then return; end
	local text = self.known_texts[jid] or encode(jid);
	self.known_texts[jid] = text;
	if not contains(self.texts, text) then table.insert(self.texts, text); end
end

-- Who is in a breakout room or a lobby belongs to the main room as well.
local function add_room(self, room)
	add(self, room.jid);
	add(self, room.main_room_jid);
end

-- Prosody may have put a room out of its memory while people are in it.
local function find_verified(session)
	local verified = session.jitsi_meet_verified_room;
	local room = verified and rooms.find(verified);
	return room and room:get_occupant_jid(session.full_jid) and room or nil;
end

-- The addresses of the rooms that a session is in, as JSON has them, in a list that is good until the next question.
function session_rooms:texts_of(session)
	self.occupied = self.occupied or occupancy(self);
	for i = #self.texts, 1, -1 do self.texts[i] = nil; end
	local found = self.occupied[session.full_jid] or find_verified(session);
	if not found then return self.texts; end
	for _, room in ipairs(found[1] and found or {}) do add_room(self, room); end
	if not found[1] then add_room(self, found); end
	add(self, session.jitsi_meet_verified_room);
	return self.texts;
end

local function new(pause_if_due)
	return setmetatable({ pause_if_due = pause_if_due; known_texts = {}; texts = {} }, session_rooms_mt);
end

return { new = new };
