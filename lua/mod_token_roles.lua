-- Makes those who join a room of this MUC component what prosody-tokend's verdict on their token says: owners, who moderate, or
-- members. The rule is that of Jitsi's mod_token_affiliation, which this module takes the place of. It is off unless it is
-- enabled for the component, beside token_verification.
--
-- It raises and never lowers: an owner by another's grant stays one, and who is banned stays so. It concerns those alone whom
-- token_verification has let into this very room by a token. Guests, administrators such as jicofo, whoever is on the
-- allowlist, and other servers' users have no such verdict. Rooms of another component are other rooms: in breakout rooms
-- Jitsi's module gives everybody the affiliation with the main room.

local shown = module:require "token/shown";

local xmlns_muc = "http://jabber.org/protocol/muc";

-- XEP-0045 section 5.2, in the order of what they may do.
local ranks = { outcast = -1; none = 0; member = 1; admin = 2; owner = 3 };

-- What a token can give. The daemon says nothing else.
local is_given = { owner = true; member = true };

if prosody.hosts[module.host] and prosody.hosts[module.host].type == "local" then
	module:log_status("error", "token_roles does nothing on the VirtualHost %s: name it in the modules_enabled of the MUC component",
		module.host);
	return;
end

local reported = false;
local function report_missing_verdicts()
	local host = prosody.hosts[module.host];
	if reported or (host and host.modules and host.modules.token_verification) then return; end
	reported = true;
	module:log_status("warn", "token_roles does nothing for %s, where token_verification lets nobody in by a token: enable both "
		.."for the component of the main rooms, whose roles breakout rooms take over", module.host);
end

-- The affiliation that the session's token gives in this room.
local function given_in(room, session)
	if not is_given[session.tokend_affiliation] or session.jitsi_meet_verified_room ~= room.jid then return nil; end
	return session.tokend_affiliation;
end

local function raise(room, occupant, affiliation)
	local present = room:get_affiliation(occupant.bare_jid) or "none";
	if present == "outcast" or ranks[present] >= ranks[affiliation] then return; end
	-- A role that another module has chosen, such as a visitor's, stays. Prosody chooses by the affiliation before this one.
	local is_usual_role = occupant.role == room:get_default_role(present ~= "none" and present or nil);
	local ok, _, condition = room:set_affiliation(true, occupant.bare_jid, affiliation);
	if not ok then
		module:log("warn", "%s could not become %s of %s: %s", shown.address(occupant.bare_jid), affiliation,
			shown.address(room.jid), condition);
		return;
	end
	if is_usual_role then occupant.role = room:get_default_role(affiliation); end
	module:log("debug", "%s became %s of %s by a token", shown.address(occupant.bare_jid), affiliation, shown.address(room.jid));
end

-- Without the room's password nobody gets in, and should be no owner of it either.
local function has_password(room, stanza)
	local password = room:get_password();
	local join = password and stanza:get_child("x", xmlns_muc);
	return not password or (join and join:get_child_text("password", xmlns_muc) == password);
end

local function pass_lobby(event)
	local room, affiliation = event.room, given_in(event.room, event.origin);
	if affiliation == "owner" and has_password(room, event.stanza) then raise(room, event.occupant, affiliation); end
end

local function settle(event)
	local affiliation = given_in(event.room, event.origin);
	if affiliation then raise(event.room, event.occupant, affiliation); end
end

-- A moderator need not wait in the lobby: after modules that let somebody pass it (-3), where Jitsi's has its own hook, and
-- before the lobby (-4) and mod_muc's list of members (-5). Both let in whoever has an affiliation.
module:hook("muc-occupant-pre-join", pass_lobby, -3.5);

-- So a mere member gets it after everything that may turn somebody away, the lobby and the room's password (-20) included. It
-- is still in the first presence that others see.
module:hook("muc-occupant-pre-join", settle, -1000);

module:hook_global("server-started", report_missing_verdicts);
