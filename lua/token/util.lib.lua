-- The token library that Jitsi's modules load as "token/util". The verdicts are prosody-tokend's:
-- this file asks, puts what came back on the session, and remembers the last verdict on a room
-- together with everything it was decided on.

local array = require "util.array";
local jid_bare = require "util.jid".bare;
local jid_host = require "util.jid".host;
local json = require "util.json";
local nodeprep = require "util.encodings".stringprep.nodeprep;

local claims = module:require "token/claims";
local asap = module:require "token/asap";
local rooms = module:require "token/rooms";
local shown = module:require "token/shown";
local token_client = module:require "token/client";

local room_fields = claims.room_fields;

-- Tokens let in whose room claim is a pattern. Whoever means to switch patterns off watches it.
local measure_regex_room_claim = module:measure("regex_room_claim", "counter");

-- A pattern is longer than a name.
local max_pattern_shown = 80;

-- How often a room is asked about for one join. What it is decided on may change while the answer is awaited, and then
-- the verdict does not count.
local max_questions = 3;

-- How often mod_token_sessions learned, for each host, that something was revoked. What was asked before the last time may not
-- hold any more.
local changes_seen = module:shared("/*/tokend/changes_seen");

local util = {};
local util_mt = { __index = util };

-- Fired with the claims of each token that is let in.
local verified_event = "jitsi-authentication-token-verified";

-- Claims are most of an answer, and only handlers of this event look at them. Where no module hooks it, the daemon leaves
-- them out.
local function declines_claims()
	local get_handlers = prosody.events.get_handlers;
	return get_handlers and not get_handlers(verified_event);
end

-- HTTP handlers pass a bare table as session.
local function logger_of(session)
	return session.log or module._log;
end

local function unavailable()
	return false, "temporary-auth-failure", "Token verification is not available, try again";
end

local function log_denial(session, what, decision)
	logger_of(session)("warn", "Denied %s (token %s): %s", what, session.tokend_token_id or "none or unknown",
		decision.explanation or decision.reason or decision.error or "no explanation given");
end

local function requires_authentication(room)
	local metadata, data = room.jitsiMetadata, room._data;
	return room.allowUnauthenticatedAccess == false
		or (metadata and metadata.allowUnauthenticatedAccess == false)
		or (data and data.allowUnauthenticatedAccess == false);
end

-- Where anyone may create rooms, a token holder may: the room counts as existing.
local function may_create_room(domain)
	return rooms.muc_of(domain) and not module:context(domain):get_option("restrict_room_creation", false) or false;
end

local function room_state(room_jid)
	local room = rooms.find(room_jid);
	if not room then return { exists = may_create_room(jid_host(room_jid)) }; end
	local state = { exists = true };
	if requires_authentication(room) then state.allow_unauthenticated_access = false; end
	return state;
end

local function room_request(self, session, room_jid, state)
	local fields = { auth_token = session.auth_token ~= nil };
	for _, name in ipairs(room_fields) do fields[name] = session[name]; end
	return { host = self.host; room = room_jid; room_state = state; session = fields };
end

-- A value to compare with later. Of a table the text is kept, since other modules may change the table in place.
local function frozen(value)
	if type(value) ~= "table" then return value; end
	return { text = json.encode_ordered(value) };
end

local function is_same_table(kept, value)
	return type(kept) == "table" and type(value) == "table" and kept.text == json.encode_ordered(value);
end

-- Everything that a room is decided on, as it is now.
local function freeze(self, session, room_jid, state)
	local inputs = {
		host = self.host; room = room_jid; auth_token = session.auth_token ~= nil;
		exists = state.exists; allow_unauthenticated_access = state.allow_unauthenticated_access;
	};
	for _, name in ipairs(room_fields) do inputs[name] = frozen(session[name]); end
	return inputs;
end

local function is_decided_on(inputs, self, session, room_jid)
	if inputs.host ~= self.host or inputs.room ~= room_jid or inputs.auth_token ~= (session.auth_token ~= nil) then
		return false;
	end
	local state = room_state(room_jid);
	if inputs.exists ~= state.exists or inputs.allow_unauthenticated_access ~= state.allow_unauthenticated_access then return false; end
	for _, name in ipairs(room_fields) do
		local kept, value = inputs[name], session[name];
		if kept ~= value and not is_same_table(kept, value) then return false; end
	end
	return true;
end

local function changes_seen_by(self)
	return changes_seen[self.host] or 0;
end

local function remember(session, inputs, decision, fields, seen)
	session.tokend_room_verdict = {
		inputs = inputs;
		changes_seen = seen;
		decision = decision;
		tenant_mismatch = fields.jitsi_meet_tenant_mismatch;
	};
end

local function recall(self, session, room_jid)
	local verdict = session.tokend_room_verdict;
	if not verdict or (verdict.changes_seen or 0) < changes_seen_by(self) then return nil; end
	return is_decided_on(verdict.inputs, self, session, room_jid) and verdict or nil;
end

-- The room of the URL, so that the usual join needs no second exchange. It need not be a valid name.
local function announced_room(session)
	local name = session.jitsi_web_query_room;
	local node = type(name) == "string" and nodeprep(name);
	return node and node ~= "" and node or nil;
end

-- Of the host's policy, what the setters changed, and the key that another module fetched for this session.
local function overrides_for(self, session)
	local public_key = session.public_key;
	if public_key == nil then return self.overrides; end
	local overrides = { public_key = type(public_key) == "string" and public_key or "" };
	for name, value in pairs(self.overrides or {}) do overrides[name] = value; end
	return overrides;
end

local function verify_request(self, session)
	local room = announced_room(session);
	local request = {
		host = self.host;
		token = session.auth_token;
		room = room;
		room_state = room and { exists = true } or nil;
		overrides = overrides_for(self, session);
		session = {
			jitsi_web_query_prefix = session.jitsi_web_query_prefix;
			authorization_scheme = session.auth_token == nil and session.tokend_other_scheme or nil;
			contextRequired = session.contextRequired and true or nil;
			opens_session = session.tokend_opens_session or nil;
		};
	};
	if declines_claims() then request.claims = false; end
	return request;
end

-- Replaces all fields of an earlier token, so that no claim of it stays where this token has none.
local function set_claims(self, session, request, answer)
	local fields = answer.session;
	claims.copy(fields, session);
	session.auth_token, session.tokend_token_id = request.token, answer.token_id;
	session.tokend_verified_token = request.token;
	session.tokend_changes_seen, session.tokend_check_again_at = answer.changes_seen, answer.check_again_at;
	session.tokend_warned_of, session.jitsi_meet_tenant_mismatch = nil, nil;
	if request.room then
		local inputs = freeze(self, session, answer.room.jid, request.room_state);
		remember(session, inputs, answer.room, fields, answer.changes_seen);
	end
end

local function ask(self, request)
	-- A change that is seen while the answer is awaited may not be in it.
	local seen = changes_seen_by(self);
	local answer = self.client:verify(request);
	if answer then answer.changes_seen = seen; end
	return answer;
end

-- Asks about the token ahead of process_and_verify_token, for a place that must not wait, and puts
-- what comes of it on the session. Returns what is to be on the session as tokend_token_verdict there.
function util:prepare_token(session)
	local request = verify_request(self, session);
	local answer = ask(self, request);
	if not answer or session.destroyed then return nil; end
	if answer.auth.ok then set_claims(self, session, request, answer); end
	return { inputs = json.encode_ordered(request); answer = answer };
end

local function ask_about_token(self, session, request)
	local verdict = session.tokend_token_verdict;
	if verdict and verdict.inputs == json.encode_ordered(request) then return verdict.answer; end
	if session.tokend_must_not_wait then return nil; end
	return ask(self, request);
end

local function report_pattern(session)
	local room = session.jitsi_meet_context_room;
	if type(room) ~= "table" or (room.regex ~= true and room.regex ~= "true") then return; end
	measure_regex_room_claim(1);
	module:log("info", "Room claim is a pattern. tenant:%s iss:%s room:%s", shown.bounded(session.jitsi_meet_str_tenant),
		shown.bounded(session.jitsi_meet_auth_issuer), shown.bounded(session.jitsi_meet_room, max_pattern_shown));
end

function util:process_and_verify_token(session)
	local request = verify_request(self, session);
	local answer = ask_about_token(self, session, request);
	if session.destroyed then return false; end
	if not answer then return unavailable(); end
	session.tokend_token_id = answer.token_id;
	if not answer.auth.ok then
		log_denial(session, "the login", answer.auth);
		return false, answer.auth.error, answer.auth.reason;
	end
	set_claims(self, session, request, answer);
	report_pattern(session);
	if answer.claims then
		prosody.events.fire_event(verified_event, { session = session; claims = answer.claims });
	end
	return true;
end

-- Whether a verdict on the room as it is now is remembered.
function util:is_decided(session, room_jid)
	return recall(self, session, room_jid) ~= nil;
end

-- Has a verdict on the room remembered on the session, if one can be had. Waits where that is possible.
function util:prepare_room(session, room_jid)
	for _ = 1, max_questions do
		if recall(self, session, room_jid) then return; end
		local state = room_state(room_jid);
		local inputs, seen = freeze(self, session, room_jid, state), changes_seen_by(self);
		local answer = self.client:room(room_request(self, session, room_jid, state));
		if session.destroyed or not answer then return; end
		remember(session, inputs, answer.room, answer.session, seen);
	end
end

-- Applies the remembered verdict, and never waits: no verdict on the present state is a denial.
function util:enforce_room(session, room_jid)
	local verdict = recall(self, session, room_jid);
	if not verdict then
		logger_of(session)("debug", "No verdict on %s as it is now, and no way to wait for one here",
			shown.address(room_jid));
		return unavailable();
	end
	if verdict.tenant_mismatch then
		session.jitsi_meet_tenant_mismatch = true;
	end
	if verdict.decision.ok then return true; end
	log_denial(session, shown.address(room_jid), verdict.decision);
	return false, verdict.decision.error, verdict.decision.reason;
end

function util:verify_room(session, room_address)
	local room_jid = jid_bare(room_address) or room_address;
	if not session.tokend_must_not_wait then self:prepare_room(session, room_jid); end
	if session.destroyed then return false; end
	return self:enforce_room(session, room_jid);
end

-- The setters replace what the host's policy says, for this module's questions about tokens.
local function override(name)
	return function (self, value)
		self.overrides = self.overrides or {};
		self.overrides[name] = value;
	end;
end

-- Lua's empty table is an object in JSON, unless it is made a list.
local function override_list(name)
	local set = override(name);
	return function (self, list)
		local items = array();
		for _, item in ipairs(list) do items:push(item); end
		set(self, items);
	end;
end

util.set_asap_key_server = override("asap_key_server");
util.set_asap_accepted_issuers = override_list("asap_accepted_issuers");
util.set_asap_accepted_audiences = override_list("asap_accepted_audiences");
util.set_asap_require_room_claim = override("asap_require_room_claim");

-- The keys are the daemon's to keep, which asks for one that it does not know whenever it needs it.
function util.clear_asap_cache() end

function util:generateAsapToken(audience)
	return self.asap:bearer(audience);
end

-- Modules that need tokens do without where there are none, and so they ask here for nothing.
local function has_tokens(host_module)
	return host_module:get_option_string("authentication") == "token" or host_module:get_option_string("app_id") ~= nil;
end

local function new(host_module)
	if not has_tokens(host_module) then
		host_module:log("error", "No tokens for %s: it has neither authentication = \"token\" nor an app_id", host_module.host);
		return nil;
	end
	local client = token_client.new(host_module);
	return setmetatable({
		host = host_module.host;
		appId = host_module:get_option_string("app_id");
		allowEmptyToken = host_module:get_option_boolean("allow_empty_token", false);
		client = client;
		asap = asap.new(host_module, client);
	}, util_mt);
end

return { new = new; find_room = rooms.find };
