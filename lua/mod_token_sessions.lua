-- Ends sessions whose tokens are taken back, or run out where the host's policy says so, while they are in a meeting. It is off
-- unless it is enabled for the VirtualHost whose tokens prosody-tokend verifies.
--
-- It decides nothing: it asks prosody-tokend every two seconds whether something was revoked, and if so about each session. While
-- there is no answer nobody is ended.
--
-- A verdict counts only if it was asked for after the last change that was seen. The number of changes seen by then stands
-- on each session and on each verdict on a room. So it does not matter how long a client takes from its login to its first
-- room, or whether a check is cut off in the middle: whoever is behind is asked about as soon as that can be.

local async = require "util.async";
local monotonic = require "util.time".monotonic;
local now = require "util.time".now;

local exemption = module:require "token/exemption";
local session_check = module:require "token/session_check";
local session_rooms = module:require "token/session_rooms";
local token_client = module:require "token/client";

-- With the time that the rest takes, nobody stays in longer than two seconds.
local interval = 1.9;
-- For a daemon that knows of no revocations.
local long_interval = 60;

-- How users without an account authenticate.
local guest_providers = { anonymous = true; ["jitsi-anonymous"] = true };

local host_session = prosody.hosts[module.host];
if not host_session or host_session.type ~= "local" or module:get_option_string("authentication") ~= "token" then
	module:log_status("error", "token_sessions does nothing on %s: name it in the modules_enabled of the VirtualHost that has "
		.."authentication = \"token\", and there alone", module.host);
	return;
end

local client = token_client.new(module);
local check = session_check.new(client);

-- Shared with the library that decides on joins, and kept when this module is reloaded, as the numbers on the sessions are.
local changes_seen = module:shared("/*/tokend/changes_seen");

local known_version;
-- Whether somebody may have to be asked about now, and when somebody has to be later.
local is_behind, next_due = true, nil;

local function parent_of(host)
	return host:match("^[^.]+%.(.+)$");
end

-- Guests of a host right below this one are in the same rooms, and become users with a token when they resume with one.
local function is_concerned(host)
	if host == module.host then return true; end
	local provider = parent_of(host) == module.host and module:context(host):get_option_string("authentication");
	return guest_providers[provider] or false;
end

local function seen()
	return changes_seen[module.host] or 0;
end

local function is_to_be_checked(session)
	local due = session.tokend_check_again_at;
	return (session.tokend_changes_seen or 0) < seen() or (due ~= nil and due <= now());
end

local function notice(session)
	local due = session.tokend_check_again_at;
	if due and not (next_due and next_due <= due) then next_due = due; end
	if is_to_be_checked(session) then is_behind = true; end
end

-- A list, since sessions come and go while they are being checked.
local function all_sessions()
	local sessions = {};
	for host, session_host in pairs(prosody.hosts) do
		local users = is_concerned(host) and session_host.sessions or {};
		for _, user in pairs(users) do
			for _, session in pairs(user.sessions) do table.insert(sessions, session); end
		end
	end
	return sessions;
end

local function is_live(session)
	return not session.destroyed and not session.tokend_is_ended and prosody.full_sessions[session.full_jid] == session;
end

-- What says who is exempt on the components that let people into this host's rooms.
local function exemptions()
	local found = {};
	for host, component in pairs(prosody.hosts) do
		local verifies = component.modules and component.modules.token_verification;
		if verifies and parent_of(host) == module.host then table.insert(found, exemption.on(module:context(host))); end
	end
	return found;
end

local function is_exempt(session, found)
	for _, covers in ipairs(found) do
		if covers(session.full_jid) then return true; end
	end
	return false;
end

-- The token is told only if it is what the daemon let this session in by.
local function told_token(session)
	local token = session.auth_token;
	return token == session.tokend_verified_token and token or nil;
end

-- Puts a session into the portion, and has that asked about whenever it is full.
local function add(session, round, token, room_texts)
	local first = 1;
	while first do
		local has_place, next_room = round.portion:add(session, token, room_texts, first);
		if has_place then
			first = next_room;
		else
			local ok, failure = check:ask_about(round.portion, round.seen);
			if not ok then return nil, failure; end
			round.portion:clear();
		end
	end
	return true;
end

-- Without a token and a room there is nothing to ask.
local function take(session, round)
	local token, room_texts = told_token(session), nil;
	if not is_exempt(session, round.exemptions) then room_texts = round.rooms:texts_of(session); end
	if room_texts and (token or #room_texts > 0) then return add(session, round, token, room_texts); end
	session.tokend_changes_seen, session.tokend_check_again_at = round.seen, nil;
	return true;
end

local function new_round()
	return {
		seen = seen();
		exemptions = exemptions();
		rooms = session_rooms.new(function () check.slices:pause_if_due(); end);
		portion = session_check.new_portion(module.host);
	};
end

-- Asks about everybody of these who is to be checked. Returns nil and why where that did not go through.
local function check_sessions(sessions)
	local round = new_round();
	for _, session in ipairs(sessions) do
		if is_live(session) and is_to_be_checked(session) then
			local ok, failure = take(session, round);
			if not ok then return nil, failure; end
		end
		check.slices:pause_if_due();
	end
	return check:ask_about(round.portion, round.seen);
end

local function catch_up()
	is_behind, next_due = false, nil;
	local sessions = all_sessions();
	local ok, failure = check_sessions(sessions);
	check:report_refused();
	for _, session in ipairs(sessions) do
		if is_live(session) then notice(session); end
		check.slices:pause_if_due();
	end
	return ok, failure;
end

local function is_version(answer)
	return type(answer.version) == "string";
end

-- Asks whether something was revoked. Returns nil, why and the status where that cannot be told.
local function look_for_changes()
	local answer, failure, code = client:inquire("/v1/changes", nil, is_version);
	check.slices:begin();
	if not answer then return nil, failure, code; end
	if answer.version ~= known_version then
		known_version, changes_seen[module.host] = answer.version, seen() + 1;
		is_behind = true;
	end
	return true;
end

local function look()
	local ok, failure, code = look_for_changes();
	if not ok or check.is_over then return ok, failure, code; end
	if not is_behind and not (next_due and next_due <= now()) then return true; end
	return catch_up();
end

local is_outage, is_too_old = false, false;
local rests_until = 0;

-- A daemon of a version that has no such question.
local function report_old_daemon()
	rests_until = monotonic() + long_interval;
	if is_too_old then return; end
	is_too_old = true;
	module:log("warn", "prosody-tokend at %s is too old to say which sessions of %s are to end, so none is. Upgrade it to the version of "
		.."this module", client.url, module.host);
end

local function report_outage(failure)
	if is_outage then return; end
	is_outage = true;
	module:log("warn", "prosody-tokend at %s does not say which sessions of %s are to end, so none is until it does (%s). Check that "
		.."it runs, that tokend_url and tokend_api_key are right, and that it knows this host", client.url, module.host, failure);
end

local function report_recovery()
	if not is_outage and not is_too_old then return; end
	is_outage, is_too_old = false, false;
	module:log("info", "prosody-tokend at %s says again which sessions of %s are to end", client.url, module.host);
end

local is_looking = false;

local runner = async.runner(function ()
	local ok, failure, code = look();
	is_looking = false;
	if ok then return report_recovery(); end
	is_behind = true;
	if check.is_over then return; end
	if code == 404 then return report_old_daemon(); end
	report_outage(failure);
end, {
	error = function (_, err)
		is_looking, is_behind = false, true;
		module:log("error", "Asking which sessions are to end: %s", err);
	end;
});

module:add_timer(interval, function ()
	if check.is_over then return; end
	if not is_looking and monotonic() >= rests_until then
		is_looking = true;
		runner:run(true);
	end
	return interval;
end);

-- Nobody has let a guest in to a room yet.
local function notice_login(event)
	local session = event.session;
	if not session.auth_token then session.tokend_changes_seen = seen(); end
	notice(session);
end

local function hook_host(host)
	if not is_concerned(host) then return; end
	local events = prosody.hosts[host].events;
	module:hook_object_event(events, "resource-bind", notice_login);
	-- COMPAT: 0.12 does not tell when a session gets another token, its mod_smacks tells when one is resumed.
	module:hook_object_event(events, "smacks-hibernation-end", function (event) notice(event.resumed); end, -1);
end

for host in pairs(prosody.hosts) do hook_host(host); end
module:hook_global("host-activated", hook_host);

-- After mod_auth_token has put the claims of the new token on the session.
module:hook_global("c2s-session-updated", function (event)
	if is_concerned(event.session.host) then notice(event.session); end
end, -1);

local unload = module.unload;
function module.unload(...)
	check:finish();
	if unload then return unload(...); end
end
