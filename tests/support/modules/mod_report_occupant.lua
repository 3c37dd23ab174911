-- Writes to the log what a module of a MUC component sees of the session that has just joined.

local json = require "util.json";

module:hook("muc-occupant-joined", function (event)
	local session = event.origin;
	module:log("info", "%s joined with user %s, room %s, domain %s", event.nick,
		json.encode_ordered(session.jitsi_meet_context_user or {}), session.jitsi_meet_room, session.jitsi_meet_domain);
	module:log("info", "%s joined as %s and %s", event.nick, event.room:get_affiliation(event.occupant.bare_jid) or "none",
		event.occupant.role);
end);
