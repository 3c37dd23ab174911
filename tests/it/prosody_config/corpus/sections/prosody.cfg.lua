-- Which section an option belongs to, across files and calls.
authentication = "internal_plain"
VirtualHost "one.example"
	before = 1
	Include "parts/globals.lua"
	after = 2
	Include "parts/*.cfg.lua"
	after_wildcard = 3
local two = VirtualHost "two.example"
	in_two = true
VirtualHost "three.example"
	in_three = true
two { late = "yes" }
after_late = "global"
VirtualHost "one.example"
	before = "changed"
	authentication = "token"
local function tenant(name, options)
	VirtualHost(name)(options)
	Component("conference." .. name) "muc" { main = name }
end
tenant("four.example", { app_id = "four" })
tenant("five.example", {})
after_tenants = "global"
Component "muc.example" "muc"
	restrict_room_creation = "admin"
	Component "muc.example"
	again = true
VirtualHost "one.example" {}
Include "parts/nested/first.lua"
Include "./parts/../parts/nested/last.lua"
