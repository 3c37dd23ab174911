-- What becomes of a session's claims when a client resumes it (XEP-0198), perhaps with another token.
--
-- While Prosody moves a session to the new connection nothing may wait: what the client sends, and
-- that it has gone, would go by the old one. So the daemon is asked before, as the client asks to
-- resume, and its verdicts are kept on the new connection's session until then.

local sessionmanager = require "core.sessionmanager";

local claims = module:require "token/claims";
local shown = module:require "token/shown";

local fire_event = prosody.events.fire_event;

-- Before mod_smacks (0).
local before_smacks = 1;

-- Set by start.
local token_util, authenticate;

local function sessions_of(session)
	local host = prosody.hosts[session.host];
	local user = host and host.sessions and host.sessions[session.username];
	return user and user.sessions or {};
end

local function resumable_session(session, previd)
	for _, live in pairs(sessions_of(session)) do
		if previd and live.resumption_token == previd then return live; end
	end
end

local function authenticates_by_token(host)
	local host_session = prosody.hosts[host];
	return host == module.host or (host_session and host_session.modules and host_session.modules.auth_token);
end

-- The policy is that of the live session's host. A host without tokens of its own, that of the guests,
-- goes by that of the host above it, or else by those of all that have tokens.
local function concerns(live, session)
	for _, host in ipairs({ live.host; session.host; live.host:match("^[^.]+%.(.+)$") }) do
		if authenticates_by_token(host) then return host == module.host; end
	end
	return true;
end

-- The token that came with the connection. On this host it has been verified, on another perhaps not yet.
local function presented_token(session)
	return session.auth_token or (session.host ~= module.host and session.tokend_unverified_token or nil);
end

-- Asks the MUC components whether a session with these claims may stay in its room. No answer means yes: where no
-- component has verified a room of this session, none has anything against it.
local function may_stay(candidate)
	candidate.tokend_must_not_wait = true;
	local answer = fire_event("jitsi-verify-session-rooms", { session = candidate });
	if type(answer) ~= "table" or answer.res ~= false then return true; end
	module:log("warn", "Kept the claims of %s: those presented as it resumed do not cover %s (err:%s, reason:%s)",
		shown.address(candidate.full_jid), shown.address(answer.room), answer.error, answer.reason);
	return false;
end

local function prepare_rooms(session, candidate)
	fire_event("tokend-prepare-session-rooms", { session = candidate });
	session.tokend_room_verdict = candidate.tokend_room_verdict;
end

local function find_verdicts(live, session)
	if session.host == module.host then
		prepare_rooms(session, claims.carried_by(live, session));
		return;
	end
	local candidate = claims.carried_by(live, { auth_token = presented_token(session) });
	local verdicts = session.tokend_token_verdicts or {};
	verdicts[module.host] = token_util:prepare_token(candidate);
	session.tokend_token_verdicts = verdicts;
	if not session.destroyed then prepare_rooms(session, candidate); end
end

local function prepare(event)
	local session, stanza = event.origin, event.stanza;
	local live = presented_token(session) and resumable_session(session, stanza.attr.previd);
	if not live or not concerns(live, session) then return; end
	find_verdicts(live, session);
	if session.destroyed then return true; end
	-- Prosody stops reading from a session that waits. It would start again only when this session is done
	-- with the stanza, and then this session no longer has the connection.
	if session.conn then session.conn:resume(); end
end

-- The new connection's session has passed SASL with its token.
local function take_over(live, session)
	local candidate = claims.carried_by(live, session);
	if may_stay(candidate) then claims.copy(candidate, live); end
end

-- Nobody has looked at the token yet.
local function authenticate_live(live, session)
	local before = claims.copy(live, {});
	claims.copy({ auth_token = presented_token(session) }, live);
	local verdicts = session.tokend_token_verdicts or {};
	live.tokend_token_verdict, live.tokend_must_not_wait = verdicts[module.host], true;
	local ok = authenticate(live);
	live.tokend_token_verdict, live.tokend_must_not_wait = nil, nil;
	if not ok then
		-- A missing verdict leaves the token on the session.
		claims.clear(live);
		live:close();
		return;
	end
	live._jitsi_auth_done = true;
	local candidate = claims.carried_by(live, live);
	candidate.tokend_room_verdict = session.tokend_room_verdict;
	claims.copy(may_stay(candidate) and candidate or before, live);
end

local function update(live, session)
	if not presented_token(session) or not concerns(live, session) then return; end
	if session.host ~= module.host then
		authenticate_live(live, session);
	elseif live._jitsi_auth_done then
		take_over(live, session);
	else
		module:log("warn", "Closed a session that was resumed with a token and had never been authenticated: %s",
			shown.address(live.full_jid));
		live:close();
	end
end

local function hook_host(host)
	local events = prosody.hosts[host].events;
	for _, xmlns in ipairs({ "urn:xmpp:sm:2"; "urn:xmpp:sm:3" }) do
		module:hook_object_event(events, "stanza/"..xmlns..":resume", prepare, before_smacks);
	end
	-- COMPAT: 0.12 does not tell when a session is updated, its mod_smacks tells when one is resumed.
	if not sessionmanager.update_session then
		module:hook_object_event(events, "smacks-hibernation-end", function (event)
			update(event.resumed, event.origin);
		end);
	end
end

-- authenticate is given a session that has its name already, and says whether it passed.
local function start(util, authentication)
	token_util, authenticate = util, authentication;
	for host, host_session in pairs(prosody.hosts) do
		if host_session.events then hook_host(host); end
	end
	module:hook_global("host-activated", hook_host);
	-- Before modules that read the claims at the default priority.
	module:hook_global("c2s-session-updated", function (event)
		update(event.session, event.from_session);
	end, 1);
end

return { start = start };
