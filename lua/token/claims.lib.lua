-- What a verified token leaves on a session, under the names that Jitsi's modules read, and what
-- the shim remembers along with it.

local names = {
	"auth_token"; "jitsi_meet_room"; "jitsi_meet_domain"; "jitsi_meet_auth_issuer"; "jitsi_meet_str_tenant";
	"jitsi_meet_context_user"; "jitsi_meet_context_group"; "jitsi_meet_context_features"; "jitsi_meet_context_room";
	"jitsi_meet_tenant_mismatch"; "tokend_token_id"; "tokend_room_verdict"; "tokend_verified_token";
};

local is_claim = {};
for _, name in ipairs(names) do is_claim[name] = true; end

local function copy(from, to)
	for _, name in ipairs(names) do to[name] = from[name]; end
	return to;
end

local function clear(session)
	copy({}, session);
end

-- The session as it would be with the claims of another one.
local function carried_by(session, claims)
	local candidate = {};
	for name, value in pairs(session) do
		if not is_claim[name] then candidate[name] = value; end
	end
	return copy(claims, candidate);
end

return { copy = copy; clear = clear; carried_by = carried_by };
