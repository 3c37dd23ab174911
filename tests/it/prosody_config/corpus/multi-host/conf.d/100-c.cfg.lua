included_last = "100 does not match"
