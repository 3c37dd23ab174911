-- Asks prosody-tokend about sessions, portion by portion, and does what it says. Everything here waits, and so runs in a
-- thread that may. Between portions, and between sessions that end, Prosody goes on with its other work.

local null = require "util.json".null;
local now = require "util.time".now;

local actions = module:require "token/session_actions";
local portions = module:require "token/session_portion";
local slices = module:require "token/slices";
local token_client = module:require "token/client";

-- Statuses that blame the question: one session may be the reason, and must not shield the others.
local blames_question = { [400] = true, [413] = true };

local check = {};
local check_mt = { __index = check };

local function is_text_or_absent(value)
	return value == nil or type(value) == "string";
end

-- The place in the portion that a verdict is about.
local function place_of(verdict, portion)
	local place = type(verdict.id) == "string" and tonumber(verdict.id);
	return place and portion.sessions[place] and place <= portion.count and place or nil;
end

local function is_verdict(value, portion)
	return token_client.is_object(value) and place_of(value, portion) ~= nil
		and type(value.action) == "string" and is_text_or_absent(value.reason) and is_text_or_absent(value.code)
		and token_client.is_time_or_absent(value.check_again_at) and token_client.is_token_id(value.token_id);
end

local function is_list(value)
	return type(value) == "table" and value ~= null and not token_client.is_object(value);
end

local function is_answer_about(portion)
	return function (answer)
		if not is_list(answer.sessions) then return false; end
		for _, verdict in ipairs(answer.sessions) do
			if not is_verdict(verdict, portion) then return false; end
		end
		return true;
	end;
end

-- Whether a session is still what was asked about. One that has another token by now was decided as it got that.
local function is_as_asked(session, token)
	if session.destroyed or session.tokend_is_ended or prosody.full_sessions[session.full_jid] ~= session then return false; end
	return not token or session.auth_token == token;
end

local function note(session, check_again_at)
	local present = session.tokend_check_again_at;
	if check_again_at or (present and present <= now()) then session.tokend_check_again_at = check_again_at; end
end

local function settle(portion, place, seen, verdict)
	local session = portion.sessions[place];
	if not is_as_asked(session, portion.tokens[place]) then return; end
	note(session, verdict and verdict.check_again_at);
	if portion.is_whole[place] then session.tokend_changes_seen = seen; end
	local action = verdict and verdict.action;
	if action == "end" then actions.end_session(session, verdict); end
	if action == "warn" then actions.warn(session, verdict); end
end

-- Returns whether this went through.
local function apply(self, portion, answer, seen)
	local verdicts = {};
	for _, verdict in ipairs(answer.sessions) do verdicts[place_of(verdict, portion)] = verdict; end
	for place = 1, portion.count do
		settle(portion, place, seen, verdicts[place]);
		self.slices:pause_if_due();
		if self.is_over then return false, "the module was unloaded"; end
	end
	return true;
end

local ask_about;

-- The daemon takes this question as a whole or not at all, so it is asked in halves, down to the session that is the reason.
-- That one stays, as all do while nothing is known of them.
local function divide(self, portion, seen, failure)
	local first, second = portion:halves();
	if not first then
		self.refused, self.refusal = self.refused + 1, failure;
		settle(portion, 1, seen);
		return true;
	end
	local ok, reason = ask_about(self, first, seen);
	if not ok then return nil, reason; end
	return ask_about(self, second, seen);
end

-- Has prosody-tokend decide on a portion that was made when so many changes had been seen. Returns nil and why where it did not.
function ask_about(self, portion, seen)
	if portion.count == 0 then return true; end
	local answer, failure, code = self.client:inquire("/v1/sessions/check", portion:body(), is_answer_about(portion));
	self.slices:begin();
	if self.is_over then return nil, "the module was unloaded"; end
	if answer then return apply(self, portion, answer, seen); end
	if blames_question[code] then return divide(self, portion, seen, failure); end
	return nil, failure;
end
check.ask_about = ask_about;

-- The module is unloaded: what is answered from now on leads to nothing.
function check:finish()
	self.is_over = true;
	actions.close_all();
end

function check:report_refused()
	if self.refused == 0 then return; end
	module:log("warn", "prosody-tokend could not be asked about %d sessions of %s, which stay (%s)", self.refused, module.host,
		self.refusal);
	self.refused = 0;
end

local function new(client)
	return setmetatable({ client = client; slices = slices.new(); refused = 0 }, check_mt);
end

return { new = new; new_portion = portions.new };
