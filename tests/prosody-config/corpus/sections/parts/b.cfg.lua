b = "global"
