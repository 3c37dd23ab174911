nested_second = RunScript("../script.lua")
