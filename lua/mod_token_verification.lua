-- Lets a session into the rooms of this MUC component only if prosody-tokend says that its token,
-- or the lack of one, allows it. The policy is that of the parent VirtualHost.

local jid_bare = require "util.jid".bare;
local jid_host = require "util.jid".host;
local st = require "util.stanza";

local exemption = module:require "token/exemption";
local startup_check = module:require "token/startup_check";
local token_lib = module:require "token/util";

local xmlns_muc = "http://jabber.org/protocol/muc";
local xmlns_jitmeet = "http://jitsi.org/jitmeet";
local unavailable_text = "Token verification is not available, try again";

local measure_success = module:measure("success", "counter");
local measure_fail = module:measure("fail", "counter");

-- A VirtualHost has no rooms: loaded there, this module guards none, and refuses nobody.
if prosody.hosts[module.host] and prosody.hosts[module.host].type == "local" then
	local has_meetings = module:get_option_string("authentication") == "token";
	local component = has_meetings and (" (Component \"%s\" \"muc\")"):format(startup_check.main_muc()) or "";
	module:log_status("error", "token_verification does nothing on the VirtualHost %s, and guards no room: take it out of the "
		.."modules_enabled there, or above all hosts, and name it in those of the MUC component%s", module.host, component);
	return;
end

-- Without a first label to take off this is no host, and every join is refused.
local policy_host = module.host:match("^[^.]+%.(.+)$") or "";
local token_util = token_lib.new(module:context(policy_host));

local is_exempt_address, require_token_for_moderation;

local function load_options()
	is_exempt_address = exemption.on(module);
	require_token_for_moderation = module:get_option_boolean("token_verification_require_token_for_moderation", false);
end

load_options();

local function has_policy()
	return token_util and prosody.hosts[policy_host];
end

local reported_policy_host = false;
local function report_missing_policy()
	if reported_policy_host or has_policy() then return; end
	reported_policy_host = true;
	module:log_status("error", "No VirtualHost \"%s\" with tokens whose policy could apply to %s: every join is refused. "
		.."Name the component <label>.<VirtualHost>, and have authentication = \"token\" on that VirtualHost",
		policy_host, module.host);
end

local function is_exempt(session, stanza)
	return session.type == "s2sin" or is_exempt_address(stanza.attr.from);
end

local function may_join(stanza)
	return stanza.attr.type == nil and stanza:get_child("x", xmlns_muc);
end

local function is_occupant(stanza, room_jid)
	local room = token_lib.find_room(room_jid);
	return room and room:get_occupant_by_real_jid(stanza.attr.from);
end

-- The only place that waits. Where the room is created and joined nothing may wait, or several
-- first joiners would each create it.
local function prepare_join(event)
	local session, stanza = event.origin, event.stanza;
	if not may_join(stanza) or not has_policy() then return; end
	local room_jid = jid_bare(stanza.attr.to);
	if token_util:is_decided(session, room_jid) then return; end
	if is_exempt(session, stanza) or is_occupant(stanza, room_jid) then return; end
	token_util:prepare_room(session, room_jid);
	if session.destroyed then return true; end
end

local function decide_join(session, stanza)
	if is_exempt(session, stanza) then return true; end
	if session.tokend_is_ended then return false, "not-allowed", "the session is over"; end
	if not has_policy() then
		report_missing_policy();
		return false, "temporary-auth-failure", unavailable_text;
	end
	local room_jid = jid_bare(stanza.attr.to);
	local ok, condition, reason = token_util:enforce_room(session, room_jid);
	if ok then session.jitsi_meet_verified_room = room_jid; end
	return ok, condition, reason;
end

local function denial(stanza, condition, reason)
	if condition == "temporary-auth-failure" then
		return st.error_reply(stanza, "wait", "remote-server-timeout", reason);
	end
	if not condition and not reason then
		reason = "Room and token mismatched";
	end
	local reply = st.error_reply(stanza, "cancel", "not-allowed", reason);
	return condition and reply:tag(condition, { xmlns = xmlns_jitmeet }):up() or reply;
end

local function enforce_join(event)
	local session, stanza = event.origin, event.stanza;
	local ok, condition, reason = decide_join(session, stanza);
	if ok then
		measure_success(1);
		return;
	end
	measure_fail(1);
	session.send(denial(stanza, condition, reason));
	return true;
end

-- The room of this component whose join the session's claims were verified for. It need not be an
-- occupant any more: who moves to a breakout room leaves the main room, and belongs to it all the same.
local function verified_room(session)
	local room_jid = session.jitsi_meet_verified_room;
	local is_here = token_util and room_jid and jid_host(room_jid) == module.host and token_lib.find_room(room_jid);
	return is_here and room_jid or nil;
end

local function prepare_verified_room(event)
	local room_jid = verified_room(event.session);
	if room_jid then token_util:prepare_room(event.session, room_jid); end
end

local function verify_verified_room(event)
	local room_jid = verified_room(event.session);
	if not room_jid then return; end
	local ok, condition, reason = token_util:verify_room(event.session, room_jid);
	if ok then
		measure_success(1);
		return;
	end
	measure_fail(1);
	return { res = false; room = room_jid; error = condition; reason = reason };
end

local function require_token(event)
	local session, stanza = event.origin, event.stanza;
	if not require_token_for_moderation or exemption.is_admin(jid_bare(stanza.attr.from), module.host) then return; end
	if session.auth_token and session.jitsi_meet_room then return; end
	session.send(st.error_reply(stanza, "cancel", "not-allowed", "Room modification disabled for guests"));
	return true;
end

-- Before mod_muc looks the room up (-2). A presence to a bare address or to the component itself
-- cannot be a proper join, but mod_muc creates a room for it.
module:hook("presence/full", prepare_join, 99);
module:hook("presence/bare", prepare_join, 99);
module:hook("presence/host", prepare_join, 99);

-- Before mod_muc's own checks and before it sets up and tracks the new room (1 and below).
module:hook("muc-room-pre-create", enforce_join, 99);
module:hook("muc-occupant-pre-join", enforce_join, 99);

-- Before mod_muc handles the form (-2).
module:hook("iq-set/bare/http://jabber.org/protocol/muc#owner:query", require_token, -1);
module:hook("iq-set/host/http://jabber.org/protocol/muc#owner:query", require_token, -1);

-- Of a session that is resumed with other claims: mod_auth_token asks, first where it may wait.
module:hook_global("tokend-prepare-session-rooms", prepare_verified_room);
module:hook_global("jitsi-verify-session-rooms", verify_verified_room);

module:hook_global("config-reloaded", load_options);

-- The parent may be activated after this component, so at startup it is looked for when all are.
module:hook_global("server-started", report_missing_policy);
