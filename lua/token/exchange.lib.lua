-- HTTP/1.1 with the daemon over a few connections that are kept open, with one question at a time on each.
--
-- Prosody's net.http does not serve here: 0.12 opens a connection for each request, and the pool of 13 reuses connections
-- on which an answer is still to come. That late answer would decide on another user. So an answer counts here only if
-- it repeats the id of the question that its connection carries. A connection is closed when it fails, is late, or sends
-- anything besides that answer.

local connect = require "net.connect".connect;
local new_resolver = require "net.resolvers.basic".new;
local random_bytes = require "util.random".bytes;
local now = require "util.time".monotonic;
local timer = require "util.timer";

local response = module:require "token/response";

-- Fewer than the daemon accepts. Further questions wait for a free connection; that time counts towards their timeout.
local max_connections = 128;
local read_size = 8192;

local exchange = {};
local exchange_mt = { __index = exchange };

-- A link is a connection, or the attempt at one. It is in use as long as it has a question.
local links = {};
local listener = {};

-- Calls the function that waits for the answer. It may ask the next question at once, so callers put their own state
-- in order before they call this.
local function settle(question, result)
	local done = question.done;
	question.done = nil;
	local ok, err = pcall(done, result);
	if not ok then module:log("error", "What an answer led to failed: %s", err); end
end

local function fail(question, failure)
	settle(question, { failure = failure });
end

local function wait(self, question)
	self.last_waiting = self.last_waiting + 1;
	self.waiting[self.last_waiting] = question;
end

local function take_waiting(self)
	local question = self.waiting[self.first_waiting];
	if not question then return nil; end
	self.waiting[self.first_waiting] = nil;
	self.first_waiting = self.first_waiting + 1;
	return question;
end

local function remove_idle(self, link)
	for i = #self.idle, 1, -1 do
		if self.idle[i] == link then
			table.remove(self.idle, i);
			return;
		end
	end
end

-- Takes the link out of all tables, so that later events of its connection are ignored.
local function forget(self, link)
	if not self.links[link] then return; end
	self.links[link] = nil;
	self.count = self.count - 1;
	if link.conn then links[link.conn] = nil; end
	if not link.question then remove_idle(self, link); end
end

local function drop(self, link)
	forget(self, link);
	if link.conn then link.conn:close(); end
end

local function open(self, question)
	local link = { exchange = self; question = question };
	self.links[link] = true;
	self.count = self.count + 1;
	module:log("debug", "Connecting to prosody-tokend at %s", self.url);
	connect(new_resolver(self.host, self.port, "tcp"), listener, { pattern = read_size }, link);
end

-- There may be room for another connection now.
local function open_for_waiting(self)
	while self.count < max_connections do
		local question = take_waiting(self);
		if not question then return; end
		open(self, question);
	end
end

-- The connection has ended. Where no byte of an answer had come, it may have been closed for idleness or by a restart of
-- the daemon. The question is then asked once more, so that nobody is refused for that. A question changes nothing in
-- the daemon, so it may be asked twice.
local function lose(self, link, reason)
	local question = link.question;
	forget(self, link);
	self.was_lost = true;
	if not question or not question.done then return open_for_waiting(self); end
	if not link.response and not question.is_repeated then
		question.is_repeated = true;
		module:log("debug", "Asking once more on a new connection: %s", reason);
		return open(self, question);
	end
	open_for_waiting(self);
	fail(question, reason);
end

-- Writes straight to the socket, which usually takes a whole question at once. conn:write would leave it to Prosody's
-- loop, which costs two more rounds of it. Returns nil and a reason where the connection cannot be used any more.
local function send(link, text)
	local socket = link.conn:socket();
	if not socket then return nil, "closed"; end
	-- What arrived before this question was sent cannot be its answer.
	local unasked, nothing = socket:receive(1);
	if unasked or nothing ~= "timeout" then return nil, unasked and "something came unasked" or nothing; end
	local last, reason, part = socket:send(text);
	link.is_sent = last ~= nil;
	if last then return true; end
	if reason ~= "timeout" then return nil, reason; end
	return link.conn:write(text:sub(part + 1)), "the connection takes nothing";
end

local function carry(self, link, question)
	link.question, link.response = question, nil;
	module:log("debug", "Asking prosody-tokend: %s %s", question.method, question.path);
	local sent, reason = send(link, question.text);
	if sent then return; end
	local conn = link.conn;
	lose(self, link, "the connection was lost ("..tostring(reason)..")");
	conn:close();
end

local function rest(self, link)
	link.question, link.response = nil, nil;
	local question = take_waiting(self);
	if question then return carry(self, link, question); end
	if self.closed then return drop(self, link); end
	table.insert(self.idle, link);
end

local function break_off(self, link, reason)
	local question = link.question;
	drop(self, link);
	open_for_waiting(self);
	if question then fail(question, reason); end
end

local function receive(self, link, data)
	link.response = link.response or response.new();
	local answer = link.response;
	local question = link.question;
	local complete, reason = answer:feed(data);
	if complete == false then return; end
	if not complete then return break_off(self, link, "the answer has "..reason); end
	if answer.request_id ~= question.id then
		return break_off(self, link, ("the answer, of status %d, does not name its question"):format(answer.code));
	end
	module:log("debug", "prosody-tokend answered %s with %d", question.path, answer.code);
	if answer.closes or answer:has_rest() or not link.is_sent then
		drop(self, link);
		open_for_waiting(self);
	else
		rest(self, link);
	end
	settle(question, answer);
end

function listener.onattach(conn, link)
	links[conn] = link;
	link.conn = conn;
end

function listener.onconnect(conn)
	local link = links[conn];
	if not link then return; end
	if link.question.done then return carry(link.exchange, link, link.question); end
	rest(link.exchange, link);
end

function listener.ondrain(conn)
	local link = links[conn];
	if link then link.is_sent = true; end
end

function listener.onincoming(conn, data)
	local link = links[conn];
	if not link or data == "" then return; end
	if not link.question then return drop(link.exchange, link); end
	receive(link.exchange, link, data);
end

function listener.ondisconnect(conn, reason)
	local link = links[conn];
	if link then lose(link.exchange, link, "the connection was lost ("..tostring(reason or "closed")..")"); end
end

-- Nobody listens at that address, so the waiting questions would fail as well.
function listener.onfail(link, reason)
	local self = link.exchange;
	forget(self, link);
	self.was_lost = true;
	local question = link.question;
	local failure = "cannot connect ("..tostring(reason)..")";
	while question do
		if question.done then fail(question, failure); end
		question = take_waiting(self);
	end
end

local function is_due(question, time)
	return question and question.done and question.deadline <= time;
end

local function late_links(self, time)
	local late = {};
	for link in pairs(self.links) do
		if is_due(link.question, time) then table.insert(late, link); end
	end
	return late;
end

local function expire(self, time)
	local late = {};
	for _, link in ipairs(late_links(self, time)) do
		table.insert(late, link.question);
		-- An attempt to connect cannot be called off. What it leads to serves others.
		if link.conn then drop(self, link); end
	end
	while is_due(self.waiting[self.first_waiting], time) do table.insert(late, take_waiting(self)); end
	open_for_waiting(self);
	for _, question in ipairs(late) do fail(question, "no answer in time"); end
end

local function earliest_deadline(self)
	local earliest = self.waiting[self.first_waiting] and self.waiting[self.first_waiting].deadline;
	for link in pairs(self.links) do
		local question = link.question;
		if question and question.done and not (earliest and earliest <= question.deadline) then
			earliest = question.deadline;
		end
	end
	return earliest;
end

-- One timer for all questions. As all have the same time, none is due before the one that it runs for.
local function watch(self)
	if self.is_watched then return; end
	self.is_watched = true;
	timer.add_task(self.timeout, function ()
		-- Timers may be early by a rounding error.
		local ok, err = pcall(expire, self, now() + 0.001);
		if not ok then module:log("error", "Questions whose time is up: %s", err); end
		local earliest = earliest_deadline(self);
		self.is_watched = earliest ~= nil;
		return earliest and math.max(earliest - now(), 0.001);
	end);
end

local function head_for(self, method, path)
	local lines = {
		method.." "..self.prefix..path.." HTTP/1.1";
		"Host: "..self.authority;
		"Accept: application/json, application/problem+json";
	};
	if self.api_key then table.insert(lines, "Authorization: Bearer "..self.api_key); end
	if method == "POST" then table.insert(lines, "Content-Type: application/json"); end
	table.insert(lines, "X-Request-Id: ");
	return table.concat(lines, "\r\n");
end

-- Large bodies come in pieces, and are put together once, with the head.
local function join(head, pieces)
	local length, first = 0, pieces[1];
	for _, piece in ipairs(pieces) do length = length + #piece; end
	pieces[1] = head.."\r\nContent-Length: "..length.."\r\n\r\n"..first;
	local text = table.concat(pieces);
	pieces[1] = first;
	return text;
end

local function request_text(self, method, path, id, body)
	local head = self.heads[path];
	if not head then
		head = head_for(self, method, path);
		self.heads[path] = head;
	end
	if not body then return head..id.."\r\n\r\n"; end
	if type(body) == "table" then return join(head..id, body); end
	return head..id.."\r\nContent-Length: "..#body.."\r\n\r\n"..body;
end

-- The daemon repeats this id in its answer. A proxy in between may mix up questions, also those of different modules, so
-- each id also has a random part for each exchange.
local function next_id(self)
	self.asked = self.asked + 1;
	return ("%s-%d"):format(self.id, self.asked);
end

-- Posts the body, a text or a list of its pieces, or gets where there is none. Calls done once and in time, perhaps at once, with the code, content
-- and content_type of the answer, or with a failure.
function exchange:ask(path, body, done)
	local method, id = body and "POST" or "GET", next_id(self);
	local question = {
		method = method; path = path; id = id; text = request_text(self, method, path, id, body);
		deadline = now() + self.timeout; done = done;
	};
	watch(self);
	local link = table.remove(self.idle);
	if link then
		carry(self, link, question);
	elseif self.count < max_connections then
		open(self, question);
	else
		wait(self, question);
	end
end

-- Keeps no connection any more. What has been asked is still answered.
function exchange:close()
	self.closed = true;
	while self.idle[1] do drop(self, self.idle[#self.idle]); end
end

local function parse_url(url)
	local authority, path = url:match("^http://([^/?#@%c ]+)([^?#%c ]*)$");
	if not authority then return nil; end
	local host, port = authority:match("^(%[[%x:.]+%]):?(%d*)$");
	if not host then host, port = authority:match("^([%w._-]+):?(%d*)$"); end
	if not host then return nil; end
	port = port == "" and 80 or tonumber(port);
	if port < 1 or port > 65535 then return nil; end
	return authority, path:gsub("/+$", ""), host, port;
end

local function random_id()
	return (random_bytes(8):gsub(".", function (byte) return ("%02x"):format(byte:byte()); end));
end

-- An exchange with the daemon at http://HOST[:PORT][/PATH], or nil where the URL has another form.
local function new(url, timeout, api_key)
	local authority, prefix, host, port = parse_url(url);
	if not authority then return nil; end
	return setmetatable({
		url = url; authority = authority; prefix = prefix; host = host; port = port;
		timeout = timeout; api_key = api_key; heads = {}; id = random_id(); asked = 0;
		links = {}; count = 0; idle = {}; waiting = {}; first_waiting = 1; last_waiting = 0;
	}, exchange_mt);
end

return { new = new };
