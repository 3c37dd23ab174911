-- A crowd without clients: sessions that are in rooms as those of clients are, and what it costs Prosody to look after them.

module:set_global();

local async = require "util.async";
local formdecode = require "util.http".formdecode;
local json = require "util.json";
local st = require "util.stanza";

module:depends("http");

local crowd = {};

local function answer(event, value)
	event.response.headers.content_type = "application/json";
	return json.encode(value);
end

local function new_session(parameters, token, number)
	local session = {
		type = "c2s"; username = ("member-%029d"):format(number); host = parameters.host; resource = "1"; secure = true; roster = {};
		log = function () end; send = function () return true; end; conn = {};
		auth_token = token; tokend_verified_token = token; tokend_changes_seen = 0;
		jitsi_meet_room = "*"; jitsi_meet_domain = parameters.host; jitsi_meet_auth_issuer = parameters.issuer;
		jitsi_web_query_prefix = "";
	};
	session.full_jid = ("%s@%s/1"):format(session.username, session.host);
	return session;
end

local function bind(session)
	local user = { sessions = { [session.resource] = session }; roster = session.roster };
	local host, bare, full = prosody.hosts[session.host], prosody.bare_sessions, prosody.full_sessions;
	rawset(host.sessions, session.username, user);
	rawset(bare, session.username.."@"..session.host, user);
	rawset(full, session.full_jid, session);
	host.events.fire_event("resource-bind", { session = session });
	table.insert(crowd, session);
end

local function join(session, room)
	local presence = st.presence({ from = session.full_jid; to = room.."/"..session.username });
	prosody.core_post_stanza(session, presence:tag("x", { xmlns = "http://jabber.org/protocol/muc" }):up(), true);
end

-- Puts so many sessions into rooms of this size. All have the token of the request.
local function fill(event)
	local parameters = formdecode(event.request.url.query);
	local token = event.request.headers.authorization:match("^Bearer (.+)$");
	for number = #crowd + 1, #crowd + tonumber(parameters.count) do
		local session = new_session(parameters, token, number);
		bind(session);
		join(session, ("room-%d@%s"):format(math.floor(number / tonumber(parameters.size)), parameters.muc));
	end
	return answer(event, {});
end

local function seen_by(host)
	return module:shared("/*/tokend/changes_seen")[host] or 0;
end

local function is_checked(seen)
	for _, session in ipairs(crowd) do
		if not session.destroyed and (session.tokend_changes_seen or 0) < seen then return false; end
	end
	return true;
end

local resume = coroutine.resume;

-- What a thread does without giving control back is one slice.
local function watch_slices(measured)
	local depth = 0;
	return function (...)
		local began = os.clock();
		depth = depth + 1;
		local function finish(...)
			depth = depth - 1;
			if depth == 0 then measured.longest = math.max(measured.longest, os.clock() - began); end
			return ...;
		end
		return finish(resume(...));
	end;
end

local measured;

local function finish(current, began)
	current.total = os.clock() - began;
	current.tell();
	rawset(coroutine, "resume", resume);
	collectgarbage("restart");
end

-- Has the processor time measured that is spent until everybody has been checked after the next change. When Lua collects
-- garbage is Prosody's to say; without it one sees what a slice takes by itself.
local function measure(event)
	local parameters = formdecode(event.request.url.query);
	local seen, began = seen_by(parameters.host) + 1, nil;
	local current = { longest = 0; tell = function () end };
	measured = current;
	module:add_timer(0, function ()
		if parameters.collector == "off" then collectgarbage("stop"); end
		rawset(coroutine, "resume", watch_slices(current));
		began = os.clock();
	end);
	module:add_timer(0.05, function ()
		if not is_checked(seen) then return 0.05; end
		finish(current, began);
	end);
	return answer(event, {});
end

-- Answers when that is over, since questions in between would be in the measurement.
local function result(event)
	local current = measured;
	if not current.total then
		local wait, go_on = async.waiter();
		current.tell = go_on;
		wait();
	end
	return answer(event, { total = current.total; longest = current.longest });
end

module:provides("http", {
	route = {
		["GET /fill"] = fill;
		["GET /measure"] = measure;
		["GET /result"] = result;
	};
});
