-- Authentication by Jitsi's tokens: SASL ANONYMOUS only, the token comes with the connection and
-- prosody-tokend decides it.

local generate_uuid = require "util.uuid".generate;
local new_sasl = require "util.sasl".new;

local claims = module:require "token/claims";
local startup_check = module:require "token/startup_check";
local shown = module:require "token/shown";
local resumption = module:require "token/resumption";
local token_util = module:require "token/util".new(module);

module:depends("jitsi_session");

local measure_pre_fetch_fail = module:measure("pre_fetch_fail", "counter");
local measure_verify_fail = module:measure("verify_fail", "counter");
local measure_success = module:measure("success", "counter");
local measure_ban = module:measure("ban", "counter");
local measure_post_auth_fail = module:measure("post_auth_fail", "counter");

local fire_event = prosody.events.fire_event;

-- Other modules veto by answering with res == false.
local function veto(event_name, session, measure)
	local answer = fire_event(event_name, session);
	if session.destroyed then return false; end
	if type(answer) ~= "table" or answer.res ~= false then return true; end
	module:log("warn", "Error verifying token at %s err:%s, reason:%s", event_name, answer.error, answer.reason);
	claims.clear(session);
	measure(1);
	return false, answer.error or "not-allowed", answer.reason;
end

local function decide_token(session)
	local ok, condition, reason = token_util:process_and_verify_token(session);
	if ok or session.destroyed then return ok; end
	measure_verify_fail(1);
	-- Without a verdict the client may try again on this stream, and must not become a guest by that.
	-- The outage itself is in the log already.
	if condition == "temporary-auth-failure" then return false, condition, reason; end
	module:log("warn", "Error verifying token err:%s, reason:%s tenant:%s room:%s user_agent:%s", condition, reason,
		shown.bounded(session.jitsi_web_query_prefix), shown.bounded(session.jitsi_web_query_room),
		shown.bounded(session.user_agent_header));
	claims.clear(session);
	return false, condition, reason;
end

local function check_ban(session)
	local allowed = fire_event("jitsi-access-ban-check", session);
	if session.destroyed then return false; end
	if allowed ~= false then return true; end
	module:log("warn", "user is banned");
	measure_ban(1);
	return false, "not-allowed", "user is banned";
end

local function resumed_session(previd)
	if not previd then return nil; end
	for _, session in pairs(prosody.full_sessions) do
		if session.resumption_token == previd then return session; end
	end
end

local function resumed_username(previd)
	local session = resumed_session(previd);
	return session and session.username;
end

-- A token that may be used once is not used again by whoever comes back to the session that it opened.
local function opens_session(session)
	local resumed = resumed_session(session.previd);
	return not resumed or resumed.auth_token ~= session.auth_token;
end

local function choose_username(session)
	local custom = fire_event("pre-jitsi-authentication", session);
	if type(custom) == "string" and custom ~= "" then return custom; end
	return resumed_username(session.previd) or generate_uuid();
end

local function first_stage(session)
	local ok, condition, reason = veto("pre-jitsi-authentication-fetch-key", session, measure_pre_fetch_fail);
	if not ok then return false, condition, reason; end
	ok, condition, reason = decide_token(session);
	if not ok then return false, condition, reason; end
	return check_ban(session);
end

local function second_stage(session)
	return veto("post-jitsi-authentication", session, measure_post_auth_fail);
end

local function login(session)
	session.tokend_opens_session = session.auth_token ~= nil and opens_session(session) or nil;
	local ok, condition, reason = first_stage(session);
	session.tokend_opens_session = nil;
	if not ok then return nil, condition, reason; end
	local username = choose_username(session);
	if session.destroyed then return nil; end
	ok, condition, reason = second_stage(session);
	if not ok then return nil, condition, reason; end
	measure_success(1);
	-- As Jitsi's module marks it, so that sessions outlive a change from one to the other.
	session._jitsi_auth_done = true;
	return username;
end

-- The whole authentication of a session that has its name already.
local function authenticate_again(session)
	if not first_stage(session) then return false; end
	fire_event("pre-jitsi-authentication", session);
	return not session.destroyed and second_stage(session);
end

-- Only this handler's ANONYMOUS goes by the token: the mechanism as registered with util.sasl,
-- which other hosts use, stays what it is.
local function new_handler(session)
	local handler = new_sasl(module.host, { mechanisms = { ANONYMOUS = true } });

	function handler:process()
		local username, condition, reason = login(session);
		-- COMPAT: 13's mod_saslauth names its event by this even where the session has been destroyed meanwhile.
		session.base_type = session.base_type or "c2s";
		if not username then
			return "failure", condition or "temporary-auth-failure", reason;
		end
		self.username = username;
		return "success";
	end

	function handler:clean_clone() -- luacheck: ignore 212/self
		return new_handler(session);
	end

	return handler;
end

local provider = {};

function provider.test_password()
	return nil, "Password based auth not supported";
end

function provider.get_password()
	return nil, "Password based auth not supported";
end

function provider.set_password()
	return nil, "Set password not supported";
end

function provider.user_exists()
	return nil, "Users exist only while they are connected";
end

function provider.create_user()
	return nil, "Account creation not supported";
end

function provider.delete_user()
	return nil, "Account deletion not supported";
end

provider.get_sasl_handler = new_handler;

-- Before mod_smacks (10 and lower), which stops the event of a session that it lets hibernate.
module:hook("pre-resource-unbind", function (event)
	local session = event.session;
	fire_event("jitsi-pre-session-unbind", { jid = session.full_jid; session = session; error = event.error });
end, 11);

resumption.start(token_util, authenticate_again);
startup_check.ask_daemon(token_util.client);

-- Components may be activated after this host.
module:hook_global("server-started", startup_check.warn_of_open_rooms);

module:provides("auth", provider);
