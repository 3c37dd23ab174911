-- Sends the lines of a file as bodies of requests, in turn: wrk -s verify.lua URL -- FILE

local requests, last = {}, 0;

function init(arguments)
	local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" };
	for body in io.lines(arguments[1]) do
		requests[#requests + 1] = wrk.format("POST", "/v1/verify", headers, body);
	end
end

function request()
	last = last % #requests + 1;
	return requests[last];
end

function done(summary)
	local errors = summary.errors;
	local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout;
	io.write(string.format("requests=%d failed=%d\n", summary.requests, failed));
end
