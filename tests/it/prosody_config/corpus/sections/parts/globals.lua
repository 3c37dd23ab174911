from_globals = "global, whatever section includes it"
authentication = "anonymous"
