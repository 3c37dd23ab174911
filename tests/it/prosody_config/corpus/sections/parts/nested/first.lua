nested_first = true
Include "deeper/second.lua"
VirtualHost "nested.example"
	Include "deeper/second.lua"
