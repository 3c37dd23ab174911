-- Reads one HTTP/1.1 response of prosody-tokend, in pieces of any size as they come. Only a response that
-- says where it ends is taken, and whatever is not as RFC 9112 has it is refused: what follows it would belong
-- to nobody.

-- For all bytes that answer one question, interim responses and chunk framing included. A bound, since decoding holds up
-- all of Prosody; the daemon's largest answer is below 53 KiB.
local max_response = 65536;
local max_head = 16384;
local max_body = max_response;
local max_chunk_line = 256;

local reader = {};
local reader_mt = { __index = reader };

-- The steps below return true when they are done, nil when they need more bytes, and false and a reason when they fail.

local function is_bodiless(code)
	return code == 204 or code == 304;
end

local function content_length(text)
	local length = text:find("^%d+$") and tonumber(text);
	if not length then return nil, "a length that is none"; end
	if length > max_body then return nil, "a body that is too long"; end
	return length;
end

-- What comes after the head, as the step that reads it.
local function choose_body(self, version, fields)
	local coding, length = fields["transfer-encoding"], fields["content-length"];
	if coding and (length or version == "0" or coding:lower() ~= "chunked") then
		return false, "an unknown or ambiguous transfer encoding";
	end
	if is_bodiless(self.code) then
		self.length, self.step = 0, reader.read_body;
	elseif coding then
		self.chunks, self.total, self.step = {}, 0, reader.read_chunk_line;
	elseif length then
		local reason;
		self.length, reason = content_length(length);
		if not self.length then return false, reason; end
		self.step = reader.read_body;
	else
		return false, "no length";
	end
	return true;
end

local function says_close(version, fields)
	if version == "0" or not fields.connection then return version == "0"; end
	local options = (","..fields.connection..","):lower():gsub("[ \t]", "");
	return options:find(",close,", 1, true) ~= nil;
end

-- Lines of heads that have been read before. Most are the same in every answer, so they are parsed only once.
local known_lines, known_count = {}, 0;
local max_known = 64;

local function read_line(line)
	local name, value = line:match("^([%w!#$%%&'*+.^_`|~-]+):[ \t]*([^\r\n]-)[ \t]*$");
	if not name then return nil; end
	if known_count == max_known then known_lines, known_count = {}, 0; end
	local field = { name = name:lower(); value = value };
	-- Each answer has another one, so it is not worth a place.
	if field.name == "x-request-id" then return field; end
	known_lines[line], known_count = field, known_count + 1;
	return field;
end

-- A field that is there twice is a list, which a length and a transfer encoding cannot be.
local function read_fields(head, position)
	local fields = {};
	while position <= #head do
		local last = head:find("\r\n", position, true);
		local line = head:sub(position, last - 1);
		local field = known_lines[line] or read_line(line);
		if not field then return nil; end
		local name, value = field.name, field.value;
		fields[name] = fields[name] and fields[name]..", "..value or value;
		position = last + 2;
	end
	return fields;
end

local function interpret_head(self, head)
	local version, code, position = head:match("^HTTP/1%.([01]) (%d%d%d)%f[ \r][^\r\n]*\r\n()");
	local fields = version and read_fields(head, position);
	if not fields then return false, "a malformed head"; end
	self.code = tonumber(code);
	if self.code == 101 or self.code < 100 then return false, "an unexpected status"; end
	-- The real response is still to come.
	if self.code < 200 then return true; end
	self.closes, self.content_type = says_close(version, fields), fields["content-type"];
	self.request_id = fields["x-request-id"];
	return choose_body(self, version, fields);
end

function reader:read_head()
	local last = self.buffer:find("\r\n\r\n", self.position, true);
	if (last or #self.buffer) - self.position >= max_head then return false, "a head that is too long"; end
	if not last then return nil; end
	local head = self.buffer:sub(self.position, last + 1);
	self.position = last + 4;
	return interpret_head(self, head);
end

local function finish(self, content)
	self.content, self.step = content, nil;
	return true;
end

function reader:read_body()
	local last = self.position + self.length - 1;
	if #self.buffer < last then return nil; end
	local content = self.buffer:sub(self.position, last);
	self.position = last + 1;
	return finish(self, content);
end

-- The next line without its CRLF, of at most limit bytes.
local function take_line(self, limit)
	local last = self.buffer:find("\r\n", self.position, true);
	if (last or #self.buffer) - self.position > limit then return false, "a line that is too long"; end
	if not last then return nil; end
	local line = self.buffer:sub(self.position, last - 1);
	self.position = last + 2;
	return line;
end

function reader:read_chunk_line()
	local line, reason = take_line(self, max_chunk_line);
	if not line then return line, reason; end
	local digits = line:match("^(%x+)[ \t]*$") or line:match("^(%x+)[ \t]*;[^%c]*$");
	if not digits or #digits > 8 then return false, "a malformed chunk"; end
	self.length = tonumber(digits, 16);
	self.total = self.total + self.length;
	if self.total > max_body then return false, "a body that is too long"; end
	self.trailer_length, self.step = 0, self.length == 0 and reader.read_trailer or reader.read_chunk;
	return true;
end

function reader:read_chunk()
	local last = self.position + self.length - 1;
	if #self.buffer < last + 2 then return nil; end
	if self.buffer:sub(last + 1, last + 2) ~= "\r\n" then return false, "a malformed chunk"; end
	table.insert(self.chunks, self.buffer:sub(self.position, last));
	self.position, self.step = last + 3, reader.read_chunk_line;
	return true;
end

function reader:read_trailer()
	local line, reason = take_line(self, max_head);
	if not line then return line, reason; end
	if line == "" then return finish(self, table.concat(self.chunks)); end
	self.trailer_length = self.trailer_length + #line;
	if self.trailer_length > max_head then return false, "a trailer that is too long"; end
	return true;
end

-- Takes the next piece. Returns whether the response is complete, or nil and why it never will be.
function reader:feed(piece)
	self.received = self.received + #piece;
	if self.received > max_response then return nil, "more than is taken of one"; end
	self.buffer, self.position = self.buffer:sub(self.position)..piece, 1;
	while self.step do
		local got_on, reason = self.step(self);
		if got_on == false then return nil, reason; end
		if not got_on then return false; end
	end
	return true;
end

-- Whether bytes are left behind the response.
function reader:has_rest()
	return self.position <= #self.buffer;
end

local function new()
	return setmetatable({ buffer = ""; position = 1; received = 0; step = reader.read_head }, reader_mt);
end

return { new = new };
