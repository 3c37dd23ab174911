-- The rooms of this server, as prosody-tokend is asked about them: main rooms, breakout rooms and lobbies, on whichever MUC
-- component they are.

local jid_host = require "util.jid".host;

local function muc_of(domain)
	local host = prosody.hosts[domain];
	return host and host.modules and host.modules.muc;
end

local function find(room_jid)
	local muc = muc_of(jid_host(room_jid));
	local room = muc and muc.get_room_from_jid(room_jid);
	if not room or (room._data and room._data.destroyed) then return nil; end
	return room;
end

-- A list, since rooms come and go while somebody walks over them.
local function live()
	local rooms = {};
	for domain in pairs(prosody.hosts) do
		local muc = muc_of(domain);
		if muc then
			for room in muc.each_room(true) do table.insert(rooms, room); end
		end
	end
	return rooms;
end

return { muc_of = muc_of; find = find; live = live };
