-- Hosts with sessions, and rooms with these as occupants, as far as the specs of mod_token_sessions need them.

local support = require "support";

local meeting = { host = "meet.example.com"; muc = "conference.meet.example.com" };

local occupant_methods = {};
local occupant_mt = { __index = occupant_methods };

function occupant_methods:each_session() return pairs(self.sessions); end

local room_methods = {};
local room_mt = { __index = room_methods };

function room_methods:get_occupant_by_real_jid(full_jid)
	for _, occupant in pairs(self.occupants) do
		if occupant.sessions[full_jid] then return occupant; end
	end
end

function room_methods:get_occupant_jid(full_jid)
	local occupant = self:get_occupant_by_real_jid(full_jid);
	return occupant and occupant.nick;
end

function room_methods:set_role(actor, nick, role, reason)
	assert(actor == true, "only true may throw out owners as well");
	if self.on_kick then self.on_kick(nick); end
	table.insert(self.kicks, { nick = nick; role = role; reason = reason });
	for full_jid in self.occupants[nick]:each_session() do self._jid_nick[full_jid] = nil; end
	self.occupants[nick] = nil;
	return true;
end

function room_methods:route_stanza(stanza) table.insert(self.routed, stanza); end

local function add_host(name, fields)
	fields.events, fields.modules = require "util.events".new(), fields.modules or {};
	prosody.hosts[name] = fields;
	return fields;
end

-- The host of the tokens, and its component with the main rooms.
function meeting.set_up()
	support.reset();
	add_host(meeting.host, { type = "local"; sessions = {} });
	meeting.add_muc(meeting.muc, { token_verification = {} });
end

function meeting.add_muc(name, modules)
	local live = {};
	modules = modules or {};
	modules.muc = {
		rooms = live;
		each_room = function (is_live)
			assert(is_live, "rooms on disk are left there");
			local list = {};
			for _, room in pairs(live) do table.insert(list, room); end
			local i = 0;
			return function () i = i + 1; return list[i]; end;
		end;
		get_room_from_jid = function (jid) return live[jid] or (modules.muc.stored or {})[jid]; end;
	};
	return add_host(name, { type = "component"; modules = modules });
end

function meeting.add_user_host(name, authentication)
	support.options[name] = { authentication = authentication };
	return add_host(name, { type = "local"; sessions = {} });
end

function meeting.room(name, muc)
	muc = muc or meeting.muc;
	local room = setmetatable({ jid = name.."@"..muc; occupants = {}; _jid_nick = {}; kicks = {}; routed = {} }, room_mt);
	prosody.hosts[muc].modules.muc.rooms[room.jid] = room;
	return room;
end

function meeting.join(room, session)
	local nick = room.jid.."/"..session.username;
	local occupant = room.occupants[nick] or setmetatable({ nick = nick; sessions = {} }, occupant_mt);
	occupant.sessions[session.full_jid] = { attr = {} };
	room._jid_nick[session.full_jid] = nick;
	room.occupants[nick] = occupant;
	return occupant;
end

-- Prosody forgets a session as it destroys it.
local function forget(session)
	local users = prosody.hosts[session.host].sessions;
	prosody.full_sessions[session.full_jid] = nil;
	if users[session.username] then users[session.username].sessions[session.resource] = nil; end
	support.destroy(session);
end
meeting.forget = forget;

-- A session as it is when its client has bound a resource.
function meeting.session(username, fields)
	fields = fields or {};
	local host, resource = fields.host or meeting.host, fields.resource or "1";
	local session = support.session({
		username = username; host = host; resource = resource; full_jid = ("%s@%s/%s"):format(username, host, resource); conn = {};
	});
	for name, value in pairs(fields) do session[name] = value or nil; end
	local record = { session = session; closed = {} };
	function session:close(reason)
		table.insert(record.closed, reason);
		if not self.hibernates then forget(self); end
	end
	local users = prosody.hosts[host].sessions;
	users[username] = users[username] or { sessions = {} };
	users[username].sessions[resource] = session;
	prosody.full_sessions[session.full_jid] = session;
	return session, record;
end

-- Somebody whom the daemon let in with this token.
function meeting.bearer(username, token, fields)
	token = token or "token-of-"..username;
	local session, record = meeting.session(username, fields);
	session.auth_token, session.tokend_verified_token = token, token;
	session.tokend_token_id = "id-of-"..username;
	return session, record;
end

function meeting.bind(session)
	prosody.hosts[session.host].events.fire_event("resource-bind", { session = session });
end

function meeting.load(options)
	support.options[meeting.host] = options or {};
	package.loaded["core.sessionmanager"].destroy_session = forget;
	return support.load("mod_token_sessions", meeting.host);
end

-- Lets the time of one interval pass.
function meeting.tick() support.advance(1.9); end

function meeting.answer_changes(version, ...)
	support.respond_to(support.change_requests[#support.change_requests], { version = version }, ...);
end

-- Has the daemon say that something is different, and returns what is asked about then.
function meeting.change(version)
	meeting.tick();
	meeting.answer_changes(version);
	support.advance(0);
	return meeting.question();
end

-- The question that waits for its answer.
function meeting.question()
	local request = support.last_request();
	if not request or request.is_answered then return nil; end
	return support.body_of(request), request;
end

-- Answers the question with these verdicts, each for a token, or for the only session where there is none.
function meeting.answer(verdicts, ...)
	local asked, request = meeting.question();
	local list = require "util.array"();
	for _, entry in ipairs(asked.sessions) do
		local verdict = verdicts and (verdicts[entry.token or ""]);
		if verdict then
			local copy = { id = entry.id };
			for name, value in pairs(verdict) do copy[name] = value; end
			list:push(copy);
		end
	end
	request.is_answered = true;
	support.respond_to(request, { version = "any"; sessions = list }, ...);
	support.advance(0);
end

function meeting.ends(reason, fields)
	local verdict = { action = "end"; error = "not-allowed"; code = "token-revoked"; reason = reason or "token revoked" };
	for name, value in pairs(fields or {}) do verdict[name] = value; end
	return verdict;
end

return meeting;
