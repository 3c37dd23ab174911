-- A Prosody just large enough for the modules in lua/: its pure Lua libraries as installed, its C
-- libraries and the network replaced, so that the specs run on any Lua and need no server.

local prosody_lib = os.getenv("PROSODY_LIB") or "/usr/lib/prosody";
package.path = prosody_lib.."/?.lua;"..package.path;
-- COMPAT: 13 has its libraries require each other as prosody.util.x, and this to find them; 0.12 has neither.
pcall(require, "loader");

-- COMPAT: Lua 5.1 has unpack, loadstring and setfenv, newer versions table.unpack and load's env.
local unpack = table.unpack or unpack;

local support = { clock = 1000; connections = {}; requests = {}; tasks = {}; log_lines = {}; random = 0 };

local function nodeprep(name)
	if name:find("[%z\1-\32\"&'/:<>@\127-\255]") then return nil; end
	return name:lower();
end

local function same(text)
	return text;
end

local function valid_utf8(text)
	return not text:find("[\128-\255]") or text:find("^[%z\1-\127]*\195[\128-\191][%z\1-\127]*$") ~= nil;
end

local function call_with_handler(f, handler, ...)
	local count, arguments = select("#", ...), { ... };
	return xpcall(function () return f(unpack(arguments, 1, count)); end, handler);
end

local c_libraries = {
	["util.encodings"] = {
		utf8 = { valid = valid_utf8 };
		stringprep = { nodeprep = nodeprep; nameprep = string.lower; resourceprep = same; saslprep = same };
		base64 = { encode = same; decode = same };
		idna = { to_ascii = same };
	};
	["util.time"] = { now = function () return support.clock; end; monotonic = function () return support.clock; end };
	["util.table"] = { pack = function (...) return { n = select("#", ...); ... }; end };
	["util.xpcall"] = { xpcall = call_with_handler };
	["util.id"] = { short = function () return "id"; end; medium = function () return "id"; end };
	["util.random"] = {
		bytes = function (count)
			support.random = support.random + 1;
			return ("%0"..count.."d"):format(support.random);
		end;
	};
	["util.uuid"] = { generate = function () return "00000000-fresh-uuid"; end };
};

-- A connection to the daemon, and what has been written to it.
local connection = {};
local connection_mt = { __index = connection };

function connection:establish()
	self.is_open = true;
	self.listener.onattach(self, self.link);
	self.listener.onconnect(self);
end

local function read_request(conn, text)
	local method, path, fields, body = text:match("^(%u+) (%S+) HTTP/1%.1\r\n(.-\r\n)\r\n(.*)$");
	local request = { method = method; headers = {}; conn = conn };
	for name, value in fields:gmatch("([^:]+): ([^\r]*)\r\n") do request.headers[name:lower()] = value; end
	assert(#body == tonumber(request.headers["content-length"] or 0), "a request that is not as long as it says");
	request.url, request.body = "http://"..request.headers.host..path, method ~= "GET" and body or nil;
	return request;
end

local function record_request(self, text)
	local request = read_request(self, text);
	-- Requests of the startup check, and of those who ask for changes, stand apart from those about tokens.
	local kind = request.url:find("/v1/changes$") and "change_requests" or request.method == "GET" and "startup_requests" or "requests";
	table.insert(support[kind], request);
	table.insert(self.requests, request);
end

-- The socket of a connection: takes what it is given at once, or only a part of it.
local socket = {};
local socket_mt = { __index = socket };

function socket:receive()
	local conn = self.conn;
	if conn.unread then return conn.unread; end
	return nil, conn.has_ended and "closed" or "timeout", "";
end

function socket:send(text)
	local conn = self.conn;
	if conn.takes_nothing then return nil, conn.takes_nothing, 0; end
	if not conn.takes_only then
		record_request(conn, text);
		return #text;
	end
	conn.begun = text:sub(1, conn.takes_only);
	return nil, "timeout", conn.takes_only;
end

function connection:socket()
	return not self.is_closed and setmetatable({ conn = self }, socket_mt) or nil;
end

-- What Prosody writes as soon as the socket takes more.
function connection:write(text)
	if self.is_closed then return nil; end
	self.waiting = text;
	return #text;
end

function connection:drain()
	record_request(self, self.begun..self.waiting);
	self.listener.ondrain(self);
end

function connection:receive(text)
	if not self.is_closed then self.listener.onincoming(self, text); end
end

-- Ends the connection from the other side.
function connection:lose(reason)
	if self.is_closed then return; end
	self.is_closed = true;
	self.listener.ondisconnect(self, reason);
end

-- Prosody tells of the end of a connection also those that ended it.
function connection:close()
	self:lose();
end

local function connect(resolver, listener, _, link)
	local conn = { host = resolver.host; port = resolver.port; listener = listener; link = link; requests = {} };
	table.insert(support.connections, setmetatable(conn, connection_mt));
	if support.refuse_connection then
		listener.onfail(link, support.refuse_connection);
	elseif support.connects ~= false then
		conn:establish();
	end
end

local network = {
	["net.connect"] = { connect = connect };
	["net.resolvers.basic"] = { new = function (host, port) return { host = host; port = port }; end };
	["util.timer"] = {
		add_task = function (delay, callback)
			local task = { at = support.clock + delay; callback = callback };
			table.insert(support.tasks, task);
			return task;
		end;
		stop = function (task) task.stopped = true; end;
	};
};

for _, libraries in ipairs({ c_libraries, network }) do
	for name, library in pairs(libraries) do package.loaded[name] = library; end
end

local json = require "util.json";
support.json = json;

function support.reset()
	for _, name in ipairs({ "connections", "requests", "startup_requests", "change_requests", "tasks", "log_lines" }) do
		support[name] = {};
	end
	support.connects, support.refuse_connection = nil, nil;
	support.shared, support.options = {}, {};
	support.global_options = { authentication = "token" };
	_G.prosody = {
		hosts = {}; full_sessions = {}; events = require "util.events".new();
	};
	package.loaded["core.usermanager"] = {
		is_admin = function (jid) return jid == "focus@auth.meet.example.com"; end;
	};
	package.loaded["core.sessionmanager"] = {
		update_session = function () end;
		destroy_session = function (session) support.destroy(session); end;
	};
end

function support.advance(seconds)
	support.clock = support.clock + seconds;
	for _, task in ipairs(support.tasks) do
		if not task.stopped and support.clock >= task.at then
			task.stopped = true;
			local again = task.callback(support.clock);
			if again then task.at, task.stopped = support.clock + again, false; end
		end
	end
end

local function record(level, format, ...)
	local arguments, count = { ... }, select("#", ...);
	for i = 1, count do arguments[i] = tostring(arguments[i]); end
	local text = format:gsub("%%d", "%%s"):format(unpack(arguments, 1, count));
	table.insert(support.log_lines, { level = level; text = text });
end

function support.lines(level)
	local found = {};
	for _, line in ipairs(support.log_lines) do
		if line.level == level then table.insert(found, line.text); end
	end
	return found;
end

-- What is logged as a rule.
function support.loud_lines()
	local found = {};
	for _, line in ipairs(support.log_lines) do
		if line.level == "warn" or line.level == "error" then table.insert(found, line.text); end
	end
	return found;
end

function support.whole_log()
	local texts = {};
	for _, line in ipairs(support.log_lines) do table.insert(texts, line.text); end
	return table.concat(texts, "\n");
end

local api = {};
local api_mt = { __index = api };

function api.log(_, ...) record(...); end
api.log_status = api.log;


function api:get_option(name, default)
	local value = (support.options[self.host] or {})[name];
	if value == nil then value = support.global_options[name]; end
	if value == nil then return default; end
	return value;
end

for _, kind in ipairs({ "string", "number", "boolean" }) do
	api["get_option_"..kind] = api.get_option;
end

function api:get_option_set(name, default)
	return require "util.set".new(self:get_option(name, default));
end

function api.shared(_, path)
	support.shared[path] = support.shared[path] or {};
	return support.shared[path];
end

function api:measure(name)
	self.counters[name] = 0;
	return function (count) self.counters[name] = self.counters[name] + count; end;
end

function api:context(host)
	return setmetatable({ host = host }, { __index = self });
end

function api:hook(event, handler, priority)
	self.events.add_handler(event, handler, priority);
end

function api.hook_object_event(_, events, event, handler, priority)
	events.add_handler(event, handler, priority);
end

function api.hook_global(_, event, handler, priority)
	prosody.events.add_handler(event, handler, priority);
end

function api.add_timer(_, delay, callback)
	return require "util.timer".add_task(delay, callback);
end

function api:depends(name) self.dependency = name; end
function api:provides(kind, item) self[kind.."_provider"] = item; end
function api:set_global() self.host = "*"; end

local function load_plugin_file(path, env)
	local file = assert(io.open("lua/"..path));
	local text = file:read("*a");
	file:close();
	if setfenv then return setfenv(assert(loadstring(text, "@lua/"..path)), env)(); end
	return assert(load(text, "@lua/"..path, "t", env))();
end

function api:require(name)
	return load_plugin_file(name..".lib.lua", self.environment);
end

function support.module(host, name)
	local module = setmetatable({
		host = host; name = name; counters = {}; events = require "util.events".new(); _log = record;
	}, api_mt);
	module.environment = setmetatable({ module = module; prosody = prosody }, { __index = _G });
	return module;
end

function support.load(name, host)
	local module = support.module(host, (name:gsub("^mod_", "")));
	load_plugin_file(name..".lua", module.environment);
	return module;
end

-- Runs f as Prosody runs the stanzas of one session: in a thread that may wait.
function support.in_thread(f)
	local result = {};
	require "util.async".runner(function () result.values = { f() }; result.done = true; end,
		{ error = function (_, err) result.error = err; end }):run(true);
	return result;
end

function support.last_request()
	return support.requests[#support.requests];
end

function support.body_of(request)
	return json.decode(request.body);
end

-- The answer to a request, as bytes.
function support.response_to(request, content, code, content_type)
	local body = type(content) == "table" and json.encode(content) or content;
	return ("HTTP/1.1 %d Something\r\nX-Request-Id: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"):format(
		code or 200, request.headers["x-request-id"], content_type or "application/json", #body, body);
end

function support.respond_to(request, ...)
	request.conn:receive(support.response_to(request, ...));
end

function support.respond(...)
	support.respond_to(support.last_request(), ...);
end

function support.respond_to_startup_check(...)
	support.respond_to(support.startup_requests[#support.startup_requests], ...);
end

function support.answer_verify(changes)
	local answer = {
		allowed = true; host = "meet.example.com"; token_id = "1a2b3c4d"; auth = { ok = true };
		session = { jitsi_meet_room = "standup"; jitsi_meet_domain = "meet.example.com" };
		claims = { room = "standup" };
	};
	for name, value in pairs(changes or {}) do answer[name] = value or nil; end
	return answer;
end

function support.answer_room(changes)
	local answer = {
		allowed = true; host = "meet.example.com"; session = {};
		room = { ok = true; jid = "standup@conference.meet.example.com" };
	};
	for name, value in pairs(changes or {}) do answer[name] = value; end
	return answer;
end

function support.denied_room(jid, err, reason)
	return support.answer_room({
		allowed = false;
		room = { ok = false; jid = jid; error = err; reason = reason; code = "code"; explanation = "the explanation" };
	});
end

function support.session(fields)
	local session = { type = "c2s"; sent = {}; jitsi_web_query_prefix = "" };
	session.send = function (stanza) table.insert(session.sent, stanza); end;
	session.log = record;
	for name, value in pairs(fields or {}) do session[name] = value; end
	return session;
end

-- What Prosody leaves of a session that it destroys.
function support.destroy(session)
	for name in pairs(session) do session[name] = nil; end
	session.send, session.log = function () return false; end, record;
	setmetatable(session, { __index = { destroyed = true } });
end

support.reset();

return support;
