-- Whom no rule of prosody-tokend on tokens concerns: administrators of Prosody, such as jicofo, and whoever is on a MUC component's
-- token_verification_allowlist, such as jibri's and jigasi's domain.

local jid_bare = require "util.jid".bare;
local jid_host = require "util.jid".host;
local jid_prep = require "util.jid".prep;
local usermanager = require "core.usermanager";

-- COMPAT: Prosody 13 knows roles and warns about is_admin, 0.12 knows only is_admin.
local admin_roles = { ["prosody:admin"] = true; ["prosody:operator"] = true };
local function is_admin(jid, host)
	if not usermanager.get_jid_role then
		return usermanager.is_admin(jid, host);
	end
	local role = usermanager.get_jid_role(jid, host);
	return role and admin_roles[role.name];
end

-- What says of an address whether it is exempt on this component, as its options are now.
local function on(component)
	local allowlist = component:get_option_set("token_verification_allowlist", {}) / jid_prep;
	return function (jid)
		local bare = jid_bare(jid);
		return is_admin(bare, component.host) or allowlist:contains(bare) or allowlist:contains(jid_host(bare)) or false;
	end;
end

return { is_admin = is_admin; on = on };
