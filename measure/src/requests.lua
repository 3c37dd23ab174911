-- Sends tokens to one kind of verifier: wrk -s requests.lua URL -- KIND FILE DELAY
-- Each line of the file is a room, or what stands in its place, a blank, and a token. DELAY is the milliseconds that a connection rests between
-- two requests.

local kinds = {};

function kinds.verify(room, token)
	local body = string.format('{"host":"meet.example.com","token":"%s","room":"%s@conference.meet.example.com"}',
		token, room);
	local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" };
	return wrk.format("POST", "/v1/verify", headers, body);
end

function kinds.bearer(room, token)
	return wrk.format("GET", "/?room="..room, { ["Authorization"] = "Bearer "..token });
end

-- As nginx asks about a request.
function kinds.gateway(_, token)
	local headers = {
		["Authorization"] = "Bearer "..token, ["X-Original-URI"] = "/orders?page=1", ["X-Original-Method"] = "GET",
	};
	return wrk.format("GET", "/v1/forward-auth/api", headers);
end

local requests, last, rest = {}, 0, 0;

function init(arguments)
	local write = kinds[arguments[1]];
	for line in io.lines(arguments[2]) do
		requests[#requests + 1] = write(line:match("^(%S+) (%S+)$"));
	end
	rest = tonumber(arguments[3]);
	if rest == 0 then delay = nil; end
end

function request()
	last = last % #requests + 1;
	return requests[last];
end

function delay()
	return rest;
end

function done(summary, latency)
	local errors = summary.errors;
	local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout;
	io.write(string.format("requests=%d failed=%d microseconds=%d p99=%d\n", summary.requests, failed,
		summary.duration, latency:percentile(99)));
end
