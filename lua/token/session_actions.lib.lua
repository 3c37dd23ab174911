-- What becomes of a session at prosody-tokend's word: it is ended, or its user is told something.

local array = require "util.array";
local async = require "util.async";
local add_filter = require "util.filters".add_filter;
local json = require "util.json";
local monotonic = require "util.time".monotonic;
local sessionmanager = require "core.sessionmanager";
local st = require "util.stanza";
local valid_utf8 = require "util.encodings".utf8.valid;

local claims = module:require "token/claims";
local rooms = module:require "token/rooms";
local shown = module:require "token/shown";
local slices = module:require "token/slices".new();

local xmlns_jitmeet = "http://jitsi.org/jitmeet";
local max_reason_shown = 300;

-- Seconds from the end of a session's stay to that of its stream. Over BOSH what is said to a client waits until it asks,
-- and the end of the stream would go ahead of it.
local farewell = 1;

-- Sessions whose stream is still to be closed, in the order in which that is due. Once nobody waits for that any more, streams
-- are closed at once.
local leaving, first_leaving, last_leaving = {}, 1, 0;
local is_over = false;

local function is_staying(full_jid)
	local session = prosody.full_sessions[full_jid];
	return session and not session.tokend_is_ended;
end

-- The same user may be there from another connection, under the same nickname.
local function stays_elsewhere(occupant)
	for full_jid, presence in occupant:each_session() do
		if presence.attr.type == nil and is_staying(full_jid) then return true; end
	end
	return false;
end

-- What users are told, as far as XML can carry it.
local function reason_of(verdict)
	local text = verdict.reason or verdict.code or "the session is over";
	if not valid_utf8(text) then text = text:gsub("[\128-\255]", "?"); end
	return (text:gsub("%c", " "));
end

-- As a moderator would, but for nobody's sake: the client is told the reason, and it does not matter who may do what to
-- whom. A user who is also there from elsewhere is not thrown out; this connection leaves as it ends.
local function kick(room, full_jid, reason)
	local occupant = room:get_occupant_by_real_jid(full_jid);
	if not occupant or stays_elsewhere(occupant) then return; end
	room:set_role(true, occupant.nick, nil, reason);
end

local function leave_rooms(session, reason)
	for _, room in ipairs(rooms.live()) do kick(room, session.full_jid, reason); end
	local verified = session.jitsi_meet_verified_room and rooms.find(session.jitsi_meet_verified_room);
	if verified then kick(verified, session.full_jid, reason); end
end

-- mod_smacks gives a stream back to whoever names it, and lets a session hibernate in place of being destroyed. It stops
-- doing either as it hears of this event, which mod_bosh does not fire.
local function give_up_stream(session, reason)
	local close_reason = { condition = "not-authorized"; text = reason };
	prosody.hosts[session.host].events.fire_event("pre-session-close", { session = session, reason = close_reason });
end

local function drop_stanza() end

-- From here on nothing that the client says is heard, and it is let in nowhere.
local function shut_out(session)
	session.tokend_is_ended = true;
	add_filter(session, "stanzas/in", drop_stanza, 1000);
end

local function close_stream(session, reason)
	-- COMPAT: 0.12's mod_websocket does nothing for a session that has lost its connection.
	if session.conn then session:close({ condition = "not-authorized"; text = reason }); end
	if not session.destroyed then sessionmanager.destroy_session(session, reason); end
	-- A module can object to that. At least the session is nobody with a token any more.
	if not session.destroyed then claims.clear(session); end
end

-- Calls what other modules may have hooked, so that an error in one of them leaves nobody in.
local function try(f, session, reason)
	if session.destroyed then return; end
	local ok, err = pcall(f, session, reason);
	if not ok then module:log("error", "Ending a session: %s", err); end
end

local is_closing = false;

local closer = async.runner(function ()
	slices:begin();
	while first_leaving <= last_leaving and leaving[first_leaving].due <= monotonic() do
		local one = leaving[first_leaving];
		leaving[first_leaving], first_leaving = nil, first_leaving + 1;
		try(close_stream, one.session, one.reason);
		slices:pause_if_due();
	end
	is_closing = false;
end, {
	error = function (_, err)
		is_closing = false;
		module:log("error", "Closing the streams of ended sessions: %s", err);
	end;
});

-- One timer for all who are leaving.
local function watch()
	module:add_timer(farewell, function ()
		if not is_closing then
			is_closing = true;
			closer:run(true);
		end
		local next_one = leaving[first_leaving];
		return next_one and math.max(next_one.due - monotonic(), 0.01);
	end);
end

local function close_later(session, reason)
	local is_watched = first_leaving <= last_leaving;
	last_leaving = last_leaving + 1;
	leaving[last_leaving] = { session = session; reason = reason; due = monotonic() + farewell };
	if not is_watched then watch(); end
end

-- Ends a session with all that it has: out of its rooms with this reason, and then its stream, for good.
local function end_session(session, verdict)
	if session.tokend_is_ended then return; end
	local reason = reason_of(verdict);
	module:log("info", "Ended the session %s (token %s): %s", shown.address(session.full_jid),
		verdict.token_id or session.tokend_token_id or "none or unknown", shown.bounded(reason, max_reason_shown));
	shut_out(session);
	try(give_up_stream, session, reason);
	try(leave_rooms, session, reason);
	if session.conn and not is_over then return close_later(session, reason); end
	try(close_stream, session, reason);
end

-- Nobody stays behind who has been ended already.
local function close_all()
	for i = first_leaving, last_leaving do try(close_stream, leaving[i].session, leaving[i].reason); end
	leaving, first_leaving, last_leaving, is_over = {}, 1, 0, true;
end

-- As mod_system_chat_message of Jitsi writes to one participant: Jitsi Meet shows it as a message of the chat.
local function chat_message(room, full_jid, text)
	local content = json.encode({ type = "system_chat_message"; message = text });
	return st.message({ from = room.jid; to = full_jid }):tag("json-message", { xmlns = xmlns_jitmeet }):text(content):up();
end

local function occupied_rooms(full_jid)
	return array(rooms.live()):filter(function (room) return room:get_occupant_jid(full_jid) ~= nil; end);
end

-- Tells the user once: texts have the seconds that have passed in them, codes are the same. Where there is no room to say it
-- in, it is a headline.
local function warn(session, verdict)
	local subject = verdict.code or verdict.reason or "";
	if session.tokend_warned_of == subject then return; end
	session.tokend_warned_of = subject;
	local text, is_told = reason_of(verdict), false;
	for _, room in ipairs(occupied_rooms(session.full_jid)) do
		room:route_stanza(chat_message(room, session.full_jid, text));
		is_told = true;
	end
	if is_told then return; end
	session.send(st.message({ from = session.host; to = session.full_jid; type = "headline" }, text));
end

return { end_session = end_session; close_all = close_all; warn = warn };
