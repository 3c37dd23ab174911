-- Changes rooms as other modules and jicofo do, at the word of a test: a lobby, metadata, and presences that come from
-- this server itself or from another.

module:set_global();

local formdecode = require "util.http".formdecode;
local jid_host = require "util.jid".host;
local jid_bare = require "util.jid".bare;
local st = require "util.stanza";

local function room_of(jid)
	return prosody.hosts[jid_host(jid)].modules.muc.get_room_from_jid(jid);
end

-- Jitsi's module of lobbies lets in whoever has an affiliation.
local function hold_in_lobby(event)
	local room, stanza = event.room, event.stanza;
	if not room:get_members_only() or (room:get_affiliation(stanza.attr.from) or "none") ~= "none" then return; end
	event.origin.send(st.error_reply(stanza, "auth", "registration-required", "Lobby enabled"));
	return true;
end

local actions = {};

-- Nobody but who is admitted, or has an affiliation for another reason, gets in from now on; the others may wait in the lobby.
function actions.enable_lobby(parameters)
	local room = room_of(parameters.room);
	for _, occupant in room:each_occupant() do
		if not room:get_affiliation(occupant.bare_jid) then room:set_affiliation(true, occupant.bare_jid, "member"); end
	end
	room:set_members_only(true);
	-- Where Jitsi's module of lobbies has it.
	module:context(jid_host(parameters.room)):hook("muc-occupant-pre-join", hold_in_lobby, -4);
end

function actions.admit(parameters)
	room_of(parameters.room):set_affiliation(true, jid_bare(parameters.jid), "member");
end

function actions.set_affiliation(parameters)
	assert(room_of(parameters.room):set_affiliation(true, jid_bare(parameters.jid), parameters.affiliation));
end

function actions.set_password(parameters)
	room_of(parameters.room):set_password(parameters.password);
end

-- In rooms of this component the affiliations are those of the main room, as Jitsi's module of breakout rooms has it.
function actions.break_out(parameters)
	local breakouts = prosody.hosts[jid_host(parameters.breakout)].modules.muc;
	function breakouts.room_mt.get_affiliation(_, jid) -- luacheck: ignore 122
		return room_of(parameters.room):get_affiliation(jid) or "none";
	end
end

function actions.require_authentication(parameters)
	room_of(parameters.room).jitsiMetadata = { allowUnauthenticatedAccess = false };
end

-- A presence that a module sends, in no client's thread.
function actions.send_presence(parameters)
	module:add_timer(0, function ()
		module:context(jid_host(parameters.from)):send(st.presence({ from = parameters.from; to = parameters.to })
			:tag("x", { xmlns = "http://jabber.org/protocol/muc" }):up());
	end);
end

-- A presence of a server that vouches for its users.
function actions.receive_presence(parameters)
	local origin = { type = "s2sin"; send = function () end; log = module._log; from_host = jid_host(parameters.from) };
	local stanza = st.presence({ from = parameters.from; to = parameters.to })
		:tag("x", { xmlns = "http://jabber.org/protocol/muc" }):up();
	prosody.hosts[jid_host(parameters.to)].events.fire_event("presence/full", { origin = origin; stanza = stanza });
end

module:depends("http");
module:provides("http", {
	route = {
		["POST /*"] = function (event, action)
			actions[action](formdecode(event.request.url.query));
			return "{}";
		end;
	};
});
