-- The tokens that this server shows to others, signed by prosody-tokend. Whoever needs one gets it at
-- once, wherever that is: they are kept here, and renewed before they run out.

local now = require "util.time".now;

local default_audience = "jitsi";
local retry_interval = 10;
-- Where the daemon signs none, it may after its configuration has changed.
local absence_interval = 300;

-- Modules name their audiences in their configuration, so there are few.
local max_audiences = 32;

-- Shared, since every module that loads this library would otherwise have its own signed.
local kept = module:shared("/*/tokend/asap_tokens");

local keeper = {};
local keeper_mt = { __index = keeper };

local function token_for(self, audience)
	local tokens = kept[self.key] or { count = 0; by_audience = {} };
	kept[self.key] = tokens;
	local token = tokens.by_audience[audience];
	if token or tokens.count >= max_audiences then return token; end
	token = { renew_at = 0; expires_at = 0 };
	tokens.by_audience[audience], tokens.count = token, tokens.count + 1;
	return token;
end

local function is_due(token)
	return not token.asked and now() >= token.renew_at;
end

local function keep(token, answer, failure, is_absent)
	token.asked = nil;
	if answer then
		token.value, token.failure, token.reported = "Bearer "..answer.token, nil, nil;
		token.expires_at, token.renew_at = answer.expires_at, answer.renew_at;
		return;
	end
	token.failure = failure;
	token.renew_at = now() + (is_absent and absence_interval or retry_interval);
end

local function renew(self, audience, token)
	token.asked = true;
	self.client:sign_asap_token(audience, function (...) keep(token, ...); end);
end

local function renew_and_wait(self, audience, token)
	token.asked = true;
	keep(token, self.client:wait_for_asap_token(audience));
end

local function report(token, audience)
	if token.reported then return; end
	token.reported = true;
	module:log("warn", "There is no token for the audience %s: %s", audience, token.failure or "prosody-tokend has not signed it yet");
end

-- The value of an Authorization header, or an empty text where there is no token: the caller decides what to do then.
function keeper:bearer(audience)
	audience = audience or self.default_audience;
	local token = self.client.api_key and token_for(self, audience);
	if not token then return ""; end
	if is_due(token) then
		local can_wait = not token.value and self.client.can_wait();
		(can_wait and renew_and_wait or renew)(self, audience, token);
	end
	if token.value and now() < token.expires_at then return token.value; end
	report(token, audience);
	return "";
end

local function renew_due(self)
	local next_at = now() + retry_interval;
	for audience, token in pairs(kept[self.key].by_audience) do
		if is_due(token) then renew(self, audience, token); end
		if not token.asked and token.renew_at < next_at then next_at = token.renew_at; end
	end
	return math.max(next_at - now(), 0.1);
end

local function new(host_module, client)
	local self = setmetatable({
		client = client;
		key = client.url.." "..client.host;
		default_audience = host_module:get_option_string("asap_audience", default_audience);
	}, keeper_mt);
	-- Only who has the daemon's key gets a token signed.
	if client.api_key then
		token_for(self, self.default_audience);
		renew_due(self);
		host_module:add_timer(1, function () return renew_due(self); end);
	end
	return self;
end

return { new = new };
