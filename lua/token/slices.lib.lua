-- Long work for prosody-tokend in slices, so that Prosody goes on with everything else in between. For threads that may wait.

local async = require "util.async";
local monotonic = require "util.time".monotonic;

-- Seconds after which Prosody gets its turn. What has begun by then is still done, so this is less than it may take.
local longest_slice = 0.003;

local slices = {};
local slices_mt = { __index = slices };

-- Prosody has just had its turn.
function slices:begin()
	self.began_at = monotonic();
end

function slices:pause_if_due()
	if monotonic() - self.began_at < longest_slice then return; end
	local wait, go_on = async.waiter();
	module:add_timer(0, function () go_on(); end);
	wait();
	self:begin();
end

local function new()
	return setmetatable({ began_at = 0 }, slices_mt);
end

return { new = new };
