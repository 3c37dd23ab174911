-- What is asked of prosody-tokend, and what counts as its answer: one JSON request, one JSON answer.
-- Whatever is not a complete answer in time comes back as nil and a reason.

local async = require "util.async";
local json = require "util.json";
local now = require "util.time".now;
local urlencode = require "util.http".urlencode;
local valid_utf8 = require "util.encodings".utf8.valid;

local claims = module:require "token/claims";
local decode_plain = module:require "token/plain_json".decode;
local exchange = module:require "token/exchange";
local shown = module:require "token/shown";

local default_url = "http://127.0.0.1:5290";
local default_timeout = 3;
local replacement_character = "\239\191\189";

-- Seconds between two reports. Under too much load every other question may fail, and each join would log a line.
local report_interval = 1;

-- Seconds between two looks whether the daemon is another one.
local return_interval = 60;

-- Statuses that blame what this one request carries, not the daemon or its configuration.
local blames_request = { [400] = true, [413] = true };

-- Shared, since every module that loads this library would otherwise report the same outage.
local outages = module:shared("/*/tokend/outages");

local client = {};
local client_mt = { __index = client };

local escapes = { ["\""] = "\\\""; ["\\"] = "\\\\" };
for code = 0, 31 do escapes[string.char(code)] = ("\\u%04x"):format(code); end

local function quote(text)
	return "\""..text:gsub("[%c\"\\]", escapes).."\"";
end

-- %q is one call in C. It adds nothing but the quotes where a text needs no escapes, and then JSON needs none either.
-- COMPAT: Lua 5.1's %q leaves most control characters unescaped, so it cannot tell.
if #("%q"):format("\1") > 3 then
	local quote_all = quote;
	function quote(text)
		local quoted = ("%q"):format(text);
		return #quoted == #text + 2 and quoted or quote_all(text);
	end
end

-- The usual member names of requests with their quotes and colon, made once at load instead of for each participant.
local encoded_names = {};
for _, names in ipairs({ { "host"; "token"; "room"; "room_state"; "exists"; "session"; "claims"; "auth_token" }, claims.room_fields }) do
	for _, name in ipairs(names) do encoded_names[name] = quote(name)..":"; end
end

local write_value;

-- Returns false, and takes back what it has written, where a key is no string: then the table is no JSON object.
local function write_object(buffer, object)
	local first, last = #buffer + 1, #buffer;
	local separator = "{";
	for name, member in pairs(object) do
		if type(name) ~= "string" then
			for i = last, first, -1 do buffer[i] = nil; end
			return false;
		end
		buffer[last + 1] = separator..(encoded_names[name] or quote(name)..":");
		write_value(buffer, member);
		separator, last = ",", #buffer;
	end
	buffer[last + 1] = separator == "{" and "{}" or "}";
	return true;
end

-- A JSON writer of its own, since Prosody's util.json looks at each byte of a token in Lua, and all of Prosody runs on one
-- core. What is rare, such as lists, numbers and null, is left to util.json.
function write_value(buffer, value)
	local kind = type(value);
	if kind == "string" then
		buffer[#buffer + 1] = quote(value);
	elseif kind == "boolean" then
		buffer[#buffer + 1] = value and "true" or "false";
	elseif kind ~= "table" or getmetatable(value) or not write_object(buffer, value) then
		buffer[#buffer + 1] = json.encode(value);
	end
end

-- Clients put any bytes into a URL, and JSON with invalid UTF-8 would be refused as a whole
-- instead of being decided.
local function encode(request)
	local buffer = {};
	write_value(buffer, request);
	local body = table.concat(buffer);
	if not valid_utf8(body) then
		body = body:gsub("[\128-\255]", replacement_character);
	end
	return body;
end

-- Lists and null have metatables of util.json's.
local function is_object(value)
	return type(value) == "table" and getmetatable(value) == nil;
end

local function decode(body)
	local ok, value = pcall(decode_plain, body);
	if not (ok and value) then ok, value = pcall(json.decode, body); end
	return ok and is_object(value) and value or nil;
end

local function wait_for_response(self, path, body)
	local wait, go_on = async.waiter();
	local response;
	self.exchange:ask(path, body, function (result)
		response = result;
		go_on();
	end);
	wait();
	return response;
end

local function problem_detail(response)
	if (response.content_type or ""):sub(1, 24) ~= "application/problem+json" then return nil; end
	local problem = decode(response.content);
	return problem and type(problem.detail) == "string" and shown.escaped(problem.detail:sub(1, 300)) or nil;
end

local function describe_failure(response)
	if response.failure then return response.failure; end
	if response.code ~= 200 then
		return ("HTTP status %s: %s"):format(response.code, problem_detail(response) or "no detail given");
	end
	return "the answer is not the JSON that this module expects";
end

local function report_outage(self, failure)
	local outage = outages[self.outage_key] or {};
	outages[self.outage_key] = outage;
	if outage.announced or now() - (outage.announced_at or 0) < report_interval then return; end
	outage.announced, outage.announced_at = true, now();
	module:log("error", "prosody-tokend at %s gives no verdicts for %s, logins and joins are refused until it does (%s). "
		.."Check that it runs, that tokend_url names its address, and that it knows this host", self.url, self.host, failure);
end

local function report_recovery(self)
	local outage = outages[self.outage_key];
	if not (outage and outage.announced) then return; end
	outage.announced = false;
	module:log("info", "prosody-tokend at %s gives verdicts for %s again", self.url, self.host);
end

local function report_failure(self, response)
	local failure = describe_failure(response);
	if blames_request[response.code] then
		module:log("warn", "prosody-tokend could not decide one request for %s: %s", self.host, failure);
	else
		report_outage(self, failure);
	end
	return nil, failure;
end

-- Another daemon may have taken the place of the one before. Connections also end because they were idle, so that this is
-- asked now and then at most.
local function notice_return(self)
	if not self.exchange.was_lost or not self.on_return or now() - self.returned_at < return_interval then return; end
	self.exchange.was_lost, self.returned_at = false, now();
	self.on_return();
end

local function read_answer(self, response, request, is_complete)
	local answer = response.code == 200 and decode(response.content);
	if not (answer and is_complete(answer, request)) then
		return report_failure(self, response);
	end
	report_recovery(self);
	notice_return(self);
	return answer;
end

local reported_place = false;
local function report_place()
	if reported_place then return; end
	reported_place = true;
	module:log("warn", "Denied what was asked in a place that cannot wait for prosody-tokend: a timer, or a stanza that "
		.."a module sends. Ask in the handler of an HTTP request or of a client's stanza, or in util.async's runner");
end

local function ask(self, path, request, is_complete)
	if not async.ready() then
		report_place();
		return nil, "not in a place that may wait for an answer";
	end
	return read_answer(self, wait_for_response(self, path, encode(request)), request, is_complete);
end

local function is_text_or_absent(value)
	return value == nil or type(value) == "string";
end

-- A condition becomes the name of an XML element.
local function is_condition(value)
	return type(value) == "string" and value:find("^%a[%w-]*$") ~= nil;
end

-- The session fields of an answer whose value cannot be taken as it comes.
local checked_fields = {};
for _, field in ipairs(claims.fields) do
	if field.is_own or field.type then table.insert(checked_fields, field); end
end

local function is_field(field, value)
	return value == nil or (not field.is_own and type(value) == field.type);
end

local function is_session(value)
	if not is_object(value) then return false; end
	for _, field in ipairs(checked_fields) do
		if not is_field(field, value[field.name]) then return false; end
	end
	return true;
end

local function is_time_or_absent(value)
	return value == nil or type(value) == "number";
end

-- The log names a token by it.
local function is_token_id(value)
	return value == nil or (type(value) == "string" and #value <= 64 and value:find("^[!-~]+$") ~= nil);
end

-- What the log shows of an answer.
local function is_explained(decision)
	return is_text_or_absent(decision.explanation) and is_text_or_absent(decision.code);
end

local function is_room_decision(value)
	return is_object(value) and is_explained(value) and type(value.ok) == "boolean" and type(value.jid) == "string"
		and (value.error == nil or is_condition(value.error)) and is_text_or_absent(value.reason);
end

local function is_complete_room(answer, request)
	return is_room_decision(answer.room) and answer.allowed == answer.room.ok
		and is_session(answer.session)
		and (not answer.room.ok or answer.room.jid == request.room);
end

local function is_complete_verify(answer, request)
	local auth, room = answer.auth, request.room and answer.room;
	if not is_object(auth) or not is_explained(auth) or not is_token_id(answer.token_id) then return false; end
	if not is_time_or_absent(answer.check_again_at) then return false; end
	if auth.ok == false then
		return answer.allowed == false and is_condition(auth.error) and type(auth.reason) == "string";
	end
	return auth.ok == true and is_session(answer.session)
		and (answer.claims == nil or is_object(answer.claims))
		and (answer.claims ~= nil or request.token == nil or request.claims == false)
		and (request.room == nil or is_room_decision(room))
		and answer.allowed == (not room or room.ok);
end

function client:verify(request)
	return ask(self, "/v1/verify", request, is_complete_verify);
end

function client:room(request)
	return ask(self, "/v1/room", request, is_complete_room);
end

-- Asks what decides on nobody's entry. What counts as an answer is the caller's to say, and so is what the log has of it where
-- there is none: then nil, why, and the status if there is one. Waits, and gets where there is no body.
function client:inquire(path, body, is_complete)
	local response = wait_for_response(self, path, body);
	local answer = response.code == 200 and decode(response.content);
	if answer and is_complete(answer) then return answer; end
	return nil, describe_failure(response), response.code;
end

local function is_complete_token(answer)
	return type(answer.token) == "string" and answer.token:find("^[%w%-_.]+$") ~= nil
		and type(answer.expires_at) == "number" and type(answer.renew_at) == "number";
end

-- The token, or nil, why there is none, and whether the daemon signs none at all.
local function read_asap_token(response)
	local answer = response.code == 200 and decode(response.content);
	if answer and is_complete_token(answer) then return answer; end
	return nil, describe_failure(response), response.code == 404;
end

local function asap_request(self, audience)
	return encode({ host = self.host; audience = audience });
end

-- Calls done with the token, or with what read_asap_token says in place of it.
function client:sign_asap_token(audience, done)
	self.exchange:ask("/v1/asap-token", asap_request(self, audience), function (response)
		done(read_asap_token(response));
	end);
end

function client:wait_for_asap_token(audience)
	return read_asap_token(wait_for_response(self, "/v1/asap-token", asap_request(self, audience)));
end

-- Whether the daemon knows this host, and the daemon's version. Where it does not, also why; nil and why where that cannot
-- be told.
local function read_host(self, response)
	local answer = response.code == 200 and decode(response.content);
	if answer and answer.host == self.host then return true, answer.version; end
	local detail = response.code == 404 and problem_detail(response);
	if detail then return false, detail; end
	return nil, describe_failure(response);
end

-- Calls done with what read_host says.
function client:ask_about_host(done)
	self.exchange:ask("/v1/host?name="..urlencode(self.host), nil, function (response) done(read_host(self, response)); end);
end

client.can_wait = async.ready;

local function timeout_option(host_module)
	local timeout = host_module:get_option_number("tokend_timeout", default_timeout);
	if timeout and timeout > 0 then return timeout; end
	module:log("error", "tokend_timeout must be a number of seconds above 0, using %d", default_timeout);
	return default_timeout;
end

-- Takes the place of the exchange where the options allow none: each question fails with this reason.
local function refusal(failure)
	return { ask = function (_, _, _, done) done({ failure = failure }); end; close = function () end };
end

local function new_exchange(host_module, url, timeout, api_key)
	local failure;
	if api_key and api_key:find("%c") then
		failure = "tokend_api_key must be one line without control characters";
	end
	local made = not failure and exchange.new(url, timeout, api_key);
	if made then return made; end
	failure = failure or "tokend_url must be http://HOST[:PORT][/PATH]; for TLS let a tunnel on this machine lead there";
	host_module:log("error", "prosody-tokend cannot be asked, so nobody gets in to %s: %s", host_module.host, failure);
	return refusal(failure);
end

-- Other modules load this library, too, and may have something of their own to do as they are unloaded.
local function close_on_unload(made)
	local unload = module.unload;
	function module.unload(...)
		made:close();
		if unload then return unload(...); end
	end
end

local function new(host_module)
	local url = host_module:get_option_string("tokend_url", default_url):gsub("/+$", "");
	local timeout, api_key = timeout_option(host_module), host_module:get_option_string("tokend_api_key");
	local made = new_exchange(host_module, url, timeout, api_key);
	close_on_unload(made);
	return setmetatable({
		host = host_module.host;
		url = url;
		timeout = timeout;
		api_key = api_key;
		exchange = made;
		returned_at = -return_interval;
		outage_key = url.." "..host_module.host;
	}, client_mt);
end

return { new = new; encode = encode; is_object = is_object; is_time_or_absent = is_time_or_absent; is_token_id = is_token_id };
