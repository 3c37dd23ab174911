-- Values of every kind, and of the wrong one.
nothing = nil
app_id = 5
app_secret = { "first", "second" }
allow_empty_token = "yes"
asap_require_room_claim = 0
asap_accepted_audiences = "alone"
asap_accepted_issuers = { "a", 1, true, { "nested" } }
token_regex_room_max_length = { "0x40" }
enable_domain_verification = { false }
empty_list = {}
mixed = { "one", two = 2, [3] = "after a gap", [4.5] = "no name" }
deep = { { { { "x" } } } }
fraction = 1.5
negative = -3
large = 9007199254740993
huge = 1e300
third = 1/3
truth = true
falsehood = false
empty = ""
bytes = "\200\0\1"
long = [[
two
lines]]
_G.through_g = "a global of Lua, no option"
read_back = through_g
if not truth then option_reads_as_nil = "before 13.0" end
local grown = { "a" }
list = grown
grown[2] = "b"
(function () in_a_function = "set" end)()
load("loaded = 'is no option'")()
of_load = loaded
pcall(error, "caught")
caught = pcall(function () return nothing.field end)
caught_again = not pcall(VirtualHost, nil)
coroutine.wrap(function () in_a_coroutine = 1 end)()
setmetatable(_G, { __index = { meta = "not asked" } })
not_asked = meta

host = "shadows the function and is no option"
include = nil
os = "an option, while Lua's os is still there"
year = os.date("!%Y", 0)
_ENV[7] = "a number as name"
_ENV["with space"] = true
local function several() return "a", "b" end
returned = several()
returned_list = { several(), several() }
counted = #{ several(), several() }
for name in pairs(_ENV) do seen = name == "__index" end
unpacked = table.unpack({ "x", "y" })
length_of_text = ("ü"):len()
divided = 7 // 2
power = 2 ^ 10
joined = 1 .. 2
compared = "10" + 5
goto over
skipped = true
::over::
do local app_id = "local, no option" end

Component "nested.example" "muc" {
	modules_enabled = { "a" };
	1, 2, 3;
	[4] = "no name";
}
back_in_global = true
Component "without-module.example" { component_secret = "s" }
Component "external.example"
	component_secret = "t"
	component_module = "changed_by_an_option"
VirtualHost "MÜNCHEN.example"
	umlaut = "ü"
VirtualHost "A.Example." { empty_table = {} }
VirtualHost "*"
	star = "global"
VirtualHost "numbers.example"
	app_id = 0
	falsehood = true
	truth = nil
	overridden = false
	overridden = nil
